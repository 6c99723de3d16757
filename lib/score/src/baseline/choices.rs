//! Which model each baseline takes: decided once, on train or on all scored
//! queries as the baseline's name says.

use crate::data::facts::{Facts, TrainSummary};
use crate::data::queries::Queries;
use crate::data::train_summary::ENOUGH_PERCENT;
use crate::replay::tally::Tally;
use crate::replay::Replay;

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
