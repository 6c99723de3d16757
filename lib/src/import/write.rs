//! The benchmark as query records: id, dataset, index, prompt, outcomes in the
//! order of the models' names, references; fields that are unknown are left
//! out. Queries stand in the order in which they first came.
//!
//! A query that came as a record keeps its line: what changed is spliced in.

use super::bench::{Bench, Query, Stored};
use super::cells::full;
use crate::error::Result;
use crate::json::quoted;
use crate::record::{Outcome, Record, OUTCOME_FIELDS};
use crate::stream::Line;
use std::borrow::Cow;

impl Bench {
    /// Hands every record's line (without line feed) to `write`.
    pub fn write(
        &self,
        dataset: Option<&str>,
        responses: bool,
        mut write: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut by_name: Vec<usize> = (0..self.models.len()).collect();
        by_name.sort_by(|&a, &b| self.models[a].cmp(&self.models[b]));
        let mut rank = vec![0; by_name.len()];
        for (place, &model) in by_name.iter().enumerate() {
            rank[model] = place;
        }
        let names: Vec<String> = self.models.iter().map(|m| quoted(m)).collect();
        let mut out = Vec::new();
        for query in &self.queries {
            out.clear();
            let mut answers: Vec<&Stored> = query.answers.iter().collect();
            answers.sort_by_key(|s| rank[s.model as usize]);
            match &query.original {
                Some(line) => {
                    self.respliced(query, line, &answers, dataset, responses, &mut out)?
                }
                None => fresh(query, &answers, &names, &mut out),
            }
            write(&out)?;
        }
        Ok(())
    }

    fn respliced(
        &self,
        query: &Query,
        line: &Line,
        answers: &[&Stored],
        dataset: Option<&str>,
        responses: bool,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let may_respond = !responses && memchr::memmem::find(line.bytes(), b"response").is_some();
        if !query.touched && !may_respond && dataset.is_none() {
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
        if let (None, Some(prompt)) = (record.raw("prompt"), &query.prompt) {
            sets.push(("prompt", quoted(prompt)));
        }
        for (field, reference) in [("outcomes", false), ("references", true)] {
            let before = match reference {
                false => record.outcomes()?,
                true => record.references()?,
            };
            let raw = record.raw(field).unwrap_or("{}");
            let members = crate::json::members(raw).unwrap_or_default();
            let mut changed: Vec<(&str, String)> = Vec::new();
            for stored in answers.iter().filter(|s| s.reference == reference) {
                let name = &*self.models[stored.model as usize];
                let outcome = query.outcome(stored);
                let old = before.iter().find(|(m, _)| *m == name);
                let here = members.iter().find(|m| *m.key == *name.as_bytes());
                // Moved here by --reference: the text stands in the outcomes.
                let moved = || {
                    let raw = record.raw("outcomes").filter(|_| reference)?;
                    let all = crate::json::members(raw).unwrap_or_default();
                    all.iter()
                        .find(|m| *m.key == *name.as_bytes())
                        .map(|m| m.value)
                };
                let text = match (here, query.texts_of(stored.model, reference)) {
                    (Some(m), _) => Some(m.value),
                    (None, Some(t)) => t.raw.as_deref(),
                    (None, None) => moved(),
                };
                let new = updated(text, &outcome, responses)?;
                if old.is_none() || Some(&*new) != here.map(|m| m.value) {
                    changed.push((name, new.into_owned()));
                }
            }
            let gone: Vec<&str> = before
                .iter()
                .map(|(m, _)| &**m)
                .filter(|m| {
                    !answers
                        .iter()
                        .any(|s| s.reference == reference && *self.models[s.model as usize] == **m)
                })
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

fn fresh(query: &Query, answers: &[&Stored], names: &[String], out: &mut Vec<u8>) {
    let mut text = format!("{{\"id\":{}", quoted(&query.id));
    if let Some(dataset) = &query.dataset {
        text.push_str(&format!(",\"dataset\":{}", quoted(dataset)));
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
                &query.outcome(stored),
                texts.and_then(|t| t.response.as_deref()),
                &mut text,
            );
        }
        text.push('}');
    }
    text.push('}');
    out.extend_from_slice(text.as_bytes());
}

fn object(outcome: &Outcome, response: Option<&str>, text: &mut String) {
    text.push('{');
    let mut first = true;
    for (value, (name, ..)) in outcome.values().into_iter().zip(OUTCOME_FIELDS) {
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
    if let Some(response) = response {
        if !first {
            text.push(',');
        }
        text.push_str("\"response\":");
        text.push_str(&quoted(response));
    }
    text.push('}');
}

/// An outcome's own JSON with the numbers of `outcome`, and without its
/// response unless that is kept; a new one if there is none.
fn updated<'a>(raw: Option<&'a str>, outcome: &Outcome, responses: bool) -> Result<Cow<'a, str>> {
    let Some(raw) = raw.filter(|r| r.starts_with('{')) else {
        let mut text = String::new();
        object(outcome, None, &mut text);
        return Ok(Cow::Owned(text));
    };
    let old: Outcome = serde_json::from_str(raw).unwrap_or_default();
    let mut sets = Vec::new();
    for (i, (name, ..)) in OUTCOME_FIELDS.iter().enumerate() {
        if let Some(new) = outcome.values()[i].filter(|_| outcome.values()[i] != old.values()[i]) {
            sets.push((*name, full(new)));
        }
    }
    let gone: &[&str] = match responses {
        false if raw.contains("response") => &["response"],
        _ => &[],
    };
    if sets.is_empty() && gone.is_empty() {
        return Ok(Cow::Borrowed(raw));
    }
    let sets: Vec<(&str, &str)> = sets.iter().map(|(k, t)| (*k, t.as_str())).collect();
    spliced(raw, &sets, gone).map(Cow::Owned)
}

/// The object `raw` with members set and others removed, every other byte
/// unchanged.
pub(super) fn spliced(raw: &str, sets: &[(&str, &str)], gone: &[&str]) -> Result<String> {
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
