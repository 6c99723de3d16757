//! Means of groups of queries, shrunk to the means of all.
//!
//! ```text
//! (n_c·mean_c + L·mean)/(n_c + L)      L in 0, 1, 2 … 128 pseudo-queries
//! ```
//!
//! L has the least squared error on queries that the means were made without.

use crate::table::impute::Targets;
use ndarray::{Array2, Axis};
use rb_learn::axis_ridge::least;
use rb_learn::folds::{self, FOLDS};

/// The strengths of shrinkage tried, in pseudo-queries.
pub const STRENGTHS: [f64; 9] = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// Sums (k×K) and counts of each cluster over the rows that `keep` admits.
fn sums(
    values: &Array2<f64>,
    labels: &[usize],
    k: usize,
    keep: impl Fn(usize) -> bool,
) -> (Array2<f64>, Vec<f64>) {
    let mut sums = Array2::zeros((k, values.ncols()));
    let mut counts = vec![0.0; k];
    for (i, &c) in labels.iter().enumerate().filter(|(i, _)| keep(*i)) {
        let mut row = sums.row_mut(c);
        row += &values.row(i);
        counts[c] += 1.0;
    }
    (sums, counts)
}

/// (n_c·mean_c + L·mean)/(n_c + L) of each cluster; an empty one has the mean.
pub fn shrunk_means(
    values: &Array2<f64>,
    labels: &[usize],
    k: usize,
    overall: &[f64],
    strength: f64,
) -> Array2<f64> {
    let (sums, counts) = sums(values, labels, k, |_| true);
    shrink(sums, &counts, overall, strength)
}

fn shrink(mut sums: Array2<f64>, counts: &[f64], overall: &[f64], strength: f64) -> Array2<f64> {
    for (mut row, &n) in sums.rows_mut().into_iter().zip(counts) {
        for (v, mean) in row.iter_mut().zip(overall) {
            *v = if n + strength > 0.0 {
                (*v + strength * mean) / (n + strength)
            } else {
                *mean
            };
        }
    }
    sums
}

/// The strength with the least out-of-fold squared error of p; ties to the
/// weaker. With one fold only there is nothing to choose by: the middle one.
pub fn choose_strength(targets: &Targets, labels: &[usize], k: usize, fold: &[usize]) -> f64 {
    let mut error = [0.0f64; STRENGTHS.len()];
    let mut judged = 0;
    for f in 0..FOLDS {
        let (held, rest) = folds::parts(fold, f);
        if held.is_empty() || rest.is_empty() {
            continue;
        }
        judged += held.len();
        let (sums, counts) = sums(&targets.score, labels, k, |i| fold[i] != f);
        let overall: Vec<f64> = sums
            .sum_axis(Axis(0))
            .iter()
            .map(|s| s / rest.len() as f64)
            .collect();
        for (e, strength) in error.iter_mut().zip(STRENGTHS) {
            let p = shrink(sums.clone(), &counts, &overall, strength);
            for &i in &held {
                for (y, p) in targets.score.row(i).iter().zip(p.row(labels[i])) {
                    *e += (y - p) * (y - p);
                }
            }
        }
    }
    if judged == 0 {
        return STRENGTHS[STRENGTHS.len() / 2];
    }
    STRENGTHS[least(&error)]
}
