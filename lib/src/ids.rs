//! Ids of a stream, each with the place of its record: a duplicate is refused
//! naming both lines. Memory: the id and a line number for each record.

use crate::error::{excerpt, Error, Result};
use crate::record::Record;
use std::collections::hash_map::Entry;
use std::collections::HashMap;
use std::sync::Arc;

/// The ids seen so far.
#[derive(Debug, Default)]
pub struct Ids(HashMap<String, (Arc<str>, u64)>);

impl Ids {
    /// The record's id, which must be new. Errors: no id; one seen before,
    /// with the place of the record that had it.
    pub fn admit(&mut self, record: &Record) -> Result<String> {
        let id = record.required_id()?.into_owned();
        let line = record.line();
        match self.0.entry(id.clone()) {
            Entry::Vacant(free) => {
                free.insert((line.source().clone(), line.number()));
                Ok(id)
            }
            Entry::Occupied(taken) => {
                let (source, number) = taken.get();
                Err(Error::input(format!(
                    "the id {:?} stands already at {source}:{number}, expected one of its own for every query; rb-import merges records of one query",
                    excerpt(&id)
                ))
                .at(record.place_of(record.raw("id").unwrap_or_default())))
            }
        }
    }
}
