//! What is asked of the stream as a whole: every id once, and one split for all
//! records or for none.

use crate::data::fact::{unknown_model, Wanted};
use rb_record::error::{excerpt, Error, Place, Result};
use rb_record::record::Split;
use rb_store::sorter::Sorter;
use rb_store::temporary;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where the record of an id stands, and which record it was.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Stands {
    pub(crate) order: u64,
    pub(crate) source: u32,
    pub(crate) line: u64,
    pub(crate) column: u64,
}

pub(crate) const SPLITS: [Split; 4] = [Split::Train, Split::Val, Split::Test, Split::None];

/// Of a split; what has none comes last.
pub(crate) fn place_of(split: Option<Split>) -> usize {
    split.map_or(SPLITS.len(), |s| s as usize)
}

/// An id that stands twice is refused, both places named; of several the one
/// whose second record comes first.
pub(crate) fn refuse_duplicates(ids: Sorter, sources: &[Arc<str>]) -> Result<()> {
    let mut sorted = ids.sorted()?;
    let (mut id, mut value, mut last) = (Vec::new(), Vec::new(), None::<(Vec<u8>, Stands)>);
    let mut worst: Option<(Vec<u8>, Stands, Stands)> = None;
    while sorted.next_into(&mut id, &mut value)? {
        let stands: Stands = postcard::from_bytes(&value).map_err(|_| temporary::damaged())?;
        match &mut last {
            Some((before, first)) if *before == id => {
                let is_first = |w: &(_, _, Stands)| stands.order < w.2.order;
                if worst.as_ref().is_none_or(is_first) {
                    let first = Stands { ..*first };
                    worst = Some((id.clone(), first, stands));
                }
            }
            Some((before, first)) => {
                before.clone_from(&id);
                *first = stands;
            }
            None => last = Some((id.clone(), stands)),
        }
    }
    let place = |s: &Stands| Place {
        source: sources[s.source as usize].clone(),
        line: s.line,
        column: s.column,
    };
    match worst {
        None => Ok(()),
        Some((id, first, second)) => Err(Error::input(format!(
            "the id {:?} stands already at {}, expected one of its own for every query; rb-import merges records of one query",
            excerpt(&String::from_utf8_lossy(&id)),
            place(&first)
        ))
        .at(place(&second))),
    }
}

/// The split to score, or None where no record has one.
pub(crate) fn scored_split(
    with: Option<&Place>,
    without: Option<&Place>,
    of_split: &[usize; SPLITS.len()],
    wanted: &Wanted,
) -> Result<Option<Split>> {
    let split = wanted.scored();
    match (with, without) {
        (Some(with), Some(without)) => Err(Error::input(format!(
            "this record has no split while {with} has one; run rb-split --resplit over the whole stream"
        ))
        .at(without.clone())),
        (None, _) if wanted.split.is_some() => Err(Error::input(format!(
            "no record has a split, and --split asks for {}; run rb-split first, or leave --split out to score everything",
            split.name()
        ))),
        (None, _) => Ok(None),
        (Some(_), None) => {
            if of_split[split as usize] > 0 {
                return Ok(Some(split));
            }
            let [train, val, test, none] = of_split;
            Err(Error::input(format!(
                "no record has the split {:?} (train {train}, val {val}, test {test}, none {none}); choose another with --split, or assign anew with rb-split --resplit",
                split.name()
            )))
        }
    }
}

/// Where a route first named a model.
#[derive(Debug)]
pub(crate) struct Mention {
    pub(crate) place: Place,
    pub(crate) router: String,
    pub(crate) model: String,
}

/// Refuses a stream without scores, and routes that name a model without any.
/// `place`: of a model's number, in the pool of `models`.
pub(crate) fn refuse_models(
    has_score: &[bool],
    mentions: &BTreeMap<u32, Mention>,
    place: &[Option<usize>],
    models: &[String],
) -> Result<()> {
    if !has_score.contains(&true) {
        return Err(Error::input(
            "no record has an outcome with a score, so there is nothing to score; rb-import brings outcomes in",
        ));
    }
    match mentions.iter().find(|(m, _)| place[**m as usize].is_none()) {
        None => Ok(()),
        Some((_, m)) => Err(unknown_model(&m.model, &m.router, m.place.clone(), models)),
    }
}
