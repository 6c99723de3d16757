//! Tables for a paper and for another program: one row a model, baseline and
//! router of every group, or one a pair of routers, one column a figure. [`formats`]
//! lists how they are written; adding a format is a file and a row there, adding a
//! column a row in [`columns`] or [`pairs`].
//!
//! For a program (CSV, flat records) figures are those of the records, at full
//! precision: quality 0..1, cost in USD a query, an interval in columns of its
//! own, every column always there and of one type. For a reader (Markdown,
//! LaTeX) they are those of `--table`: points of 100, USD per 1,000 queries.

pub mod cell;
pub mod columns;
pub mod csv;
pub mod format;
pub mod formats;
pub mod latex;
pub mod markdown;
pub mod ndjson;
pub mod pairs;
pub mod sheet;
