//! The best single model, picked on train: what one could have without a router.

use crate::baseline::row::{Baseline, Shape};

/// The row of `best-single`.
pub const BEST_SINGLE: Baseline = Baseline {
    name: "best-single",
    definition: "the model with the best mean score on train, among those with outcomes on at least 95 % of it; ties to the cheaper",
    shape: Shape::OneModel(|c| c.best_single),
    averaged: true,
};
