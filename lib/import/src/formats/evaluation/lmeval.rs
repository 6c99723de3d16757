//! lm-evaluation-harness: `samples_TASK_TIME.jsonl`, one line a sample (and
//! filter of answers), one file a task and run, in a folder a model.
//!
//! - The task is in the file's name; the model is `--model`, else what
//!   `results_….json` beside the file says, else the folder's name in a folder
//!   that was given (`org__name` is org/name), else what follows the task in
//!   the file's name (`samples_TASK_MODEL.jsonl`).
//! - A sample stands once a filter (`strict-match`, `flexible-extract`); one of
//!   them is chosen by `--filter`. The score is the one metric, or `--metric`.
//! - The answer is the first of `filtered_resps`, unless that is `[invalid]`.
//! - In a folder the newest run of a task counts, by the time in its name.
//! - The prompt is what the model was sent; the id is task `/` doc_id.

use super::sample::{grade, prompt, words, Sample, MERGE};
use crate::formats::objects::each;
use crate::joining::intake::Intake;
use crate::options::Options;
use crate::tables::doc::{Doc, Object};
use crate::tables::fields::Parts;
use crate::tables::prompts::Prompts;
use crate::tables::source::{Content, Source};
use rb_record::error::{Error, Result};
use rb_record::record::Outcome;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Members of a sample that are no metrics.
const OTHERS: [&str; 11] = [
    "doc_id",
    "doc",
    "target",
    "arguments",
    "resps",
    "filtered_resps",
    "filter",
    "metrics",
    "doc_hash",
    "prompt_hash",
    "target_hash",
];

pub(crate) fn is(content: &Content) -> bool {
    match content {
        Content::Folder(files) => files.iter().any(|f| is_samples(f)),
        _ => content.has("doc_id", b"") && content.has("resps", b"["),
    }
}

fn is_samples(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("samples_") && name.contains(".jsonl")
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let Content::Folder(files) = &source.content else {
        return file(source, None, intake);
    };
    // By folder and task the newest: times in names sort as texts do.
    let mut newest: BTreeMap<(PathBuf, String), PathBuf> = BTreeMap::new();
    let mut older = 0;
    for path in files.iter().filter(|f| is_samples(f)) {
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let (task, _) = task_and_rest(&stem(path));
        older += newest.insert((folder, task), path.clone()).is_some() as u64;
    }
    for ((folder, _), path) in newest {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let model = name.replace("__", "/");
        let mut one = intake.open(&path)?;
        file(&mut one, Some(model), intake)?;
    }
    if older > 0 {
        intake.note(format!(
            "{}: {older} older runs of a task were passed over, the newest counts",
            source.name
        ));
    }
    Ok(())
}

fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let end = name.find(".jsonl").unwrap_or(name.len());
    name[..end].to_string()
}

/// The task in a file's name, and what follows it: a time, or a model.
fn task_and_rest(stem: &str) -> (String, Option<String>) {
    let at = stem.find("samples_").map_or(0, |at| at + "samples_".len());
    let name = &stem[at..];
    match name.rsplit_once('_') {
        Some((task, rest)) if !task.is_empty() => (task.to_string(), Some(rest.to_string())),
        _ => (name.to_string(), None),
    }
}

/// What `results_….json` beside a file says of the model.
fn beside(path: &Path) -> Option<String> {
    let folder = std::fs::read_dir(path.parent()?).ok()?;
    let mut results: Vec<PathBuf> = folder.filter_map(|e| Some(e.ok()?.path())).collect();
    results.retain(|p| {
        let name = p.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("results_") && name.ends_with(".json")
    });
    results.sort();
    let text = std::fs::read_to_string(results.last()?).ok()?;
    let of = |key| crate::tables::shape::resolve(&text, key);
    let raw = of("/model_name").or_else(|| of("/config/model_args"))?;
    let said = words(raw);
    let name = said.rsplit("pretrained=").next()?.split(',').next()?;
    Some(name.to_string()).filter(|n| !n.is_empty())
}

fn file(source: &mut Source, folder: Option<String>, intake: &mut Intake) -> Result<()> {
    let options = intake.options;
    let stem = source.stem.clone().unwrap_or_default();
    let (task, rest) = task_and_rest(&stem);
    let timed = |rest: &String| rest.starts_with(|c: char| c.is_ascii_digit());
    let of_name = rest.filter(|rest| !timed(rest));
    let model = options
        .model
        .clone()
        .or_else(|| beside(Path::new(&*source.name)))
        .or(folder)
        .or(of_name)
        .ok_or_else(|| {
            Error::usage(format!(
                "{} does not say which model answered; add --model NAME",
                source.name
            ))
        })?;
    intake.note_columns(
        &source.name,
        format!("read as samples of lm-evaluation-harness, task {task}, model {model}"),
    );
    let mut prompts = Prompts::new(options.turns);
    let mut filter: Option<String> = options.filter.clone();
    let mut passed = 0;
    let mut refusal = None;
    each(source, intake, MERGE, |doc, sample, _| {
        if let Some(raw) = sample.get("filter") {
            let this = words(raw);
            let wanted = filter.get_or_insert_with(|| this.to_string());
            if *wanted != *this {
                passed += 1;
                if options.filter.is_none() && refusal.is_none() {
                    refusal = Some(doc.error(
                        raw,
                        format!("samples stand once a filter, {wanted:?} and {this:?}; say which counts with --filter {wanted}"),
                    ));
                }
                return Ok(None);
            }
        }
        one(doc, sample, (&task, &model), &mut prompts, options).map(Some)
    })?;
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    if passed > 0 {
        intake.note(format!(
            "{}: {passed} samples of other filters were passed over",
            source.name
        ));
    }
    intake.note_some(prompts.note(&source.name));
    Ok(())
}

fn one<'a>(
    doc: &Doc<'a>,
    sample: &Object<'a>,
    (task, model): (&str, &str),
    prompts: &mut Prompts,
    options: &Options,
) -> Result<crate::joining::found::Found<'a>> {
    let raw = doc.need(sample, "doc_id", "a sample of lm-evaluation-harness")?;
    let named: Vec<String> = match sample.get("metrics") {
        Some(raw) => doc
            .elements(raw, "the names of metrics")?
            .into_iter()
            .map(|m| words(m).into_owned())
            .collect(),
        None => Vec::new(),
    };
    let mut grades: Vec<(Cow<str>, &str)> = Vec::new();
    for (name, value) in sample.entries(doc)? {
        let is_metric = if named.is_empty() {
            !OTHERS.contains(&&*name) && !value.starts_with(['[', '{', '"'])
        } else {
            named.iter().any(|n| *n == name)
        };
        if is_metric {
            grades.push((name, value));
        }
    }
    let score = grade(doc, sample, &grades, options)?;
    let sent = sample.get("arguments").and_then(first_argument);
    let prompt = match sent {
        Some(raw) => Some(prompt(doc, raw, prompts)?),
        None => None,
    };
    Ok(Sample {
        dataset: Some(task.to_string()),
        name: words(raw).into_owned(),
        index: raw.parse().ok(),
        prompt,
        parts: Parts::default(),
        model: model.to_string(),
        outcome: Outcome {
            score: doc.number(score, 0, model, &options.scores)?,
            ..Outcome::default()
        },
        response: sample.get("resps").and_then(innermost).map(words),
        answer: sample.get("filtered_resps").and_then(filtered).map(words),
        place: doc.place(sample.text),
    }
    .found(options))
}

/// The text sent: `{"gen_args_0":{"arg_0":…}}`, or `[[…,…],…]` of older runs.
fn first_argument(raw: &str) -> Option<&str> {
    if raw.starts_with('{') {
        return crate::tables::shape::resolve(raw, "/gen_args_0/arg_0");
    }
    innermost(raw)
}

/// What filters left of the response: the first text of a list. Of options whose
/// likelihoods stand there in lists, and where nothing was found, there is none.
fn filtered(raw: &str) -> Option<&str> {
    let first = *rb_record::json::elements(raw).ok()?.first()?;
    (first.starts_with('"') && first != "\"[invalid]\"").then_some(first)
}

/// The first element of lists in lists.
fn innermost(mut raw: &str) -> Option<&str> {
    while raw.starts_with('[') {
        raw = *rb_record::json::elements(raw).ok()?.first()?;
    }
    raw.starts_with('"').then_some(raw)
}
