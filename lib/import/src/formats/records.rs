//! Query records as a source: the way to join new models' outcomes to a
//! benchmark that was imported before, and to change prices or score ranges.
//!
//! The first record with an id stays as it is, byte for byte, but for what
//! changes. Of a later one its outcomes and references join (each with all of
//! its members), and dataset, index and prompt where the first has none; what
//! else it holds is left out, and told.

use crate::joining::found::{Answer, Found, Merge, Original};
use crate::joining::ids::of_text;
use crate::joining::intake::Intake;
use crate::joining::runs::{self, Repeats};
use crate::options::Options;
use crate::tables::cells::full;
use crate::tables::doc::{not_a_number, Doc};
use crate::tables::fields::{Parts, CACHE_READ, FIELDS, PARTS};
use crate::tables::shape::decoded;
use crate::tables::source::{Content, Source};
use rb_record::error::{excerpt, Error, Result};
use rb_record::json;
use rb_record::record::{Record, OUTCOME_FIELDS};
use rb_record::stream::Line;
use std::borrow::Cow;

pub(crate) fn is(content: &Content) -> bool {
    match content {
        // A first line that is no JSON: of these formats records are told apart
        // by nothing, and their reader says where the line is broken.
        Content::Objects { keys, .. } if keys.is_empty() => true,
        // An id alone is what many other files have too.
        _ => {
            let has = |key| content.has(key, b"{") || content.has(key, b"n");
            has("outcomes") || has("references") || content.has("routes", b"{")
        }
    }
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let mut lines = source.lines()?;
    let mut made = 0;
    while let Some(line) = lines.next_line()? {
        let line = identified(line, &mut made).and_then(|line| rescaled(line, intake.options));
        let line = match line {
            Ok(line) => line,
            Err(e) => {
                intake.take(Err(e), Merge::default())?;
                continue;
            }
        };
        let found = record(&line, intake.argument(), intake.options);
        let merge = Merge {
            prompts_may_differ: intake.options.prompts_may_differ,
            ..Merge::default()
        };
        intake.take(found, merge)?;
    }
    intake.note_left_out(&source.name);
    if made > 0 {
        intake.note(format!(
            "{}: {made} records had no id and got one of their prompt's text",
            source.name
        ));
    }
    Ok(())
}

/// The line with an id: made of the prompt where it has none, and as a text
/// where it is a number. What is wrong with the line its reading tells.
fn identified(line: Line, made: &mut u64) -> Result<Line> {
    let record = match Record::parse(&line) {
        Ok(record) => record,
        Err(mut e) => {
            let text = String::from_utf8_lossy(line.bytes());
            let words = ["NaN", "Infinity"];
            let at = words.iter().find_map(|word| text.find(word));
            e.message
                .push_str(not_a_number(at.map_or("", |at| &text[at..])));
            return Err(e);
        }
    };
    let id = match (record.raw("id"), record.raw("prompt")) {
        (Some(raw), _) if raw.parse::<u64>().is_ok() => raw.to_string(),
        (Some(_), _) => return Ok(line),
        (None, Some(raw)) => {
            let dataset = match record.raw("dataset") {
                Some(_) => Some(record.dataset()?),
                None => None,
            };
            *made += 1;
            let text = decoded(raw).unwrap_or(Cow::Borrowed(raw));
            of_text(dataset.as_deref(), &text)
        }
        (None, None) => {
            return Err(Error::input(
                "the record has no id, and no prompt of which one could be made; add one with jq: .id = (input_line_number|tostring)",
            )
            .at(line.place(0)))
        }
    };
    let bytes = record.splice(&[("id", &json::quoted(&id))]);
    Ok(Line::new(bytes, line.source().clone(), line.number()))
}

fn record<'a>(line: &'a Line, argument: u32, options: &Options) -> Result<Found<'a>> {
    let record = Record::parse(line)?;
    let id = record.required_id()?;
    let mut answers = Vec::new();
    let mut maps = [None; 2];
    for (field, reference) in [("outcomes", false), ("references", true)] {
        let Some(raw) = record.raw(field) else {
            continue;
        };
        let from = record.place_of(raw).column as usize - 1;
        maps[reference as usize] = Some((from, from + raw.len()));
        let outcomes = if reference {
            record.references()?
        } else {
            record.outcomes()?
        };
        // Only means ask how many runs an outcome stands for, and few outcomes
        // tell parts of their tokens, or an answer.
        let has = |name: &str| memchr::memmem::find(raw.as_bytes(), name.as_bytes()).is_some();
        let members = if options.repeats == Repeats::Mean
            || options.answer_from.is_some()
            || outcomes.iter().any(|(_, o)| o.answer.is_some())
            || PARTS.iter().any(|n| has(n))
        {
            json::members(raw).unwrap_or_default()
        } else {
            Vec::new()
        };
        for (model, mut outcome) in outcomes {
            let own = members.iter().find(|m| *m.key == *model.as_bytes());
            answers.push(Answer {
                reference,
                n: own.and_then(|m| runs::n_of(m.value)),
                parts: match own {
                    Some(m) => parts(&record, m.value, &model)?,
                    None => Parts::default(),
                },
                response: own
                    .filter(|_| options.answer_from.is_some())
                    .and_then(|m| runs::response_of(m.value)),
                answer: own
                    .filter(|_| outcome.answer.take().is_some())
                    .and_then(|m| runs::answer_of(m.value)),
                outcome,
                model,
            });
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
        split: None,
        original: Some(Original {
            line: Cow::Borrowed(line),
            maps,
            argument,
        }),
    })
}

/// The parts of tokens that an outcome tells. Errors: one is no count.
fn parts(record: &Record, raw: &str, model: &str) -> Result<Parts> {
    let mut parts = Parts::default();
    for member in json::members(raw).unwrap_or_default() {
        let name = PARTS.iter().position(|n| *n.as_bytes() == *member.key);
        let Some(part) = name.filter(|_| member.value != "null") else {
            continue;
        };
        let (name, low, high, range) = FIELDS[CACHE_READ + part];
        let value = serde_json::from_str::<f64>(member.value).ok();
        parts[part] = value.filter(|v| (low..=high).contains(v));
        if parts[part].is_none() {
            return Err(Error::input(format!(
                "{name} is {}, expected {range} (model {model:?}); leave out what is unknown",
                excerpt(member.value)
            ))
            .at(record.place_of(member.value)));
        }
    }
    Ok(parts)
}

/// The line with its scores brought to 0..1, if they have another range.
fn rescaled(line: Line, options: &Options) -> Result<Line> {
    if !options.scores.changes() {
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
                let value = doc.member(&outcome, name, i, &model, &options.scores)?;
                if let ("score", Some(value)) = (*name, value) {
                    let text =
                        crate::joining::write::spliced(raw, &[("score", &full(value))], &[])?;
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
