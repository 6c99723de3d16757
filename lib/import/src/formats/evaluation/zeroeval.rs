//! ZeroEval's results: a folder a dataset, in it a JSON array a model
//! (`DATASET/MODEL.json`) of `{"session_id","chat_history","output",
//! "generator",…}`. What the model answered is not yet graded there: a grade is
//! one of the members `correct`, `solved`, `matched`, `score`, true or false or
//! a number. Without one the file is refused.
//!
//! Where grading wrote `model_answer`, that is the answer.
//!
//! The dataset is `dataset`, else the folder's name; the id is dataset `/`
//! session_id; the prompt is the last turn of chat_history.

use super::sample::{grade, prompt, text, words, Sample, MERGE};
use crate::formats::objects::each;
use crate::joining::intake::Intake;
use crate::tables::doc::{Doc, Object};
use crate::tables::fields::Parts;
use crate::tables::prompts::Prompts;
use crate::tables::shape::resolve;
use crate::tables::source::{Content, Source};
use rb_record::error::Result;
use rb_record::json;
use rb_record::record::Outcome;
use std::borrow::Cow;
use std::path::Path;

/// The members that may be the grade.
const GRADES: [&str; 5] = ["correct", "is_correct", "solved", "matched", "score"];

pub(crate) fn is(content: &Content) -> bool {
    content.holds("session_id", b"") && content.holds("generator", b"")
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    const FORMAT: &str = "a result of ZeroEval";
    let options = intake.options;
    let folder = Path::new(&*source.name)
        .parent()
        .and_then(|f| f.file_name())
        .map(|f| f.to_string_lossy().into_owned());
    let mut prompts = Prompts::new(options.turns);
    each(source, intake, MERGE, |doc, entry, number| {
        let name = words(doc.need(entry, "session_id", FORMAT)?).into_owned();
        let model = words(doc.need(entry, "generator", FORMAT)?).into_owned();
        let grades = GRADES
            .iter()
            .filter_map(|g| Some((Cow::Borrowed(*g), entry.get(g)?)));
        let grades: Vec<(Cow<str>, &str)> = grades.collect();
        if grades.is_empty() {
            return Err(doc.error(
                entry.text,
                format!(
                    "the answer of {model} is not graded: none of {} is here; ZeroEval grades in a step of its own, write its verdict into \"correct\"",
                    GRADES.join(", ")
                ),
            ));
        }
        let raw = grade(doc, entry, &grades, options)?;
        let said = entry.get("dataset").map(|raw| words(raw).into_owned());
        Ok(Some(
            Sample {
                dataset: said.or(folder.clone()),
                name,
                index: Some(number),
                prompt: asked(doc, entry, &mut prompts)?,
                outcome: Outcome {
                    score: doc.number(raw, 0, &model, &options.scores)?,
                    ..Outcome::default()
                },
                parts: Parts::default(),
                response: entry.get("output").map(first).map(words),
                answer: entry.get("model_answer").and_then(extracted),
                place: doc.place(entry.text),
                model,
            }
            .found(options),
        ))
    })?;
    intake.note_some(prompts.note(&source.name));
    Ok(())
}

/// The last turn of the chat (turns of user and model by turns, the user's
/// first), or the text that was sent.
fn asked<'a>(
    doc: &Doc<'a>,
    entry: &Object<'a>,
    prompts: &mut Prompts,
) -> Result<Option<Cow<'a, str>>> {
    if let Some(raw) = entry.get("chat_history") {
        let turns = doc.elements(raw, "the turns of a chat")?;
        if let Some(last) = turns.last() {
            return prompt(doc, last, prompts).map(Some);
        }
    }
    let sent = entry.get("model_input");
    sent.map(|raw| prompt(doc, raw, prompts)).transpose()
}

/// The answer that grading cut out of the output, brought into a common form
/// where it was.
fn extracted(raw: &str) -> Option<Cow<'_, str>> {
    let forms = ["/sanitized", "/raw"].iter();
    let mut known = forms.filter_map(|form| resolve(raw, form).filter(|raw| *raw != "null"));
    text(known.next().unwrap_or(raw))
}

/// The first of several answers.
fn first(raw: &str) -> &str {
    let all = json::elements(raw).unwrap_or_default();
    all.first().copied().unwrap_or(raw)
}
