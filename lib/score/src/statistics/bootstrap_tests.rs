//! What the bootstrap promises, against closed forms.
use crate::statistics::bootstrap::{Adds, Frame, Plan, HELD};
use crate::statistics::interval::{interval, standard_error, Interval};
use crate::statistics::poisson::{add, Lanes, LANES};
use rb_record::hash;

const PLAN: Plan = Plan {
    seed: 3,
    resamples: 4000,
};

/// The resampled means of figures of all queries.
fn means<const W: usize>(
    dataset: &[u32],
    prompt: &[u64],
    plan: Plan,
    row: impl Fn(usize) -> [f64; W],
) -> Vec<Vec<f64>> {
    let key = |i: usize| (dataset[i] as usize, prompt[i]);
    let frame = Frame::new(dataset.len(), key, plan);
    frame.means(W, |i, out| out.copy_from_slice(&row(i)))
}

fn prompts(n: usize) -> Vec<u64> {
    (0..n).map(|i| hash::text(1, "q", &i.to_string())).collect()
}

#[test]
fn the_variance_is_that_of_a_stratified_mean() {
    // Three strata of 3, 40 and 400, and two lonely queries that are pooled.
    let dataset: Vec<u32> = (0..445)
        .map(|i| [0, 1, 2, 3, 4][[3, 43, 443, 444].partition_point(|end| *end <= i)])
        .collect();
    let x: Vec<f64> = (0..445)
        .map(|i| ((i * 37) % 101) as f64 / 100.0 + dataset[i] as f64)
        .collect();
    let means = means(&dataset, &prompts(445), PLAN, |i| [x[i], 1.0]);
    assert!(means[1].iter().all(|one| (one - 1.0).abs() < 1e-9));
    let strata = [0..3, 3..43, 43..443, 443..445];
    let variance: f64 = (strata.into_iter())
        .map(|r| {
            let n = r.len() as f64;
            let mean = x[r.clone()].iter().sum::<f64>() / n;
            let s2 = x[r].iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
            (n / 445.0).powi(2) * s2 / n
        })
        .sum();
    let ratio = standard_error(&means[0]).unwrap() / variance.sqrt();
    assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
    let mean = x.iter().sum::<f64>() / 445.0;
    let centre = means[0].iter().sum::<f64>() / means[0].len() as f64;
    assert!((centre - mean).abs() < 4.0 * (variance / 4000.0).sqrt());
}

#[test]
fn a_difference_varies_as_much_as_its_pairs_do_and_no_more() {
    let n = 600;
    let (a, b): (Vec<f64>, Vec<f64>) = (0..n)
        .map(|i| {
            let hard = hash::unit(hash::text(5, "hard", &i.to_string()));
            (hard, if i % 20 == 0 { 1.0 - hard } else { hard })
        })
        .unzip();
    let means = means(&vec![0; n], &prompts(n), PLAN, |i| [a[i], b[i]]);
    let d: Vec<f64> = means[0].iter().zip(&means[1]).map(|(a, b)| a - b).collect();
    let pairs: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
    let closed = standard_error(&pairs).unwrap() / (n as f64).sqrt();
    let ratio = standard_error(&d).unwrap() / closed;
    assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
    let width = |(low, high): Interval| high - low;
    let apart = width(interval(means[0].clone()).unwrap());
    assert!(width(interval(d).unwrap()) < apart / 2.0);
}

#[test]
fn macro_means_weigh_datasets_alike_and_duplicates_move_together() {
    let dataset = [0, 0, 0, 1];
    let key = |i: usize| (dataset[i], [1, 1, 2, 3][i]);
    let frame = Frame::new(4, key, PLAN);
    let x = [0.0, 0.3, 0.6, 1.0];
    let of_macro: f64 = (x.iter().zip(dataset))
        .map(|(x, d)| x * frame.macro_factor(d) / 4.0)
        .sum();
    assert!((of_macro - (0.3 + 1.0) / 2.0).abs() < 1e-12);
    let means = frame.means(2, |i, row| {
        if i < 2 {
            row[i] = 1.0;
        }
    });
    assert_eq!(means[0], means[1]);
}

#[test]
fn blocks_are_cut_to_the_resamples_asked_for_and_a_single_unit_has_no_interval() {
    let of = |prompt: [u64; 2], resamples| {
        let plan = Plan { seed: 0, resamples };
        means(&[0, 0], &prompt, plan, |i| [1.0 + i as f64]).swap_remove(0)
    };
    let some = of([1, 2], 11);
    assert_eq!(some.len(), 11);
    // More resamples go on where fewer stopped.
    assert_eq!(some, of([1, 2], 20)[..11]);
    assert!(of([1, 2], 0).is_empty());
    assert!(of([1, 1], 11).is_empty());
    assert_eq!(interval(Vec::new()), None);
    assert_eq!(interval(vec![2.0, 1.0]), Some((1.025, 1.975)));
}

#[test]
fn the_sums_are_the_same_however_many_queries_are_taken_at_a_time() {
    // Two small strata, which are often drawn again, and a larger one.
    let dataset: Vec<usize> = (0..300)
        .map(|i| usize::from(i > 1) + usize::from(i > 4))
        .collect();
    // In any order and some left out.
    let all: Vec<usize> = (0..300).rev().filter(|i| i % 50 != 9).collect();
    let prompt = prompts(300);
    let key = |i: usize| (dataset[all[i]], prompt[all[i]]);
    let frame = Frame::new(all.len(), key, PLAN);
    let x = |i: usize| (i % 7) as f64 / 7.0;
    struct One<X>(X);
    impl<X: Fn(usize) -> f64 + Sync> Adds<usize, Lanes> for One<X> {
        fn add(&self, sum: &mut Lanes, from: &usize, place: usize, run: &[Lanes]) {
            for (i, v) in run.iter().enumerate() {
                add(sum, (self.0)(from + place + i), v);
            }
        }
    }
    let folded = |step: usize| {
        let blocks = frame.fold(step, [0.0; LANES], |range| range.start, One(x));
        frame.resamples(&blocks, |sum| *sum)
    };
    let whole = folded(1000);
    assert_eq!(whole, frame.means(1, |i, row| row[0] = x(i))[0]);
    for step in [1, 7, 299] {
        assert_eq!(folded(step), whole);
    }
    assert!(frame
        .draws
        .as_ref()
        .unwrap()
        .iter()
        .any(|d| !d.again.is_empty()));
    // The weights of a resample add up to one, drawn again or not.
    let ones = frame.means(1, |_, row| row[0] = 1.0);
    assert!(ones[0].iter().all(|one| (one - 1.0).abs() < 1e-9));
}

#[test]
fn the_weights_of_more_queries_than_are_held_at_a_time_add_up_to_one() {
    let (n, plan) = (
        HELD + 1000,
        Plan {
            seed: 1,
            resamples: 8,
        },
    );
    let frame = Frame::new(n, |i| (i % 3, i as u64), plan);
    let ones = frame.means(1, |_, row| row[0] = 1.0);
    assert!(
        ones[0].iter().all(|one| (one - 1.0).abs() < 1e-9),
        "{ones:?}"
    );
}

#[test]
fn a_mean_of_few_draws_widens_the_interval_by_its_own_noise() {
    // Query i is right with probability p; its score is the mean of n draws.
    let unit =
        |purpose: &str, i: usize, k: usize| hash::unit(hash::text(1, purpose, &format!("{i} {k}")));
    let count = 4000;
    for n in [1, 4] {
        let p = |i: usize| 0.2 + 0.6 * unit("p", i, 0);
        let score = |i: usize| {
            let right = (0..n).filter(|k| unit("draw", i, *k) < p(i)).count();
            right as f64 / n as f64
        };
        let x: Vec<f64> = (0..count).map(score).collect();
        let figures = means(&vec![0; count], &prompts(count), PLAN, |i| [x[i]]);
        // Var(p) + E[p(1 - p)/n], of p evenly in 0.2..0.8.
        let (of_p, noise) = (0.36 / 12.0, 0.5 - 0.25 - 0.36 / 12.0);
        let expected = ((of_p + noise / n as f64) / count as f64).sqrt();
        let ratio = standard_error(&figures[0]).unwrap() / expected;
        assert!((ratio - 1.0).abs() < 0.06, "{n}: {ratio}");
    }
}
