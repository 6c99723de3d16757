//! Intervals of operating points: of the baselines of a set of queries, and of
//! a router's curve at its stops (alpha 0, 0.01 … 1 and the corners of its
//! hull). All are of fixed policies: nothing is chosen anew in a resample, but
//! for the hull of AIQ, whose corners are among the stops, so that the estimate
//! and its interval are of the same points.

pub(crate) mod band;
pub(crate) mod baselines;
pub(crate) mod curve;
pub(crate) mod pool;
pub(crate) mod sample;
