//! domain, and what it has expected of train without each row, for routers that build on
//! it and learn how answers change what was expected.

use crate::kinds::linear::domain::{self, Domain};
use crate::router::Estimator;
use crate::table::Table;
use ndarray::Array2;
use rayon::prelude::*;
use rb_learn::dense;
use rb_learn::folds::{self, Parts};

/// What is expected of each row of train by what was learnt without its outcomes, but
/// for the few strengths, which all rows choose together.
pub struct DomainPriors {
    /// p, n×K.
    pub p: Array2<f64>,
    /// The likeliest dataset, as [`domain::classes_of`] numbers them.
    pub dataset: Vec<usize>,
}

/// The fit itself, for routers that build on it, and what they learn from: priors of
/// train out of fold (the folds of `seed`). Of train with one prompt, which has no
/// folds, they are those of the fit itself.
pub fn learn(table: &Table, seed: u64) -> (Domain, DomainPriors) {
    let (mut domain, likeliest, _) = domain::learn_whole(table, seed, None);
    // A number a query and model: nothing to keep where nobody asks for it.
    let priors = match domain.unseen.take() {
        Some(unseen) => DomainPriors {
            p: unseen.p,
            dataset: likeliest,
        },
        None => DomainPriors {
            p: domain.estimate(&table.batch()).p,
            dataset: domain::classes_of(table).0,
        },
    };
    (domain, priors)
}

/// [`learn`], but each row is expected of by a fit of domain that knows nothing of it, not
/// even what strengths suit it: a fit more for each of `parts`, which hold every row out
/// once. With one prompt, without parts, as there.
pub fn learn_nested(table: &Table, parts: &Parts, seed: u64) -> (Domain, DomainPriors) {
    if parts.is_empty() {
        return learn(table, seed);
    }
    let (mut domain, _, guide) = domain::learn_whole(table, seed, None);
    domain.unseen = None;
    let labels = domain::classes_of(table).0;
    let of_part = |(held, rest): &(Vec<usize>, Vec<usize>)| {
        let (domain, ..) = domain::learn_whole(&table.select(rest), seed, Some(&guide));
        let held = table.select(held);
        // The fold's own numbers of datasets, back to those of all train.
        let mut present: Vec<usize> = rest.iter().map(|&i| labels[i]).collect();
        present.sort_unstable();
        present.dedup();
        let likeliest = domain.likeliest(dense::normalized(held.x.view()).view());
        let likeliest: Vec<usize> = likeliest.into_iter().map(|d| present[d]).collect();
        (domain.estimate(&held.batch()).p, likeliest)
    };
    let of_parts: Vec<_> = parts.par_iter().map(of_part).collect();
    let (p, likeliest): (Vec<_>, Vec<_>) = of_parts.into_iter().unzip();
    let mut dataset = vec![0; table.len()];
    for ((held, _), likeliest) in parts.iter().zip(likeliest) {
        for (&i, d) in held.iter().zip(likeliest) {
            dataset[i] = d;
        }
    }
    let p = folds::scatter(parts, &p, table.len());
    (domain, DomainPriors { p, dataset })
}
