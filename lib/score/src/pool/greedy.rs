//! Greedy forward selection: the model that adds most to the mean on train, one
//! after the other. Of equals (to 1e-12) the first, which is the cheapest.
//!
//! The oracle's mean is monotone and submodular in the pool, so greedy gets at
//! least 1 − 1/e of the best pool's gain (Nemhauser, Wolsey and Fisher 1978); for
//! a routed objective nothing is promised. K·size evaluations.

use crate::pool::objective::{Objective, Scores};
use crate::pool::part::mean;
use rayon::prelude::*;

/// Differences below it are rounding.
pub const EQUAL: f64 = 1e-12;

/// A pool that has grown by one model.
#[derive(Debug, Clone)]
pub struct Step {
    /// The model that came.
    pub model: usize,
    /// All models so far, ascending.
    pub pool: Vec<usize>,
    /// What they get.
    pub scores: Scores,
}

/// Grows a pool out of `models` models up to `size`, by the mean over these train
/// queries (at least one).
pub fn grow(objective: &dyn Objective, rows: &[usize], models: usize, size: usize) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    while steps.len() < size.min(models) {
        let now = steps.last().map_or(&[][..], |s| &s.pool);
        let free: Vec<usize> = (0..models).filter(|m| !now.contains(m)).collect();
        let tried: Vec<(f64, Step)> = free
            .par_iter()
            .map(|&model| {
                let mut pool = [now, &[model]].concat();
                pool.sort_unstable();
                let scores = objective.scores(&pool);
                let value = mean(&scores.train, rows).unwrap_or(0.0);
                let step = Step {
                    model,
                    pool,
                    scores,
                };
                (value, step)
            })
            .collect();
        let better = |a: (f64, Step), b: (f64, Step)| if b.0 > a.0 + EQUAL { b } else { a };
        match tried.into_iter().reduce(better) {
            Some((_, step)) => steps.push(step),
            None => break,
        }
    }
    steps
}
