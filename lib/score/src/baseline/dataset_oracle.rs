//! For each dataset the best model on the scored queries (LLMRouterBench's Max Expert).

use crate::baseline::row::{Baseline, Shape};

/// The row of `dataset-oracle`.
pub const DATASET_ORACLE: Baseline = Baseline {
    name: "dataset-oracle",
    definition: "for each dataset the best model on the scored queries",
    shape: Shape::ByDataset(|c| Some(&c.dataset_oracle)),
    averaged: true,
};
