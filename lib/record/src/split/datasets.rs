//! Whole datasets as parts: train on some, test on others, to see how a
//! router fares on what it was not fitted on.
//!
//! A prompt that stands on both sides would leak: its train records go to
//! `none`. Of the train datasets, prompts at u ≥ 1 − val are val.

use crate::error::{Error, Result};
use crate::record::Split;
use crate::split::hashed::position;
use crate::split::Query;
use std::collections::{BTreeSet, HashSet};

/// Which datasets go where; what is named nowhere is in no part.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sides {
    /// Empty: every dataset that is not in `test`.
    pub train: Vec<String>,
    /// Empty: every dataset that is not in `train`.
    pub test: Vec<String>,
}

/// The part of each query, and how many records left train because their
/// prompt stands in a test dataset. Errors: a name that no query has, one on
/// both sides.
pub fn by_dataset(
    queries: &[Query],
    sides: &Sides,
    val: f64,
    seed: u64,
) -> Result<(Vec<Split>, usize)> {
    let known: BTreeSet<&str> = queries.iter().map(|q| q.dataset.as_str()).collect();
    for name in sides.train.iter().chain(&sides.test) {
        if !known.contains(name.as_str()) {
            let known: Vec<&str> = known.into_iter().collect();
            return Err(Error::usage(format!(
                "no query is of the dataset {name:?}; the datasets are {}",
                known.join(", ")
            )));
        }
    }
    if let Some(name) = sides.train.iter().find(|d| sides.test.contains(d)) {
        return Err(Error::usage(format!(
            "the dataset {name:?} is to be both train and test; name it on one side"
        )));
    }
    let trains = |q: &Query| {
        if sides.train.is_empty() {
            !sides.test.contains(&q.dataset)
        } else {
            sides.train.contains(&q.dataset)
        }
    };
    let tests = |q: &Query| {
        if sides.test.is_empty() {
            !sides.train.contains(&q.dataset)
        } else {
            sides.test.contains(&q.dataset)
        }
    };
    let tested: HashSet<u64> = queries
        .iter()
        .filter(|q| tests(q))
        .map(|q| q.unit)
        .collect();
    let mut withdrawn = 0;
    let parts = queries
        .iter()
        .map(|q| match (tests(q), trains(q)) {
            (true, _) => Split::Test,
            (_, false) => Split::None,
            _ if tested.contains(&q.unit) => {
                withdrawn += 1;
                Split::None
            }
            _ if position(seed, q.unit) < 1.0 - val => Split::Train,
            _ => Split::Val,
        })
        .collect();
    Ok((parts, withdrawn))
}
