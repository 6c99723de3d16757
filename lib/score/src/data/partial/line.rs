//! Facts as text, so that a large benchmark can be scored in parts:
//! `rb-score --partial` writes what scoring needs of each query, and
//! `rb-score --merge` reads such parts and scores them as one stream.
//!
//! A part is one options line and then one line a query. A query's line is a
//! query record (FORMAT.md) without its prompt, embedding and foreign members,
//! and with two members of its own: `unit`, the hash of the prompt in
//! hexadecimal, and `groups`, the values of the fields of `--by`. The answers of a
//! query are numbered. Numbers are written exactly, and merging takes the same path
//! as a plain run, whose sums do not depend on the order of the queries: parts in
//! any order give the same bytes.

use crate::data::fact::{Fact, Wanted};
use rb_record::error::{excerpt, Error, Result};
use rb_record::json;
use rb_record::record::field::Field;
use rb_record::record::{Outcome, Record, Route, Split, ORACLE, OUTCOME_FIELDS};
use rb_record::stream::Line;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The version of the lines that this build writes and reads.
pub const FORMAT: &str = "rb-facts/1";

/// The first of [`OUTCOME_FIELDS`] are those that scoring reads: score, cost,
/// latency and the two counts of tokens.
const READ: usize = 5;

/// The options line of a part, with its line feed: the format, and what
/// decides which facts the queries' lines hold.
pub fn options_line(wanted: &Wanted) -> String {
    let split = wanted
        .split
        .map_or("null".into(), |s| json::quoted(s.name()));
    let by: Vec<String> = wanted.by.iter().map(|f| json::quoted(f.text())).collect();
    format!(
        "{{\"facts\":{},\"split\":{split},\"by\":[{}]}}\n",
        json::quoted(FORMAT),
        by.join(",")
    )
}

/// One query's line, with its line feed.
pub fn fact_line(fact: &Fact) -> String {
    let mut out = String::with_capacity(512);
    out.push_str("{\"id\":");
    out.push_str(&json::quoted(&fact.id));
    // Writing to a string never fails.
    let _ = write!(out, ",\"unit\":\"{:016x}\",\"dataset\":", fact.unit);
    out.push_str(&json::quoted(&fact.dataset));
    if let Some(split) = fact.split {
        out.push_str(",\"split\":");
        out.push_str(&json::quoted(split.name()));
    }
    if let Some(embedder) = &fact.embedder {
        out.push_str(",\"embedder\":");
        out.push_str(&json::quoted(embedder));
    }
    if !fact.groups.is_empty() {
        out.push_str(",\"groups\":[");
        out.push_str(&fact.groups.join(","));
        out.push(']');
    }
    // Only whether two answers of a query are the same counts: theirs are numbers.
    let mut answers: Vec<f64> = Vec::new();
    put_map(&mut out, "outcomes", &fact.outcomes, |out, outcome| {
        let answer = outcome.answer.map(|code| {
            let known = answers.iter().position(|a| *a == code);
            known.unwrap_or_else(|| {
                answers.push(code);
                answers.len() - 1
            })
        });
        put_outcome(out, outcome, answer);
    });
    put_map(&mut out, "references", &fact.references, |out, outcome| {
        put_outcome(out, outcome, None)
    });
    put_map(&mut out, "routes", &fact.routes, put_route);
    put_map(&mut out, "expected", &fact.expected, |out, score| {
        out.push_str(&json::number(*score))
    });
    out.push_str("}\n");
    out
}

fn put_map<T>(
    out: &mut String,
    key: &str,
    map: &[(Cow<str>, T)],
    mut put: impl FnMut(&mut String, &T),
) {
    if map.is_empty() {
        return;
    }
    out.push_str(",\"");
    out.push_str(key);
    out.push_str("\":{");
    for (i, (name, value)) in map.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&json::quoted(name));
        out.push(':');
        put(out, value);
    }
    out.push('}');
}

fn put_outcome(out: &mut String, outcome: &Outcome, answer: Option<usize>) {
    out.push('{');
    let mut first = true;
    for ((name, ..), value) in OUTCOME_FIELDS.iter().zip(outcome.values()).take(READ) {
        let Some(value) = value else { continue };
        if !first {
            out.push(',');
        }
        first = false;
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        out.push_str(&json::number(value));
    }
    if let Some(answer) = answer {
        let comma = if first { "" } else { "," };
        let _ = write!(out, "{comma}\"answer\":\"{answer}\"");
    }
    out.push('}');
}

fn put_route(out: &mut String, route: &Route) {
    if route.oracle {
        out.push_str(ORACLE);
    }
    out.push('[');
    for (i, step) in route.steps.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str("{\"alpha\":");
        out.push_str(&json::number(step.alpha));
        if !step.called.is_empty() {
            let called: Vec<String> = step.called.iter().map(|m| json::quoted(m)).collect();
            out.push_str(",\"called\":[");
            out.push_str(&called.join(","));
            out.push(']');
        }
        out.push_str(",\"model\":");
        out.push_str(&json::quoted(&step.model));
        out.push('}');
    }
    out.push(']');
    if route.oracle {
        out.push('}');
    }
}

/// A line of a part.
#[derive(Debug)]
pub enum Entry<'a> {
    /// What the part was written with.
    Options(Wanted),
    /// One query.
    Query(Box<Fact<'a>>),
}

/// Reads a line of a part; a plain query record is refused.
pub fn parse(line: &Line) -> Result<Entry<'_>> {
    let record = Record::parse(line)?;
    if record.raw("facts").is_some() {
        return options(&record).map(Entry::Options);
    }
    let Some(unit) = record.raw("unit") else {
        return Err(not_a_part(line));
    };
    let unit = serde_json::from_str::<Cow<str>>(unit)
        .ok()
        .filter(|text| text.len() == 16)
        .and_then(|text| u64::from_str_radix(&text, 16).ok())
        .ok_or_else(|| {
            record.error_at(
                unit,
                format!(
                    "unit is {}, expected the 16 hexadecimal digits of a hash; write the part again with rb-score --partial",
                    excerpt(unit)
                ),
            )
        })?;
    let groups = match record.raw("groups") {
        None => Vec::new(),
        Some(raw) => json::elements(raw).map_err(|e| {
            let found = excerpt(raw);
            record.error_at(
                raw,
                format!("groups is {found} ({}), expected an array; write the part again with rb-score --partial", e.message),
            )
        })?,
    };
    Ok(Entry::Query(Box::new(Fact {
        place: record.place_of(record.raw("id").unwrap_or_default()),
        unit,
        id: record.required_id()?,
        dataset: record.dataset()?,
        split: record.split()?,
        outcomes: record.outcomes()?,
        references: record.references()?,
        routes: record.routes()?,
        expected: expected(&record)?,
        logged: None,
        embedder: record
            .raw("embedder")
            .and_then(|raw| serde_json::from_str(raw).ok()),
        groups: groups.into_iter().map(String::from).collect(),
        routes_at: record.raw("routes").map(|raw| (raw, record.place_of(raw))),
    })))
}

/// What routers expected: finite numbers by name.
fn expected<'a>(record: &Record<'a>) -> Result<Vec<(Cow<'a, str>, f64)>> {
    let Some(raw) = record.raw("expected") else {
        return Ok(Vec::new());
    };
    let found: Option<BTreeMap<Cow<str>, f64>> = serde_json::from_str(raw).ok();
    let finite = found.filter(|all| all.values().all(|v| v.is_finite()));
    finite.map(|all| all.into_iter().collect()).ok_or_else(|| {
        record.error_at(
            raw,
            format!(
                "expected is {}, expected an object of router → score; write the part again with rb-score --partial",
                excerpt(raw)
            ),
        )
    })
}

pub(super) fn not_a_part(line: &Line) -> Error {
    Error::input("this is no part that rb-score --partial wrote, whose first line holds its options; write it with rb-score --partial, or leave --merge out to score query records")
        .at(line.place(0))
}

fn options(record: &Record) -> Result<Wanted> {
    #[derive(serde::Deserialize)]
    struct Wire {
        facts: String,
        split: Option<String>,
        by: Vec<String>,
    }
    let fault = |found: String| {
        let at = record.raw("facts").unwrap_or_default();
        Err(record.error_at(
            at,
            format!("{found}; write the part again with this version's rb-score --partial"),
        ))
    };
    let raw = record.raw("facts").unwrap_or_default();
    match serde_json::from_str::<String>(raw) {
        Ok(format) if format == FORMAT => {}
        _ => {
            return fault(format!(
                "the format of the facts is {}, expected {FORMAT:?}",
                excerpt(raw)
            ))
        }
    }
    let text = std::str::from_utf8(record.line().bytes()).unwrap_or_default();
    let wire: Wire = match serde_json::from_str(text) {
        Ok(wire) => wire,
        Err(e) => return fault(format!("the options of the facts cannot be read ({e})")),
    };
    debug_assert_eq!(wire.facts, FORMAT);
    let split = match wire.split.as_deref().map(|s| (s, Split::from_name(s))) {
        None => None,
        Some((_, Some(split))) => Some(split),
        Some((name, None)) => {
            return fault(format!(
                "the split of the facts is {:?}, expected train, val or test",
                excerpt(name)
            ))
        }
    };
    Ok(Wanted {
        split,
        by: wire.by.iter().map(|f| Field::parse(f)).collect(),
        log: None,
    })
}
