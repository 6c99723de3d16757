//! What goes to disk, as bytes: a row that waits to be joined, and a query as
//! it was held. Both begin with their order and the query's id, which is all
//! that their way over the disk asks for.
//!
//! Whole numbers stand in groups of seven bits, the lowest first, the eighth
//! bit saying that more follow; texts have their length before them; numbers
//! are their eight bytes. Models and files stand as their numbers in the
//! benchmark's tables ([`Names`]).

use crate::formats::records::Original;
use crate::joining::bench::{Answer, Bench, Found, Merge};
use crate::joining::query::{Origin, Query, Texts};
use rb_record::error::Place;
use rb_record::record::{Outcome, OUTCOME_FIELDS};
use rb_record::stream::Line;
use std::borrow::Cow;
use std::sync::Arc;

/// The names that numbers stand for.
pub(crate) struct Names {
    pub models: Vec<Arc<str>>,
    pub sources: Vec<Arc<str>>,
}

/// One entry, read again.
#[derive(Debug)]
pub(crate) enum Entry<'a> {
    Row(Found<'a>, Merge),
    Query(Query),
}

const ROW: u8 = 0;
const QUERY: u8 = 1;

/// Appends a row to `out`.
pub(crate) fn row(out: &mut Vec<u8>, order: u64, found: &Found, merge: Merge, bench: &mut Bench) {
    whole(out, order);
    text(out, &found.id);
    out.push(ROW);
    out.push(merge.scoreless_yields as u8 | (merge.prompts_may_differ as u8) << 1);
    whole(out, bench.source(&found.place.source) as u64);
    whole(out, found.place.line);
    whole(out, found.place.column);
    optional(out, found.dataset.as_deref());
    index(out, found.index);
    optional(out, found.prompt.as_deref());
    whole(out, found.answers.len() as u64);
    for a in &found.answers {
        outcome(out, bench.model(&a.model), a.reference, &a.outcome);
        optional(out, a.response.as_deref());
    }
    out.push(found.original.is_some() as u8);
    if let Some(original) = &found.original {
        bytes(out, original.line.bytes());
        for (from, to) in original.maps.map(Option::unwrap_or_default) {
            whole(out, from as u64);
            whole(out, to as u64);
        }
        whole(out, original.argument as u64);
    }
}

/// Appends a query that was held to `out`.
pub(crate) fn query(out: &mut Vec<u8>, order: u64, query: &Query, bench: &mut Bench) {
    whole(out, order);
    text(out, &query.id);
    out.push(QUERY);
    out.push(query.touched as u8);
    origin(out, query.origin);
    optional(out, query.dataset.as_deref());
    index(out, query.index);
    optional(out, query.prompt.as_deref());
    whole(out, query.answers.len() as u64);
    for stored in &query.answers {
        let (model, reference) = (stored.model, stored.reference);
        outcome(out, model, reference, &query.outcome(stored));
        origin(out, stored.origin);
        let texts = query.texts_of(model, reference);
        optional(out, texts.and_then(|t| t.response.as_deref()));
        optional(out, texts.and_then(|t| t.raw.as_deref()));
    }
    out.push(query.original.is_some() as u8);
    if let Some(line) = &query.original {
        bytes(out, line.bytes());
        whole(out, bench.source(line.source()) as u64);
        whole(out, line.number());
    }
}

/// The order and the id of an entry. None: these bytes are none.
pub(crate) fn head(entry: &[u8]) -> Option<(u64, &str)> {
    let mut rest = Reader(entry);
    Some((rest.whole()?, rest.text()?))
}

/// The whole entry, but for its order. None: these bytes are none.
pub(crate) fn entry<'a>(bytes: &'a [u8], names: &'a Names) -> Option<Entry<'a>> {
    let mut rest = Reader(bytes);
    rest.whole()?;
    let id = rest.text()?;
    let entry = match rest.byte()? {
        ROW => {
            let (found, merge) = read_row(id, &mut rest, names)?;
            Entry::Row(found, merge)
        }
        QUERY => Entry::Query(read_query(id, &mut rest, names)?),
        _ => return None,
    };
    rest.0.is_empty().then_some(entry)
}

fn read_row<'a>(
    id: &'a str,
    rest: &mut Reader<'a>,
    names: &'a Names,
) -> Option<(Found<'a>, Merge)> {
    let merge = rest.byte()?;
    let merge = Merge {
        scoreless_yields: merge & 1 != 0,
        prompts_may_differ: merge & 2 != 0,
    };
    let place = Place {
        source: names.sources.get(rest.whole()? as usize)?.clone(),
        line: rest.whole()?,
        column: rest.whole()?,
    };
    let dataset = rest.optional()?.map(Cow::Borrowed);
    let index = rest.index()?;
    let prompt = rest.optional()?.map(Cow::Borrowed);
    let mut answers = Vec::new();
    for _ in 0..rest.whole()? {
        let (model, reference, outcome) = rest.outcome()?;
        answers.push(Answer {
            model: Cow::Borrowed(names.models.get(model as usize)?),
            reference,
            outcome,
            response: rest.optional()?.map(Cow::Borrowed),
        });
    }
    let original = match rest.byte()? {
        0 => None,
        _ => {
            let line = Line::new(rest.bytes()?.to_vec(), place.source.clone(), place.line);
            let mut maps = [None; 2];
            for map in &mut maps {
                let (from, to) = (rest.whole()? as usize, rest.whole()? as usize);
                *map = Some((from, to)).filter(|_| from < to);
            }
            Some(Original {
                line: Cow::Owned(line),
                maps,
                argument: rest.whole()? as u32,
            })
        }
    };
    let found = Found {
        id: Cow::Borrowed(id),
        dataset,
        index,
        prompt,
        answers,
        place,
        original,
    };
    Some((found, merge))
}

fn read_query(id: &str, rest: &mut Reader, names: &Names) -> Option<Query> {
    let touched = rest.byte()? != 0;
    let mut query = Query::new(Arc::from(id), rest.origin()?, 0);
    query.touched = touched;
    query.dataset = rest.optional()?.map(Arc::from);
    query.index = rest.index()?;
    query.prompt = rest.optional()?.map(Box::from);
    for slot in 0..rest.whole()? as usize {
        let (model, reference, outcome) = rest.outcome()?;
        query.insert(slot, model, reference, rest.origin()?);
        query.put(slot, &outcome);
        let response = rest.optional()?.map(Box::from);
        let raw = rest.optional()?.map(Box::from);
        if response.is_some() || raw.is_some() {
            query.keep_texts(Texts {
                model,
                reference,
                response,
                raw,
            });
        }
    }
    if rest.byte()? != 0 {
        let bytes = rest.bytes()?.to_vec();
        let source = names.sources.get(rest.whole()? as usize)?.clone();
        query.original = Some(Line::new(bytes, source, rest.whole()?));
    }
    Some(query)
}

/// Appends a whole number.
pub(crate) fn whole(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    whole(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn text(out: &mut Vec<u8>, text: &str) {
    bytes(out, text.as_bytes());
}

fn optional(out: &mut Vec<u8>, value: Option<&str>) {
    out.push(value.is_some() as u8);
    if let Some(value) = value {
        text(out, value);
    }
}

fn index(out: &mut Vec<u8>, value: Option<u64>) {
    out.push(value.is_some() as u8);
    if let Some(value) = value {
        whole(out, value);
    }
}

fn origin(out: &mut Vec<u8>, origin: Origin) {
    whole(out, origin.file as u64);
    whole(out, origin.line as u64);
}

fn outcome(out: &mut Vec<u8>, model: u32, reference: bool, outcome: &Outcome) {
    whole(out, (model as u64) << 1 | reference as u64);
    let values = outcome.values();
    let known = (0..values.len()).fold(0u8, |k, i| k | (values[i].is_some() as u8) << i);
    out.push(known);
    for value in values.iter().flatten() {
        out.extend_from_slice(&value.to_le_bytes());
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }
    fn whole(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.whole()? as usize;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }
    fn optional(&mut self) -> Option<Option<&'a str>> {
        match self.byte()? {
            0 => Some(None),
            _ => self.text().map(Some),
        }
    }
    fn index(&mut self) -> Option<Option<u64>> {
        match self.byte()? {
            0 => Some(None),
            _ => self.whole().map(Some),
        }
    }
    fn origin(&mut self) -> Option<Origin> {
        Some(Origin {
            file: self.whole()? as u32,
            line: self.whole()? as u32,
        })
    }
    fn outcome(&mut self) -> Option<(u32, bool, Outcome)> {
        let model = self.whole()?;
        let known = self.byte()?;
        let mut outcome = Outcome::default();
        for field in (0..OUTCOME_FIELDS.len()).filter(|f| known & (1 << f) != 0) {
            let (value, rest) = self.0.split_first_chunk::<8>()?;
            self.0 = rest;
            outcome.set(field, Some(f64::from_le_bytes(*value)));
        }
        Some(((model >> 1) as u32, model & 1 != 0, outcome))
    }
}
