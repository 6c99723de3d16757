//! Minimisers: they know gradients, no objective.

pub mod adam;
pub mod early_stop;
pub mod lbfgs;
