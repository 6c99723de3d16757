//! What a baseline is.

use crate::baseline::choices::Choices;
use crate::replay::{Replay, Value};

/// One row of the table of baselines.
pub struct Baseline {
    /// The member `name` of its lines.
    pub name: &'static str,
    /// One line: what it does.
    pub definition: &'static str,
    /// What it does with a query.
    pub shape: Shape,
    /// `rb-score --seeds` tells its mean over the seeds.
    pub averaged: bool,
}

/// What a baseline does with a query, and so which members its lines have.
pub enum Shape {
    /// Every model of the pool alone: a line each.
    EachModel,
    /// One model for all queries; None: it could not be picked.
    OneModel(fn(&Choices) -> Option<usize>),
    /// By dataset: its model; None: they could not be picked.
    ByDataset(fn(&Choices) -> Option<&Vec<usize>>),
    /// A model for each query.
    ByQuery(fn(&Replay, usize) -> usize),
    /// A model drawn evenly for each query: the expectation.
    Drawn,
    /// Mixtures of single models: a curve, and no operating point.
    Mixtures,
    /// The recorded answers of routers outside the pool: a line each.
    Recorded,
    /// Made of a router, beside whose lines it stands.
    OfRouter,
}

impl Baseline {
    /// Whether it answers every query in a way of its own, which is replayed and
    /// resampled for it.
    pub fn is_policy(&self, choices: &Choices) -> bool {
        match self.shape {
            Shape::ByDataset(of) => of(choices).is_some(),
            Shape::ByQuery(_) | Shape::Drawn => true,
            _ => false,
        }
    }

    /// What it gives on query `q`, where it is a policy.
    pub fn value(&self, replay: &Replay, choices: &Choices, q: usize) -> Value {
        match self.shape {
            Shape::ByDataset(of) => of(choices).map_or(Value::default(), |of| {
                replay.call(q, of[replay.facts.scored.dataset(q)])
            }),
            Shape::ByQuery(model) => replay.call(q, model(replay, q)),
            Shape::Drawn => {
                let models = 0..replay.facts.models.len();
                Value::mean(models.map(|m| replay.call(q, m)))
            }
            _ => Value::default(),
        }
    }
}
