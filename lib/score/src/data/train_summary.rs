//! What scoring knows of the training queries: no query, only how many there
//! are, and each model's known values summed by dataset and over all.
//!
//! Sums are taken in the order of (unit, id), so they do not depend on the
//! order of the lines.

use crate::data::common_queries::CommonQueries;
use crate::data::outcomes::Known;
use crate::statistics::sum::Sum;
use rb_record::record::resource::{Resource, RESOURCES};

/// The share of train on which a model's score must be known for its mean to be
/// compared with others'.
pub const ENOUGH_PERCENT: usize = 95;

/// A dataset's mean of so few scores weighs as much as the model's own mean.
const SHRUNK_BY: f64 = 8.0;

/// Known values of one model: how many, and their sum.
#[derive(Debug, Clone, Copy, Default)]
struct Total {
    n: usize,
    sum: Sum,
}

/// What has a mean: score, cost, latency, tokens.
const FIELDS: usize = 1 + RESOURCES.len();
/// Of every model.
type Totals = Vec<[Total; FIELDS]>;

/// Training queries, summed up.
#[derive(Debug, Clone)]
pub struct TrainSummary {
    n: usize,
    all: Totals,
    /// By dataset: its queries and its models' values.
    of: Vec<(usize, Totals)>,
    /// Only where no model is known on enough of train; see [`ENOUGH_PERCENT`].
    pub(crate) common: Option<CommonQueries>,
    /// What quality is traded against.
    pub(crate) against: Resource,
}

impl TrainSummary {
    /// Of nothing yet.
    pub(crate) fn new(datasets: usize, models: usize) -> TrainSummary {
        let totals = vec![[Total::default(); FIELDS]; models];
        TrainSummary {
            n: 0,
            of: vec![(0, totals.clone()); datasets],
            all: totals,
            common: None,
            against: Resource::Cost,
        }
    }

    /// The next query, in order, of the dataset at that place.
    pub(crate) fn add(&mut self, dataset: usize, known: &[(usize, Known)]) {
        self.n += 1;
        if let Some(common) = &mut self.common {
            common.add(known);
        }
        let (n, of) = &mut self.of[dataset];
        *n += 1;
        for (m, known) in known.iter().copied() {
            for (field, value) in known.into_iter().take(FIELDS).enumerate() {
                let Some(value) = value else { continue };
                for total in [&mut self.all[m][field], &mut of[m][field]] {
                    total.n += 1;
                    total.sum.add(value);
                }
            }
        }
    }

    /// K, the number of models.
    pub fn models(&self) -> usize {
        self.all.len()
    }
    /// The number of queries.
    pub fn len(&self) -> usize {
        self.n
    }
    /// Whether there is no training query.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }
    /// Queries of a dataset; None: of all.
    pub fn n_of(&self, dataset: Option<usize>) -> usize {
        dataset.map_or(self.n, |d| self.of[d].0)
    }

    fn mean(&self, dataset: Option<usize>, model: usize, field: usize) -> Option<(f64, usize)> {
        let totals = dataset.map_or(&self.all, |d| &self.of[d].1);
        let Total { n, sum } = totals[model][field];
        (n > 0).then(|| (sum.value() / n as f64, n))
    }
    /// A model's mean known score on a dataset (None: on all), and how many
    /// scores are known.
    pub fn score(&self, dataset: Option<usize>, model: usize) -> Option<(f64, usize)> {
        self.mean(dataset, model, 0)
    }
    /// A model's mean score were every dataset's queries given to it: its means
    /// a dataset, shrunk to its own mean by [`SHRUNK_BY`], weighted by the
    /// datasets' shares. None: nothing is known of it.
    pub fn adjusted_score(&self, model: usize) -> Option<f64> {
        let (mean, _) = self.score(None, model)?;
        let of = |d: usize| {
            let (own, n) = self.score(Some(d), model).unwrap_or((mean, 0));
            let n = n as f64;
            (n * own + SHRUNK_BY * mean) / (n + SHRUNK_BY)
        };
        let terms = (0..self.of.len()).map(|d| self.of[d].0 as f64 * of(d));
        Some(terms.collect::<Sum>().value() / self.n as f64)
    }
    /// The same of what quality is traded against.
    pub fn cost(&self, dataset: Option<usize>, model: usize) -> Option<(f64, usize)> {
        self.mean(dataset, model, 1 + self.against as usize)
    }
}
