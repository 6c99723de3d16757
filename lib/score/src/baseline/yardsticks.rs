//! The baselines' means over some queries, which metrics compare with.

use crate::baseline::choices::{oracle, Choices};
use crate::data::queries::Queries;
use crate::replay::curve::Mix;
use crate::replay::tally::Tally;
use crate::replay::{Replay, Value};
use rb_record::hull::Point;

/// The baselines' means over some queries.
#[derive(Debug)]
pub struct Yardsticks {
    /// One a model of the pool.
    pub singles: Vec<Tally>,
    /// A model drawn evenly: the expectation.
    pub random: Tally,
    /// None: it could not be picked.
    pub best_single: Option<Tally>,
    /// The best on the scored queries.
    pub best_on_test: Tally,
    /// For each dataset the best model on train.
    pub expert: Option<Tally>,
    /// For each dataset the best model on the scored queries.
    pub dataset_oracle: Tally,
    /// For each query the best known score.
    pub oracle: Tally,
}

impl Yardsticks {
    /// Over `queries`, with the choices made on all.
    pub fn new(replay: &Replay, choices: &Choices, queries: &Queries) -> Yardsticks {
        let singles = Tally::of_models(replay, queries);
        let k = singles.len();
        let scored = &replay.facts.scored;
        let by_dataset =
            |of: &Vec<usize>| Tally::of(replay, queries, |q| replay.call(q, of[scored.dataset(q)]));
        Yardsticks {
            random: Tally::of(replay, queries, |q| {
                Value::mean((0..k).map(|m| replay.call(q, m)))
            }),
            best_single: choices.best_single.map(|m| singles[m].clone()),
            best_on_test: singles[choices.best_on_test].clone(),
            expert: choices.expert.as_ref().map(by_dataset),
            dataset_oracle: by_dataset(&choices.dataset_oracle),
            oracle: Tally::of(replay, queries, |q| replay.call(q, oracle(replay, q))),
            singles,
        }
    }

    /// The single models as points, where costs are known.
    pub fn points(&self) -> Vec<Point> {
        points(&self.singles, Tally::cost, Tally::quality)
    }

    /// The same as means over datasets.
    pub fn points_macro(&self) -> Vec<Point> {
        points(&self.singles, Tally::cost_macro, Tally::quality_macro)
    }
}

fn points(
    tallies: &[Tally],
    cost: impl Fn(&Tally) -> Option<f64>,
    quality: impl Fn(&Tally) -> Option<f64>,
) -> Vec<Point> {
    tallies
        .iter()
        .filter_map(|t| {
            Some(Point {
                cost: cost(t)?,
                quality: quality(t)?,
            })
        })
        .collect()
}

/// How often each model answers when `model` says which one a query gets.
pub fn mix(replay: &Replay, queries: &Queries, model: impl Fn(usize) -> usize) -> Mix {
    let mut mix = Mix::new(replay.facts.models.len());
    for q in queries.iter() {
        let model = model(q);
        mix.kept[model] += 1;
        mix.called[model] += 1;
    }
    mix
}
