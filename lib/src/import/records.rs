//! Query records as a source: the way to join new models' outcomes to a
//! benchmark that was imported before, and to change prices or score ranges.
//!
//! The first record with an id stays as it is, byte for byte, but for what
//! changes. Of a later one its outcomes and references join (each with all of
//! its members), and dataset, index and prompt where the first has none; what
//! else it holds is left out, and told.

use super::bench::{Answer, Found, Merge};
use super::cells::full;
use super::doc::Doc;
use super::{Content, Intake, Options, Source};
use crate::error::Result;
use crate::json;
use crate::record::{Record, OUTCOME_FIELDS};
use crate::stream::Line;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What a record may hold that joins another record.
const JOINED: [&str; 6] = ["id", "dataset", "index", "prompt", "outcomes", "references"];

pub fn is(content: &Content) -> bool {
    match content {
        // A first line that is no JSON: of these formats records are told apart
        // by nothing, and their reader says where the line is broken.
        Content::Objects { keys, .. } if keys.is_empty() => true,
        _ => {
            content.has("outcomes", b"{n")
                || (content.has("id", b"") && !content.has("records", b""))
        }
    }
}

pub fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let mut lines = source.lines()?;
    let mut left_out = BTreeSet::new();
    while let Some(line) = lines.next_line()? {
        let line = match rescaled(line, intake.options) {
            Ok(line) => line,
            Err(e) => {
                intake.take(Err(e), Merge::default())?;
                continue;
            }
        };
        let found = record(&line, intake, &mut left_out);
        intake.take(found, Merge::default())?;
    }
    if !left_out.is_empty() {
        let names: Vec<&str> = left_out.iter().map(String::as_str).collect();
        intake.note(format!(
            "{}: of records that joined earlier ones these members were left out: {}",
            source.name,
            super::cells::listed(&names)
        ));
    }
    Ok(())
}

fn record<'a>(
    line: &'a Line,
    intake: &Intake,
    left_out: &mut BTreeSet<String>,
) -> Result<Found<'a>> {
    let record = Record::parse(line)?;
    let id = record.required_id()?;
    let joins = intake.bench.has(&id);
    let has_line = intake.bench.has_line(&id);
    let mut answers = Vec::new();
    for (field, reference) in [("outcomes", false), ("references", true)] {
        let Some(raw) = record.raw(field) else {
            continue;
        };
        let outcomes = match reference {
            false => record.outcomes()?,
            true => record.references()?,
        };
        // The raw text is needed only where it goes into another line.
        let members = match joins {
            true => json::members(raw).unwrap_or_default(),
            false => Vec::new(),
        };
        for (model, outcome) in outcomes {
            let member = members.iter().find(|m| *m.key == *model.as_bytes());
            answers.push(Answer {
                reference,
                outcome,
                response: None,
                raw: member.map(|m| m.value),
                model,
            });
        }
    }
    if has_line {
        let text = std::str::from_utf8(line.bytes()).unwrap_or_default();
        for member in json::members(text).unwrap_or_default() {
            let key = String::from_utf8_lossy(&member.key);
            if !JOINED.contains(&&*key) && !left_out.contains(&*key) {
                left_out.insert(key.into_owned());
            }
        }
    }
    Ok(Found {
        id,
        dataset: record
            .raw("dataset")
            .is_some()
            .then(|| record.dataset())
            .transpose()?,
        index: record.index()?,
        prompt: record.prompt()?,
        answers,
        place: line.place(0),
        original: (!has_line).then(|| line.clone()),
    })
}

/// The line with its scores brought to 0..1, if they have another range.
fn rescaled(line: Line, options: &Options) -> Result<Line> {
    if options.score_range.is_none() {
        return Ok(line);
    }
    let doc = Doc::of_line(&line)?;
    let record = Record::parse(&line)?;
    let mut fields: Vec<(&str, String)> = Vec::new();
    for field in ["outcomes", "references"] {
        let Some(raw) = record.raw(field) else {
            continue;
        };
        let mut changed: Vec<(Cow<str>, String)> = Vec::new();
        for (model, raw) in doc
            .object(raw, "an object of model → outcome")?
            .entries(&doc)?
        {
            if raw == "null" {
                continue;
            }
            let outcome = doc.object(raw, "an outcome")?;
            // All of it is checked here, where places are still the file's own.
            for (i, (name, ..)) in OUTCOME_FIELDS.iter().enumerate() {
                let value = doc.member(&outcome, name, i, &model, options.score_range)?;
                if let ("score", Some(value)) = (*name, value) {
                    let text = super::write::spliced(raw, &[("score", &full(value))], &[])?;
                    changed.push((model.clone(), text));
                }
            }
        }
        let sets: Vec<(&str, &str)> = changed.iter().map(|(m, t)| (&**m, t.as_str())).collect();
        fields.push((field, record.nested(field, &sets)?));
    }
    let sets: Vec<(&str, &str)> = fields.iter().map(|(k, t)| (*k, t.as_str())).collect();
    let bytes = record.splice(&sets);
    Ok(Line::new(bytes, line.source().clone(), line.number()))
}
