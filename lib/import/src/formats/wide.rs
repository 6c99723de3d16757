//! Wide tables: a row a query, in which every model has columns of its own, in
//! CSV, Parquet, JSON lines or a JSON array:
//!
//! - named after it, `MODEL_score`, `MODEL_latency_ms`, `MODEL_cost` …,
//! - named before it, `score_MODEL`, `cost_MODEL` …, or
//! - within it, a struct (Parquet) or an object (JSON) a model with members
//!   `score`, `cost` …; the objects may themselves stand in one object.
//!
//! What stands beside the model's name is known as in long tables (`roles.rs`),
//! and `MODEL_answer`, which can be no other's, is the model's answer;
//! between the two stands one of `_`, `.`, `|`, `:`, `-` or a space. A table is
//! known by at least two models with scores, of which one has another number
//! or an answer too, or all have names like models': `helpful_score` and
//! `honest_score` are more likely two grades of one answer, and read as models
//! only under `--format wide`.

use crate::formats::columns::{Answers, Mapping, Whose};
use crate::formats::{long, mapping};
use crate::joining::intake::Intake;
use crate::options::Options;
use crate::tables::cells::{listed, Table};
use crate::tables::fields::{PROMPT_TOKENS, SCORE};
use crate::tables::roles::{by_name, like_a_model, of_answer, Role};
use crate::tables::shape::unescaped;
use crate::tables::source::{Content, Source};
use rb_record::error::Result;
use std::collections::HashMap;

/// The model in a column's name, and what the column tells of it.
type Way = fn(&str) -> Option<(String, Role)>;

/// What may stand between a model's name and what a column tells of it.
const JOINTS: [char; 6] = ['_', '.', '|', ':', '-', ' '];

/// A model and its columns.
#[derive(Debug, PartialEq)]
struct Model {
    name: String,
    columns: Vec<(Role, usize)>,
}

impl Model {
    fn has(&self, role: Role) -> bool {
        self.columns.iter().any(|(r, _)| *r == role)
    }
}

pub(crate) fn is(content: &Content) -> bool {
    let columns = content.all_columns();
    let has = |role| by_name(&columns, role).is_some();
    let asked = [Role::Query, Role::Id, Role::Index].into_iter().any(has);
    asked && !has(Role::Model) && sure(&models(&columns))
}

/// Whether these are models in all likelihood.
fn sure(models: &[Model]) -> bool {
    let told = models.iter().any(|m| m.columns.len() > 1);
    models.len() > 1 && (told || models.iter().all(|m| like_a_model(&m.name)))
}

/// The models that have scores, by the way of naming that finds most of them.
fn models(columns: &[String]) -> Vec<Model> {
    let ways: [Way; 3] = [after, before, within];
    let mut most = Vec::new();
    for way in ways {
        let mut found: Vec<Model> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (column, name) in columns.iter().enumerate() {
            // A column with a role of its own is of no model.
            if of_answer(name).is_some() {
                continue;
            }
            let Some((model, role)) = way(name) else {
                continue;
            };
            let place = *places.entry(model.clone()).or_insert_with(|| {
                found.push(Model {
                    name: model,
                    columns: Vec::new(),
                });
                found.len() - 1
            });
            found[place].columns.push((role, column));
        }
        found.retain(|m| m.has(Role::Number(SCORE)));
        if found.len() > most.len() {
            most = found;
        }
    }
    shorten(&mut most);
    most
}

/// `MODEL_score`: the longest ending that tells something.
fn after(name: &str) -> Option<(String, Role)> {
    let joints = name.match_indices(JOINTS);
    apart(joints.map(|(at, joint)| (&name[..at], &name[at + joint.len()..])))
}

/// `score_MODEL`: the longest beginning that tells something.
fn before(name: &str) -> Option<(String, Role)> {
    let joints = name.rmatch_indices(JOINTS);
    apart(joints.map(|(at, joint)| (&name[at + joint.len()..], &name[..at])))
}

/// The first of the ways to take a name apart, into the model's and what is told,
/// in which something is told. A pointer has no such names.
fn apart<'n>(mut ways: impl Iterator<Item = (&'n str, &'n str)>) -> Option<(String, Role)> {
    ways.find_map(|(model, told)| {
        let role = of_answer(told)?;
        (!model.is_empty() && !model.starts_with('/')).then(|| (model.to_string(), role))
    })
}

/// `/MODEL/score`; the model's path, until it is shortened.
fn within(name: &str) -> Option<(String, Role)> {
    let (path, member) = name.rsplit_once('/')?;
    (!path.is_empty()).then_some((path.to_string(), of_answer(&unescaped(member))?))
}

/// Paths become names, if all models stand in one object; else they are none.
fn shorten(models: &mut Vec<Model>) {
    let parent = |m: &Model| {
        m.name
            .rsplit_once('/')
            .map(|(parent, _)| parent.to_string())
    };
    if !models.iter().all(|m| m.name.starts_with('/')) {
        return;
    }
    let parents: Vec<Option<String>> = models.iter().map(parent).collect();
    if parents.windows(2).any(|two| two[0] != two[1]) {
        models.clear();
    }
    for model in models {
        let name = model.name.rsplit('/').next().unwrap_or_default();
        model.name = unescaped(name);
    }
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let table = source.table()?;
    mapping::point(table, &intake.options.columns);
    let mapping = map(table, intake.options)?;
    long::read_mapped(table, &mapping, intake)
}

fn map(table: &dyn Table, options: &Options) -> Result<Mapping> {
    let mut mapping = mapping::of_query(table, &options.columns, options)?;
    let columns = table.columns();
    let mut models = models(columns);
    for model in &mut models {
        model
            .columns
            .retain(|(_, c)| !options.ignore.contains(&columns[*c]));
    }
    models.retain(|m| m.has(Role::Number(SCORE)));
    if models.is_empty() {
        return Err(table.error(
            0,
            format!(
                "no columns MODEL_score, score_MODEL or MODEL with a member score among {}; name them so, or make a row of each model's answer",
                table.header()
            ),
        ));
    }
    for model in models {
        mapping.answers.push(answers(table, model)?);
    }
    Ok(mapping)
}

/// Errors: two columns that could be the model's score.
fn answers(table: &dyn Table, model: Model) -> Result<Answers> {
    let mut answers = Answers {
        model: Whose::Named(model.name),
        response: None,
        answer: None,
        numbers: Vec::new(),
    };
    let tokens = Role::Number(PROMPT_TOKENS);
    let tokens = model.columns.iter().find(|(role, _)| *role == tokens);
    let raw_input = tokens.is_some_and(|(_, c)| mapping::is_raw_input(&table.columns()[*c]));
    for (role, column) in model.columns {
        let Role::Number(field) = role else {
            let place = match role {
                Role::Answer => &mut answers.answer,
                _ => &mut answers.response,
            };
            *place = place.or(Some(column));
            continue;
        };
        let Some(first) = answers.numbers.iter().find(|n| n.field == field) else {
            let number = mapping::number(table, field, column, raw_input);
            answers.numbers.push(number);
            continue;
        };
        if field == SCORE {
            let columns = table.columns();
            let names = [columns[first.column].as_str(), columns[column].as_str()];
            return Err(table.error(
                column,
                format!(
                    "{} could each be the score of one model; leave one out with --ignore COLUMN",
                    listed(&names)
                ),
            ));
        }
    }
    answers.numbers.sort_by_key(|n| n.field);
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(columns: &[&str]) -> Vec<(String, usize)> {
        let columns: Vec<String> = columns.iter().map(|c| c.to_string()).collect();
        let models = models(&columns).into_iter();
        models.map(|m| (m.name, m.columns.len())).collect()
    }

    #[test]
    fn models_are_named_before_after_or_around_what_is_told() {
        let want = [("gpt-4".to_string(), 3), ("a_b".to_string(), 1)];
        assert_eq!(
            found(&[
                "q",
                "gpt-4_score",
                "gpt-4_latency_ms",
                "gpt-4 total cost",
                "a_b.is_correct"
            ]),
            want
        );
        assert_eq!(
            found(&[
                "score_gpt-4",
                "latency_ms_gpt-4",
                "total_cost_gpt-4",
                "score_a_b"
            ]),
            want,
            "the longest beginning"
        );
        assert_eq!(
            found(&[
                "id",
                "gpt-4",
                "/m/gpt-4/score",
                "/m/gpt-4/cost",
                "/m/o~1x/score"
            ]),
            [("gpt-4".to_string(), 2), ("o/x".to_string(), 1)]
        );
        assert!(found(&["/m/a/score", "/n/b/score"]).is_empty());
        assert!(found(&["score", "total_cost", "is_correct"]).is_empty());
    }
}
