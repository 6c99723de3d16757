//! What goes to disk, as bytes: a row that waits to be joined, and a query as
//! it was held. Both begin with their order and the query's id, which is all
//! that their way over the disk asks for. The bytes are postcard's; models and
//! files stand as their numbers in the benchmark's tables ([`Names`]).

use crate::joining::bench::Bench;
use crate::joining::found::{Answer, Found, Merge, Original};
use crate::joining::query::{Further, Origin, Query, Texts};
use crate::joining::runs::Run;
use crate::tables::fields::KEPT;
use rb_record::error::{Place, Result};
use rb_record::record::Split;
use rb_record::stream::Line;
use rb_store::temporary::damaged;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// The names that numbers stand for.
pub(crate) struct Names {
    /// By model number.
    pub models: Vec<Arc<str>>,
    /// By file number.
    pub sources: Vec<Arc<str>>,
}

/// One entry, read again.
#[derive(Debug)]
pub(crate) enum Entry<'a> {
    /// A row that was not joined yet.
    Row(Found<'a>, Merge),
    /// A query that had been joined.
    Query(Query),
}

/// An entry's order and the id of its query.
type Head<'a> = (u64, &'a str);

#[derive(Serialize, Deserialize)]
enum Body<'a> {
    Row(#[serde(borrow)] Row<'a>),
    Held(#[serde(borrow)] Held<'a>),
}

#[derive(Serialize, Deserialize)]
struct Row<'a> {
    merge: Merge,
    /// File, line and column.
    place: (u32, u64, u64),
    dataset: Option<&'a str>,
    index: Option<u64>,
    split: Option<&'a str>,
    prompt: Option<&'a str>,
    /// Each with its response and answer.
    #[serde(borrow)]
    answers: Vec<(Values, [Option<&'a str>; 2])>,
    original: Option<RowLine<'a>>,
}

/// The line of a record.
#[derive(Serialize, Deserialize)]
struct RowLine<'a> {
    bytes: &'a [u8],
    maps: [Option<(usize, usize)>; 2],
    argument: u32,
}

#[derive(Serialize, Deserialize)]
struct Held<'a> {
    touched: bool,
    origin: Origin,
    dataset: Option<&'a str>,
    index: Option<u64>,
    split: Option<&'a str>,
    prompt: Option<&'a str>,
    /// Each with its response, answer and own JSON.
    #[serde(borrow)]
    answers: Vec<(Values, Origin, [Option<&'a str>; 3])>,
    /// Each with its answer.
    runs: Vec<(Values, Option<&'a str>)>,
    /// The line, its file and its number there.
    original: Option<(&'a [u8], u32, u64)>,
}

/// A model, whether it is a reference, its numbers and its `n`.
#[derive(Serialize, Deserialize)]
struct Values(u32, bool, [Option<f64>; KEPT], Option<f64>);

impl Values {
    fn of(model: u32, reference: bool, run: &Run) -> Values {
        Values(model, reference, run.values(), run.n)
    }

    fn run(&self) -> Run {
        let mut run = Run {
            n: self.3,
            ..Run::default()
        };
        for (field, value) in self.2.into_iter().enumerate() {
            run.set(field, value);
        }
        run
    }
}

/// Appends head and body to `out`. Errors: none that a vector can make.
fn write(out: &mut Vec<u8>, head: Head, body: &Body) -> Result<()> {
    postcard::to_io(&head, &mut *out)
        .and_then(|out| postcard::to_io(body, out))
        .map(drop)
        .map_err(|_| damaged())
}

/// Appends a row to `out`.
pub(crate) fn row(
    out: &mut Vec<u8>,
    order: u64,
    found: &Found,
    merge: Merge,
    bench: &mut Bench,
) -> Result<()> {
    let source = bench.source(&found.place.source);
    let answers = found.answers.iter().map(|a| {
        let values = Values::of(bench.model(&a.model), a.reference, &a.run());
        (values, [a.response.as_deref(), a.answer.as_deref()])
    });
    let row = Row {
        merge,
        place: (source, found.place.line, found.place.column),
        dataset: found.dataset.as_deref(),
        index: found.index,
        prompt: found.prompt.as_deref(),
        split: found.split.map(Split::name),
        answers: answers.collect(),
        original: found.original.as_ref().map(|o| RowLine {
            bytes: o.line.bytes(),
            maps: o.maps,
            argument: o.argument,
        }),
    };
    write(out, (order, &found.id), &Body::Row(row))
}

/// Appends a query that was held to `out`.
pub(crate) fn query(out: &mut Vec<u8>, order: u64, query: &Query, bench: &mut Bench) -> Result<()> {
    let answers = query.answers.iter().map(|stored| {
        let (model, reference) = (stored.model, stored.reference);
        let texts = query.texts_of(model, reference);
        (
            Values::of(model, reference, &query.run(stored)),
            stored.origin,
            texts.map_or([None; 3], |t| {
                [&t.response, &t.answer, &t.raw].map(|text| text.as_deref())
            }),
        )
    });
    let held = Held {
        touched: query.touched,
        origin: query.origin,
        dataset: query.dataset.as_deref(),
        index: query.index,
        prompt: query.prompt.as_deref(),
        split: query.split.map(Split::name),
        answers: answers.collect(),
        runs: query
            .runs
            .iter()
            .map(|f| {
                (
                    Values::of(f.model, f.reference, &f.run),
                    f.answer.as_deref(),
                )
            })
            .collect(),
        original: query
            .original
            .as_ref()
            .map(|line| (line.bytes(), bench.source(line.source()), line.number())),
    };
    write(out, (order, &query.id), &Body::Held(held))
}

/// The order and the id of an entry. None: these bytes are none.
pub(crate) fn head(entry: &[u8]) -> Option<(u64, &str)> {
    postcard::take_from_bytes::<Head>(entry)
        .ok()
        .map(|(head, _)| head)
}

/// The whole entry, but for its order. None: these bytes are none.
pub(crate) fn entry<'a>(bytes: &'a [u8], names: &'a Names) -> Option<Entry<'a>> {
    let ((_, id), rest) = postcard::take_from_bytes::<Head>(bytes).ok()?;
    match postcard::take_from_bytes::<Body>(rest).ok()? {
        (Body::Row(row), []) => {
            let merge = row.merge;
            Some(Entry::Row(read_row(id, row, names)?, merge))
        }
        (Body::Held(held), []) => Some(Entry::Query(read_query(id, held, names)?)),
        _ => None,
    }
}

fn read_row<'a>(id: &'a str, row: Row<'a>, names: &'a Names) -> Option<Found<'a>> {
    let (source, line, column) = row.place;
    let place = Place {
        source: names.sources.get(source as usize)?.clone(),
        line,
        column,
    };
    let mut answers = Vec::with_capacity(row.answers.len());
    for (values, [response, answer]) in row.answers {
        let run = values.run();
        answers.push(Answer {
            model: Cow::Borrowed(names.models.get(values.0 as usize)?),
            reference: values.1,
            n: run.n,
            outcome: run.outcome,
            parts: run.parts,
            response: response.map(Cow::Borrowed),
            answer: answer.map(Cow::Borrowed),
        });
    }
    let original = row.original.map(|o| Original {
        line: Cow::Owned(Line::new(o.bytes.to_vec(), place.source.clone(), line)),
        maps: o.maps,
        argument: o.argument,
    });
    Some(Found {
        id: Cow::Borrowed(id),
        dataset: row.dataset.map(Cow::Borrowed),
        index: row.index,
        split: row.split.and_then(Split::from_name),
        prompt: row.prompt.map(Cow::Borrowed),
        answers,
        place,
        original,
    })
}

fn read_query(id: &str, held: Held, names: &Names) -> Option<Query> {
    let mut query = Query::new(Arc::from(id), held.origin, 0);
    query.touched = held.touched;
    query.dataset = held.dataset.map(Arc::from);
    query.index = held.index;
    query.split = held.split.and_then(Split::from_name);
    query.prompt = held.prompt.map(Box::from);
    for (slot, (values, origin, texts)) in held.answers.into_iter().enumerate() {
        let (model, reference) = (values.0, values.1);
        query.insert(slot, model, reference, origin);
        query.put_run(slot, &values.run());
        if texts.iter().any(Option::is_some) {
            let [response, answer, raw] = texts.map(|text| text.map(Box::from));
            query.keep_texts(Texts {
                response,
                answer,
                raw,
                ..Texts::of(model, reference)
            });
        }
    }
    let further = held.runs.into_iter().map(|(values, answer)| Further {
        model: values.0,
        reference: values.1,
        run: values.run(),
        answer: answer.map(Box::from),
    });
    query.runs = further.collect();
    if let Some((bytes, source, number)) = held.original {
        let source = names.sources.get(source as usize)?.clone();
        query.original = Some(Line::new(bytes.to_vec(), source, number));
    }
    Some(query)
}
