//! Which column of a table plays which role: those named by hand, then those
//! known by their names. Two that could be the score are refused, since one of
//! them may be the right answer or a classifier's certainty.

use crate::formats::columns::{Answers, Mapping, Number, Whose};
use crate::options::Options;
use crate::tables::cells::{listed, Table};
use crate::tables::fields::{self, FIELDS, LATENCY, SCORE};
use crate::tables::roles::{all_by_name, plain, unit, unit_of, Role, ROLES};
use rb_record::error::{Error, Result};

/// A column, and what was said of it by hand.
type At = (usize, Said);

#[derive(Debug, Clone, Copy, Default)]
struct Said {
    /// The factor of its unit.
    by: Option<f64>,
    /// Its tokens come on top of others, or are parts of them.
    beside: Option<bool>,
}

/// The columns found so far.
struct Search<'t> {
    table: &'t dyn Table,
    options: &'t Options,
    /// By role.
    at: [Option<At>; ROLES.len()],
    id: Vec<usize>,
}

/// Finds the columns, those chosen by hand first. Errors: a column that is not
/// there, two that could be the score, no model, query or score.
pub(crate) fn map(
    table: &dyn Table,
    chosen: &[(Role, String)],
    options: &Options,
) -> Result<Mapping> {
    let mut search = Search::new(table, options);
    search.by_hand(chosen)?;
    search.by_names(|_| true)?;
    search.complete()?;
    Ok(search.mapping())
}

/// Finds the columns that tell of the query alone. Errors: a column that is not
/// there, no query.
pub(crate) fn of_query(
    table: &dyn Table,
    chosen: &[(Role, String)],
    options: &Options,
) -> Result<Mapping> {
    let of_model = |role| {
        matches!(
            role,
            Role::Model | Role::Response | Role::Answer | Role::Number(_)
        )
    };
    let ours = |role: Role| !of_model(role);
    let chosen: Vec<(Role, String)> = chosen.iter().filter(|(r, _)| ours(*r)).cloned().collect();
    let mut search = Search::new(table, options);
    search.by_hand(&chosen)?;
    search.by_names(ours)?;
    if !search.has_query() {
        return Err(table.error(
            0,
            format!(
                "no column for the query (its text, or an id) among {}; name it with --col-query NAME or --col-id NAME",
                table.header()
            ),
        ));
    }
    Ok(search.mapping())
}

/// A column of numbers, its unit as the file or its name tells.
pub(crate) fn number(table: &dyn Table, field: usize, column: usize, raw_input: bool) -> Number {
    told(table, field, column, Said::default(), raw_input)
}

/// Whether prompt tokens of that name leave out those of a cache, if those are
/// counted as Anthropic does.
pub(crate) fn is_raw_input(name: &str) -> bool {
    plain(name).ends_with("input_tokens")
}

fn told(table: &dyn Table, field: usize, column: usize, said: Said, raw_input: bool) -> Number {
    let name = &table.columns()[column];
    let file = || table.seconds(column).filter(|_| field == LATENCY);
    let by = said.by.or_else(file).or(unit_of(Role::Number(field), name));
    let part = (fields::CACHE_READ..=fields::REASONING).contains(&field);
    Number {
        field,
        column,
        by: by.unwrap_or(1.0),
        beside: part && said.beside.unwrap_or(beside_by_name(name, raw_input)),
    }
}

/// Whether tokens of that name come on top of the prompt's or the answer's:
/// Anthropic counts cached tokens beside its `input_tokens`, and Gemini thoughts
/// beside its candidates. Elsewhere they are parts.
fn beside_by_name(name: &str, raw_input: bool) -> bool {
    let name = plain(name);
    let anthropic = ["cache_read_input_tokens", "cache_creation_input_tokens"];
    let ends = |end: &&str| name.ends_with(*end);
    (raw_input && anthropic.iter().any(ends)) || ends(&"thoughts_token_count")
}

impl<'t> Search<'t> {
    fn new(table: &'t dyn Table, options: &'t Options) -> Search<'t> {
        Search {
            table,
            options,
            at: [None; ROLES.len()],
            id: Vec::new(),
        }
    }
}

fn slot(role: Role) -> usize {
    ROLES.iter().position(|(r, ..)| *r == role).unwrap_or(0)
}

impl Search<'_> {
    fn by_hand(&mut self, chosen: &[(Role, String)]) -> Result<()> {
        let mut missing = Vec::new();
        for (role, name) in chosen {
            let found = self.table.find(name).map(|c| (c, Said::default()));
            let found = found.or_else(|| {
                let (column, word) = name.rsplit_once(':')?;
                Some((self.table.find(column)?, said(*role, word)?))
            });
            match (found, role) {
                (None, _) => missing.push(format!("--col-{} {name:?}", ROLES[slot(*role)].1)),
                (Some((column, _)), Role::Id) => self.id.push(column),
                (found, _) => self.at[slot(*role)] = found,
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::usage(format!(
            "{} {} not among the columns of {}: {}{}",
            missing.join(", "),
            if missing.len() == 1 { "is" } else { "are" },
            self.table.source(),
            self.table.header(),
            self.units(&missing)
        )))
    }

    /// A hint where a unit was meant and is none.
    fn units(&self, missing: &[String]) -> &'static str {
        let has = |flag: &str| missing.iter().any(|m| m.contains(flag) && m.contains(':'));
        if has("-latency") {
            "; units of a latency are s, ms, us, ns, min"
        } else if has("-tokens") {
            "; tokens are :within others or :beside them"
        } else {
            ""
        }
    }

    fn by_names(&mut self, ours: impl Fn(Role) -> bool) -> Result<()> {
        // A column chosen for one role is not found for another.
        let taken = self.at.iter().flatten().map(|(column, _)| *column);
        let taken: Vec<usize> = taken.chain(self.id.iter().copied()).collect();
        let columns = self.table.columns();
        let ignored = |c: &usize| self.options.ignore.contains(&columns[*c]);
        for (slot, (role, name, _)) in ROLES.iter().enumerate() {
            if self.at[slot].is_some() || !ours(*role) {
                continue;
            }
            let mut found = all_by_name(columns, *role);
            found.retain(|c| !taken.contains(c) && !ignored(c));
            if let (Role::Number(SCORE), [_, _, ..]) = (role, &found[..]) {
                let names: Vec<&str> = found.iter().map(|&c| columns[c].as_str()).collect();
                return Err(self.table.error(
                    found[1],
                    format!(
                        "{} could each be the {name}; say which with --col-score NAME",
                        listed(&names)
                    ),
                ));
            }
            self.at[slot] = found.first().map(|c| (*c, Said::default()));
        }
        if self.id.is_empty() {
            self.id.extend(self.at[slot(Role::Id)].map(|(c, _)| c));
        }
        Ok(())
    }

    fn has(&self, role: Role) -> bool {
        self.at[slot(role)].is_some()
    }

    fn has_query(&self) -> bool {
        !self.id.is_empty() || self.has(Role::Query) || self.has(Role::Index)
    }

    /// All that is missing, in one message.
    fn complete(&self) -> Result<()> {
        let has = |role: Role| self.has(role);
        let forced = self.options.format.is_some();
        let mut lacks = Vec::new();
        if !has(Role::Model) && self.options.model.is_none() {
            lacks.push((
                "model",
                "--col-model NAME, or --model MODEL if all rows are of one",
            ));
        }
        if !self.has_query() {
            lacks.push((
                "query (its text, or an id)",
                "--col-query NAME or --col-id NAME",
            ));
        }
        // Without scores a table adds costs, latencies or answers to a benchmark,
        // which is rare enough to be asked for by --format.
        let told = has(Role::Answer) || (0..FIELDS.len()).any(|f| has(Role::Number(f)));
        if !told || (!forced && !has(Role::Number(SCORE))) {
            lacks.push(("score", self.score_flag()));
        }
        if lacks.is_empty() {
            return Ok(());
        }
        let whats: Vec<&str> = lacks.iter().map(|(what, _)| *what).collect();
        let flags: Vec<&str> = lacks.iter().map(|(_, flag)| *flag).collect();
        Err(self.table.error(
            0,
            format!(
                "no column for the {} among {}; name it with {}",
                whats.join(", nor for the "),
                self.table.header(),
                flags.join("; ")
            ),
        ))
    }

    /// The flag that names a score; a column of several may hold JSON.
    fn score_flag(&self) -> &'static str {
        if self.table.columns().iter().any(|c| c == "scores") {
            "--col-score NAME (where \"scores\" holds JSON, --col-score /scores/NAME)"
        } else {
            "--col-score NAME"
        }
    }

    fn mapping(self) -> Mapping {
        let of = |role: Role| self.at[slot(role)].map(|(column, _)| column);
        let columns = self.table.columns();
        let raw_input =
            of(Role::Number(fields::PROMPT_TOKENS)).is_some_and(|c| is_raw_input(&columns[c]));
        let numbers = (0..FIELDS.len()).filter_map(|field| {
            let (column, said) = self.at[slot(Role::Number(field))]?;
            Some(told(self.table, field, column, said, raw_input))
        });
        let numbers: Vec<Number> = numbers.collect();
        let named = || self.options.model.clone().map(Whose::Named);
        let model = of(Role::Model).map(Whose::Of).or_else(named);
        Mapping {
            query: of(Role::Query),
            dataset: of(Role::Dataset),
            index: of(Role::Index),
            split: of(Role::Split),
            answers: model
                .into_iter()
                .map(|model| Answers {
                    model,
                    response: of(Role::Response),
                    answer: of(Role::Answer),
                    numbers: numbers.clone(),
                })
                .collect(),
            id: self.id,
        }
    }
}

/// Adds columns for the pointers named by hand that lead into cells.
pub(crate) fn point(table: &mut dyn Table, chosen: &[(Role, String)]) {
    for (role, name) in chosen {
        match name.rsplit_once(':') {
            Some((column, word)) if said(*role, word).is_some() => table.point(column),
            _ => table.point(name),
        }
    }
}

/// What a word after a column says of it.
fn said(role: Role, word: &str) -> Option<Said> {
    let part = matches!(role, Role::Number(fields::CACHE_READ..=fields::REASONING));
    match word {
        "beside" | "within" if part => Some(Said {
            beside: Some(word == "beside"),
            by: None,
        }),
        _ => Some(Said {
            by: Some(unit(role, word)?),
            beside: None,
        }),
    }
}
