//! For each query the best recorded score: what no router can exceed.

use crate::baseline::choices::oracle;
use crate::baseline::row::{Baseline, Shape};

/// The row of `oracle`.
pub const ORACLE: Baseline = Baseline {
    name: "oracle",
    definition: "for each query the best recorded score, the cheapest among ties",
    shape: Shape::ByQuery(oracle),
    averaged: true,
};
