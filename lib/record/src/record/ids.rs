//! Ids of a stream, each with the place of its record: a duplicate is refused
//! naming both lines. Memory: the id and a line number for each record.

use crate::error::{excerpt, Error, Result};
use crate::record::query::Record;
use crate::stream::Line;
use std::collections::hash_map::Entry;
use std::collections::HashMap;
use std::sync::Arc;

/// The ids seen so far.
#[derive(Debug, Default)]
pub struct Ids(HashMap<String, (Arc<str>, u64)>);

impl Ids {
    /// The id of the record on `line`, which must be new. Errors: it was seen
    /// before, with the place of the record that had it.
    pub fn admit(&mut self, id: String, line: &Line) -> Result<()> {
        match self.0.entry(id) {
            Entry::Vacant(free) => {
                free.insert((line.source().clone(), line.number()));
                Ok(())
            }
            Entry::Occupied(taken) => {
                let (source, number) = taken.get();
                let record = Record::parse(line)?;
                Err(Error::input(format!(
                    "the id {:?} stands already at {source}:{number}, expected one of its own for every query; rb-import merges records of one query",
                    excerpt(taken.key())
                ))
                .at(record.place_of(record.raw("id").unwrap_or_default())))
            }
        }
    }
}
