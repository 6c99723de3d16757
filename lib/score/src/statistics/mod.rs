//! Resamples, intervals and verdicts.

pub mod bootstrap;
pub mod interval;
pub mod paired;
pub mod poisson;
pub mod resampled;
pub mod strata;
pub mod sum;
pub mod verdict;
