//! RouterDC (arXiv 2409.19886) and the files LLMRouter makes for it: a JSON
//! array, or JSON lines, of `{"question","scores":{MODEL:score}}`; also LLMRouter's own
//! `{"query","llm_name_list":[…],"perf_list":[…]}`. Neither has costs.
//!
//! The dataset is the file's name without its endings, and the id is dataset
//! `/` place in the array, because questions repeat.

use crate::formats::objects::each;
use crate::formats::routing::routellm::dataset;
use crate::joining::found::{Answer, Found, Merge};
use crate::joining::intake::Intake;
use crate::options::Options;
use crate::tables::doc::{Doc, Object};
use crate::tables::source::{Content, Source};
use rb_record::error::Result;
use rb_record::record::Outcome;
use std::borrow::Cow;
use std::collections::HashSet;

pub(crate) fn is(content: &Content) -> bool {
    let asked = content.holds("question", b"") || content.holds("query", b"");
    asked && (content.holds("scores", b"{") || content.holds("llm_name_list", b"["))
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let options = intake.options;
    let dataset = dataset(source, options, "")?;
    each(source, intake, Merge::default(), |doc, entry, place| {
        question(doc, entry, &dataset, place, options).map(Some)
    })
}

fn question<'a>(
    doc: &Doc<'a>,
    entry: &Object<'a>,
    dataset: &str,
    place: u64,
    options: &Options,
) -> Result<Found<'a>> {
    let question = match entry.get("query") {
        Some(raw) => raw,
        None => doc.need(entry, "question", "RouterDC's array")?,
    };
    let scores = match (entry.get("llm_name_list"), entry.get("perf_list")) {
        (Some(names), Some(scores)) => {
            let models = doc.elements(names, "an array of models")?;
            let values = doc.elements(scores, "an array of scores")?;
            if models.len() != values.len() {
                return Err(doc.error(
                    scores,
                    format!("perf_list has {} scores for the {} models of llm_name_list; they belong together one by one", values.len(), models.len()),
                ));
            }
            let mut all = Vec::with_capacity(models.len());
            for (model, value) in models.into_iter().zip(values) {
                all.push((doc.words(model, "a model's name")?, value));
            }
            all
        }
        _ => doc
            .object(
                doc.need(entry, "scores", "RouterDC's array")?,
                "an object of model → score",
            )?
            .entries(doc)?,
    };
    let mut answers: Vec<Answer> = Vec::with_capacity(scores.len());
    let mut models: HashSet<Cow<str>> = HashSet::with_capacity(scores.len());
    for (model, raw) in scores {
        if raw == "null" {
            continue;
        }
        if !models.insert(model.clone()) {
            return Err(doc.error(
                raw,
                format!("the model {model:?} stands twice; remove one of them"),
            ));
        }
        let Some(score) = doc.number(raw, 0, &model, &options.scores)? else {
            continue;
        };
        answers.push(Answer {
            model,
            outcome: Outcome {
                score: Some(score),
                ..Outcome::default()
            },
            ..Answer::default()
        });
    }
    Ok(Found {
        id: Cow::Owned(format!("{dataset}/{place}")),
        dataset: Some(Cow::Owned(dataset.to_string())),
        index: Some(place),
        prompt: Some(doc.words(question, "the question")?),
        answers,
        place: doc.place(entry.text),
        split: None,
        original: None,
    })
}
