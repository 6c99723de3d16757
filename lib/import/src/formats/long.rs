//! Long tables: one row a query and model, in CSV, Parquet, JSON lines or a
//! JSON array. Columns are found by name or named by hand (`mapping.rs`).
//!
//! **The id** is the id column, or several joined by `/`. Without one it is
//! made of the query's text: dataset `/` the first 16 hexadecimal digits of
//! XXH3-128 of the text, so the same query has the same id in every file.
//! Without texts too it is dataset `/` index. The index, where no column has
//! it, is the row at which the query first stands.
//!
//! **Tokens.** Where all tokens are more than prompt and completion together,
//! the rest is reasoning, which is billed as completion: it is counted there.

use crate::formats::mapping::{self, Mapping};
use crate::joining::found::{Answer, Found, Merge};
use crate::joining::ids::{of_text, under};
use crate::joining::intake::Intake;
use crate::options::Options;
use crate::tables::cells::Table;
use crate::tables::prompts::Prompts;
use crate::tables::roles::{by_name, Role};
use crate::tables::source::{Content, Source};
use rb_record::error::{excerpt, Result};
use rb_record::record::{Outcome, Split};
use std::borrow::Cow;

pub(crate) fn is(content: &Content) -> bool {
    by_name(&content.columns(), Role::Model).is_some()
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let table = source.table()?;
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
    intake.note_columns(&source, mapping.told(table, options.responses));
    table.read_only(&mapping.wanted(options.responses));
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
    mapping: &Mapping,
    options: &'t Options,
    counts: &mut Counts,
) -> Result<Found<'t>> {
    let optional = |column: Option<usize>| match column {
        Some(column) => table.text(column),
        None => Ok(None),
    };
    let model = match (mapping.model, &options.model) {
        (Some(column), _) => table.text(column)?.ok_or_else(|| {
            table.error(
                column,
                "the model's name is missing; every row is one model's outcome",
            )
        })?,
        (None, named) => Cow::Borrowed(named.as_deref().unwrap_or_default()),
    };
    let outcome = outcome(table, mapping, options, &model, counts)?;
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
    let response = if options.responses {
        optional(mapping.response)?
    } else {
        None
    };
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
        answers: vec![Answer {
            model,
            outcome,
            response,
            ..Answer::default()
        }],
        place: table.place(0),
        original: None,
    })
}

/// The row's numbers.
fn outcome(
    table: &dyn Table,
    mapping: &Mapping,
    options: &Options,
    model: &str,
    counts: &mut Counts,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for n in &mapping.numbers {
        let value = table.number(n.column, n.field, model, &options.scores)?;
        // 812 ms are 0.812 s, not 0.8120000000000001.
        let in_unit = |v: f64| {
            if n.by < 1.0 {
                v / (1.0 / n.by).round()
            } else {
                v * n.by
            }
        };
        outcome.set(n.field, value.map(in_unit));
    }
    let total = match mapping.total {
        Some(column) => table.number(column, TOKENS, model, &options.scores)?,
        None => None,
    };
    if let (Some(all), Some(prompt), Some(completion)) =
        (total, outcome.prompt_tokens, outcome.completion_tokens)
    {
        if all > prompt + completion {
            outcome.completion_tokens = Some(all - prompt);
            counts.reasoning += 1;
        }
    }
    Ok(outcome)
}

/// The outcome field whose rules hold for all tokens too.
const TOKENS: usize = 4;

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
                let column = mapping.query.or(mapping.index).or(mapping.model);
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
