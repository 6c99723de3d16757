//! A model drawn evenly: what knowing nothing gives.

use crate::baseline::row::{Baseline, Shape};

/// The row of `random`.
pub const RANDOM: Baseline = Baseline {
    name: "random",
    definition: "a model drawn uniformly from the pool for every query: the expectation",
    shape: Shape::Drawn,
    averaged: true,
};
