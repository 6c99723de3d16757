//! A router's own mix dealt out blindly: what its paths give on queries drawn
//! from all, or from one dataset.

use crate::data::queries::Queries;
use crate::replay::tally::Tally;
use crate::replay::{Mean, Replay, Value};
use std::collections::BTreeMap;

/// What each path gives on average on each dataset, so that a mix of paths can
/// be dealt out without looking at the query.
#[derive(Debug)]
pub struct Blind {
    /// By path: the mean over all queries.
    anywhere: BTreeMap<usize, Value>,
    /// By path and dataset.
    within: BTreeMap<(usize, usize), Value>,
}

impl Blind {
    /// `paths` are those the router takes anywhere on its curve.
    pub fn new(replay: &Replay, queries: &Queries, paths: &[usize]) -> Blind {
        let scored = &replay.facts.scored;
        let mut blind = Blind {
            anywhere: BTreeMap::new(),
            within: BTreeMap::new(),
        };
        for &path in paths {
            let mut all = Mean::default();
            let mut within = vec![Mean::default(); replay.facts.datasets.len()];
            for q in queries.iter() {
                let value = replay.path(q, path);
                all.add(&value);
                within[scored.dataset(q)].add(&value);
            }
            blind.anywhere.insert(path, all.value().unwrap_or_default());
            let within = within.iter().enumerate();
            let within = within.filter_map(|(d, mean)| Some(((path, d), mean.value()?)));
            blind.within.extend(within);
        }
        blind
    }

    /// What `path` gives on a query drawn from all.
    pub fn anywhere(&self, path: usize) -> Value {
        self.anywhere[&path]
    }

    /// What `path` gives on a query drawn from `dataset`.
    pub fn within(&self, path: usize, dataset: usize) -> Value {
        self.within[&(path, dataset)]
    }

    /// The mix of `counts` (path → queries) dealt out over all of `queries`.
    pub fn dealt(
        &self,
        replay: &Replay,
        queries: &Queries,
        counts: &BTreeMap<usize, usize>,
    ) -> Tally {
        let mut tally = Tally::empty(replay, queries);
        for d in tally.datasets.clone() {
            let share = tally.n_of(d) as f64 / queries.len() as f64;
            for (path, count) in counts {
                tally.add(d, &self.within(*path, d), share * *count as f64);
            }
        }
        tally
    }
}
