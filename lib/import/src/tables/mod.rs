//! Readers of CSV, Parquet and JSON, before any meaning.

pub mod cells;
pub(crate) mod csvfile;
pub(crate) mod doc;
pub(crate) mod parquetfile;
pub(crate) mod pylist;
pub mod roles;
pub mod source;
