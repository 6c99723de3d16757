//! A router's own mix dealt out blindly: what it knows of models without what it
//! knows of queries. Over all queries, or within each dataset.

use crate::baseline::row::{Baseline, Shape};

/// The row of `shuffle`.
pub const SHUFFLE: Baseline = Baseline {
    name: "shuffle",
    definition: "a router's own mix dealt out blindly over all queries: the expectation",
    shape: Shape::OfRouter,
    averaged: false,
};

/// The row of `shuffle-within`.
pub const SHUFFLE_WITHIN: Baseline = Baseline {
    name: "shuffle-within",
    definition: "a router's own mix of each dataset dealt out blindly within it: the expectation",
    shape: Shape::OfRouter,
    averaged: false,
};
