//! Truth: what models really scored and cost on the queries that are routed,
//! for oracles alone.
//!
//! An oracle is a router whose row in the table of routers says so. It is
//! handed a batch with its truth; every other router is handed one without
//! (`Batch::truth` is None), so it cannot see a score. What an oracle routes is
//! marked where it stands (record/route.rs) and is never compared.

use crate::table::grid::Grid;
use rb_record::error::{Error, Result};
use rb_record::record::resource::Resource;
use rb_record::record::{Outcome, Record};
use std::collections::BTreeMap;

/// The outcomes that a record holds.
pub type Known = Vec<(String, Outcome)>;

/// The scores and costs of a batch's queries.
#[derive(Debug, Clone, Copy)]
pub struct Truth<'a> {
    score: &'a Grid,
    cost: &'a Grid,
    first: usize,
}

impl<'a> Truth<'a> {
    /// Each grid: one row a query of the batch, one column a model.
    pub fn of(score: &'a Grid, cost: &'a Grid) -> Truth<'a> {
        Truth {
            score,
            cost,
            first: 0,
        }
    }

    /// That of the queries from `i` on.
    pub fn from(self, i: usize) -> Truth<'a> {
        Truth {
            first: self.first + i,
            ..self
        }
    }

    /// 0..1; None where it is unknown.
    pub fn score(&self, query: usize, model: usize) -> Option<f64> {
        self.score.get(self.first + query, model)
    }

    /// In the unit of what quality is traded against.
    pub fn cost(&self, query: usize, model: usize) -> Option<f64> {
        self.cost.get(self.first + query, model)
    }
}

/// The truth of some queries, held together; [`Truth`] is its view.
pub struct OracleGrids {
    score: Grid,
    cost: Grid,
}

impl OracleGrids {
    /// That of `rows` over `models`; other models are left out.
    pub fn new<'r>(
        rows: impl ExactSizeIterator<Item = &'r Known>,
        models: &[String],
        against: Resource,
    ) -> OracleGrids {
        let place: BTreeMap<&str, usize> = models.iter().map(String::as_str).zip(0..).collect();
        let mut score = Grid::unknown(rows.len(), models.len());
        let mut cost = score.clone();
        for (i, row) in rows.enumerate() {
            for (name, outcome) in row {
                let Some(&m) = place.get(name.as_str()) else {
                    continue;
                };
                if let Some(s) = outcome.score {
                    score.set(i, m, s);
                }
                if let Some(c) = spent(outcome, against) {
                    cost.set(i, m, c);
                }
            }
        }
        OracleGrids { score, cost }
    }

    /// What an oracle is handed.
    pub fn view(&self) -> Truth<'_> {
        Truth::of(&self.score, &self.cost)
    }
}

fn spent(outcome: &Outcome, against: Resource) -> Option<f64> {
    match against {
        Resource::Cost => outcome.cost,
        Resource::Latency => outcome.latency,
        Resource::Tokens => Some(outcome.prompt_tokens? + outcome.completion_tokens?),
    }
}

/// The outcomes of a record that an oracle is to route: a score must stand there.
pub fn required(record: &Record) -> Result<Known> {
    let found = record.outcomes()?;
    if found.iter().any(|(_, o)| o.score.is_some()) {
        return Ok(found
            .into_iter()
            .map(|(m, o)| (m.into_owned(), o))
            .collect());
    }
    let fault = "no outcome has a score (outcomes.MODEL.score, 0..1), and this router is an oracle, which reads the scores of the models it calls: it replays a benchmark and cannot route new queries; import the scores, or choose another router";
    Err(match record.raw("outcomes") {
        Some(raw) => record.error_at(raw, fault),
        None => Error::input(fault).at(record.line().place(0)),
    })
}
