//! The benchmark as query records: id, dataset, index, prompt, outcomes in the
//! order of the models' names, references; fields that are unknown are left
//! out. Queries stand in the order in which they first came.
//!
//! A query that came as a record keeps its line: what changed is spliced in.

use crate::joining::bench::Bench;
use crate::joining::query::{Query, Stored};
use crate::joining::runs::{self, Run};
use crate::options::Options;
use crate::tables::cells::full;
use crate::tables::fields::FIELDS;
use rb_record::error::Result;
use rb_record::json::{self, quoted, Member};
use rb_record::record::Record;
use rb_record::stream::Line;
use std::borrow::Cow;
use std::collections::HashMap;

/// What the lines of a benchmark have in common.
pub(crate) struct Writer {
    /// Each model's place among the names in order.
    rank: Vec<usize>,
    /// The names in quotes.
    names: Vec<String>,
    /// Whether --dataset changes records.
    dataset: bool,
    /// Whether answers are made of responses, of those of records too.
    answers: bool,
    responses: bool,
}

impl Writer {
    /// `bench` must know all models' names.
    pub(crate) fn new(bench: &Bench, options: &Options) -> Writer {
        let mut by_name: Vec<usize> = (0..bench.models.len()).collect();
        by_name.sort_by(|&a, &b| bench.models[a].cmp(&bench.models[b]));
        let mut rank = vec![0; by_name.len()];
        for (place, &model) in by_name.iter().enumerate() {
            rank[model] = place;
        }
        Writer {
            rank,
            names: bench.models.iter().map(|m| quoted(m)).collect(),
            dataset: options.dataset.is_some(),
            answers: options.answer_from.is_some(),
            responses: options.responses,
        }
    }

    /// Puts the query's line (without line feed) into `out`.
    pub(crate) fn line(&self, bench: &Bench, query: &Query, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        let mut answers: Vec<&Stored> = query.answers.iter().collect();
        answers.sort_by_key(|s| self.rank[s.model as usize]);
        match &query.original {
            Some(line) => self.respliced(bench, query, line, &answers, out),
            None => {
                fresh(query, &answers, &self.names, out);
                Ok(())
            }
        }
    }

    fn respliced(
        &self,
        bench: &Bench,
        query: &Query,
        line: &Line,
        answers: &[&Stored],
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let responses = self.responses;
        let may_respond = !responses && may_have_response(line.bytes());
        if !query.touched && !may_respond && !self.dataset && !self.answers {
            out.extend_from_slice(line.bytes());
            return Ok(());
        }
        let record = Record::parse(line)?;
        let mut sets: Vec<(&str, String)> = Vec::new();
        if let Some(name) = query.dataset.as_deref() {
            if record.raw("dataset").is_none() || record.dataset()? != name {
                sets.push(("dataset", quoted(name)));
            }
        }
        if let (None, Some(index)) = (record.raw("index"), query.index) {
            sets.push(("index", index.to_string()));
        }
        if let (None, Some(split)) = (record.raw("split"), query.split) {
            sets.push(("split", quoted(split.name())));
        }
        if let (None, Some(prompt)) = (record.raw("prompt"), &query.prompt) {
            sets.push(("prompt", quoted(prompt)));
        }
        let raws = ["outcomes", "references"].map(|f| record.raw(f).unwrap_or("{}"));
        let members = raws.map(|raw| json::members(raw).unwrap_or_default());
        let known = [by_key(&members[0]), by_key(&members[1])];
        for (field, reference) in [("outcomes", false), ("references", true)] {
            let (raw, known_here) = (raws[reference as usize], &known[reference as usize]);
            let mut changed: Vec<(&str, String)> = Vec::new();
            for stored in answers.iter().filter(|s| s.reference == reference) {
                let name = &*bench.models[stored.model as usize];
                let here = known_here.get(name.as_bytes()).copied();
                let texts = query.texts_of(stored.model, reference);
                // Moved here by --reference: the text stands in the outcomes.
                let moved = || {
                    if reference {
                        known[0].get(name.as_bytes()).copied()
                    } else {
                        None
                    }
                };
                let raw = || texts.and_then(|t| t.raw.as_deref());
                let text = here.or_else(raw).or_else(moved);
                let response = texts.and_then(|t| t.response.as_deref());
                let response = response.filter(|_| responses);
                let known = (response, query.answer_of(stored));
                let new = updated(text, &query.run(stored), responses, known)?;
                if Some(&*new) != here {
                    changed.push((name, new.into_owned()));
                }
            }
            let before = if reference {
                record.references()?
            } else {
                record.outcomes()?
            };
            let stays = |name: &str| {
                let model = bench.model_id(name);
                model.is_some_and(|m| query.slot(m, reference).is_ok())
            };
            let gone: Vec<&str> = before
                .iter()
                .map(|(m, _)| &**m)
                .filter(|m| !stays(m))
                .collect();
            if changed.is_empty() && gone.is_empty() {
                continue;
            }
            let changed: Vec<(&str, &str)> =
                changed.iter().map(|(k, t)| (*k, t.as_str())).collect();
            sets.push((field, spliced(raw, &changed, &gone)?));
        }
        let sets: Vec<(&str, &str)> = sets.iter().map(|(k, t)| (*k, t.as_str())).collect();
        out.extend_from_slice(&record.splice(&sets));
        Ok(())
    }
}

/// The members' values by their keys; of a key that stands twice the first.
fn by_key<'m>(members: &'m [Member<'m>]) -> HashMap<&'m [u8], &'m str> {
    let pairs = members.iter().rev();
    pairs.map(|m| (&*m.key, m.value)).collect()
}

fn fresh(query: &Query, answers: &[&Stored], names: &[String], out: &mut Vec<u8>) {
    let mut text = format!("{{\"id\":{}", quoted(&query.id));
    if let Some(dataset) = &query.dataset {
        text.push_str(&format!(",\"dataset\":{}", quoted(dataset)));
    }
    if let Some(split) = query.split {
        text.push_str(&format!(",\"split\":{}", quoted(split.name())));
    }
    if let Some(index) = query.index {
        text.push_str(&format!(",\"index\":{index}"));
    }
    if let Some(prompt) = &query.prompt {
        text.push_str(",\"prompt\":");
        text.push_str(&quoted(prompt));
    }
    for (field, reference) in [(",\"outcomes\":{", false), (",\"references\":{", true)] {
        let mut some = answers
            .iter()
            .filter(|s| s.reference == reference)
            .peekable();
        if reference && some.peek().is_none() {
            continue;
        }
        text.push_str(field);
        for (i, stored) in some.enumerate() {
            if i > 0 {
                text.push(',');
            }
            text.push_str(&names[stored.model as usize]);
            text.push(':');
            let texts = query.texts_of(stored.model, reference);
            object(
                &query.run(stored),
                (
                    texts.and_then(|t| t.response.as_deref()),
                    query.answer_of(stored),
                ),
                &mut text,
            );
        }
        text.push('}');
    }
    text.push('}');
    out.extend_from_slice(text.as_bytes());
}

/// A model's response, and the answer that it comes to.
type Said<'a> = (Option<&'a str>, Option<&'a str>);

fn object(run: &Run, (response, answer): Said, text: &mut String) {
    text.push('{');
    let mut first = true;
    let numbers = run.values().into_iter().zip(FIELDS);
    let numbers = numbers.map(|(value, (name, ..))| (value, name));
    for (value, name) in numbers.chain([(run.n, "n")]) {
        if let Some(value) = value {
            if !first {
                text.push(',');
            }
            first = false;
            text.push('"');
            text.push_str(name);
            text.push_str("\":");
            text.push_str(&full(value));
        }
    }
    for (name, said) in [("answer", answer), ("response", response)] {
        if let Some(said) = said {
            if !first {
                text.push(',');
            }
            first = false;
            text.push_str(&format!("\"{name}\":"));
            text.push_str(&quoted(said));
        }
    }
    text.push('}');
}

/// Whether a key "response" may stand in the text; its letters may be escaped.
fn may_have_response(text: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(text, needle).is_some();
    has(b"response") || has(br"\u006") || has(br"\u007")
}

/// An outcome's own JSON with the numbers of `outcome` and its answer, and
/// without its response unless that is kept; a new one if there is none. The
/// response is what another source knows, and stands where the JSON has none.
fn updated<'a>(
    raw: Option<&'a str>,
    run: &Run,
    responses: bool,
    (response, answer): Said,
) -> Result<Cow<'a, str>> {
    let Some(raw) = raw.filter(|r| r.starts_with('{')) else {
        let mut text = String::new();
        object(run, (response, answer), &mut text);
        return Ok(Cow::Owned(text));
    };
    let old = Run {
        outcome: serde_json::from_str(raw).unwrap_or_default(),
        parts: runs::parts_of(raw),
        n: None,
    };
    let mut sets = Vec::new();
    for ((new, old), (name, ..)) in run.values().into_iter().zip(old.values()).zip(FIELDS) {
        if let Some(value) = new.filter(|_| new != old) {
            sets.push((name, full(value)));
        }
    }
    if let Some(n) = run.n.filter(|_| run.n != runs::n_of(raw)) {
        sets.push(("n", full(n)));
    }
    let mut gone = Vec::new();
    let own = runs::answer_of(raw);
    match answer {
        Some(answer) if own.as_deref() != Some(answer) => sets.push(("answer", quoted(answer))),
        None if own.is_some() => gone.push("answer"),
        _ => {}
    }
    if let Some(response) = response {
        let members = json::members(raw).unwrap_or_default();
        let own = members.iter().find(|m| *m.key == *b"response");
        if own.is_none_or(|m| m.value == "null") {
            sets.push(("response", quoted(response)));
        }
    }
    if !responses && may_have_response(raw.as_bytes()) {
        gone.push("response");
    }
    if sets.is_empty() && gone.is_empty() {
        return Ok(Cow::Borrowed(raw));
    }
    let sets: Vec<(&str, &str)> = sets.iter().map(|(k, t)| (*k, t.as_str())).collect();
    spliced(raw, &sets, &gone).map(Cow::Owned)
}

/// The object `raw` with members set and others removed, every other byte
/// unchanged.
pub(crate) fn spliced(raw: &str, sets: &[(&str, &str)], gone: &[&str]) -> Result<String> {
    let alone = |bytes: Vec<u8>| Line::new(bytes, "an outcome".into(), 1);
    let line = alone(raw.as_bytes().to_vec());
    let mut bytes = Record::parse(&line)?.splice(sets);
    if !gone.is_empty() {
        let line = alone(bytes);
        bytes = Record::parse(&line)?.without(gone);
    }
    // Both parts were UTF-8, cut between members.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
