//! All of one user, conversation or source on one side: what shares the value
//! of a field is one unit, in place of what shares its prompt.

use crate::error::Result;
use crate::hash;
use crate::record::field::Field;
use crate::record::{Record, Split};
use std::collections::{HashMap, HashSet};

/// The unit of the record's group; None: the record has no such field, and is
/// a unit by its prompt.
pub fn unit(record: &Record, field: &Field) -> Result<Option<u64>> {
    let name = field.name(record)?;
    Ok(name.map(|name| hash::text(0, "group", &name)))
}

/// Takes out of train and val (to `none`) what is of a group that has queries
/// in a later part, where parts follow time. Returns how many went.
pub fn withdraw(parts: &mut [Split], units: &[u64]) -> usize {
    let mut withdrawn = 0;
    for (part, later) in [
        (Split::Train, [Split::Val, Split::Test]),
        (Split::Val, [Split::Test, Split::Test]),
    ] {
        let held: HashSet<u64> = (parts.iter().zip(units))
            .filter(|(p, _)| later.contains(p))
            .map(|(_, unit)| *unit)
            .collect();
        for (p, unit) in parts.iter_mut().zip(units) {
            if *p == part && held.contains(unit) {
                *p = Split::None;
                withdrawn += 1;
            }
        }
    }
    withdrawn
}

/// Prompts that stand in more than one part, counted as records come by.
#[derive(Debug, Default)]
pub struct Straddling(HashMap<u64, u8>);

impl Straddling {
    /// One record: the unit of its prompt, and its part.
    pub fn add(&mut self, prompt: u64, part: Split) {
        if part != Split::None {
            *self.0.entry(prompt).or_default() |= 1 << part as u8;
        }
    }

    /// How many prompts stand in more than one part.
    pub fn count(&self) -> usize {
        let twice = |parts: &&u8| parts.count_ones() > 1;
        self.0.values().filter(twice).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Split::{None, Test, Train, Val};

    #[test]
    fn a_group_that_goes_on_later_leaves_the_earlier_parts() {
        let mut parts = [Train, Train, Val, Val, Test];
        assert_eq!(withdraw(&mut parts, &[1, 2, 2, 3, 3]), 2);
        assert_eq!(parts, [Train, None, Val, None, Test]);
    }

    #[test]
    fn prompts_on_both_sides_are_counted_once() {
        let mut prompts = Straddling::default();
        for (prompt, part) in [(1, Train), (1, Test), (1, Val), (2, Train), (2, None)] {
            prompts.add(prompt, part);
        }
        assert_eq!(prompts.count(), 1);
    }
}
