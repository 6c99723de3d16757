//! What a fit has expected of its own train queries without having seen them, and the
//! routes that follow: a calibration curve for nothing.

use crate::estimates::{Estimates, Steps};
use crate::guard::{self, Guard};
use crate::table::Table;
use rayon::prelude::*;
use rb_learn::folds::{self, FOLDS};
use std::borrow::Cow;

/// Expectations of every row of the table that a router was fitted on.
pub struct Unseen<'r> {
    /// Each by what was learnt without the row's outcomes.
    pub expected: Cow<'r, Estimates>,
    /// Whether a guard was looked for, by these expectations.
    pub is_guarded: bool,
}

impl Unseen<'_> {
    /// The routes of the rows, in their order. The guard of a fold's rows is chosen by
    /// the other folds: the one chosen by all of them has seen these outcomes.
    pub fn routes(&self, fitted_on: &Table, seed: u64) -> Vec<Steps> {
        if !self.is_guarded {
            return steps(&self.expected, None);
        }
        let parts = folds::every(&fitted_on.folds(FOLDS, seed), FOLDS);
        let of_part = |(held, rest): &(Vec<usize>, Vec<usize>)| {
            let guard = guard::choose(&self.expected.select(rest), &fitted_on.select(rest));
            steps(&self.expected.select(held), guard.as_ref())
        };
        let routed: Vec<Vec<Steps>> = parts.par_iter().map(of_part).collect();
        let mut routes = vec![Steps::new(); fitted_on.len()];
        for ((held, _), routed) in parts.iter().zip(routed) {
            for (&i, steps) in held.iter().zip(routed) {
                routes[i] = steps;
            }
        }
        routes
    }
}

/// The exact steps of all rows, by the shared rule, under a guard or without.
pub fn steps(expected: &Estimates, guard: Option<&Guard>) -> Vec<Steps> {
    match guard {
        Some(guard) => guard.steps(expected),
        None => (0..expected.p.nrows())
            .into_par_iter()
            .map(|i| expected.row(i).steps())
            .collect(),
    }
}
