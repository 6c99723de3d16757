//! RouterArena (arXiv 2510.00202): one model's cached results, JSON lines of
//! `{"global_index","question","llm_selected","token_usage","evaluation_result":
//! {"score","inference_cost"}}`, and a router's predictions, a JSON array of
//! `{"global index","prompt","prediction","accuracy","cost","generated_result",
//! "for_optimality"}`. The answer is `extracted_answer` of a cached result.
//!
//! A prediction is an outcome of the model it names. Those that are the router's
//! own choice (`for_optimality` false) are also what the router as a whole got:
//! `references.R`, with R the file's name. The id is the global index; the
//! dataset is what stands before its last `_`.

use crate::formats::objects::each;
use crate::joining::found::{Answer, Found, Merge};
use crate::joining::intake::Intake;
use crate::options::Options;
use crate::tables::doc::{Doc, Object};
use crate::tables::prompts::Prompts;
use crate::tables::shape::{decoded, resolve};
use crate::tables::source::{Content, Source};
use rb_record::error::Result;
use rb_record::record::Outcome;
use std::borrow::Cow;

const MERGE: Merge = Merge {
    scoreless_yields: false,
    prompts_may_differ: true,
};

pub(crate) fn is(content: &Content) -> bool {
    let cached = content.holds("global_index", b"") && content.holds("llm_selected", b"");
    cached || (content.holds("global index", b"") && content.holds("prediction", b""))
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let options = intake.options;
    let router = source.stem.clone();
    let mut prompts = Prompts::new(options.turns);
    let mut failed = 0;
    let mut chosen = 0;
    each(source, intake, MERGE, |doc, entry, number| {
        let found = if entry.get("prediction").is_some() {
            let own = router
                .as_deref()
                .filter(|_| entry.get("for_optimality") != Some("true"));
            chosen += own.is_some() as u64;
            prediction(doc, entry, own, &mut prompts, options)?
        } else {
            failed += (entry.get("success") == Some("false")) as u64;
            result(doc, entry, &mut prompts, options)?
        };
        Ok(Some(Found {
            index: Some(number),
            ..found
        }))
    })?;
    intake.note_some(prompts.note(&source.name));
    if failed > 0 {
        intake.note(format!(
            "{}: {failed} calls failed (success is false); they stay unknown",
            source.name
        ));
    }
    if chosen > 0 {
        intake.note(format!(
            "{}: {chosen} predictions are the router's own choice; what it got stands in references.{}",
            source.name,
            router.unwrap_or_default()
        ));
    }
    Ok(())
}

fn text<'a>(doc: &Doc<'a>, entry: &Object<'a>, key: &str) -> Result<Cow<'a, str>> {
    doc.words(doc.need(entry, key, "RouterArena")?, key)
}

/// What all entries have in common.
fn found<'a>(
    doc: &Doc<'a>,
    entry: &Object<'a>,
    (id, prompt): (&str, &str),
    prompts: &mut Prompts,
    options: &Options,
) -> Result<Found<'a>> {
    let id = text(doc, entry, id)?;
    let own = id.rsplit_once('_').map(|(dataset, _)| dataset.to_string());
    let dataset = options.dataset.clone().or(own);
    let raw = doc.need(entry, prompt, "RouterArena")?;
    let prompt = prompts.of_json(raw);
    Ok(Found {
        id,
        dataset: dataset.map(Cow::Owned),
        index: None,
        split: None,
        prompt: Some(
            prompt
                .map_err(|why| doc.error(raw, format!("the prompt is {why}, expected a text")))?,
        ),
        answers: Vec::new(),
        place: doc.place(entry.text),
        original: None,
    })
}

/// Score, cost and tokens at these places.
fn outcome(
    doc: &Doc,
    entry: &Object,
    paths: [&str; 4],
    model: &str,
    options: &Options,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for (path, field) in paths.into_iter().zip([0, 1, 3, 4]) {
        if let Some(raw) = resolve(entry.text, path) {
            outcome.set(field, doc.number(raw, field, model, &options.scores)?);
        }
    }
    Ok(outcome)
}

fn result<'a>(
    doc: &Doc<'a>,
    entry: &Object<'a>,
    prompts: &mut Prompts,
    options: &Options,
) -> Result<Found<'a>> {
    let model = text(doc, entry, "llm_selected")?;
    let paths = [
        "/evaluation_result/score",
        "/evaluation_result/inference_cost",
        "/token_usage/input_tokens",
        "/token_usage/output_tokens",
    ];
    // Of a call that failed neither grade nor cost says anything.
    let outcome = if entry.get("success") == Some("false") {
        Outcome::default()
    } else {
        outcome(doc, entry, paths, &model, options)?
    };
    let response = entry.get("generated_answer").and_then(decoded);
    let answer = resolve(entry.text, "/evaluation_result/extracted_answer");
    let mut found = found(doc, entry, ("global_index", "question"), prompts, options)?;
    found.answers.push(Answer {
        model,
        outcome,
        response: response.filter(|_| options.reads_responses()),
        answer: answer.and_then(decoded),
        ..Answer::default()
    });
    Ok(found)
}

fn prediction<'a>(
    doc: &Doc<'a>,
    entry: &Object<'a>,
    router: Option<&str>,
    prompts: &mut Prompts,
    options: &Options,
) -> Result<Found<'a>> {
    let model = text(doc, entry, "prediction")?;
    let paths = [
        "/accuracy",
        "/cost",
        "/generated_result/token_usage/input_tokens",
        "/generated_result/token_usage/output_tokens",
    ];
    let outcome = outcome(doc, entry, paths, &model, options)?;
    let response = resolve(entry.text, "/generated_result/generated_answer").and_then(decoded);
    let mut found = found(doc, entry, ("global index", "prompt"), prompts, options)?;
    found.answers.push(Answer {
        model,
        outcome,
        response: response.filter(|_| options.reads_responses()),
        ..Answer::default()
    });
    if let Some(router) = router {
        found.answers.push(Answer {
            model: Cow::Owned(router.to_string()),
            reference: true,
            outcome,
            ..Answer::default()
        });
    }
    Ok(found)
}
