//! The table of formats.

use crate::export::format::Format;
use crate::export::{csv, latex, markdown, ndjson};

/// All of them.
pub const FORMATS: [&Format; 4] = [
    &csv::FORMAT,
    &markdown::FORMAT,
    &latex::FORMAT,
    &ndjson::FORMAT,
];

/// The help of the format called `name`.
pub fn help(name: &str) -> &'static str {
    let format = FORMATS.iter().find(|f| f.name == name);
    format.map_or("", |f| f.help)
}
