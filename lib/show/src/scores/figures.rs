//! What score records say of one way of answering, and of two: figures, operating
//! points, baselines, the metrics of a whole curve, pairs.

use rb_record::hull::Point;
use rb_record::record::resource::Resource;
use std::collections::BTreeMap;

/// What is known about one way of answering all queries of a group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Queries scored.
    pub n: Option<f64>,
    /// Calls without an outcome.
    pub missing: Option<f64>,
    /// Queries without a route.
    pub unrouted: Option<f64>,
    /// Mean over queries, 0..1.
    pub quality: Option<f64>,
    /// Mean of dataset means, 0..1.
    pub quality_macro: Option<f64>,
    /// The 95 % interval of `quality`.
    pub quality_ci: Option<(f64, f64)>,
    /// What quality is traded against: mean USD a query, unless `against` says
    /// otherwise.
    pub cost: Option<f64>,
    /// The 95 % interval of `cost`.
    pub cost_ci: Option<(f64, f64)>,
    /// What `cost` is an amount of.
    pub against: Resource,
    /// Model → share of the calls.
    pub mix: BTreeMap<String, f64>,
}

impl Figures {
    /// Queries asked, whether they were routed or not.
    pub(crate) fn asked(&self) -> Option<u64> {
        Some((self.n? + self.unrouted.unwrap_or(0.0)) as u64)
    }
    /// The place in the plane of cost and quality, where both are known.
    pub fn point(&self) -> Option<Point> {
        Some(Point {
            cost: self.cost?,
            quality: self.quality?,
        })
    }
}

/// One operating point of a router.
#[derive(Debug, Clone, PartialEq)]
pub struct Operating {
    /// 0..1.
    pub alpha: f64,
    /// What it gives.
    pub figures: Figures,
}

/// A baseline: a single model, the best of them, a mixture, an oracle.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// As in the record: `model`, `best-single`, `oracle`, ….
    pub name: String,
    /// The single model that it is.
    pub model: Option<String>,
    /// Whose mix was shuffled.
    pub router: Option<String>,
    /// Which recorded router it is.
    pub reference: Option<String>,
    /// Where on that router's curve, 0..1.
    pub alpha: Option<f64>,
    /// What it gives.
    pub figures: Figures,
    /// Corners, for a baseline that is a curve (zero).
    pub hull: Vec<Point>,
}

/// The metrics of a router's whole curve, by their names on the wire.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Those of [`read::NUMBERS`](crate::scores::read) that are known.
    pub numbers: BTreeMap<String, f64>,
    /// Verdicts and the rule of their point.
    pub texts: BTreeMap<String, String>,
    /// 95 % intervals, by names that end in `_ci`.
    pub intervals: BTreeMap<String, (f64, f64)>,
    /// The router knows the answers: drawn, never compared.
    pub oracle: bool,
    /// Corners of the whole curve's hull, by ascending cost.
    pub hull: Vec<Point>,
    /// The point that `--choose` chose, where one was asked for.
    pub chosen: Option<Figures>,
    /// The alphas of that point: one, or those of the two halves.
    pub chosen_alpha: Vec<f64>,
    /// Its mix is that of scored points beside it.
    pub is_mix_near: bool,
    /// What it expected against what it got; none: it was not told.
    pub calibration: Option<Calibration>,
}

/// What a router expected against what it got, at alpha 1.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Calibration {
    /// The mean distance between the two over queries, 0..1.
    pub ece: f64,
    /// By ascending expectation.
    pub bins: Vec<Bin>,
}

/// Queries of like expectation.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Bin {
    /// How many.
    pub n: f64,
    /// The mean score expected.
    pub expected: f64,
    /// The mean score got, 0..1.
    pub observed: f64,
    /// Its 95 % interval.
    pub observed_ci: (f64, f64),
}

/// A paired difference of quality, the first router's less the second's.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The first.
    pub router: String,
    /// The second.
    pub versus: String,
    /// The rule of the point at which both are compared, `alpha 1` or that of `--choose`.
    pub at: Option<String>,
    /// Queries that both route.
    pub n: Option<f64>,
    /// -1..1; none: no query has a route of both.
    pub diff: Option<f64>,
    /// Its 95 % interval.
    pub diff_ci: Option<(f64, f64)>,
    /// Of the difference being 0.
    pub p: Option<f64>,
    /// The same after Holm over all pairs.
    pub p_holm: Option<f64>,
    /// The one that is shown to be better.
    pub better: Option<String>,
}

impl Summary {
    /// Whether difference and verdict are about alpha 1, the last point, and
    /// not about one that was chosen.
    pub fn is_at_one(&self) -> bool {
        self.texts
            .get("verdict_at")
            .is_none_or(|at| at == "alpha 1")
    }
    /// A number by its name on the wire.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.numbers.get(name).copied()
    }
    /// An interval by its name on the wire.
    pub fn interval(&self, name: &str) -> Option<(f64, f64)> {
        self.intervals.get(name).copied()
    }
    /// A text by its name on the wire.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }
}
