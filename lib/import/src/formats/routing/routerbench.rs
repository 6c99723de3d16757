//! RouterBench (arXiv 2403.12031): a wide table, a row a sample: `sample_id`,
//! `prompt`, `eval_name`, and for every model a column of scores named like
//! the model, `MODEL|model_response` and `MODEL|total_cost`.
//!
//! - Columns are matched by the model's name: the three groups list the models
//!   in different orders.
//! - Prompts and responses are Python list literals (`pylist.rs`).
//! - An empty score is unknown. Some samples stand in two rows that share the
//!   models between them: [`Merge::scoreless_yields`] takes for each model the
//!   row with its score, and that row's cost; the first prompt stays.
//! - The dataset is `eval_name`; where it is empty, the id up to its first dot.
//! - The index is pandas' own, the column without a name, so that it counts in
//!   the published table whatever part of it the file holds; else the row.
//! - `oracle_model_to_route_to` can be derived and is not read.

use crate::joining::found::{Answer, Found, Merge};
use crate::joining::intake::Intake;
use crate::options::Options;
use crate::tables::cells::{Cell, Table};
use crate::tables::pylist;
use crate::tables::source::{Content, Source};
use rb_record::error::{excerpt, Result};
use rb_record::record::Outcome;
use std::borrow::Cow;

const COST: &str = "|total_cost";
const RESPONSE: &str = "|model_response";
const INDEX: [&str; 3] = ["", "Unnamed: 0", "__index_level_0__"];
const MERGE: Merge = Merge {
    scoreless_yields: true,
    prompts_may_differ: true,
};

pub(crate) fn is(content: &Content) -> bool {
    let columns = content.columns();
    columns
        .iter()
        .any(|c| c.ends_with(COST) || c.ends_with(RESPONSE))
}

struct Model {
    name: String,
    score: usize,
    cost: Option<usize>,
    response: Option<usize>,
}

struct Layout {
    id: usize,
    prompt: Option<usize>,
    dataset: Option<usize>,
    index: Option<usize>,
    models: Vec<Model>,
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let options = intake.options;
    let table = source.table()?;
    let layout = layout(table)?;
    let mut wanted = vec![layout.id];
    wanted.extend(
        [layout.prompt, layout.dataset, layout.index]
            .into_iter()
            .flatten(),
    );
    for m in &layout.models {
        wanted.push(m.score);
        wanted.extend(m.cost);
        wanted.extend(m.response.filter(|_| options.reads_responses()));
    }
    table.read_only(wanted);
    loop {
        let found = match table.advance() {
            Ok(false) => return Ok(()),
            Ok(true) => row(table, &layout, options),
            Err(e) => Err(e),
        };
        intake.take(found, MERGE)?;
    }
}

fn layout(table: &dyn Table) -> Result<Layout> {
    let id = table.find("sample_id").ok_or_else(|| {
        table.error(
            0,
            format!("RouterBench's column \"sample_id\" is not among {}; export the table with all its columns", table.header()),
        )
    })?;
    let mut models: Vec<Model> = Vec::new();
    for (i, column) in table.columns().iter().enumerate() {
        let Some(name) = column.strip_suffix(COST).or(column.strip_suffix(RESPONSE)) else {
            continue;
        };
        if models.iter().any(|m| m.name == name) {
            continue;
        }
        let score = table.find(name).ok_or_else(|| {
            table.error(
                i,
                format!("the column {column:?} has no column of scores {name:?} beside it; export the table with all its columns"),
            )
        })?;
        models.push(Model {
            name: name.to_string(),
            score,
            cost: table.find(&format!("{name}{COST}")),
            response: table.find(&format!("{name}{RESPONSE}")),
        });
    }
    Ok(Layout {
        id,
        prompt: table.find("prompt"),
        dataset: table.find("eval_name"),
        index: INDEX.iter().find_map(|name| table.find(name)),
        models,
    })
}

fn row<'t>(table: &'t dyn Table, layout: &'t Layout, options: &Options) -> Result<Found<'t>> {
    let id = table
        .text(layout.id)?
        .ok_or_else(|| table.error(layout.id, "the sample_id is missing; every sample has one"))?;
    let mut answers = Vec::with_capacity(layout.models.len());
    for m in &layout.models {
        let score = table.number(m.score, 0, &m.name, &options.scores)?;
        let cost = match m.cost {
            Some(column) => table.number(column, 1, &m.name, &options.scores)?,
            None => None,
        };
        if score.is_none() && cost.is_none() {
            continue;
        }
        let response = match m.response {
            Some(column) if options.reads_responses() => decoded(table, column)?,
            _ => None,
        };
        answers.push(Answer {
            model: Cow::Borrowed(&m.name),
            outcome: Outcome {
                score,
                cost,
                ..Outcome::default()
            },
            response,
            ..Answer::default()
        });
    }
    let dataset = match layout
        .dataset
        .map(|column| table.text(column))
        .transpose()?
    {
        Some(Some(name)) => name,
        _ => match id.split_once('.') {
            Some((name, _)) => Cow::Owned(name.to_string()),
            None => id.clone(),
        },
    };
    let index = match layout.index {
        Some(column) => table.whole(column)?,
        None => None,
    };
    Ok(Found {
        dataset: Some(dataset),
        index: index.or(Some(table.row())),
        prompt: match layout.prompt {
            Some(column) => decoded(table, column)?,
            None => None,
        },
        id,
        answers,
        place: table.place(0),
        split: None,
        original: None,
    })
}

/// The text that a cell means, be it plain, a list or a list's literal.
fn decoded(table: &dyn Table, column: usize) -> Result<Option<Cow<'_, str>>> {
    if let Cell::Texts(texts) = table.cell(column)? {
        return Ok(Some(Cow::Owned(pylist::joined(&texts))));
    }
    let Some(cell) = table.text(column)? else {
        return Ok(None);
    };
    let begins = excerpt(&cell);
    match pylist::text(cell) {
        Ok(text) => Ok(Some(text).filter(|t| !t.is_empty())),
        Err((at, why)) => Err(table.error(
            column,
            format!("the cell begins {begins:?} and is not the Python list of strings it looks like ({why}, after {at} bytes); correct it in the source"),
        )),
    }
}
