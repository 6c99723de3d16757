//! Mixtures of single models. Hu et al. 2024 (RouterBench, arXiv 2403.12031).

use crate::baseline::row::{Baseline, Shape};

/// The row of `zero`.
pub const ZERO: Baseline = Baseline {
    name: "zero",
    definition: "mixtures of single models: the hull of their points (RouterBench's Zero router)",
    shape: Shape::Mixtures,
    averaged: false,
};
