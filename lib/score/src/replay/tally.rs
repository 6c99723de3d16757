//! Sums of values by dataset, and the means over queries (micro) and over
//! datasets (macro) that follow from them.

use crate::data::facts::{Resource, RESOURCES};
use crate::data::queries::Queries;
use crate::replay::{add, Replay, Value, CALLS, MISSING, PARTS, UNKNOWN};
use crate::statistics::sum::Sum;

/// Sums of values by dataset, from which the means over queries (micro) and
/// over datasets (macro) follow.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Places of the datasets that occur, ascending.
    pub datasets: Vec<usize>,
    n: Vec<usize>,
    sums: Vec<[Sum; PARTS]>,
    known: [bool; RESOURCES.len()],
    against: Resource,
}

impl Tally {
    /// Of nothing yet, over `queries`.
    pub fn empty(replay: &Replay, queries: &Queries) -> Tally {
        let mut n = vec![0; replay.facts.datasets.len()];
        for q in queries.iter() {
            n[replay.facts.scored.dataset(q)] += 1;
        }
        let datasets: Vec<usize> = (0..n.len()).filter(|d| n[*d] > 0).collect();
        Tally {
            datasets,
            sums: vec![Default::default(); n.len()],
            n,
            known: replay.known,
            against: replay.against(),
        }
    }

    /// The value of every one of `queries`, in that order.
    pub fn of(replay: &Replay, queries: &Queries, value: impl Fn(usize) -> Value) -> Tally {
        let mut tally = Tally::empty(replay, queries);
        for q in queries.iter() {
            tally.add(replay.facts.scored.dataset(q), &value(q), 1.0);
        }
        tally
    }

    /// Every model of the pool alone, in one pass: the outcomes of a query lie
    /// side by side.
    pub fn of_models(replay: &Replay, queries: &Queries) -> Vec<Tally> {
        let mut tallies = vec![Tally::empty(replay, queries); replay.facts.models.len()];
        for q in queries.iter() {
            let dataset = replay.facts.scored.dataset(q);
            for (m, tally) in tallies.iter_mut().enumerate() {
                tally.add(dataset, &replay.call(q, m), 1.0);
            }
        }
        tallies
    }

    /// Adds a value `times` over; negative takes it away again.
    pub fn add(&mut self, dataset: usize, value: &Value, times: f64) {
        add(&mut self.sums[dataset], value, times);
    }

    /// What quality is traded against.
    pub fn against(&self) -> Resource {
        self.against
    }

    /// The number of queries of a dataset.
    pub fn n_of(&self, dataset: usize) -> usize {
        self.n[dataset]
    }

    /// The number of queries.
    pub fn n(&self) -> usize {
        self.n.iter().sum()
    }

    /// The sum of one part over a dataset. No part is negative; what rounding
    /// leaves below 0 when everything has been taken away is 0.
    fn sum(&self, d: usize, part: usize) -> f64 {
        self.sums[d][part].value().max(0.0) + 0.0
    }

    fn total(&self, part: usize) -> f64 {
        let sums = self.datasets.iter().map(|&d| self.sum(d, part));
        sums.collect::<Sum>().value()
    }

    fn micro(&self, part: usize) -> Option<f64> {
        let n = self.n();
        (n > 0).then(|| self.total(part) / n as f64)
    }

    fn of_dataset(&self, d: usize, part: usize) -> f64 {
        self.sum(d, part) / self.n[d] as f64
    }

    fn macro_mean(&self, part: usize) -> Option<f64> {
        let means = self.datasets.iter().map(|&d| self.of_dataset(d, part));
        let sum = means.collect::<Sum>().value();
        (!self.datasets.is_empty()).then(|| sum / self.datasets.len() as f64)
    }

    /// Mean score over the queries; None where there are none.
    pub fn quality(&self) -> Option<f64> {
        self.micro(0)
    }
    /// Mean of the datasets' mean scores.
    pub fn quality_macro(&self) -> Option<f64> {
        self.macro_mean(0)
    }
    /// Mean score on one dataset that occurs.
    pub fn quality_on(&self, dataset: usize) -> f64 {
        self.of_dataset(dataset, 0)
    }
    /// The same with every missing score counted as 1, where it counts as 0 else.
    pub fn quality_at_most(&self) -> Option<f64> {
        let unknown = self.total(UNKNOWN);
        let n = self.n();
        (n > 0).then(|| (self.total(0) + unknown) / n as f64)
    }
    /// Mean cost on one dataset that occurs.
    pub fn cost_on(&self, dataset: usize) -> Option<f64> {
        let known = self.known[self.against as usize];
        known.then(|| self.of_dataset(dataset, 1 + self.against as usize))
    }
    /// Mean over the queries; None where it is known of no outcome.
    pub fn resource(&self, r: Resource) -> Option<f64> {
        self.micro(1 + r as usize)
            .filter(|_| self.known[r as usize])
    }
    /// The mean of the datasets' means; None where it is known of no outcome.
    pub fn resource_macro(&self, r: Resource) -> Option<f64> {
        self.macro_mean(1 + r as usize)
            .filter(|_| self.known[r as usize])
    }
    /// What quality is traded against: USD, unless `--against` names another.
    pub fn cost(&self) -> Option<f64> {
        self.resource(self.against)
    }
    /// The mean of the datasets' means of it.
    pub fn cost_macro(&self) -> Option<f64> {
        self.resource_macro(self.against)
    }
    /// Mean calls a query.
    pub fn calls(&self) -> Option<f64> {
        self.micro(CALLS)
    }
    /// Calls without an outcome, all together.
    pub fn missing(&self) -> f64 {
        self.total(MISSING)
    }
}
