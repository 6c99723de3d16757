//! What domain expects of queries that its fit has not seen, for routers that
//! learn how answers change it: O(folds) fits of domain.

use crate::kinds::linear::dataset_classifier::Guide;
use crate::kinds::linear::domain;
use crate::router::Estimator;
use crate::table::Table;
use ndarray::Array2;
use rayon::prelude::*;
use rb_learn::dense;
use rb_learn::folds::{self, Parts};

/// domain's p and likeliest dataset of each row, by fits that have not seen it;
/// `guide`: that of the fit on all rows.
pub fn out_of_fold(
    table: &Table,
    labels: &[usize],
    parts: &Parts,
    seed: u64,
    guide: &Guide,
) -> (Array2<f64>, Vec<usize>) {
    let fits: Vec<(Array2<f64>, Vec<usize>)> = parts
        .par_iter()
        .map(|(held, rest)| {
            let domain = domain::learn_guided(&table.select(rest), seed, Some(guide)).0;
            let held = table.select(held);
            let seen = dense::normalized(held.x.view());
            // The fold's own numbers of datasets, back to those of all train.
            let mut present: Vec<usize> = rest.iter().map(|&i| labels[i]).collect();
            present.sort_unstable();
            present.dedup();
            let likeliest = domain.likeliest(seen.view());
            (
                domain.estimate(&held.batch()).p,
                likeliest.into_iter().map(|d| present[d]).collect(),
            )
        })
        .collect();
    let (p, likeliest): (Vec<_>, Vec<_>) = fits.into_iter().unzip();
    let mut dataset = vec![0; table.len()];
    for ((held, _), likeliest) in parts.iter().zip(likeliest) {
        for (&i, d) in held.iter().zip(likeliest) {
            dataset[i] = d;
        }
    }
    (folds::scatter(parts, &p, table.len()), dataset)
}
