//! Minimisers: they know gradients, no objective.

pub mod adam;
pub mod lbfgs;
