//! Out-of-fold parts of a training table: what one fit predicts must not be
//! what another fit saw.
//!
//! Rows that share a prompt share a fold. Within a dataset the distinct
//! prompts are sorted by a seeded hash and dealt out in turn, so folds are
//! stratified and depend on neither line order nor threads.

use crate::table::Table;
use rb_learn::axis_ridge::Parts;
use rb_record::hash;
use std::collections::BTreeMap;

/// The number of folds wherever one fit feeds another.
pub const FOLDS: usize = 5;

/// The fold of each row, 0..folds.
pub fn assign(table: &Table, folds: usize, seed: u64) -> Vec<usize> {
    let seed = hash::seed(seed, "folds");
    // A prompt that stands in two datasets belongs to the first of them.
    let mut home: BTreeMap<u64, usize> = BTreeMap::new();
    for i in 0..table.len() {
        let d = home.entry(table.unit[i]).or_insert(table.dataset[i]);
        *d = (*d).min(table.dataset[i]);
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
    table.unit.iter().map(|u| fold[u]).collect()
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
