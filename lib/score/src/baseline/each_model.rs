//! Each model of the pool alone.

use crate::baseline::row::{Baseline, Shape};

/// The row of `model`.
pub const EACH_MODEL: Baseline = Baseline {
    name: "model",
    definition: "each model of the pool alone",
    shape: Shape::EachModel,
    averaged: false,
};
