//! The recorded answers of another router.

use crate::baseline::row::{Baseline, Shape};

/// The row of `reference`.
pub const REFERENCE: Baseline = Baseline {
    name: "reference",
    definition: "the recorded answers of another router, outside the pool",
    shape: Shape::Recorded,
    averaged: false,
};
