//! Scoring: from the facts of a stream to score records (FORMAT.md). First a
//! `run` line, then for everything and for each group the baselines and, a
//! router at a time, its points, its shuffles and its summary.

pub mod asked;
pub mod bands;
pub mod baselines;
pub mod contrast;
pub(crate) mod coverage;
pub(crate) mod decide;
pub mod equal_cost;
pub mod learning;
pub mod line;
#[cfg(test)]
mod metric_tests;
pub mod notes;
pub mod points;
pub mod pooled;
pub(crate) mod router;
pub mod scoring;
#[cfg(test)]
mod tests;
pub mod text;
pub mod verdicts;
pub mod write;
