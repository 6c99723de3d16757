//! The record format and what every tool needs of it. FORMAT.md is its contract.

#![warn(missing_docs)]

pub mod error;
pub mod hash;
pub mod hull;
pub mod interner;
pub mod json;
pub mod policy;
pub mod record;
pub mod skips;
pub mod split;
pub mod stream;
pub mod thresholds;
