//! Replay of routes against recorded outcomes.

pub mod assertion;
pub mod baseline;
pub mod data;
pub mod learning;
pub mod metric;
pub mod off_policy;
pub mod pool;
pub mod replay;
pub mod report;
pub mod statistics;
