//! What scoring knows of the training queries: no query, only how many there
//! are, and each model's known values summed by dataset and over all.
//!
//! Sums are taken in the order of (unit, id), so they do not depend on the
//! order of the lines.

use crate::statistics::sum::Sum;
use rb_record::record::resource::{Known, Resource};

/// Known values of one model: how many, and their sum.
#[derive(Debug, Clone, Copy, Default)]
struct Total {
    n: usize,
    sum: Sum,
}

/// Of every model: score, cost, latency, tokens.
type Totals = Vec<[Total; 4]>;

/// Training queries, summed up.
#[derive(Debug, Clone)]
pub struct TrainSummary {
    n: usize,
    all: Totals,
    /// By dataset: its queries and its models' values.
    of: Vec<(usize, Totals)>,
    /// What quality is traded against.
    pub(crate) against: Resource,
}

impl TrainSummary {
    /// Of nothing yet.
    pub(crate) fn new(datasets: usize, models: usize) -> TrainSummary {
        let totals = vec![[Total::default(); 4]; models];
        TrainSummary {
            n: 0,
            of: vec![(0, totals.clone()); datasets],
            all: totals,
            against: Resource::Cost,
        }
    }

    /// The next query, in order, of the dataset at that place.
    pub(crate) fn add(&mut self, dataset: usize, known: impl Iterator<Item = (usize, Known)>) {
        self.n += 1;
        let (n, of) = &mut self.of[dataset];
        *n += 1;
        for (m, known) in known {
            for (field, value) in known.into_iter().enumerate() {
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
    /// The same of what quality is traded against.
    pub fn cost(&self, dataset: Option<usize>, model: usize) -> Option<(f64, usize)> {
        self.mean(dataset, model, 1 + self.against as usize)
    }
}
