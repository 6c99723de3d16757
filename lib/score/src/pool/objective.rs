//! What a pool is worth: a score a query, whose mean is the pool's quality.

use crate::pool::part::Part;

/// What a pool gets, by query.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Of the train queries, on which pools are grown.
    pub train: Vec<f64>,
    /// Of the test queries, on which they are judged.
    pub test: Vec<f64>,
}

/// A way to choose among the models of a pool.
pub trait Objective: Sync {
    /// What the pool of these models (places, ascending, at least one) gets.
    fn scores(&self, pool: &[usize]) -> Scores;
}

/// The best score in the pool: what a router that knows everything would get, an
/// upper bound that luck raises with every model.
pub struct Oracle<'a> {
    /// Pools are grown on it.
    pub train: &'a Part,
    /// Pools are judged on it.
    pub test: &'a Part,
}

impl Objective for Oracle<'_> {
    fn scores(&self, pool: &[usize]) -> Scores {
        let best = |part: &Part| -> Vec<f64> {
            let of = |q: usize| pool.iter().map(|m| part.score(q, *m)).fold(0.0, f64::max);
            (0..part.len()).map(of).collect()
        };
        Scores {
            train: best(self.train),
            test: best(self.test),
        }
    }
}
