//! Minimisers: they know gradients, no objective; and a curve with a search of its own.

pub mod adam;
pub mod early_stop;
pub mod lbfgs;
pub mod power_law;
