//! The facts of a stream: every query reduced to numbers, sorted by (unit,
//! id), every name sorted and numbered, so that nothing that follows depends
//! on the order of the lines.
//!
//! Scored queries keep their outcomes and routes, training queries are summed
//! up; texts are gone. Memory a scored query: 12 bytes, 16 a model (8 more
//! for latency, 8 for tokens), 8 a router and 12 a step. `collect` makes them.

use crate::record::Split;
pub(crate) use crate::resource::Known;
pub use crate::resource::{Resource, RESOURCES};
use crate::table::Grid;
pub use crate::trained::Trained;

/// What is known of outcomes: grids of queries × models.
#[derive(Debug, Clone)]
pub struct Outcomes {
    pub score: Grid,
    pub resource: [Grid; RESOURCES.len()],
    /// What quality is traded against.
    pub against: Resource,
}

impl Outcomes {
    pub(crate) fn unknown(rows: usize, columns: usize) -> Outcomes {
        Outcomes {
            score: Grid::unknown(rows, columns),
            resource: std::array::from_fn(|_| Grid::unknown(rows, columns)),
            against: Resource::Cost,
        }
    }
    pub(crate) fn set(&mut self, row: usize, column: usize, known: &Known) {
        if let Some(score) = known[0] {
            self.score.set(row, column, score);
        }
        for (grid, value) in self.resource.iter_mut().zip(&known[1..]) {
            if let Some(value) = value {
                grid.set(row, column, *value);
            }
        }
    }
    /// What quality is traded against: USD, unless `against` says otherwise.
    pub fn cost(&self) -> &Grid {
        &self.resource[self.against as usize]
    }
}

/// The queries of one split, by (unit, id).
#[derive(Debug, Clone)]
pub struct Part {
    pub unit: Vec<u64>,
    /// Places in [`Facts::datasets`].
    pub(crate) datasets: Vec<u32>,
    /// n×K.
    pub outcomes: Outcomes,
}

impl Part {
    /// Of `queries` queries over `models` models, none of them there yet.
    pub(crate) fn with_capacity(queries: usize, models: usize) -> Part {
        Part {
            unit: Vec::with_capacity(queries),
            datasets: Vec::with_capacity(queries),
            outcomes: Outcomes::unknown(queries, models),
        }
    }
    pub fn len(&self) -> usize {
        self.unit.len()
    }
    pub fn is_empty(&self) -> bool {
        self.unit.is_empty()
    }
    /// The place of query `q`'s dataset in [`Facts::datasets`].
    pub fn dataset(&self, q: usize) -> usize {
        self.datasets[q] as usize
    }
}

/// What is done with a query: the models called and paid for, and the one
/// whose answer is kept, as places in [`Facts::models`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    pub called: Vec<usize>,
    pub kept: usize,
}

/// One router's steps on every scored query, laid end to end.
#[derive(Debug, Clone)]
pub struct Routes {
    /// n + 1 places in `alpha` and `path`; an empty range: not routed.
    start: Vec<usize>,
    alpha: Vec<f64>,
    path: Vec<u32>,
}

impl Routes {
    /// No query yet.
    pub(crate) fn with_capacity(queries: usize) -> Routes {
        let mut start = Vec::with_capacity(queries + 1);
        start.push(0);
        Routes {
            start,
            alpha: Vec::new(),
            path: Vec::new(),
        }
    }

    /// A step of the query at hand.
    pub(crate) fn push(&mut self, alpha: f64, path: u32) {
        self.alpha.push(alpha);
        self.path.push(path);
    }

    /// Goes on to the next query.
    pub(crate) fn end_query(&mut self) {
        self.start.push(self.alpha.len());
    }

    /// The alphas from which each path holds on query `q`; no step at all
    /// where the router has no route.
    pub fn steps(&self, q: usize) -> impl Iterator<Item = (f64, usize)> + '_ {
        let range = self.start[q]..self.start[q + 1];
        self.alpha[range.clone()]
            .iter()
            .zip(&self.path[range])
            .map(|(a, p)| (*a, *p as usize))
    }
    pub fn is_routed(&self, q: usize) -> bool {
        self.start[q] < self.start[q + 1]
    }

    /// How many steps there are on all queries.
    pub fn len(&self) -> usize {
        self.alpha.len()
    }
    pub fn is_empty(&self) -> bool {
        self.alpha.is_empty()
    }

    /// The path that query `q` takes at `alpha`; None: not routed.
    pub fn at(&self, q: usize, alpha: f64) -> Option<usize> {
        let range = self.start[q]..self.start[q + 1];
        let steps = self.alpha[range.clone()].partition_point(|a| *a <= alpha);
        let step = steps.checked_sub(1)?;
        Some(self.path[range][step] as usize)
    }
}

/// The queries that share a value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The field as typed, and its value as JSON.
    pub field: String,
    pub value: String,
    /// Places in [`Facts::scored`], ascending.
    pub queries: Vec<usize>,
}

/// Everything that scoring knows.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The pool: every model with a known score anywhere in the stream.
    pub models: Vec<String>,
    pub datasets: Vec<String>,
    pub routers: Vec<String>,
    /// By router: it knew the scores, so it is never compared.
    pub oracle: Vec<bool>,
    pub references: Vec<String>,
    pub paths: Vec<Path>,
    pub groups: Vec<Group>,
    /// The split that is scored; None: no record had one, and all are scored.
    pub split: Option<Split>,
    pub scored: Part,
    pub train: Trained,
    /// The val split with its routes, as facts of their own (same models,
    /// datasets, routers and paths; no train, no groups). None: no val split,
    /// no route on it, or it is what is scored.
    pub val: Option<Box<Facts>>,
    /// One a router.
    pub routes: Vec<Routes>,
    /// n×R, of the scored queries.
    pub reference: Outcomes,
}

impl Facts {
    /// About how many bytes of memory these and their scoring take at most:
    /// facts, means by dataset, and for each thread the curve at hand with its
    /// points.
    pub fn memory(&self, threads: usize) -> usize {
        // A query that is listed; one on a curve; a change with its point.
        const LISTED: usize = 8;
        const ON_CURVE: usize = 24;
        const CHANGE: usize = 24 + 64;
        // The means of a model on a dataset, held a few times.
        const MEANS: usize = 3 * 112;
        let n = self.scored.len();
        let outcomes = [&self.scored.outcomes, &self.reference].map(|outcomes| {
            let grids = outcomes.resource.iter().chain([&outcomes.score]);
            grids.map(Grid::bytes).sum::<usize>()
        });
        let routes = (self.routes.iter()).map(|r| 8 * n + 12 * r.len());
        let curves = self.routes.iter().map(|r| ON_CURVE * n + CHANGE * r.len());
        let curves = threads.min(self.routes.len()) * curves.max().unwrap_or(0);
        let own = (12 + LISTED) * n + outcomes[0] + outcomes[1] + routes.sum::<usize>();
        let means = MEANS * self.datasets.len() * self.models.len() + self.train.bytes();
        own + curves + means + self.val.as_ref().map_or(0, |val| val.memory(0))
    }

    /// Trades quality against another resource than cost, everywhere that
    /// cost decides: hulls, areas, savings, ties, lambda.
    pub fn trade_against(&mut self, resource: Resource) {
        let scored = &mut self.scored.outcomes;
        for outcomes in [scored, &mut self.reference] {
            outcomes.against = resource;
        }
        self.train.against = resource;
        if let Some(val) = &mut self.val {
            val.trade_against(resource);
        }
    }
}
