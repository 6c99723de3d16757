//! The table of the kinds of pictures.

mod calibration;
mod critical;
mod curve;
mod forest;
mod heat;
mod mix;
mod ranks;

use crate::figure::kind::Kind;
use crate::figure::plane::frontier;

/// All of them; the first is drawn where none is asked for.
pub const KINDS: [&Kind; 8] = [
    &frontier::KIND,
    &forest::KIND,
    &mix::KIND,
    &heat::KIND,
    &heat::GAIN,
    &critical::KIND,
    &curve::KIND,
    &calibration::KIND,
];

/// The names.
pub fn names() -> Vec<&'static str> {
    KINDS.iter().map(|k| k.name).collect()
}

/// The kind called `name`.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.into_iter().find(|k| k.name == name)
}
