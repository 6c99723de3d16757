//! What is scored: one query's facts, and the dataset of them all.

pub mod arrange;
pub(crate) mod checks;
pub mod collect;
pub mod common_queries;
pub mod expected;
pub mod fact;
pub mod facts;
mod filling;
pub mod logged;
pub mod outcomes;
pub mod partial;
pub mod queries;
pub mod train_summary;
pub(crate) mod training;
