//! The router file: one JSON line that holds a fitted router, written whole or
//! not at all, and checked when it is read. FORMAT.md describes it.

pub mod apply;
mod beside;
pub mod calibrate;
pub mod explanation;
pub mod explore;
pub mod fit;
pub mod header;
pub mod info;
pub mod packed;
pub mod params;
pub mod repriced;
pub mod state;
pub mod tuning;
#[cfg(feature = "neural")]
mod tuning_files;
pub mod whole;

pub use header::{BestSingle, Calibration, CalibrationPoint, EmbedderTag, Header, Saved, Train};
pub use whole::{from_bytes, read, save, to_bytes, FORMAT};
