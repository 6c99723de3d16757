//! Replay of routes against recorded outcomes.

pub mod assertion;
pub mod baseline;
pub mod data;
pub mod metric;
pub mod off_policy;
pub mod replay;
pub mod report;
pub mod statistics;
