//! promptfoo's results (`promptfoo eval -o FILE.json`): one JSON object whose
//! `results.results` are `{"provider":{"id","label"},"prompt":{"raw"},"success",
//! "score","latencyMs","cost","response":{"output","tokenUsage"}}`.
//!
//! The model is the provider's label, else its id. The query is the prompt as
//! it was sent; its id is made of the text. A call that failed (`error` without
//! a response) has no score: it says nothing of the answer. What promptfoo itself
//! took from its cache (`tokenUsage.cached`) is no part of the tokens.

use super::sample::{words, Sample, MERGE};
use crate::joining::found::Found;
use crate::joining::ids::of_text;
use crate::joining::intake::Intake;
use crate::options::Options;
use crate::tables::doc::Doc;
use crate::tables::fields::REASONING;
use crate::tables::prompts::Prompts;
use crate::tables::shape::resolve;
use crate::tables::source::{Content, Source};
use rb_record::error::Result;
use rb_record::record::Outcome;

pub(crate) fn is(content: &Content) -> bool {
    content.has("/results/results", b"[")
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let options = intake.options;
    let text = source.text()?;
    let doc = Doc::whole(&text, &source.name);
    doc.object(doc.text(), "one evaluation of promptfoo")?;
    let Some(raw) = resolve(doc.text(), "/results/results") else {
        return Err(doc.error(
            doc.text(),
            "no results.results here, which an evaluation of promptfoo has; is it the right file?",
        ));
    };
    let mut prompts = Prompts::new(options.turns);
    for (number, part) in doc
        .elements(raw, "an array of results")?
        .into_iter()
        .enumerate()
    {
        let found = result(&doc, part, number as u64, &mut prompts, options);
        intake.take(found, MERGE)?;
    }
    intake.note_some(prompts.note(&source.name));
    Ok(())
}

fn result<'a>(
    doc: &Doc<'a>,
    part: &'a str,
    number: u64,
    prompts: &mut Prompts,
    options: &Options,
) -> Result<Found<'a>> {
    const FORMAT: &str = "a result of promptfoo";
    let result = doc.object(part, "a result")?;
    let provider = doc.need(&result, "provider", FORMAT)?;
    let label = resolve(provider, "/label").filter(|raw| raw.len() > 2 && *raw != "null");
    let model = words(label.or(resolve(provider, "/id")).unwrap_or(provider)).into_owned();
    let prompt = doc.need(&result, "prompt", FORMAT)?;
    let text = words(resolve(prompt, "/raw").unwrap_or(prompt));
    let response = result.get("response");
    let of = |path| {
        response
            .and_then(|raw| resolve(raw, path))
            .filter(|raw| *raw != "null")
    };
    let number_of = |raw: Option<&str>, field| match raw {
        Some(raw) => doc.number(raw, field, &model, &options.scores),
        None => Ok(None),
    };
    let failed = result.get("error").is_some() && of("/output").is_none();
    let score = result
        .get("score")
        .or(result.get("success"))
        .filter(|_| !failed);
    let milliseconds = number_of(result.get("latencyMs"), 2)?;
    Ok(Sample {
        dataset: None,
        name: of_text(None, &text),
        index: Some(number),
        outcome: Outcome {
            score: number_of(score, 0)?,
            cost: number_of(result.get("cost"), 1)?,
            latency: milliseconds.map(|ms| ms / 1000.0),
            prompt_tokens: number_of(of("/tokenUsage/prompt"), 3)?,
            completion_tokens: number_of(of("/tokenUsage/completion"), 4)?,
            ..Outcome::default()
        },
        parts: [
            None,
            None,
            number_of(of("/tokenUsage/completionDetails/reasoning"), REASONING)?,
        ],
        response: of("/output").map(words),
        answer: None,
        prompt: Some(prompts.of_text(text)),
        place: doc.place(part),
        model,
    }
    .found(options))
}
