//! Learning curves: what more train queries would give. Routers named NAME@N are
//! NAME fitted on N train queries.
//!
//! family: those names. curve: the fit with its intervals, or why there is none.
//! read, points, lines: rb-curve's own way from score records to records of
//! curves; rb-score's (`report/learning.rs`) resamples queries instead of seeds.

pub mod curve;
pub mod family;
pub mod lines;
pub mod points;
pub mod read;
