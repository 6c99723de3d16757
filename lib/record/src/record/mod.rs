//! The query record: one JSON object a line, one query. Typed reading of the
//! fields a tool asks for, checks with the place of what is wrong, and
//! splicing of a field into the original bytes. FORMAT.md is its contract.

pub mod answers;
pub mod embedding;
pub mod field;
pub mod ids;
pub mod outcome;
pub mod prompt;
pub mod query;
pub mod resource;
pub mod route;
pub mod signal;
pub mod splice;
pub mod unit;

pub use crate::record::embedding::Embedding;
pub use crate::record::outcome::{Outcome, MOST, OUTCOME_FIELDS};
pub use crate::record::query::{Record, Split};
pub use crate::record::route::{route_json, Route, ORACLE};
