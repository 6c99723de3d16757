//! What a metric is, and what it may look at.

use crate::baseline::yardsticks::Yardsticks;
use crate::data::facts::Routes;
use crate::replay::choose::{Chooser, Chosen};
use crate::replay::operating_point::OperatingPoint;
use crate::replay::tally::Tally;
use crate::replay::{Replay, Value};
use rb_record::hull::Point;
use rb_store::column::{Cell, Column};

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Higher is better.
    Higher,
    /// Lower is better.
    Lower,
    /// Neither: it describes.
    Neither,
}

/// One row of the table of metrics.
pub struct Metric {
    /// The member of a summary that holds it.
    pub name: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// One line: the formula in words.
    pub definition: &'static str,
    /// Who defined it.
    pub source: &'static str,
    /// None (null in a summary) where it is undefined.
    pub of: fn(&View) -> Option<f64>,
}

/// A metric that is more than one number: an object, or null.
pub struct Report {
    /// The member of a summary that holds it.
    pub name: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// One line: the formula in words.
    pub definition: &'static str,
    /// Who defined it.
    pub source: &'static str,
    /// As JSON.
    pub of: fn(&View) -> String,
}

/// What the user may ask of the metrics, models as places in the pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// The least score of a right answer.
    pub right_at: f64,
    /// The pair of models of PGR; None: it cannot be told.
    pub strong: Option<usize>,
    /// See `strong`.
    pub weak: Option<usize>,
    /// The model that `relative` compares with.
    pub relative_to: Option<usize>,
}

/// The parts of a named model's quality that `relative` keeps.
pub const KEPT: [f64; 4] = [0.9, 0.95, 0.99, 1.0];
/// The PGRs that `cpt` reaches.
pub const REACHED: [f64; 2] = [0.5, 0.8];

/// The operating points of a router that metrics speak of, each chosen on
/// other queries than it is reported on. None: no point will do.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ChosenPoints {
    /// The cheapest that keeps each of [`KEPT`].
    pub kept: [Option<Chosen>; KEPT.len()],
    /// That with the fewest strong calls that reaches each of [`REACHED`].
    pub reached: [Option<Chosen>; REACHED.len()],
}

/// The curve between two changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Mean score over queries.
    pub quality: f64,
    /// Mean of the datasets' mean scores.
    pub quality_macro: f64,
    /// Mean over queries of what quality is traded against; None: unknown.
    pub cost: Option<f64>,
    /// Mean of the datasets' means of it.
    pub cost_macro: Option<f64>,
    /// The share of the queries on which the strong model is called.
    pub strong: f64,
}

/// Of an unknown cost.
const UNKNOWN: f64 = f64::NAN;

impl Cell for Spot {
    const SIZE: usize = 40;
    fn put(&self, to: &mut [u8]) {
        let [cost, cost_macro] = [self.cost, self.cost_macro].map(|c| c.unwrap_or(UNKNOWN));
        let quality = (self.quality, self.quality_macro);
        ((quality, (cost, cost_macro)), self.strong).put(to);
    }
    fn take(from: &[u8]) -> Spot {
        let (((quality, quality_macro), (cost, cost_macro)), strong) = Cell::take(from);
        let known = |cost: f64| (!cost.is_nan()).then_some(cost);
        Spot {
            quality,
            quality_macro,
            cost: known(cost),
            cost_macro: known(cost_macro),
            strong,
        }
    }
}

/// What a metric may look at: one router on some queries, and the baselines
/// on the same queries.
pub struct View<'a> {
    /// At alpha 1.
    pub end: &'a Tally,
    /// The whole curve by ascending alpha.
    pub spots: &'a Column<Spot>,
    /// The curve's own hull, micro; empty without costs.
    pub hull: &'a [Point],
    /// The baselines over the same queries.
    pub yardsticks: &'a Yardsticks,
    /// What each call gives and takes.
    pub replay: &'a Replay<'a>,
    /// The router's steps.
    pub routes: &'a Routes,
    /// The routed queries, and the path of each at alpha 1.
    pub last: &'a OperatingPoint,
    /// Its place in the pool; None: it could not be picked.
    pub best_single: Option<usize>,
    /// What the user asked for.
    pub asked: &'a Asked,
    /// Who may look at what.
    pub chooser: &'a Chooser<'a>,
    /// The points chosen for this router.
    pub chosen: &'a ChosenPoints,
    /// The largest cost at which a hull of the stream ends: of its routers and
    /// of the single models. None without costs.
    pub reach: Option<f64>,
}

impl View<'_> {
    /// What the router does at a chosen point, and how often it calls the
    /// strong model there.
    pub fn at(&self, chosen: &Chosen) -> (Tally, f64) {
        let queries = &self.last.queries;
        let path = |q: usize| self.routes.at(q, self.chooser.alpha(chosen, q));
        let paths = queries.iter().filter_map(path);
        let strong = self.asked.strong;
        let calls =
            |p: &usize| strong.is_some_and(|m| self.replay.facts.paths[*p].called.contains(&m));
        let share = paths.filter(calls).count() as f64 / queries.len() as f64;
        let value = |q| path(q).map_or(Value::default(), |p| self.replay.path(q, p));
        (Tally::of(self.replay, queries, value), share)
    }

    /// The curve's points, where costs are known.
    pub fn points(&self) -> impl Iterator<Item = Point> + '_ {
        self.spots.iter().filter_map(|s| {
            Some(Point {
                cost: s.cost?,
                quality: s.quality,
            })
        })
    }
}

/// A report as JSON.
pub(crate) fn json(report: &impl serde::Serialize) -> String {
    // Numbers, text and lists always serialise.
    serde_json::to_string(report).unwrap_or_else(|_| "null".into())
}

/// a / b − 1; None where b is 0.
pub fn gain(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    let (a, b) = (a?, b?);
    (b > 0.0).then(|| a / b - 1.0)
}

/// The mean over datasets of a / b − 1; None where any b is 0.
pub fn mean_gain(a: &Tally, b: &Tally) -> Option<f64> {
    let gains: Option<Vec<f64>> = (a.datasets.iter())
        .map(|&d| gain(Some(a.quality_on(d)), Some(b.quality_on(d))))
        .collect();
    let gains = gains.filter(|g| !g.is_empty())?;
    let n = gains.len() as f64;
    Some(
        gains
            .into_iter()
            .collect::<crate::statistics::sum::Sum>()
            .value()
            / n,
    )
}
