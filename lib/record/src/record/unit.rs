//! The unit of a query: what never straddles a split, a fold or a resample.

use crate::hash;

/// The unit of a query: a hash of its prompt, else of its id.
pub fn unit_of(prompt: Option<&str>, id: Option<&str>) -> u64 {
    match (prompt, id) {
        (Some(prompt), _) => hash::text(0, "prompt", prompt),
        (None, Some(id)) => hash::text(0, "id", id),
        (None, None) => 0,
    }
}
