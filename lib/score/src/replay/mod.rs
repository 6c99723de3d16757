//! The replay: what a call, or a path of calls, gives and takes on a query,
//! looked up in the recorded outcomes, and the means of such values.
//!
//! A call without an outcome is never free. Its score counts as 0; its cost
//! (and likewise its latency and tokens) counts as the dearest known of any
//! model on that query, or, where none is known, as the largest of the
//! models' means over the scored queries. That is a penalty, not an estimate.
//! The rule is one for routers, single models, baselines and cascades, and
//! every such call is counted in `missing`: a call is missing where its score
//! is unknown, or its cost is while any cost is known at all. Where quality is
//! traded against another resource than cost, that one stands for cost here.

pub mod choose;
pub mod curve;
pub mod operating_point;
pub mod rule;
pub mod tally;

use crate::data::facts::{Facts, Resource, RESOURCES};
use crate::data::outcomes::Known;
use crate::data::outcomes::Outcomes;
use crate::statistics::sum::Sum;
use rb_store::column::Column;

/// What happened on one query.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Value {
    /// Of the answer kept.
    pub score: f64,
    /// By [`Resource`], summed over the calls; 0 where unknown everywhere.
    pub resource: [f64; RESOURCES.len()],
    /// Models called.
    pub calls: f64,
    /// Calls without an outcome.
    pub missing: f64,
    /// 1 where the score of the answer kept is unknown, and counts as 0.
    pub unknown: f64,
}

pub(crate) const PARTS: usize = RESOURCES.len() + 4;
pub(crate) const CALLS: usize = PARTS - 3;
pub(crate) const MISSING: usize = PARTS - 2;
pub(crate) const UNKNOWN: usize = PARTS - 1;

impl Value {
    fn parts(&self) -> [f64; PARTS] {
        let [cost, latency, tokens] = self.resource;
        let (calls, missing) = (self.calls, self.missing);
        let unknown = self.unknown;
        [self.score, cost, latency, tokens, calls, missing, unknown]
    }

    fn from_parts(parts: [f64; PARTS]) -> Value {
        let [score, cost, latency, tokens, calls, missing, unknown] = parts;
        Value {
            score,
            resource: [cost, latency, tokens],
            calls,
            missing,
            unknown,
        }
    }

    /// How much of a resource was used up.
    pub fn spent(&self, r: Resource) -> f64 {
        self.resource[r as usize]
    }

    /// The mean of several values; none: nothing but zeros.
    pub fn mean(values: impl Iterator<Item = Value>) -> Value {
        let mut mean = Mean::default();
        values.for_each(|value| mean.add(&value));
        mean.value().unwrap_or_default()
    }
}

/// The mean of values as they come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mean {
    n: f64,
    sums: [Sum; PARTS],
}

impl Mean {
    /// One value more.
    pub fn add(&mut self, value: &Value) {
        self.n += 1.0;
        add(&mut self.sums, value, 1.0);
    }

    /// None: of nothing.
    pub fn value(&self) -> Option<Value> {
        let mean = |sum: Sum| sum.value() / self.n;
        (self.n > 0.0).then(|| Value::from_parts(self.sums.map(mean)))
    }
}

pub(crate) fn add(sums: &mut [Sum; PARTS], value: &Value, times: f64) {
    for (sum, part) in sums.iter_mut().zip(value.parts()) {
        sum.add(times * part);
    }
}

/// The dearest known value of each query, which stands in for unknown ones.
#[derive(Debug)]
enum Dearest {
    /// Nothing is known of the resource at all: it counts as 0.
    Unknown,
    /// Every value is known: nothing to stand in for.
    Whole,
    /// By query.
    Of(Column<f64>),
}

/// The scored queries, ready to be replayed.
#[derive(Debug)]
pub struct Replay<'a> {
    /// What is replayed.
    pub facts: &'a Facts,
    /// By [`Resource`]: whether it is known of any model on any scored query.
    pub known: [bool; RESOURCES.len()],
    dearest: [Dearest; RESOURCES.len()],
}

impl<'a> Replay<'a> {
    /// Of the scored queries of `facts`.
    pub fn new(facts: &'a Facts) -> Replay<'a> {
        let dearest = std::array::from_fn(|r| {
            let (models, references) = (&facts.scored.outcomes, &facts.reference);
            dearest(facts, [models, references], RESOURCES[r])
        });
        Replay {
            facts,
            known: std::array::from_fn(|r| !matches!(dearest[r], Dearest::Unknown)),
            dearest,
        }
    }

    /// Column `m` of outcomes on query `q`, with the rule for missing ones applied.
    fn outcome(&self, outcomes: &Outcomes, q: usize, m: usize) -> Value {
        let known = outcomes.all(q, m);
        let [score, ref resource @ ..] = known;
        let spent = |r: usize| match &self.dearest[r] {
            Dearest::Unknown => 0.0,
            Dearest::Whole => resource[r].unwrap_or(0.0),
            Dearest::Of(dearest) => resource[r].unwrap_or_else(|| dearest.get(q)),
        };
        Value {
            score: score.unwrap_or(0.0),
            resource: std::array::from_fn(spent),
            calls: 1.0,
            missing: self.lacks(&known) as u8 as f64,
            unknown: score.is_none() as u8 as f64,
        }
    }

    fn lacks(&self, known: &Known) -> bool {
        let [score, resource @ ..] = known;
        let lacks_cost = || self.has_costs() && resource[self.against() as usize].is_none();
        score.is_none() || lacks_cost()
    }

    fn is_missing(&self, outcomes: &Outcomes, q: usize, m: usize) -> bool {
        self.lacks(&outcomes.all(q, m))
    }

    /// Whether what quality is traded against is known of any outcome.
    pub fn has_costs(&self) -> bool {
        self.known[self.against() as usize]
    }

    /// What quality is traded against.
    pub fn against(&self) -> Resource {
        self.facts.scored.outcomes.against
    }

    /// One call of model `m` on query `q`.
    pub fn call(&self, q: usize, m: usize) -> Value {
        self.outcome(&self.facts.scored.outcomes, q, m)
    }

    /// The path numbered `path` on query `q`: all calls paid, one answer kept.
    pub fn path(&self, q: usize, path: usize) -> Value {
        let path = &self.facts.paths[path];
        if let [only] = path.called[..] {
            return self.call(q, only);
        }
        let kept = self.call(q, path.kept);
        let mut value = Value {
            score: kept.score,
            unknown: kept.unknown,
            ..Value::default()
        };
        for &m in &path.called {
            let call = self.call(q, m);
            for (sum, paid) in value.resource.iter_mut().zip(call.resource) {
                *sum += paid;
            }
            value.calls += call.calls;
            value.missing += call.missing;
        }
        value
    }

    /// The recorded answer of reference `r`, where there is one.
    pub fn reference(&self, q: usize, r: usize) -> Option<Value> {
        let known = &self.facts.reference;
        let recorded = known.all(q, r).iter().any(Option::is_some);
        recorded.then(|| self.outcome(known, q, r))
    }

    /// By model: how many of the scored queries lack an outcome of it.
    pub fn missing(&self) -> Vec<usize> {
        let outcomes = &self.facts.scored.outcomes;
        let mut missing = vec![0; self.facts.models.len()];
        for q in 0..self.facts.scored.len() {
            for (m, count) in missing.iter_mut().enumerate() {
                *count += usize::from(self.is_missing(outcomes, q, m));
            }
        }
        missing
    }

    /// Whether every model of the pool has an outcome on query `q`.
    pub fn is_complete(&self, q: usize) -> bool {
        let outcomes = &self.facts.scored.outcomes;
        (0..self.facts.models.len()).all(|m| !self.is_missing(outcomes, q, m))
    }
}

/// For each query the dearest known value of any model; none known: the largest
/// mean. `outcomes`: of the models and of the references, which it stands in for too.
fn dearest(facts: &Facts, outcomes: [&Outcomes; 2], r: Resource) -> Dearest {
    let [models, _] = outcomes;
    if models.known(r) == 0 {
        return Dearest::Unknown;
    }
    let queries = facts.scored.len();
    if outcomes
        .into_iter()
        .all(|o| o.known(r) == queries * o.columns())
    {
        return Dearest::Whole;
    }
    let largest_mean = (0..models.columns())
        .filter_map(|m| models.mean(m, r))
        .fold(0.0, f64::max);
    let of_query = |q: usize| {
        (0..models.columns())
            .filter_map(|m| models.resource(q, m, r))
            .reduce(f64::max)
            .unwrap_or(largest_mean)
    };
    let mut dearest = Column::with_capacity(&facts.pager, queries);
    (0..queries).for_each(|q| dearest.push(of_query(q)));
    Dearest::Of(dearest)
}
