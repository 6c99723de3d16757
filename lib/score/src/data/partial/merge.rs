//! Parts that are read one after another as one stream: all must have been written
//! with the same options.

use crate::data::fact::{Fact, Wanted};
use crate::data::partial::line::{not_a_part, Entry};
use rb_record::error::{Error, Place, Result};
use rb_record::stream::Line;
use std::sync::Arc;

/// Checks that all parts were written with the same options.
#[derive(Debug, Default)]
pub struct Merge {
    wanted: Option<(Wanted, Place)>,
    /// The file of the line before.
    source: Option<Arc<str>>,
}

impl Merge {
    /// Takes the entry of `line` in its turn; a query's fact is handed back.
    pub fn admit<'a>(&mut self, line: &Line, entry: Entry<'a>) -> Result<Option<Fact<'a>>> {
        let is_first = self.source.as_ref() != Some(line.source());
        self.source = Some(line.source().clone());
        match (entry, &self.wanted) {
            (Entry::Options(wanted), None) => {
                self.wanted = Some((wanted, line.place(0)));
                Ok(None)
            }
            (Entry::Options(wanted), Some((first, at))) => {
                if wanted == *first {
                    Ok(None)
                } else {
                    Err(Error::input(format!(
                    "this part was written with {}, {at} with {}; write all parts with the same options",
                    flags(&wanted),
                    flags(first)
                ))
                .at(line.place(0)))
                }
            }
            (Entry::Query(fact), Some((wanted, _))) if !is_first => {
                let fits = fact.groups.is_empty() || fact.groups.len() == wanted.by.len();
                if fits {
                    Ok(Some(*fact))
                } else {
                    Err(Error::input(format!(
                        "the query has {} groups, expected {} as the options say; write the part again with rb-score --partial",
                        fact.groups.len(),
                        wanted.by.len()
                    ))
                    .at(fact.place))
                }
            }
            (Entry::Query(_), _) => Err(not_a_part(line)),
        }
    }

    /// What the parts were written with; None: there was no line.
    pub fn wanted(self) -> Option<Wanted> {
        self.wanted.map(|(wanted, _)| wanted)
    }
}

fn flags(wanted: &Wanted) -> String {
    let split = wanted.split.map(|s| format!("--split {}", s.name()));
    let by = wanted.by.iter().map(|f| format!("--by {}", f.text()));
    let all: Vec<String> = split.into_iter().chain(by).collect();
    if all.is_empty() {
        "no --split and no --by".into()
    } else {
        all.join(" ")
    }
}
