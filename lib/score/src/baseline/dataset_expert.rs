//! For each dataset the best model on train; a dataset that train lacks gets best-single.

use crate::baseline::row::{Baseline, Shape};

/// The row of `dataset-expert`.
pub const DATASET_EXPERT: Baseline = Baseline {
    name: "dataset-expert",
    definition: "for each dataset the best model on train",
    shape: Shape::ByDataset(|c| c.expert.as_ref()),
    averaged: true,
};
