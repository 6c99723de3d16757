//! LLMRouterBench's results (arXiv 2601.07206):
//! `…/<dataset>/<split>/<model>/<name>-YYYYMMDD_HHMMSS.json`, one model's run
//! over one dataset, with `records` of index, prompt, score, tokens and cost.
//!
//! - A folder is searched to any depth; in each innermost folder the newest run
//!   counts, by the time stamp that ends the file's name (where there is none,
//!   by the name). Runs marked `"demo": true` are no results and are passed over.
//! - Dataset, split and model are what the file says (`dataset_name`, `split`,
//!   `model_name`), else the names of its folders.
//! - The id is dataset `/` split `/` index, so the models' records join. The
//!   prompt is `prompt`, else `origin_query`; a conversation is its JSON; where
//!   models were prompted differently, the first model's stays (models by path).
//! - The answer is `prediction`, which the benchmark cut out of `raw_output`.
//! - A score of null is unknown. `time_taken` is the whole run's, so there is
//!   no latency. A cost of 0, as local models have, is kept as given.

use crate::joining::found::{Answer, Found, Merge};
use crate::joining::intake::Intake;
use crate::options::Options;
use crate::tables::doc::{Doc, Object};
use crate::tables::shape::decoded;
use crate::tables::source::{Content, Source};
use rb_record::error::{excerpt, Error, Result};
use rb_record::record::Outcome;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const MERGE: Merge = Merge {
    scoreless_yields: false,
    prompts_may_differ: true,
};

pub(crate) fn is(content: &Content) -> bool {
    content.has("records", b"[")
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let Content::Folder(files) = &source.content else {
        let path = PathBuf::from(&*source.name);
        return file(source, &path, intake).map(drop);
    };
    let mut runs: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for path in files {
        if path.extension().is_some_and(|e| e == "json") {
            let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
            runs.entry(folder).or_default().push(path.clone());
        }
    }
    if runs.is_empty() {
        return Err(Error::input(format!(
            "{} holds no .json file at any depth; expected LLMRouterBench's results, DATASET/SPLIT/MODEL/NAME-YYYYMMDD_HHMMSS.json, or name the files themselves",
            source.name
        )));
    }
    let before = intake.taken();
    let mut foreign = Vec::new();
    for (_, mut files) in runs {
        files.sort_by_cached_key(|f| stamp(f));
        for path in files.iter().rev() {
            let mut one = match intake.open(path) {
                Ok(one) => one,
                Err(e) => {
                    intake.take(Err(e), MERGE)?;
                    continue;
                }
            };
            // Without keys it is broken, which its reading will tell.
            let broken = matches!(&one.content, Content::Objects { keys, .. } if keys.is_empty());
            if !broken && !one.content.has("records", b"[") {
                foreign.push(path.display().to_string());
                continue;
            }
            if file(&mut one, path, intake)? {
                break;
            }
        }
    }
    let Some(first) = foreign.first() else {
        return Ok(());
    };
    if before == intake.taken() {
        return Err(Error::input(format!(
            "none of the {} JSON files in {} is a result of LLMRouterBench (an object with an array of records), the first {first}; name the right folder, or the files",
            foreign.len(), source.name
        )));
    }
    intake.note(format!(
        "{} JSON files are no results and were passed over, the first {first}",
        foreign.len()
    ));
    Ok(())
}

/// What sorts runs by age: the digits of the time stamp, then the name.
fn stamp(path: &Path) -> (String, String) {
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let tail = name.as_bytes();
    let tail = &tail[tail.len().saturating_sub(15)..];
    let dated = tail.len() == 15
        && tail.iter().enumerate().all(|(i, b)| match i {
            8 => *b == b'_',
            _ => b.is_ascii_digit(),
        });
    if dated {
        (String::from_utf8_lossy(tail).into_owned(), name)
    } else {
        (String::new(), name)
    }
}

/// Reads one run; false if it is a demonstration.
fn file(source: &mut Source, path: &Path, intake: &mut Intake) -> Result<bool> {
    let text = source.text()?;
    let doc = Doc::whole(&text, &source.name);
    let run = doc.object(doc.text(), "one run of LLMRouterBench")?;
    if run.get("demo") == Some("true") {
        return Ok(false);
    }
    let folders = folders(path);
    let said = |key: &str, up: usize, flag: &str| -> Result<String> {
        if let Some(raw) = run.get(key) {
            return Ok(doc.words(raw, key)?.into_owned());
        }
        folders.get(up).cloned().ok_or_else(|| {
            doc.error(
                run.text,
                format!(
                    "no {key:?} here, and the file does not lie in DATASET/SPLIT/MODEL/; {flag}"
                ),
            )
        })
    };
    let dataset = match &intake.options.dataset {
        Some(name) => name.clone(),
        None => said("dataset_name", 2, "add --dataset NAME")?,
    };
    let split = said("split", 1, "put it there, or write the split into the file")?;
    let model = said(
        "model_name",
        0,
        "put it there, or write the model into the file",
    )?;
    let records = doc.elements(
        doc.need(&run, "records", "a run of LLMRouterBench")?,
        "an array of records",
    )?;
    let options = intake.options;
    for part in records {
        let found = record(&doc, part, (&dataset, &split, &model), options);
        intake.take(found, MERGE)?;
    }
    Ok(true)
}

/// The names of the folders above, the innermost first.
fn folders(path: &Path) -> Vec<String> {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    path.ancestors()
        .skip(1)
        .filter_map(|p| p.file_name())
        .map(|n| n.to_string_lossy().into_owned())
        .collect()
}

fn record<'a>(
    doc: &Doc<'a>,
    part: &'a str,
    (dataset, split, model): (&'a str, &str, &'a str),
    options: &Options,
) -> Result<Found<'a>> {
    let record = doc.object(part, "a record")?;
    let raw = doc.need(&record, "index", "LLMRouterBench")?;
    let place = index(doc, raw)?;
    let prompt = match record.get("prompt").or_else(|| record.get("origin_query")) {
        Some(raw) => Some(doc.words(raw, "prompt")?).filter(|p| !p.is_empty()),
        None => None,
    };
    let mut outcome = Outcome::default();
    for (field, key) in [
        (0, "score"),
        (1, "cost"),
        (3, "prompt_tokens"),
        (4, "completion_tokens"),
    ] {
        outcome.set(
            field,
            doc.member(&record, key, field, model, &options.scores)?,
        );
    }
    Ok(Found {
        id: Cow::Owned(format!("{dataset}/{split}/{place}")),
        dataset: Some(Cow::Borrowed(dataset)),
        index: place.parse().ok(),
        prompt,
        answers: vec![Answer {
            model: Cow::Borrowed(model),
            outcome,
            response: if options.reads_responses() {
                response(doc, &record)?
            } else {
                None
            },
            answer: record
                .get("prediction")
                .map(|raw| decoded(raw).unwrap_or(Cow::Borrowed(raw))),
            ..Answer::default()
        }],
        place: doc.place(part),
        split: None,
        original: None,
    })
}

/// An index: a whole number, or a name.
pub(crate) fn index<'a>(doc: &Doc<'a>, raw: &'a str) -> Result<Cow<'a, str>> {
    match raw.as_bytes().first() {
        Some(b'"') => doc.words(raw, "index"),
        _ if raw.parse::<u64>().is_ok() => Ok(Cow::Borrowed(raw)),
        _ => Err(doc.error(
            raw,
            format!("index is {}, expected a whole number, not negative, or a name; it joins the models' records", excerpt(raw)),
        )),
    }
}

/// The whole response if there is one, else what was cut out of it.
fn response<'a>(doc: &Doc<'a>, record: &Object<'a>) -> Result<Option<Cow<'a, str>>> {
    let whole = record
        .get("raw_output")
        .or_else(|| record.get("prediction"));
    match whole {
        Some(raw) if raw.starts_with(['"', '[', '{']) => doc.words(raw, "the response").map(Some),
        Some(raw) => Ok(Some(Cow::Borrowed(raw))),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_run_is_the_one_stamped_last() {
        let mut files = [
            "z/aime-test-m-20251103_101500.json",
            "a/aime-test-m-20251231_000000.json",
            "z/aime-test-m-old.json",
        ];
        files.sort_by_cached_key(|f| stamp(Path::new(f)));
        assert_eq!(files[0], "z/aime-test-m-old.json");
        assert_eq!(files[2], "a/aime-test-m-20251231_000000.json");
    }
}
