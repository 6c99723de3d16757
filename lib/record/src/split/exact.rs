//! Exact shares in every dataset: its n distinct prompts in order of their
//! hashed position, the first round(n·train) of them train, up to
//! round(n·(train + val)) val, the rest test (halves round up).
//!
//! A prompt that stands in several datasets counts in the first of them by
//! name, and all its records go with it. O(n log n). Unlike the default split,
//! adding data to a dataset may move a few of its prompts.

use crate::record::Split;
use crate::split::hashed::position;
use crate::split::Query;
use std::collections::HashMap;

/// The part of each query.
pub fn exact(queries: &[Query], train: f64, val: f64, seed: u64) -> Vec<Split> {
    let mut home: HashMap<u64, &str> = HashMap::new();
    for q in queries {
        let first = home.entry(q.unit).or_insert(&q.dataset);
        *first = (*first).min(&q.dataset);
    }
    let mut datasets: HashMap<&str, Vec<(f64, u64)>> = HashMap::new();
    for (&unit, &dataset) in &home {
        let prompts = datasets.entry(dataset).or_default();
        prompts.push((position(seed, unit), unit));
    }
    let mut part: HashMap<u64, Split> = HashMap::with_capacity(home.len());
    for prompts in datasets.values_mut() {
        prompts.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let n = prompts.len() as f64;
        let upto = |share: f64| (n * share).round() as usize;
        let (train, val) = (upto(train), upto(train + val));
        for (i, (_, unit)) in prompts.iter().enumerate() {
            let split = match i {
                i if i < train => Split::Train,
                i if i < val => Split::Val,
                _ => Split::Test,
            };
            part.insert(*unit, split);
        }
    }
    queries.iter().map(|q| part[&q.unit]).collect()
}
