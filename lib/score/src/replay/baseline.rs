//! The baselines that every result is printed with: what one could do without
//! a router, and what no router can exceed.
//!
//! Choices (which model, for which dataset) are made once, on train or on all
//! scored queries as the name says; a group or a router that routes only some
//! queries sees the same choices averaged over its own queries.

use crate::data::facts::{Facts, TrainSummary};
use crate::data::queries::Queries;
use crate::data::train_summary::ENOUGH_PERCENT;
use crate::replay::curve::Mix;
use crate::replay::tally::Tally;
use crate::replay::{Mean, Replay, Value};
use rb_record::hull::Point;
use std::collections::BTreeMap;

/// Name and definition of every baseline, in the order they are written.
pub const BASELINES: [(&str, &str); 11] = [
    ("model", "each model of the pool alone"),
    ("best-single", "the model with the best mean score on train, among those with outcomes on at least 95 % of it; ties to the cheaper"),
    ("best-single-on-test", "the best model picked on the scored queries themselves, as published tables do"),
    ("random", "a model drawn uniformly from the pool for every query: the expectation"),
    ("zero", "mixtures of single models: the hull of their points (RouterBench's Zero router)"),
    ("dataset-expert", "for each dataset the best model on train"),
    ("dataset-oracle", "for each dataset the best model on the scored queries"),
    ("oracle", "for each query the best recorded score, the cheapest among ties"),
    ("reference", "the recorded answers of another router, outside the pool"),
    ("shuffle", "a router's own mix dealt out blindly over all queries: the expectation"),
    ("shuffle-within", "a router's own mix of each dataset dealt out blindly within it: the expectation"),
];

/// How best-single was picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickedBy {
    /// By its mean, among models known on enough of train.
    Mean,
    /// No model is known on enough of it: by differences on common queries.
    CommonQueries,
    /// No two models have a query in common: by the means a dataset, shrunk and
    /// weighted by the datasets' shares of train.
    Datasets,
    /// The user named it.
    User,
}

/// What the user decides of the choices.
#[derive(Debug, Clone, Copy, Default)]
pub struct Picking {
    /// The model named as best-single.
    pub best_single: Option<usize>,
    /// Only training queries on which every model has a score count.
    pub complete_only: bool,
}

/// Which model each baseline takes, as places in the pool.
#[derive(Debug)]
pub struct Choices {
    /// None: no train split, or no model with outcomes on enough of it.
    pub best_single: Option<usize>,
    /// How; None where there is none.
    pub picked_by: Option<PickedBy>,
    /// The best on the scored queries.
    pub best_on_test: usize,
    /// By dataset (any model for one that is not scored). A dataset that train
    /// lacks gets the best single.
    pub expert: Option<Vec<usize>>,
    /// By dataset.
    pub dataset_oracle: Vec<usize>,
    /// Every model alone on the scored queries.
    pub singles: Vec<Tally>,
}

impl Choices {
    /// `queries` are those that are scored.
    pub fn new(replay: &Replay, queries: &Queries, picking: Picking) -> Choices {
        let facts = replay.facts;
        let train = if picking.complete_only {
            &facts.complete_train
        } else {
            &facts.train
        };
        let picked = best_single(train, picking.best_single);
        let best_single = picked.map(|(m, _)| m);
        let singles = Tally::of_models(replay, queries);
        let occurs = |d: usize| singles[0].n_of(d) > 0;
        let expert = (0..facts.datasets.len())
            .map(|d| {
                if !occurs(d) {
                    return Some(0);
                }
                best_on_train(train, Some(d)).or(best_single)
            })
            .collect();
        let best = |quality: &dyn Fn(&Tally) -> f64, cost: &dyn Fn(&Tally) -> Option<f64>| {
            best_of(singles.iter().map(|t| Some((quality(t), cost(t))))).unwrap_or(0)
        };
        Choices {
            best_single,
            picked_by: picked.map(|(_, by)| by),
            best_on_test: best(&|t| t.quality().unwrap_or(0.0), &Tally::cost),
            expert: if train.is_empty() { None } else { expert },
            dataset_oracle: (0..facts.datasets.len())
                .map(|d| {
                    if occurs(d) {
                        best(&|t| t.quality_on(d), &|t| t.cost_on(d))
                    } else {
                        0
                    }
                })
                .collect(),
            singles,
        }
    }
}

/// The mean train cost of the dearest model, the scale of lambda.
pub fn cost_scale(facts: &Facts) -> Option<f64> {
    (0..facts.models.len())
        .filter_map(|m| Some(facts.train.cost(None, m)?.0))
        .reduce(f64::max)
}

/// The place of the best (quality, cost): ties go to the lower cost, an
/// unknown cost last, then to the earlier.
fn best_of(all: impl Iterator<Item = Option<(f64, Option<f64>)>>) -> Option<usize> {
    let cost = |c: Option<f64>| c.unwrap_or(f64::INFINITY);
    let mut best: Option<(usize, (f64, f64))> = None;
    for (m, entry) in all.enumerate() {
        let Some((quality, c)) = entry else { continue };
        let better =
            best.is_none_or(|(_, (q, least))| quality > q || (quality == q && cost(c) < least));
        if better {
            best = Some((m, (quality, cost(c))));
        }
    }
    best.map(|(m, _)| m)
}

/// The best model on the training queries of a dataset (None: on all), among
/// those known on enough of them.
fn best_on_train(train: &TrainSummary, dataset: Option<usize>) -> Option<usize> {
    best_of((0..train.models()).map(|m| {
        let (quality, n) = train.score(dataset, m)?;
        let enough = n * 100 >= train.n_of(dataset) * ENOUGH_PERCENT;
        enough.then(|| (quality, train.cost(dataset, m).map(|(c, _)| c)))
    }))
}

/// The best single model of train; None: no train, or nothing known of it.
pub fn best_single(train: &TrainSummary, named: Option<usize>) -> Option<(usize, PickedBy)> {
    if let Some(named) = named {
        return Some((named, PickedBy::User));
    }
    if let Some(best) = best_on_train(train, None) {
        return Some((best, PickedBy::Mean));
    }
    let cost = |m: usize| train.cost(None, m).map(|(c, _)| c);
    let ratings = train.common.as_ref()?.ratings();
    let rated = ratings.iter().enumerate();
    if let Some(best) = best_of(rated.map(|(m, rating)| Some(((*rating)?, cost(m))))) {
        return Some((best, PickedBy::CommonQueries));
    }
    let adjusted = (0..train.models()).map(|m| Some((train.adjusted_score(m)?, cost(m))));
    Some((best_of(adjusted)?, PickedBy::Datasets))
}

/// The best known score on query `q`, the cheapest among ties; where nothing
/// is known, the first model, whose call is then missing like any other.
pub fn oracle(replay: &Replay, q: usize) -> usize {
    best_of((0..replay.facts.models.len()).map(|m| {
        let call = replay.call(q, m);
        (call.unknown == 0.0).then(|| (call.score, Some(call.spent(replay.against()))))
    }))
    .unwrap_or(0)
}

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

/// What each path gives on average on each dataset, so that a mix of paths can
/// be dealt out without looking at the query.
#[derive(Debug)]
pub struct Blind {
    /// By path: the mean over all queries.
    anywhere: BTreeMap<usize, Value>,
    /// By path and dataset.
    within: BTreeMap<(usize, usize), Value>,
}

impl Blind {
    /// `paths` are those the router takes anywhere on its curve.
    pub fn new(replay: &Replay, queries: &Queries, paths: &[usize]) -> Blind {
        let scored = &replay.facts.scored;
        let mut blind = Blind {
            anywhere: BTreeMap::new(),
            within: BTreeMap::new(),
        };
        for &path in paths {
            let mut all = Mean::default();
            let mut within = vec![Mean::default(); replay.facts.datasets.len()];
            for q in queries.iter() {
                let value = replay.path(q, path);
                all.add(&value);
                within[scored.dataset(q)].add(&value);
            }
            blind.anywhere.insert(path, all.value().unwrap_or_default());
            let within = within.iter().enumerate();
            let within = within.filter_map(|(d, mean)| Some(((path, d), mean.value()?)));
            blind.within.extend(within);
        }
        blind
    }

    /// What `path` gives on a query drawn from all.
    pub fn anywhere(&self, path: usize) -> Value {
        self.anywhere[&path]
    }

    /// What `path` gives on a query drawn from `dataset`.
    pub fn within(&self, path: usize, dataset: usize) -> Value {
        self.within[&(path, dataset)]
    }

    /// The mix of `counts` (path → queries) dealt out over all of `queries`.
    pub fn dealt(
        &self,
        replay: &Replay,
        queries: &Queries,
        counts: &BTreeMap<usize, usize>,
    ) -> Tally {
        let mut tally = Tally::empty(replay, queries);
        for d in tally.datasets.clone() {
            let share = tally.n_of(d) as f64 / queries.len() as f64;
            for (path, count) in counts {
                tally.add(d, &self.within(*path, d), share * *count as f64);
            }
        }
        tally
    }
}
