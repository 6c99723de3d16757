//! Out-of-fold parts of training rows: what one fit predicts must not be
//! what another fit saw.
//!
//! Rows that share a prompt share a fold. Within a dataset the distinct
//! prompts are sorted by a seeded hash and dealt out in turn, so folds are
//! stratified and depend on neither line order nor threads.

use ndarray::Array2;
use rb_record::hash;
use std::collections::BTreeMap;

/// The number of folds wherever one fit feeds another.
pub const FOLDS: usize = 5;

/// Ways to leave rows out: (those left out, the rest), both ascending and not empty.
pub type Parts = Vec<(Vec<usize>, Vec<usize>)>;

/// The fold of each row, 0..folds. `unit`: rows with one number share a
/// prompt; `dataset`: the number of each row's dataset.
pub fn assign(unit: &[u64], dataset: &[usize], folds: usize, seed: u64) -> Vec<usize> {
    let seed = hash::seed(seed, "folds");
    // A prompt that stands in two datasets belongs to the first of them.
    let mut home: BTreeMap<u64, usize> = BTreeMap::new();
    for (&unit, &dataset) in unit.iter().zip(dataset) {
        let d = home.entry(unit).or_insert(dataset);
        *d = (*d).min(dataset);
    }
    let mut dealt: Vec<(usize, u64, u64)> = home
        .into_iter()
        .map(|(unit, d)| (d, hash::text(seed, "unit", &unit.to_string()), unit))
        .collect();
    dealt.sort_unstable();
    let fold: BTreeMap<u64, usize> = dealt
        .into_iter()
        .enumerate()
        .map(|(i, (_, _, unit))| (unit, i % folds))
        .collect();
    unit.iter().map(|u| fold[u]).collect()
}

/// What each fold's fit says of the rows left out (held×k each), put together
/// as rows of all (n×k); a row in no fold has zeros.
pub fn scatter(parts: &Parts, of_parts: &[Array2<f64>], n: usize) -> Array2<f64> {
    let k = of_parts.first().map_or(0, Array2::ncols);
    let mut out = Array2::zeros((n, k));
    for ((held, _), part) in parts.iter().zip(of_parts) {
        for (&i, row) in held.iter().zip(part.rows()) {
            out.row_mut(i).assign(&row);
        }
    }
    out
}

/// Each fold's rows and the rest, where neither is empty.
pub fn every(assignment: &[usize], folds: usize) -> Parts {
    (0..folds)
        .map(|f| parts(assignment, f))
        .filter(|(held, rest)| !held.is_empty() && !rest.is_empty())
        .collect()
}

/// The rows in `fold` and the rows outside it, both ascending.
pub fn parts(assignment: &[usize], fold: usize) -> (Vec<usize>, Vec<usize>) {
    (0..assignment.len()).partition(|&i| assignment[i] == fold)
}
