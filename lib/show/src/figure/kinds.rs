//! The table of the kinds of pictures.

use crate::figure::frontier;
use crate::figure::kind::Kind;

/// All of them; the first is drawn where none is asked for.
pub const KINDS: [&Kind; 1] = [&frontier::KIND];

/// The names.
pub fn names() -> Vec<&'static str> {
    KINDS.iter().map(|k| k.name).collect()
}

/// The kind called `name`.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.into_iter().find(|k| k.name == name)
}
