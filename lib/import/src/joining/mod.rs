//! Rows of any format become queries, in memory or on disk.

pub mod adjust;
pub mod bench;
pub mod buckets;
pub mod imported;
pub mod intake;
pub mod query;
pub mod spill;
#[cfg(test)]
mod spill_tests;
pub mod wire;
pub mod write;
