//! Readers of CSV, Parquet and JSON, before any meaning.

pub mod cells;
pub(crate) mod csvfile;
pub(crate) mod doc;
pub mod fields;
pub(crate) mod folder;
pub(crate) mod jsontable;
pub(crate) mod parquet;
pub(crate) mod prompts;
pub(crate) mod pylist;
pub mod roles;
pub mod scores;
pub(crate) mod shape;
pub mod source;
pub mod vectors;
