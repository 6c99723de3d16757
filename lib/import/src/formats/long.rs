//! Long tables: one row a query and model, in CSV, Parquet, JSON lines or a
//! JSON array. Columns are found by name or named by hand (`mapping.rs`).
//!
//! **The id** is the id column, or several joined by `/`. Without one it is
//! made of the query's text: dataset `/` the first 16 hexadecimal digits of
//! XXH3-128 of the text, so the same query has the same id in every file.
//! Without texts too it is dataset `/` index. The index, where no column has
//! it, is the row at which the query first stands.
//!
//! **Tokens.** What was read from or written to a cache is a part of the prompt's
//! tokens, and reasoning a part of the completion's: where a log counts them
//! beside those, they are added. Where all tokens are still more than prompt
//! and completion together, the rest is reasoning too, billed as completion.
//!
//! A wide table (`wide.rs`) is read here as well: its rows hold the answers of
//! several models.

use crate::formats::columns::{Answers, Mapping, Number, Whose};
use crate::formats::mapping;
use crate::joining::found::{Answer, Found, Merge};
use crate::joining::ids::{of_text, under};
use crate::joining::intake::Intake;
use crate::joining::runs::Run;
use crate::options::Options;
use crate::tables::cells::{full, Table};
use crate::tables::fields::{
    CACHE_READ, CACHE_WRITE, COMPLETION_TOKENS, FIELDS, PROMPT_TOKENS, REASONING, TOTAL,
};
use crate::tables::prompts::Prompts;
use crate::tables::roles::{by_name, Role};
use crate::tables::source::{Content, Source};
use rb_record::error::{excerpt, Result};
use rb_record::record::Split;
use std::borrow::Cow;

pub(crate) fn is(content: &Content) -> bool {
    by_name(&content.columns(), Role::Model).is_some()
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let table = source.table()?;
    mapping::point(table, &intake.options.columns);
    let mapping = mapping::map(table, &intake.options.columns, intake.options)?;
    read_mapped(table, &mapping, intake)
}

/// What is counted while rows are read.
struct Counts {
    prompts: Prompts,
    /// Rows with more tokens than prompt and completion.
    reasoning: u64,
}

pub(crate) fn read_mapped(
    table: &mut dyn Table,
    mapping: &Mapping,
    intake: &mut Intake,
) -> Result<()> {
    let options = intake.options;
    let source = table.source().clone();
    intake.note_columns(&source, mapping.told(table, options.reads_responses()));
    table.read_only(mapping.wanted(options.reads_responses()));
    let mut counts = Counts {
        prompts: Prompts::new(options.turns),
        reasoning: 0,
    };
    let merge = Merge {
        prompts_may_differ: options.prompts_may_differ,
        ..Merge::default()
    };
    loop {
        let found = match table.advance() {
            Ok(false) => break,
            Ok(true) => row(table, mapping, options, &mut counts),
            Err(e) => Err(e),
        };
        intake.take(found, merge)?;
    }
    intake.note_some(counts.prompts.note(&source));
    if counts.reasoning > 0 {
        intake.note(format!(
            "{source}: in {} rows all tokens are more than prompt and completion tokens (reasoning): the rest is counted as completion tokens, as it is billed",
            counts.reasoning
        ));
    }
    Ok(())
}

fn row<'t>(
    table: &'t dyn Table,
    mapping: &'t Mapping,
    options: &'t Options,
    counts: &mut Counts,
) -> Result<Found<'t>> {
    let optional = |column: Option<usize>| match column {
        Some(column) => table.text(column),
        None => Ok(None),
    };
    let dataset = match &options.dataset {
        Some(name) => Some(Cow::Borrowed(name.as_str())),
        None => optional(mapping.dataset)?,
    };
    let text = optional(mapping.query)?;
    let index = match mapping.index {
        Some(column) => table.whole(column)?,
        None => None,
    };
    let id = id(table, mapping, dataset.as_deref(), text.as_deref(), index)?;
    let mut answers = Vec::with_capacity(mapping.answers.len());
    for columns in &mapping.answers {
        let answer = answer(table, columns, options, counts)?;
        // A wide table has a cell for every model, asked or not.
        let told = answer.run() != Run::default() || answer.answer.is_some();
        if mapping.answers.len() == 1 || told {
            answers.push(answer);
        }
    }
    Ok(Found {
        id,
        dataset,
        index: index.or(Some(table.row())),
        split: mapping
            .split
            .map(|column| split(table, column))
            .transpose()?
            .flatten(),
        prompt: text.map(|text| counts.prompts.of_text(text)),
        answers,
        place: table.place(0),
        original: None,
    })
}

/// What the row says of a model.
fn answer<'t>(
    table: &'t dyn Table,
    columns: &'t Answers,
    options: &Options,
    counts: &mut Counts,
) -> Result<Answer<'t>> {
    let model = match &columns.model {
        Whose::Of(column) => table.text(*column)?.ok_or_else(|| {
            table.error(
                *column,
                "the model's name is missing; every row is one model's outcome",
            )
        })?,
        Whose::Named(name) => Cow::Borrowed(name.as_str()),
    };
    let run = numbers(table, &columns.numbers, &model, options, counts)?;
    let text = |column: Option<usize>| column.map_or(Ok(None), |column| table.text(column));
    Ok(Answer {
        response: text(columns.said(options.reads_responses()))?,
        answer: text(columns.answer)?,
        outcome: run.outcome,
        parts: run.parts,
        model,
        ..Answer::default()
    })
}

/// The numbers of a model's columns.
fn numbers(
    table: &dyn Table,
    columns: &[Number],
    model: &str,
    options: &Options,
    counts: &mut Counts,
) -> Result<Run> {
    let mut run = Run::default();
    let mut total = None;
    for n in columns {
        let Some(value) = table.number(n.column, n.field, model, &options.scores)? else {
            continue;
        };
        // 812 ms are 0.812 s, not 0.8120000000000001.
        let value = if n.by < 1.0 {
            value / (1.0 / n.by).round()
        } else {
            value * n.by
        };
        match n.field {
            TOTAL => total = Some((value, n.column)),
            field => run.set(field, Some(value)),
        }
    }
    for (whole, parts) in [
        (PROMPT_TOKENS, &[CACHE_READ, CACHE_WRITE][..]),
        (COMPLETION_TOKENS, &[REASONING]),
    ] {
        let of = |n: &&Number| parts.contains(&n.field);
        add_parts(table, &mut run, columns.iter().filter(of), whole, model)?;
    }
    if let Some((all, column)) = total {
        rest(table, &mut run, (all, column), model, counts)?;
    }
    Ok(run)
}

/// Adds to the whole the tokens that are counted beside it. Errors: parts that
/// are more than the whole.
fn add_parts<'n>(
    table: &dyn Table,
    run: &mut Run,
    parts: impl Iterator<Item = &'n Number>,
    whole: usize,
    model: &str,
) -> Result<()> {
    let Some(before) = run.values()[whole] else {
        return Ok(());
    };
    let (mut within, mut beside) = (0.0, 0.0);
    let mut last = None;
    for n in parts {
        let Some(value) = run.values()[n.field] else {
            continue;
        };
        if n.beside {
            beside += value;
        } else {
            within += value;
            last = Some(n);
        }
    }
    match last {
        Some(n) if within > before => Err(table.error(
            n.column,
            format!(
                "{} tokens are {}, more than the {} {} of which they should be a part (model {model:?}); if they come on top of them, --col-{} {}:beside",
                if whole == PROMPT_TOKENS { "a cache's" } else { "reasoning" },
                full(within),
                full(before),
                FIELDS[whole].0.replace('_', " "),
                FIELDS[n.field].0.replace('_', "-"),
                table.columns()[n.column]
            ),
        )),
        _ => {
            run.set(whole, Some(before + beside));
            Ok(())
        }
    }
}

/// Counts the rest of all tokens as the completion's. Errors: it is as much as
/// was read from or written to a cache, which would make it dear.
fn rest(
    table: &dyn Table,
    run: &mut Run,
    (all, column): (f64, usize),
    model: &str,
    counts: &mut Counts,
) -> Result<()> {
    let values = run.values();
    let (Some(prompt), Some(completion)) = (values[PROMPT_TOKENS], values[COMPLETION_TOKENS])
    else {
        return Ok(());
    };
    if all <= prompt + completion {
        return Ok(());
    }
    let cached = values[CACHE_READ].unwrap_or(0.0) + values[CACHE_WRITE].unwrap_or(0.0);
    if cached > 0.0 && all == prompt + completion + cached {
        return Err(table.error(
            column,
            format!(
                "all tokens are {}, those of prompt, completion and cache together (model {model:?}): the cache's come on top of the prompt's; say so with --col-cache-read-tokens COLUMN:beside, --col-cache-write-tokens COLUMN:beside",
                full(all)
            ),
        ));
    }
    run.outcome.completion_tokens = Some(all - prompt);
    counts.reasoning += 1;
    Ok(())
}

fn id<'t>(
    table: &'t dyn Table,
    mapping: &Mapping,
    dataset: Option<&str>,
    text: Option<&str>,
    index: Option<u64>,
) -> Result<Cow<'t, str>> {
    match (&mapping.id[..], text) {
        ([], Some(text)) => Ok(Cow::Owned(of_text(dataset, text))),
        ([], None) => match index {
            Some(index) => Ok(Cow::Owned(under(dataset, &index.to_string()))),
            None => {
                let column = mapping.query.or(mapping.index);
                Err(table.error(
                    column.unwrap_or(0),
                    "the query's text is missing and no id stands for it; name an id with --col-id",
                ))
            }
        },
        ([column], _) => id_part(table, *column),
        (columns, _) => {
            let mut parts = Vec::with_capacity(columns.len());
            for &column in columns {
                parts.push(id_part(table, column)?);
            }
            Ok(Cow::Owned(parts.join("/")))
        }
    }
}

fn id_part(table: &dyn Table, column: usize) -> Result<Cow<'_, str>> {
    table.text(column)?.ok_or_else(|| {
        table.error(
            column,
            format!(
                "the query's id is missing (column {:?}); fill it, or name another with --col-id",
                excerpt(&table.columns()[column])
            ),
        )
    })
}

/// The part that a cell names, by the words people use for it.
fn split(table: &dyn Table, column: usize) -> Result<Option<Split>> {
    let Some(text) = table.text(column)? else {
        return Ok(None);
    };
    let word = text.trim().to_lowercase();
    let found = match &*word {
        "train" | "training" => Split::Train,
        "val" | "valid" | "validation" | "dev" => Split::Val,
        "test" | "testing" => Split::Test,
        "none" => Split::None,
        "" => return Ok(None),
        _ => {
            return Err(table.error(
                column,
                format!(
                    "the split is {:?}, expected train, val, test or none; mend the column, or leave it out with --ignore {}",
                    excerpt(&text),
                    table.columns()[column]
                ),
            ))
        }
    };
    Ok(Some(found))
}
