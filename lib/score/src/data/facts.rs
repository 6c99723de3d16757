//! The facts of a stream: every query reduced to numbers, sorted by (unit,
//! id), every name sorted and numbered, so that nothing that follows depends
//! on the order of the lines.
//!
//! Scored queries keep their outcomes and routes, training queries are summed
//! up; texts are gone. A scored query takes 12 bytes, 8 a model or reference for
//! each of score, cost, latency, tokens and answer that occurs, 8 a router and 12 a step,
//! 4 a field of `--by`: in memory while there is memory, else in pages of a
//! temporary file, so reading any of it must be within `pages::guard`. `collect`
//! makes them.

use crate::data::logged::Log;
use crate::data::outcomes::Outcomes;
use crate::data::queries::Queries;
pub use crate::data::train_summary::TrainSummary;
pub use rb_record::record::resource::{Resource, RESOURCES};
use rb_record::record::Split;
use rb_store::column::Column;
use rb_store::pages::Pager;
use std::ops::Range;

/// The queries of one split, by (unit, id).
#[derive(Debug)]
pub struct Part {
    pub(crate) unit: Column<u64>,
    /// Places in [`Facts::datasets`].
    pub(crate) datasets: Column<u32>,
    /// What each model of the pool did.
    pub outcomes: Outcomes,
}

impl Part {
    /// How many queries there are.
    pub fn len(&self) -> usize {
        self.unit.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.unit.is_empty()
    }
    /// The unit of query `q`: a hash of its prompt.
    pub fn unit(&self, q: usize) -> u64 {
        self.unit.get(q)
    }
    /// The place of query `q`'s dataset in [`Facts::datasets`].
    pub fn dataset(&self, q: usize) -> usize {
        self.datasets.get(q) as usize
    }
}

/// What is done with a query: the models called and paid for, and the one
/// whose answer is kept, as places in [`Facts::models`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// In the order of the calls.
    pub called: Vec<usize>,
    /// One of those called.
    pub kept: usize,
}

/// One router's steps on every scored query, laid end to end.
#[derive(Debug)]
pub struct Routes {
    /// n + 1 places in `alpha` and `path`; an empty range: not routed.
    start: Column<u64>,
    alpha: Column<f64>,
    path: Column<u32>,
    /// By query up to the last that has one: the score expected at alpha 1, NaN where
    /// it is not told.
    expected: Column<f64>,
}

impl Routes {
    /// No query yet.
    pub(crate) fn with_capacity(pager: &Pager, queries: usize) -> Routes {
        let mut start = Column::with_capacity(pager, queries + 1);
        start.push(0);
        Routes {
            start,
            alpha: Column::new(pager),
            path: Column::new(pager),
            expected: Column::new(pager),
        }
    }

    /// A step of the query at hand.
    pub(crate) fn push(&mut self, alpha: f64, path: u32) {
        self.alpha.push(alpha);
        self.path.push(path);
    }

    /// The score that is expected of the query at hand.
    pub(crate) fn expect(&mut self, score: f64) {
        let query = self.start.len() - 1;
        while self.expected.len() < query {
            self.expected.push(f64::NAN);
        }
        self.expected.push(score);
    }

    /// The score that the router expects of the answer it keeps at alpha 1; None: it
    /// was not told.
    pub fn expected(&self, q: usize) -> Option<f64> {
        let told = (q < self.expected.len()).then(|| self.expected.get(q));
        told.filter(|score| !score.is_nan())
    }

    /// Goes on to the next query.
    pub(crate) fn end_query(&mut self) {
        self.start.push(self.alpha.len() as u64);
    }

    /// The alphas from which each path holds on query `q`; no step at all
    /// where the router has no route.
    pub fn steps(&self, q: usize) -> impl Iterator<Item = (f64, usize)> + '_ {
        self.range(q)
            .map(|step| (self.alpha.get(step), self.path.get(step) as usize))
    }
    /// Whether the router has a route for query `q`.
    pub fn is_routed(&self, q: usize) -> bool {
        !self.range(q).is_empty()
    }

    fn range(&self, q: usize) -> Range<usize> {
        let mut ends = [0; 2];
        self.start.get_all(q, &mut ends);
        ends[0] as usize..ends[1] as usize
    }

    /// The path that query `q` takes at `alpha`; None: not routed.
    pub fn at(&self, q: usize, alpha: f64) -> Option<usize> {
        let range = self.range(q);
        let first = range.start;
        let next = self.alpha.partition_point(range, |a| a <= alpha);
        (next > first).then(|| self.path.get(next - 1) as usize)
    }
}

/// The queries that share a value of a field.
#[derive(Debug)]
pub struct Group {
    /// The field as typed, and its value as JSON.
    pub field: String,
    /// As JSON.
    pub value: String,
    /// Places in [`Facts::scored`].
    pub queries: Queries,
}

/// Everything that scoring knows.
#[derive(Debug)]
pub struct Facts {
    /// For these, and for whatever is made of them.
    pub pager: Pager,
    /// The pool: every model with a known score anywhere in the stream.
    pub models: Vec<String>,
    /// By name, as all names here.
    pub datasets: Vec<String>,
    /// Every router that routes a query which is read.
    pub routers: Vec<String>,
    /// The embedders named by queries that may be scored, by name.
    pub embedders: Vec<String>,
    /// By router: it knew the scores, so it is never compared.
    pub oracle: Vec<bool>,
    /// Routers of which recorded answers are known.
    pub references: Vec<String>,
    /// Every path of any route, each once.
    pub paths: Vec<Path>,
    /// Of every field of `--by`.
    pub groups: Vec<Group>,
    /// The split that is scored; None: no record had one, and all are scored.
    pub split: Option<Split>,
    /// The queries that are scored.
    pub scored: Part,
    /// What is known of the training queries.
    pub train: TrainSummary,
    /// The same of the training queries on which every model has a score.
    pub complete_train: TrainSummary,
    /// The val split with its routes, as facts of their own (same models,
    /// datasets, routers and paths; no train, no groups). None: no val split,
    /// no route on it, or it is what is scored.
    pub val: Option<Box<Facts>>,
    /// One a router.
    pub routes: Vec<Routes>,
    /// Of the scored queries; None: the stream is no log.
    pub log: Option<Log>,
    /// Of the references on the scored queries.
    pub reference: Outcomes,
}

impl Facts {
    /// Trades quality against another resource than cost, everywhere that
    /// cost decides: hulls, areas, savings, ties, lambda.
    pub fn trade_against(&mut self, resource: Resource) {
        let scored = &mut self.scored.outcomes;
        for outcomes in [scored, &mut self.reference] {
            outcomes.against = resource;
        }
        self.train.against = resource;
        self.complete_train.against = resource;
        if let Some(val) = &mut self.val {
            val.trade_against(resource);
        }
    }
}
