//! Facts as text, so that a large benchmark can be scored in parts:
//! `rb-score --partial` writes what scoring needs of each query, and
//! `rb-score --merge` reads such parts and scores them as one stream.
//!
//! A part is one options line and then one line a query. A query's line is a
//! query record (FORMAT.md) without its prompt, embedding and foreign members,
//! and with two members of its own: `unit`, the hash of the prompt in
//! hexadecimal, and `groups`, the values of the fields of `--by`. The answers of a
//! query are numbered. Numbers are
//! written exactly, and merging takes the same path as a plain run, whose
//! sums do not depend on the order of the queries: parts in any order give
//! the same bytes.

use crate::data::fact::{Fact, Wanted};
use crate::data::field::Field;
use rb_record::error::{excerpt, Error, Place, Result};
use rb_record::json;
use rb_record::record::{Outcome, Record, Route, Split, ORACLE, OUTCOME_FIELDS};
use rb_record::stream::Line;
use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

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
        logged: None,
        embedder: record
            .raw("embedder")
            .and_then(|raw| serde_json::from_str(raw).ok()),
        groups: groups.into_iter().map(String::from).collect(),
        routes_at: record.raw("routes").map(|raw| (raw, record.place_of(raw))),
    })))
}

fn not_a_part(line: &Line) -> Error {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        Line::new(text.trim_end().as_bytes().to_vec(), "t".into(), 1)
    }

    #[test]
    fn a_fact_line_holds_all_that_scoring_reads_and_nothing_else() {
        let record = line(
            r#"{"id":"a\n\"","x":[1e999],"dataset":"d","split":"test","prompt":"P","lang":2.50,
            "outcomes":{"é":{"score":0.1,"cost":1e-7,"latency":0.30000000000000004,"prompt_tokens":3,
            "completion_tokens":1e15,"confidence":0.5,"answer":"B","response":"long"},"n":{"answer":"B"},"o":{"answer":"C"}},
            "references":{"v":{"score":1}},
            "routes":{"r":[{"alpha":0,"model":"n"},{"alpha":0.1,"called":["n","é"],"model":"é"}],"s":"n"}}"#
                .replace("\\n", "")
                .as_str(),
        );
        let wanted = Wanted {
            split: None,
            by: vec![Field::parse("lang"), Field::parse("/none")],
            log: None,
        };
        let fact = Fact::parse(&record, &wanted).unwrap();
        let text = fact_line(&fact);
        let again = line(&text);
        let Entry::Query(read) = parse(&again).unwrap() else {
            panic!("no query")
        };
        assert_eq!(read.unit, fact.unit);
        assert_eq!(read.groups, ["2.5", "null"]);
        assert_eq!(read.outcomes[0].1.latency, Some(0.30000000000000004));
        assert_eq!(read.outcomes[0].1.confidence, None);
        assert_eq!(read.outcomes.len(), 3);
        let answer = |m: usize| read.outcomes[m].1.answer;
        assert!(answer(0).is_some() && answer(0) == answer(1) && answer(0) != answer(2));
        assert_eq!(read.routes, fact.routes);
        assert_eq!(read.references, fact.references);
        assert_eq!(fact_line(&read), text);
        assert!(!text.contains("long") && !text.contains("\"P\""));
    }

    #[test]
    fn parts_of_other_options_or_another_version_are_refused() {
        let message = |texts: &[&str]| {
            let mut merge = Merge::default();
            for text in texts {
                let line = line(text);
                if let Err(e) = parse(&line).and_then(|e| merge.admit(&line, e).map(|_| ())) {
                    return e.to_string();
                }
            }
            String::new()
        };
        let plain = options_line(&Wanted::default());
        let by = options_line(&Wanted {
            split: Some(Split::Val),
            by: vec![Field::parse("lang")],
            log: None,
        });
        let query = r#"{"id":"a","unit":"00000000000000ff","dataset":""}"#;
        assert_eq!(message(&[&plain, query, &plain, query]), "");
        let other = message(&[&plain, &by]);
        assert!(other.contains("--split val --by lang") && other.contains("same options"));
        assert!(message(&[query]).contains("rb-score --partial"));
        assert!(message(&[r#"{"id":"a"}"#]).contains("leave --merge out"));
        let newer = plain.replace("rb-facts/1", "rb-facts/2");
        assert!(message(&[&newer]).contains("expected \"rb-facts/1\""));
        let broken = query.replace("ff\"", "f\"");
        assert!(message(&[&plain, &broken]).contains("16 hexadecimal digits"));
    }
}
