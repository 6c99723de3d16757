//! Rows of any format become queries, in memory or on disk.

pub mod adjust;
pub(crate) mod bench;
pub(crate) mod buckets;
pub(crate) mod coverage;
pub mod found;
pub(crate) mod ids;
pub mod intake;
pub mod prices;
pub(crate) mod query;
pub mod runs;
pub(crate) mod spill;
#[cfg(test)]
mod spill_tests;
pub(crate) mod wire;
pub(crate) mod write;
