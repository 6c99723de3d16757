//! Tests of belief.rs: planted confidences, and the normal maximum.

use super::*;
use rb_record::hash;

fn draw(what: &str, i: usize) -> f64 {
    hash::unit(hash::text(11, what, &i.to_string()))
}

/// The mean of two normal values' maximum over a fine grid of their gap.
fn by_sum(a: f64, b: f64, theta: f64) -> f64 {
    const N: i32 = 200_000;
    let step = 16.0 / f64::from(N);
    let density = |z: f64| (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let gains = (0..=N).map(|i| {
        let z = -8.0 + step * f64::from(i);
        (a - b + theta * z).max(0.0) * density(z) * step
    });
    b + gains.sum::<f64>()
}

#[test]
fn the_expected_maximum_is_that_of_the_normal_distribution() {
    for (a, b, theta) in [
        (0.5, 0.5, 0.1),
        (0.7, 0.4, 0.2),
        (0.2, 0.9, 0.5),
        (0.3, 0.31, 0.01),
    ] {
        let (found, wanted) = (expected_max(a, b, theta), by_sum(a, b, theta));
        assert!(
            (found - wanted).abs() < 1e-6,
            "{a} {b} {theta}: {found} {wanted}"
        );
        assert_eq!(found, expected_max(b, a, theta));
    }
    assert_eq!(expected_max(0.2, 0.3, 0.0), 0.3);
}

/// Two models, one prior for all queries. The first is right just where it
/// is sure; the second is right where the first is wrong.
fn planted() -> (Array2<f64>, Vec<usize>, Array2<f64>, Grid, Parts) {
    let n = 600;
    let right = |i: usize| f64::from(u8::from(draw("right", i) < 0.5));
    let score = Array2::from_shape_fn(
        (n, 2),
        |(i, m)| if m == 0 { right(i) } else { 1.0 - right(i) },
    );
    let mut confidence = Grid::unknown(n, 2);
    for i in 0..n {
        confidence.set(i, 0, 0.3 * draw("sure", i) + 0.6 * right(i));
        confidence.set(i, 1, draw("idle", i));
    }
    let parts = (0..5).map(|f| (0..n).partition(|i| i % 5 == f)).collect();
    (
        Array2::from_elem((n, 2), 0.5),
        vec![0; n],
        score,
        confidence,
        parts,
    )
}

#[test]
fn a_confidence_moves_the_belief_in_its_own_model_and_in_the_others() {
    let (p, dataset, score, confidence, parts) = planted();
    let priors = Priors {
        p: &p,
        dataset: &dataset,
    };
    let belief = Belief::fit(&priors, 1, &score, &confidence, &parts);
    let after = |m: usize, c: f64| {
        let e = belief.surprise(&[0.5, 0.5], 0, m, Some(c));
        belief.posterior(&[0.5, 0.5], 0, &[(m, e)])
    };
    let (sure, unsure) = (after(0, 0.8), after(0, 0.1));
    assert!(sure[0] > 0.9 && sure[1] < 0.1, "{sure:?}");
    assert!(unsure[0] < 0.1 && unsure[1] > 0.9, "{unsure:?}");
    // The second model's confidence says nothing.
    assert!(after(1, 0.9).iter().all(|v| (v - 0.5).abs() < 0.1));
    assert_eq!(belief.surprise(&[0.5, 0.5], 0, 0, None), 0.0);
    // What may be heard of the first lies far apart, of the second close by.
    let reach = |m: usize| {
        let e = belief.possible(&[0.5, 0.5], 0, m);
        assert!(e.iter().sum::<f64>().abs() < 1e-9 && e.windows(2).all(|w| w[0] <= w[1]));
        e[BINS - 1] - e[0]
    };
    assert!(
        reach(0) > 0.8 && reach(1) < 0.2,
        "{} {}",
        reach(0),
        reach(1)
    );
    assert!(
        belief.check(2, 1).is_ok() && belief.check(3, 1).is_err() && belief.check(2, 2).is_err()
    );
}

#[test]
fn without_parts_nothing_is_learnt_and_the_prior_stays() {
    let (p, dataset, score, confidence, _) = planted();
    let priors = Priors {
        p: &p,
        dataset: &dataset,
    };
    let belief = Belief::fit(&priors, 1, &score, &confidence, &Vec::new());
    assert_eq!(belief.surprise(&[0.5, 0.4], 0, 0, Some(1.0)), 0.0);
    assert_eq!(
        belief.posterior(&[0.5, 0.4], 0, &[(0, 0.0), (1, 0.0)]),
        [0.5, 0.4]
    );
    assert_eq!(belief.best_of_two(&[0.5, 0.4], 0, 0, 1), 0.5);
}
