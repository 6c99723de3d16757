//! Whether queries stand twice, in memory that does not grow: the ids of the
//! smallest hashes are kept, in each part the smallest of its own.
//!
//! Up to [`KEPT`] queries every double is found. Beyond it one is found where its
//! hash is among the smallest of all: of m doubles among n queries at least one with
//! probability 1 − (1 − m/n)^KEPT, 98 % where a thousandth stands twice, and a part
//! that is given twice always. A single double among millions is mostly not.

use rb_record::hash;
use std::collections::BTreeSet;

/// How many hashes are kept.
pub const KEPT: usize = 4096;

/// The smallest hashes of the ids seen.
#[derive(Debug, Default, Clone)]
pub struct Ids(BTreeSet<u64>);

impl Ids {
    /// One id more; false: it is known to stand there already.
    pub fn admit(&mut self, id: &str) -> bool {
        self.admit_hash(hash::text(0, "id of a part", id))
    }

    /// One hash more; false: it is known to stand there already.
    pub fn admit_hash(&mut self, hash: u64) -> bool {
        if self.0.len() >= KEPT && self.0.last().is_some_and(|last| hash > *last) {
            return true;
        }
        if !self.0.insert(hash) {
            return false;
        }
        if self.0.len() > KEPT {
            self.0.pop_last();
        }
        true
    }

    /// Ascending.
    pub fn hashes(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_found_among_few_and_a_thousandth_of_many() {
        let mut few = Ids::default();
        assert!((0..KEPT).all(|i| few.admit(&i.to_string())));
        assert!((0..KEPT).all(|i| !few.admit(&i.to_string())));
        let mut many = Ids::default();
        assert!((0..50_000).all(|i| many.admit(&i.to_string())));
        assert_eq!(many.hashes().count(), KEPT);
        // A twentieth again: about 200 of the kept ones are among them.
        let found = (0..2_500).filter(|i| !many.admit(&i.to_string())).count();
        assert!((120..300).contains(&found), "{found}");
    }
}
