//! The best single model, picked on the scored queries: it knows the answers.

use crate::baseline::row::{Baseline, Shape};

/// The row of `best-single-on-test`.
pub const BEST_SINGLE_ON_TEST: Baseline = Baseline {
    name: "best-single-on-test",
    definition: "the best model picked on the scored queries themselves, as published tables do",
    shape: Shape::OneModel(|c| Some(c.best_on_test)),
    averaged: false,
};
