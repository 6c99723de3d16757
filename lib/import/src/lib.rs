//! Foreign benchmark files become query records.
//!
//! [`FORMATS`] is the table of what can be read. To add a format: one file
//! with a `read` function, and one row here. A reader goes through one
//! [`Source`] and hands over what each row says ([`Found`]); checking,
//! merging, prices and writing are the same for all formats.
//!
//! All sources of one run are one benchmark: rows with the same id become one
//! query, whatever files and formats they come from (see `bench.rs`). What is
//! held of it is bounded by [`Options::memory`]; beyond that it is joined on
//! disk (`spill.rs`), with the same result.

pub mod format;
pub mod formats;
pub mod joining;
pub mod tables;

pub use crate::joining::bench::{Answer, Found, Merge};
pub use crate::joining::imported::{import, Imported};
pub use crate::joining::intake::Intake;
pub use crate::tables::source::{Content, Source};

pub use crate::format::{Format, Options};
pub use crate::formats::{format, FORMATS};
