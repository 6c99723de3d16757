//! Rows of the neural routers in a build without them: each says what it needs.

use super::tune_flags::FINE_TUNE;
use crate::file::params::{Flag, Params};
use crate::file::tuning::Tuning;
use crate::router::{Entry, Family, FitTime, Router};
use crate::table::Table;
use rb_record::error::{Error, Result};

const ABOUT: &str = "Not in this build: it needs the feature neural (cargo build --release)";

fn missing() -> Error {
    Error::usage(
        "this build has no neural routers; build rb-fit and rb-route with the feature neural, as `make build` and `make install` do",
    )
}

const fn absent(name: &'static str, flags: &'static [Flag]) -> Entry {
    Entry {
        name,
        family: Family::Published,
        about: ABOUT,
        help: ABOUT,
        flags,
        oracle: false,
        fit_time: FitTime::InStep,
        needs: |_| Err(missing()),
        fit: |_, _, _| Err(missing()),
        load: |_, _| Err(missing()),
    }
}

/// In the order of those that are built.
pub const ROWS: [&Entry; 6] = [
    &absent("bert", &[FINE_TUNE]),
    &absent("llm-classifier", &[]),
    &absent("hybridllm", &[FINE_TUNE]),
    &absent("routerdc", &[FINE_TUNE]),
    &absent("graphrouter", &[]),
    &absent("model-sat", &[]),
];

/// As the fit of a router whose encoder is tuned.
pub fn fit(_: &Entry, _: &Table, _: &Params, _: u64, _: &Tuning) -> Result<Box<dyn Router>> {
    Err(missing())
}

/// As the reading of one.
pub fn load(_: &Entry, _: &str, _: usize, _: &[u8]) -> Result<Box<dyn Router>> {
    Err(missing())
}
