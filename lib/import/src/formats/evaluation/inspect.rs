//! inspect_ai's logs, as `inspect log dump` writes them: one JSON object with
//! `eval` (task, model) and `samples` of id, epoch, input, scores, model_usage.
//!
//! - The value of a score is a number, true or false, or a letter: C correct,
//!   I incorrect, P partly (0.5), N no answer (0). Of several scorers one is
//!   chosen by `--metric`. Its `answer` is the answer.
//! - Epochs are runs of one sample (`--repeats mean`). A sample with an error
//!   has no score. The latency is `total_time`, the tokens are those of all
//!   calls of the model, those of a cache among the prompt's. The id is task `/`
//!   sample id.

use super::sample::{grade, prompt, text, words, Sample, MERGE};
use crate::joining::found::Found;
use crate::joining::intake::Intake;
use crate::options::Options;
use crate::tables::doc::Doc;
use crate::tables::fields::{
    Parts, CACHE_READ, CACHE_WRITE, COMPLETION_TOKENS, PROMPT_TOKENS, REASONING, TOTAL,
};
use crate::tables::prompts::Prompts;
use crate::tables::shape::resolve;
use crate::tables::source::{Content, Source};
use rb_record::error::Result;
use rb_record::record::Outcome;
use std::borrow::Cow;

pub(crate) fn is(content: &Content) -> bool {
    content.has("eval", b"{") && (content.has("samples", b"[") || content.has("/eval/task", b""))
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    const FORMAT: &str = "a log of inspect_ai";
    let options = intake.options;
    let text = source.text()?;
    let doc = Doc::whole(&text, &source.name);
    let log = doc.object(doc.text(), "one log of inspect_ai")?;
    let eval = doc.object(doc.need(&log, "eval", FORMAT)?, "what was evaluated")?;
    let task = words(doc.need(&eval, "task", FORMAT)?).into_owned();
    let model = match &options.model {
        Some(name) => name.clone(),
        None => words(doc.need(&eval, "model", FORMAT)?).into_owned(),
    };
    let samples = doc.elements(doc.need(&log, "samples", FORMAT)?, "an array of samples")?;
    intake.note_columns(
        &source.name,
        format!("read as a log of inspect_ai, task {task}, model {model}"),
    );
    let mut prompts = Prompts::new(options.turns);
    for part in samples {
        let found = sample(&doc, part, (&task, &model), &mut prompts, options);
        intake.take(found, MERGE)?;
    }
    intake.note_some(prompts.note(&source.name));
    Ok(())
}

fn sample<'a>(
    doc: &Doc<'a>,
    part: &'a str,
    (task, model): (&str, &str),
    prompts: &mut Prompts,
    options: &Options,
) -> Result<Found<'a>> {
    const FORMAT: &str = "a sample of inspect_ai";
    let sample = doc.object(part, "a sample")?;
    let name = words(doc.need(&sample, "id", FORMAT)?).into_owned();
    let mut outcome = Outcome::default();
    let mut parts = Parts::default();
    let mut answer = None;
    if let Some(raw) = sample.get("scores") {
        let scores = doc
            .object(raw, "an object of scorer → score")?
            .entries(doc)?;
        let raw = grade(doc, &sample, &scores, options)?;
        outcome.score = value(doc, raw, model, options)?;
        let told = resolve(raw, "/answer").filter(|raw| *raw != "null");
        answer = told.and_then(text);
    } else if sample.get("error").is_none() {
        let none: [(Cow<str>, &str); 0] = [];
        grade(doc, &sample, &none, options)?;
    }
    outcome.latency = doc.member(&sample, "total_time", 2, model, &options.scores)?;
    if let Some(raw) = sample.get("model_usage") {
        let usages = doc
            .object(raw, "an object of model → usage")?
            .entries(doc)?;
        let own = usages.iter().find(|(name, _)| name == model);
        if let Some((_, raw)) = own.or(usages.first().filter(|_| usages.len() == 1)) {
            let usage = doc.object(raw, "a model's usage")?;
            let of = |key, field| doc.member(&usage, key, field, model, &options.scores);
            (outcome.prompt_tokens, outcome.completion_tokens) = (
                of("input_tokens", PROMPT_TOKENS)?,
                of("output_tokens", COMPLETION_TOKENS)?,
            );
            parts = [
                of("input_tokens_cache_read", CACHE_READ)?,
                of("input_tokens_cache_write", CACHE_WRITE)?,
                of("reasoning_tokens", REASONING)?,
            ];
            with_cache(&mut outcome, &parts, of("total_tokens", TOTAL)?);
        }
    }
    let asked = doc.need(&sample, "input", FORMAT)?;
    Ok(Sample {
        dataset: Some(task.to_string()),
        index: name.parse().ok(),
        name,
        prompt: Some(prompt(doc, asked, prompts)?),
        model: model.to_string(),
        outcome,
        parts,
        response: resolve(part, "/output/completion").map(words),
        answer,
        place: doc.place(part),
    }
    .found(options))
}

/// Counts the cache's tokens among the prompt's, where the model's maker does not:
/// where all tokens tell so, or they are more than the prompt's.
fn with_cache(outcome: &mut Outcome, parts: &Parts, total: Option<f64>) {
    let [read, write, _] = parts.map(|tokens| tokens.unwrap_or(0.0));
    let cached = read + write;
    let (Some(input), Some(output)) = (outcome.prompt_tokens, outcome.completion_tokens) else {
        return;
    };
    let told = total.is_some_and(|all| all >= input + cached + output);
    if cached > 0.0 && (told || cached > input) {
        outcome.prompt_tokens = Some(input + cached);
    }
}

/// The score of one scorer: its value, a letter or a number.
fn value(doc: &Doc, raw: &str, model: &str, options: &Options) -> Result<Option<f64>> {
    let value = resolve(raw, "/value").unwrap_or(raw);
    match &*words(value) {
        "P" => Ok(Some(0.5)),
        "N" => Ok(Some(0.0)),
        _ => doc.number(value, 0, model, &options.scores),
    }
}
