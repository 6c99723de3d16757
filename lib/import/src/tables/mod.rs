//! Readers of CSV, Parquet and JSON, before any meaning.

pub mod cells;
pub mod csvfile;
pub mod doc;
pub mod parquetfile;
pub mod pylist;
pub mod source;
