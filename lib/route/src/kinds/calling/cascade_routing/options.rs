//! What is known of a query before any call, and what may be done next.

use crate::router::{Action, Estimates};
use rb_record::policy::Expected;

/// What is known of a query before any call.
pub struct Query {
    /// p of all models.
    pub p: Vec<f64>,
    /// p of the models of the pool.
    pub pool_p: Vec<f64>,
    /// g of all models.
    pub g: Vec<f64>,
    /// Its likeliest dataset.
    pub dataset: usize,
    /// G.
    pub scale: f64,
}

impl Query {
    /// Query `i` of those that were expected of; `pool`: places of models.
    pub fn of(e: &Estimates, i: usize, dataset: usize, pool: &[usize]) -> Query {
        Query {
            p: e.p.row(i).to_vec(),
            pool_p: pool.iter().map(|&m| e.p[[i, m]]).collect(),
            g: e.g.row(i).to_vec(),
            dataset,
            scale: e.scale,
        }
    }
}

/// The plans that may be followed, in the order in which they win ties.
pub struct Options {
    /// Expected quality of each.
    pub value: Vec<f64>,
    /// Expected cost still to come of each.
    pub cost: Vec<f64>,
    /// What each does next.
    pub action: Vec<Action>,
    /// G.
    pub scale: f64,
}

impl Options {
    /// None yet.
    pub fn none(scale: f64) -> Options {
        Options {
            value: Vec::new(),
            cost: Vec::new(),
            action: Vec::new(),
            scale,
        }
    }

    /// One more.
    pub fn add(&mut self, value: f64, cost: f64, action: Action) {
        self.value.push(value);
        self.cost.push(cost);
        self.action.push(action);
    }

    /// What the shared rule reads.
    pub fn rule(&self) -> Expected<'_> {
        Expected {
            p: &self.value,
            g: &self.cost,
            scale: self.scale,
        }
    }
}
