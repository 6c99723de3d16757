//! Long tables: one row a query and model. Columns are found by name
//! ([`ROLES`]; the papers' own names come first) or named by hand.
//!
//! **The id** is the id column, or several joined by `/`. Without one it is
//! made of the query's text: dataset `/` the first 16 hexadecimal digits of
//! XXH3-128 of the text, so the same query has the same id in every file.
//! Without texts too it is dataset `/` index. The index, where no column has
//! it, is the row at which the query first stands.

use crate::joining::bench::{Answer, Found, Merge};
use crate::tables::cells::Table;
use crate::{Content, Intake, Source};
use rb_record::error::{excerpt, Error, Kind, Result};
use rb_record::hash;
use rb_record::record::{Outcome, OUTCOME_FIELDS};
use std::borrow::Cow;

/// What a column can be. `Number` is the outcome field of that number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Id,
    Query,
    Model,
    Response,
    Dataset,
    Index,
    Number(usize),
}

/// Every role: its flag `--col-NAME` and the column names it is known by, in
/// the order in which they are tried. Case, spaces and dashes do not matter.
pub const ROLES: [(Role, &str, &[&str]); 13] = [
    (
        Role::Id,
        "id",
        &[
            "id",
            "query_id",
            "prompt_id",
            "question_id",
            "sample_id",
            "qid",
        ],
    ),
    (
        Role::Query,
        "query",
        &[
            "query",
            "prompt",
            "question",
            "input",
            "instruction",
            "query_text",
        ],
    ),
    (
        Role::Model,
        "model",
        &["model", "model_name", "llm", "llm_name", "model_id"],
    ),
    (
        Role::Response,
        "response",
        &[
            "response",
            "model_response",
            "output",
            "answer",
            "prediction",
        ],
    ),
    (
        Role::Dataset,
        "dataset",
        &[
            "dataset",
            "dataset_name",
            "eval_name",
            "benchmark",
            "task_name",
            "task",
            "category",
            "domain",
        ],
    ),
    (Role::Index, "index", &["index", "record_index"]),
    (
        Role::Number(0),
        "score",
        &[
            "score",
            "performance",
            "label",
            "correct",
            "is_correct",
            "quality",
            "accuracy",
        ],
    ),
    (
        Role::Number(1),
        "cost",
        &["cost", "total_cost", "cost_usd", "usd"],
    ),
    (
        Role::Number(2),
        "latency",
        &[
            "latency",
            "latency_s",
            "response_time",
            "time_taken",
            "seconds",
        ],
    ),
    (
        Role::Number(3),
        "prompt-tokens",
        &["prompt_tokens", "input_tokens", "tokens_in"],
    ),
    (
        Role::Number(4),
        "completion-tokens",
        &["completion_tokens", "output_tokens", "tokens_out"],
    ),
    (Role::Number(5), "confidence", &["confidence"]),
    (Role::Number(6), "reward", &["reward"]),
];

/// Which column plays which role.
pub struct Mapping {
    id: Vec<usize>,
    query: Option<usize>,
    model: usize,
    response: Option<usize>,
    dataset: Option<usize>,
    index: Option<usize>,
    numbers: Vec<(usize, usize)>,
}

fn same(column: &str, alias: &str) -> bool {
    column.len() == alias.len()
        && column.bytes().zip(alias.bytes()).all(|(c, a)| match c {
            b' ' | b'-' => a == b'_',
            _ => c.eq_ignore_ascii_case(&a),
        })
}

/// The column that plays `role` by its name.
pub fn by_name(columns: &[String], role: Role) -> Option<usize> {
    let (_, _, aliases) = ROLES.iter().find(|(r, ..)| *r == role)?;
    aliases
        .iter()
        .find_map(|a| columns.iter().position(|c| same(c, a)))
}

pub fn is(content: &Content) -> bool {
    by_name(content.columns(), Role::Model).is_some()
}

pub fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let chosen = &intake.options.columns;
    let forced = intake.options.format.is_some();
    let table = source.table()?;
    let mapping = map(table, chosen, forced)?;
    read_mapped(table, &mapping, intake)
}

/// Finds the columns, those chosen by hand first.
pub fn map(table: &dyn Table, chosen: &[(Role, String)], forced: bool) -> Result<Mapping> {
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

pub fn read_mapped(table: &mut dyn Table, mapping: &Mapping, intake: &mut Intake) -> Result<()> {
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
    options: &'t crate::Options,
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
    let response = match options.responses {
        true => optional(mapping.response)?,
        false => None,
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
pub fn of_text(dataset: Option<&str>, text: &str) -> String {
    under(dataset, &hash::digest(text.as_bytes())[..16])
}

/// `name` under its dataset, where it has one.
pub fn under(dataset: Option<&str>, name: &str) -> String {
    match dataset {
        Some(dataset) => format!("{dataset}/{name}"),
        None => name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_stand_where_the_code_expects_them() {
        for (slot, role) in [
            (0, Role::Id),
            (1, Role::Query),
            (2, Role::Model),
            (3, Role::Response),
            (4, Role::Dataset),
            (5, Role::Index),
        ] {
            assert_eq!(ROLES[slot].0, role);
        }
        for (field, (name, ..)) in OUTCOME_FIELDS.iter().enumerate() {
            assert_eq!(ROLES[6 + field].0, Role::Number(field));
            assert_eq!(ROLES[6 + field].1.replace('-', "_"), *name);
        }
    }

    #[test]
    fn no_name_stands_for_two_roles() {
        let names: Vec<&str> = ROLES
            .iter()
            .flat_map(|(_, _, names)| names.to_vec())
            .collect();
        for (i, name) in names.iter().enumerate() {
            assert!(!names[..i].contains(name), "{name}");
        }
    }

    #[test]
    fn columns_are_known_whatever_their_case() {
        let columns = ["Model Name", "SCORE", "prompt", "Query"].map(String::from);
        assert_eq!(by_name(&columns, Role::Model), Some(0));
        assert_eq!(by_name(&columns, Role::Number(0)), Some(1));
        assert_eq!(
            by_name(&columns, Role::Query),
            Some(3),
            "query before prompt"
        );
        assert_eq!(by_name(&columns, Role::Id), None);
    }
}
