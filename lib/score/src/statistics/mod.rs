//! Resamples, intervals and verdicts.

pub mod bootstrap;
#[cfg(test)]
mod bootstrap_tests;
pub mod interval;
pub mod means;
pub mod paired;
pub mod poisson;
pub mod resampled;
pub mod strata;
pub mod sum;
pub mod verdict;
