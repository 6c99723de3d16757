//! Metrics of a whole curve.

pub mod aiq;
pub mod aiq_log;
pub mod aiq_routerbench;
#[cfg(test)]
mod aiq_tests;
pub mod costsave_hull;
pub mod costsave_peak;
pub mod cpt;
pub mod perfgain_peak;
pub mod pgr;
