//! Tests of posterior.rs: planted confidences.

use super::*;
use rb_record::hash;

fn draw(what: &str, i: usize) -> f64 {
    hash::unit(hash::text(11, what, &i.to_string()))
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
    let fitted = Posterior::fit(&priors, 1, &score, &confidence, &parts);
    let after = |m: usize, c: f64| {
        let e = fitted.innovation(&[0.5, 0.5], 0, m, Some(c));
        fitted.posterior(&[0.5, 0.5], 0, &[(m, e)])
    };
    let (sure, unsure) = (after(0, 0.8), after(0, 0.1));
    assert!(sure[0] > 0.9 && sure[1] < 0.1, "{sure:?}");
    assert!(unsure[0] < 0.1 && unsure[1] > 0.9, "{unsure:?}");
    // The second model's confidence says nothing.
    assert!(after(1, 0.9).iter().all(|v| (v - 0.5).abs() < 0.1));
    assert_eq!(fitted.innovation(&[0.5, 0.5], 0, 0, None), 0.0);
    // What may be heard of the first lies far apart, of the second close by.
    let reach = |m: usize| {
        let e = fitted.possible(&[0.5, 0.5], 0, m);
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
        fitted.check(2, 1).is_ok() && fitted.check(3, 1).is_err() && fitted.check(2, 2).is_err()
    );
}

#[test]
fn without_parts_nothing_is_learnt_and_the_prior_stays() {
    let (p, dataset, score, confidence, _) = planted();
    let priors = Priors {
        p: &p,
        dataset: &dataset,
    };
    let fitted = Posterior::fit(&priors, 1, &score, &confidence, &Vec::new());
    assert_eq!(fitted.innovation(&[0.5, 0.4], 0, 0, Some(1.0)), 0.0);
    assert_eq!(
        fitted.posterior(&[0.5, 0.4], 0, &[(0, 0.0), (1, 0.0)]),
        [0.5, 0.4]
    );
    assert_eq!(fitted.best_of_two(&[0.5, 0.4], 0, 0, 1), 0.5);
}
