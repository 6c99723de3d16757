//! Which column of a long table plays which role: those named by hand, then
//! those known by their names. Two that could be the score are refused, since
//! one of them may be the right answer or a classifier's certainty.

use crate::options::Options;
use crate::tables::cells::{listed, Table};
use crate::tables::roles::{all_by_name, unit, unit_of, Role, ROLES};
use rb_record::error::{Error, Result};
use rb_record::record::OUTCOME_FIELDS;

/// A column of numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number {
    /// The outcome's field.
    pub field: usize,
    pub column: usize,
    /// What the numbers are multiplied by, to be seconds or USD.
    pub by: f64,
}

/// Which column plays which role.
#[derive(Debug, Default)]
pub(crate) struct Mapping {
    pub id: Vec<usize>,
    pub query: Option<usize>,
    /// None: all rows are of the model that was named.
    pub model: Option<usize>,
    pub response: Option<usize>,
    pub dataset: Option<usize>,
    pub index: Option<usize>,
    pub split: Option<usize>,
    pub total: Option<usize>,
    pub numbers: Vec<Number>,
}

/// The columns found so far.
struct Search<'t> {
    table: &'t dyn Table,
    options: &'t Options,
    /// By role: its column, and the factor of a unit given by hand.
    at: [Option<(usize, Option<f64>)>; ROLES.len()],
    id: Vec<usize>,
}

/// Finds the columns, those chosen by hand first. Errors: a column that is not
/// there, two that could be the score, no model, query or score.
pub(crate) fn map(
    table: &dyn Table,
    chosen: &[(Role, String)],
    options: &Options,
) -> Result<Mapping> {
    let mut search = Search {
        table,
        options,
        at: [None; ROLES.len()],
        id: Vec::new(),
    };
    search.by_hand(chosen)?;
    search.by_names()?;
    search.complete()?;
    Ok(search.mapping())
}

fn slot(role: Role) -> usize {
    ROLES.iter().position(|(r, ..)| *r == role).unwrap_or(0)
}

impl Search<'_> {
    fn by_hand(&mut self, chosen: &[(Role, String)]) -> Result<()> {
        let mut missing = Vec::new();
        for (role, name) in chosen {
            let found = self.table.find(name).map(|c| (c, None)).or_else(|| {
                let (column, word) = name.rsplit_once(':')?;
                Some((self.table.find(column)?, Some(unit(*role, word)?)))
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
        if missing
            .iter()
            .any(|m| m.contains("-latency") && m.contains(':'))
        {
            "; units of a latency are s, ms, us, ns, min"
        } else {
            ""
        }
    }

    fn by_names(&mut self) -> Result<()> {
        // A column chosen for one role is not found for another.
        let taken = self.at.iter().flatten().map(|(column, _)| *column);
        let taken: Vec<usize> = taken.chain(self.id.iter().copied()).collect();
        let columns = self.table.columns();
        let ignored = |c: &usize| self.options.ignore.contains(&columns[*c]);
        for (slot, (role, name, _)) in ROLES.iter().enumerate() {
            if self.at[slot].is_some() {
                continue;
            }
            let mut found = all_by_name(columns, *role);
            found.retain(|c| !taken.contains(c) && !ignored(c));
            if let (Role::Number(0), [_, _, ..]) = (role, &found[..]) {
                let names: Vec<&str> = found.iter().map(|&c| columns[c].as_str()).collect();
                return Err(self.table.error(
                    found[1],
                    format!(
                        "{} could each be the {name}; say which with --col-score NAME",
                        listed(&names)
                    ),
                ));
            }
            self.at[slot] = found.first().map(|c| (*c, None));
        }
        if self.id.is_empty() {
            self.id.extend(self.at[slot(Role::Id)].map(|(c, _)| c));
        }
        Ok(())
    }

    /// All that is missing, in one message.
    fn complete(&self) -> Result<()> {
        let has = |role: Role| self.at[slot(role)].is_some();
        let forced = self.options.format.is_some();
        let mut lacks = Vec::new();
        if !has(Role::Model) && self.options.model.is_none() {
            lacks.push((
                "model",
                "--col-model NAME, or --model MODEL if all rows are of one",
            ));
        }
        if self.id.is_empty() && !has(Role::Query) && !has(Role::Index) {
            lacks.push((
                "query (its text, or an id)",
                "--col-query NAME or --col-id NAME",
            ));
        }
        // Without scores a table adds costs or latencies to a benchmark, which
        // is rare enough to be asked for by --format.
        let numbers = (0..OUTCOME_FIELDS.len()).any(|f| has(Role::Number(f)));
        if !numbers || (!forced && !has(Role::Number(0))) {
            lacks.push(("score", "--col-score NAME"));
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

    fn mapping(self) -> Mapping {
        let of = |role: Role| self.at[slot(role)].map(|(column, _)| column);
        let columns = self.table.columns();
        let numbers = (0..OUTCOME_FIELDS.len()).filter_map(|field| {
            let role = Role::Number(field);
            let (column, by) = self.at[slot(role)]?;
            Some(Number {
                field,
                column,
                by: by.or(unit_of(role, &columns[column])).unwrap_or(1.0),
            })
        });
        Mapping {
            query: of(Role::Query),
            model: of(Role::Model),
            response: of(Role::Response),
            dataset: of(Role::Dataset),
            index: of(Role::Index),
            split: of(Role::Split),
            total: of(Role::TotalTokens),
            numbers: numbers.collect(),
            id: self.id,
        }
    }
}

impl Mapping {
    /// The columns that are read.
    pub(crate) fn wanted(&self, responses: bool) -> Vec<usize> {
        let mut wanted = self.id.clone();
        let single = [
            self.query,
            self.dataset,
            self.index,
            self.model,
            self.split,
            self.total,
            self.response.filter(|_| responses),
        ];
        wanted.extend(single.into_iter().flatten());
        wanted.extend(self.numbers.iter().map(|n| n.column));
        wanted
    }

    /// Which column was taken for what, and which are not read.
    pub(crate) fn told(&self, table: &dyn Table, responses: bool) -> String {
        let columns = table.columns();
        let mut told = Vec::new();
        let mut tell = |role: &str, column: usize, unit: &str| {
            told.push(format!("{role}={}{unit}", columns[column]));
        };
        let single = [
            ("model", self.model),
            ("query", self.query),
            ("dataset", self.dataset),
            ("split", self.split),
            ("index", self.index),
            ("response", self.response.filter(|_| responses)),
        ];
        self.id.iter().for_each(|&c| tell("id", c, ""));
        for (role, column) in single {
            if let Some(column) = column {
                tell(role, column, "");
            }
        }
        for n in &self.numbers {
            let (name, ..) = OUTCOME_FIELDS[n.field];
            let unit = match (name, n.by == 1.0) {
                ("latency" | "cost", false) => format!(" (times {:e})", n.by),
                ("latency", true) => " (seconds)".into(),
                ("cost", true) => " (USD)".into(),
                _ => String::new(),
            };
            tell(name, n.column, &unit);
        }
        if let Some(column) = self.total {
            tell("total_tokens", column, "");
        }
        let wanted = self.wanted(responses);
        let within = |c: usize| {
            let inner = format!("/{}/", columns[c]);
            wanted.iter().any(|&w| columns[w].starts_with(&inner))
        };
        let unread = (0..columns.len())
            .filter(|c| !wanted.contains(c) && !columns[*c].is_empty())
            .filter(|&c| !columns[c].starts_with('/') && !within(c));
        let unread: Vec<&str> = unread.map(|c| columns[c].as_str()).collect();
        let mut text = format!("read {}", told.join(", "));
        if !unread.is_empty() {
            const MOST: usize = 20;
            text.push_str("; not read: ");
            text.push_str(&unread[..unread.len().min(MOST)].join(", "));
            if unread.len() > MOST {
                text.push_str(&format!(", … ({} in all)", unread.len()));
            }
        }
        text
    }
}
