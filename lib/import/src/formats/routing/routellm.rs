//! RouteLLM (arXiv 2406.18665): one CSV a domain, a row a query: its prompt,
//! then a column a model that says whether the answer is correct (True or
//! False). `MODEL_response`, where there is one, holds the answer's text.
//!
//! The dataset is the file's name without its endings and without
//! `_responses`, and the id is dataset `/` row, because prompts repeat.

use crate::joining::found::{Answer, Found, Merge};
use crate::joining::intake::Intake;
use crate::options::Options;
use crate::tables::cells::{listed, Table};
use crate::tables::roles::{by_name, like_a_model, Role};
use crate::tables::source::{Content, Source};
use rb_record::error::{Error, Result};
use rb_record::record::Outcome;
use std::borrow::Cow;

pub(crate) fn is(content: &Content) -> bool {
    let Content::Table(table) = content else {
        return false;
    };
    let columns = table.columns();
    let answered = |c: &String| columns.contains(&format!("{c}_response"));
    let others = || columns.iter().filter(|c| *c != "prompt" && !c.is_empty());
    // Any table may have a prompt; models' names are no words.
    let named = others().count() > 1 && others().all(|c| like_a_model(c));
    columns.iter().any(|c| c == "prompt")
        && by_name(columns, Role::Model).is_none()
        && (others().any(answered) || named)
}

/// A model's columns: score, and response where there is one.
type Model = (usize, Option<usize>);

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let options = intake.options;
    let dataset = dataset(source, options, "_responses")?;
    let name = source.name.clone();
    let table = source.table()?;
    let Some(prompt) = table.find("prompt") else {
        return Err(table.error(
            0,
            format!("RouteLLM's column \"prompt\" is not among {}; rename the column that holds the query", table.header()),
        ));
    };
    let columns = table.columns();
    let models: Vec<Model> = (0..columns.len())
        .filter(|&i| i != prompt && !columns[i].is_empty())
        .filter(|&i| {
            let of = columns[i].strip_suffix("_response");
            !of.is_some_and(|model| columns.iter().any(|c| c == model))
        })
        .map(|i| (i, table.find(&format!("{}_response", columns[i]))))
        .collect();
    let names: Vec<&str> = models.iter().map(|(i, _)| columns[*i].as_str()).collect();
    intake.note_columns(
        &name,
        format!("read query=prompt, models {}", listed(&names)),
    );
    loop {
        let found = match table.advance() {
            Ok(false) => return Ok(()),
            Ok(true) => row(table, prompt, &models, &dataset, options),
            Err(e) => Err(e),
        };
        intake.take(found, Merge::default())?;
    }
}

fn row<'t>(
    table: &'t dyn Table,
    prompt: usize,
    models: &[Model],
    dataset: &'t str,
    options: &Options,
) -> Result<Found<'t>> {
    let mut answers = Vec::with_capacity(models.len());
    for &(column, response) in models {
        let model = &table.columns()[column];
        let score = table
            .number(column, 0, model, &options.scores)
            .map_err(|mut e| {
                e.message.push_str(" — read as RouteLLM: every column but the prompt is a model's score; another table needs --col-model, --col-score");
                e
            })?;
        let response = match (response, options.reads_responses()) {
            (Some(column), true) => table.text(column)?,
            _ => None,
        };
        if score.is_some() {
            answers.push(Answer {
                model: Cow::Borrowed(model),
                outcome: Outcome {
                    score,
                    ..Outcome::default()
                },
                response,
                ..Answer::default()
            });
        }
    }
    Ok(Found {
        id: Cow::Owned(format!("{dataset}/{}", table.row())),
        dataset: Some(Cow::Borrowed(dataset)),
        index: Some(table.row()),
        prompt: table.text(prompt)?,
        answers,
        place: table.place(0),
        split: None,
        original: None,
    })
}

/// The dataset of a file that does not say: the flag's, else the file's name
/// without `ending`.
pub(crate) fn dataset(source: &Source, options: &Options, ending: &str) -> Result<String> {
    if let Some(name) = &options.dataset {
        return Ok(name.clone());
    }
    match &source.stem {
        Some(stem) => Ok(stem.strip_suffix(ending).unwrap_or(stem).to_string()),
        None => Err(Error::usage(
            "this format names its dataset by the file's name, and standard input has none; add --dataset NAME",
        )),
    }
}
