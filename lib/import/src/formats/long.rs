//! Long tables: one row a query and model. Columns are found by name
//! ([`ROLES`]; the papers' own names come first) or named by hand.
//!
//! **The id** is the id column, or several joined by `/`. Without one it is
//! made of the query's text: dataset `/` the first 16 hexadecimal digits of
//! XXH3-128 of the text, so the same query has the same id in every file.
//! Without texts too it is dataset `/` index. The index, where no column has
//! it, is the row at which the query first stands.

use crate::joining::found::{Answer, Found, Merge};
use crate::joining::intake::Intake;
use crate::tables::cells::Table;
use crate::tables::roles::{by_name, Role, ROLES};
use crate::tables::source::{Content, Source};
use rb_record::error::{excerpt, Error, Kind, Result};
use rb_record::hash;
use rb_record::record::{Outcome, OUTCOME_FIELDS};
use std::borrow::Cow;

/// Which column plays which role.
pub(crate) struct Mapping {
    id: Vec<usize>,
    query: Option<usize>,
    model: usize,
    response: Option<usize>,
    dataset: Option<usize>,
    index: Option<usize>,
    numbers: Vec<(usize, usize)>,
}

pub(crate) fn is(content: &Content) -> bool {
    by_name(content.columns(), Role::Model).is_some()
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let chosen = &intake.options.columns;
    let forced = intake.options.format.is_some();
    let table = source.table()?;
    let mapping = map(table, chosen, forced)?;
    read_mapped(table, &mapping, intake)
}

/// Finds the columns, those chosen by hand first.
pub(crate) fn map(table: &dyn Table, chosen: &[(Role, String)], forced: bool) -> Result<Mapping> {
    let mut id = Vec::new();
    let mut at = [None; ROLES.len()];
    for (role, name) in chosen {
        let slot = ROLES.iter().position(|(r, ..)| r == role).unwrap_or(0);
        let column = table.find(name).ok_or_else(|| {
            Error::new(
                Kind::Usage,
                format!(
                    "--col-{} names the column {name:?}, but {} has {}",
                    ROLES[slot].1,
                    table.source(),
                    table.header()
                ),
            )
        })?;
        match role {
            Role::Id => id.push(column),
            _ => at[slot] = Some(column),
        }
    }
    // A column chosen for one role is not found for another.
    let taken: Vec<usize> = at.iter().flatten().chain(&id).copied().collect();
    for (slot, (role, ..)) in ROLES.iter().enumerate() {
        if at[slot].is_none() {
            at[slot] = by_name(table.columns(), *role).filter(|c| !taken.contains(c));
        }
    }
    if id.is_empty() {
        id.extend(at[0]);
    }
    let lacks = |what: &str, flag: &str| {
        table.error(
            0,
            format!(
                "no column for the {what} among {}; name it with --col-{flag} NAME",
                table.header()
            ),
        )
    };
    let model = at[2].ok_or_else(|| lacks("model", "model"))?;
    if id.is_empty() && at[1].is_none() && at[5].is_none() {
        return Err(lacks(
            "query (its text, or an id)",
            "query NAME or --col-id",
        ));
    }
    let numbers: Vec<(usize, usize)> = (0..OUTCOME_FIELDS.len())
        .filter_map(|field| at[6 + field].map(|column| (field, column)))
        .collect();
    // Without scores a table adds costs or latencies to a benchmark, which is
    // rare enough to be asked for by --format.
    if numbers.is_empty() || (!forced && at[6].is_none()) {
        return Err(lacks("score", "score"));
    }
    Ok(Mapping {
        id,
        query: at[1],
        model,
        response: at[3],
        dataset: at[4],
        index: at[5],
        numbers,
    })
}

pub(crate) fn read_mapped(
    table: &mut dyn Table,
    mapping: &Mapping,
    intake: &mut Intake,
) -> Result<()> {
    let mut wanted = mapping.id.clone();
    wanted.extend(
        [mapping.query, mapping.dataset, mapping.index]
            .into_iter()
            .flatten(),
    );
    wanted.push(mapping.model);
    wanted.extend(mapping.numbers.iter().map(|(_, column)| column));
    if intake.options.responses {
        wanted.extend(mapping.response);
    }
    table.read_only(&wanted);
    let options = intake.options;
    loop {
        let found = match table.advance() {
            Ok(false) => return Ok(()),
            Ok(true) => row(table, mapping, options),
            Err(e) => Err(e),
        };
        intake.take(found, Merge::default())?;
    }
}

fn row<'t>(
    table: &'t dyn Table,
    mapping: &Mapping,
    options: &'t crate::options::Options,
) -> Result<Found<'t>> {
    let optional = |column: Option<usize>| match column {
        Some(column) => table.text(column),
        None => Ok(None),
    };
    let model = table.text(mapping.model)?.ok_or_else(|| {
        table.error(
            mapping.model,
            "the model's name is missing; every row is one model's outcome",
        )
    })?;
    let mut outcome = Outcome::default();
    for &(field, column) in &mapping.numbers {
        outcome.set(
            field,
            table.number(column, field, &model, options.score_range)?,
        );
    }
    let dataset = match &options.dataset {
        Some(name) => Some(Cow::Borrowed(name.as_str())),
        None => optional(mapping.dataset)?,
    };
    let prompt = optional(mapping.query)?;
    let index = match mapping.index {
        Some(column) => table.whole(column)?,
        None => None,
    };
    let id = match (&mapping.id[..], &prompt) {
        ([], Some(text)) => Cow::Owned(of_text(dataset.as_deref(), text)),
        ([], None) => match index {
            Some(index) => Cow::Owned(under(dataset.as_deref(), &index.to_string())),
            None => {
                let column = mapping.query.or(mapping.index).unwrap_or(mapping.model);
                return Err(table.error(
                    column,
                    "the query's text is missing and no id stands for it; name an id with --col-id",
                ));
            }
        },
        ([column], _) => id_part(table, *column)?,
        (columns, _) => {
            let mut parts = Vec::with_capacity(columns.len());
            for &column in columns {
                parts.push(id_part(table, column)?);
            }
            Cow::Owned(parts.join("/"))
        }
    };
    let response = if options.responses {
        optional(mapping.response)?
    } else {
        None
    };
    Ok(Found {
        id,
        dataset,
        index: index.or(Some(table.row())),
        prompt,
        answers: vec![Answer {
            model,
            outcome,
            response,
            ..Answer::default()
        }],
        place: table.place(0),
        split: None,
        original: None,
    })
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

/// The id of a query that has only its text.
pub(crate) fn of_text(dataset: Option<&str>, text: &str) -> String {
    under(dataset, &hash::digest(text.as_bytes())[..16])
}

/// `name` under its dataset, where it has one.
pub(crate) fn under(dataset: Option<&str>, name: &str) -> String {
    match dataset {
        Some(dataset) => format!("{dataset}/{name}"),
        None => name.to_string(),
    }
}
