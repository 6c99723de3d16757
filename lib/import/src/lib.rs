//! Foreign benchmark files become query records.
//!
//! [`formats::FORMATS`] is the table of what can be read. To add a format: one
//! file with a `read` function, and one row there. A reader goes through one
//! [`Source`](tables::source::Source) and hands over what each row says
//! ([`Found`](joining::found::Found)); checking, merging, prices and writing
//! are the same for all formats.
//!
//! All sources of one run are one benchmark: rows with the same id become one
//! query, whatever files and formats they come from (`joining/bench.rs`). What
//! is held of it is bounded by [`Options::memory`](options::Options::memory);
//! beyond that it is joined on disk (`joining/spill.rs`), with the same result.

pub mod answers;
pub mod format;
pub mod formats;
pub mod import;
pub mod joining;
pub mod options;
pub mod tables;
