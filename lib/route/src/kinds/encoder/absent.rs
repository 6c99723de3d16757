//! Rows of the neural routers in a build without them: each says what it needs.

use crate::router::{Entry, Family};
use rb_record::error::Error;

const ABOUT: &str = "Not in this build: it needs the feature neural (cargo build --release)";

fn missing() -> Error {
    Error::usage(
        "this build has no neural routers; build rb-fit and rb-route with the feature neural, as `make build` and `make install` do",
    )
}

const fn absent(name: &'static str) -> Entry {
    Entry {
        name,
        family: Family::Published,
        about: ABOUT,
        help: ABOUT,
        flags: &[],
        oracle: false,
        needs: |_| Err(missing()),
        fit: |_, _, _| Err(missing()),
        load: |_, _| Err(missing()),
    }
}

/// In the order of those that are built.
pub const ROWS: [&Entry; 6] = [
    &absent("bert"),
    &absent("llm-classifier"),
    &absent("hybridllm"),
    &absent("routerdc"),
    &absent("graphrouter"),
    &absent("model-sat"),
];
