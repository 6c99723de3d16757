//! Score records as rb-pareto reads them: points of routers, baselines and
//! summaries, gathered by group (`--by` of rb-score; `{}` is everything).
//!
//! Members that are not read here may hold anything. Quality is 0..1, cost is
//! mean USD per query and ≥ 0, alpha is 0..1; null and absent mean unknown.
//! A record that stands twice counts once, so that several runs over the same
//! queries can be joined with `cat`; with other figures it is an error.

pub mod gather;
pub mod read;

pub use crate::scores::gather::Collection;
pub use crate::scores::read::{parse, Scored};

use rb_record::hull::Point;
use rb_record::json;
use rb_record::record::resource::Resource;
use std::collections::{BTreeMap, BTreeSet};

/// What is known about one way of answering all queries of a group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Queries scored.
    pub n: Option<f64>,
    /// Calls without an outcome, and queries without a route.
    pub missing: Option<f64>,
    pub unrouted: Option<f64>,
    /// Mean over queries, and mean of dataset means.
    pub quality: Option<f64>,
    pub quality_macro: Option<f64>,
    pub quality_ci: Option<(f64, f64)>,
    /// What quality is traded against: mean USD a query, unless `against` says
    /// otherwise.
    pub cost: Option<f64>,
    pub cost_ci: Option<(f64, f64)>,
    pub against: Resource,
    /// Model → share of the calls.
    pub mix: BTreeMap<String, f64>,
}

impl Figures {
    /// Queries asked, whether they were routed or not.
    fn asked(&self) -> Option<u64> {
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
    pub alpha: f64,
    pub figures: Figures,
}

/// A baseline: a single model, the best of them, a mixture, an oracle.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    pub name: String,
    pub model: Option<String>,
    /// Whose mix was shuffled.
    pub router: Option<String>,
    /// Which recorded router it is.
    pub reference: Option<String>,
    pub alpha: Option<f64>,
    pub figures: Figures,
    /// Corners, for a baseline that is a curve (zero).
    pub hull: Vec<Point>,
}

/// The metrics of a router's whole curve, by their names on the wire.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    pub numbers: BTreeMap<String, f64>,
    pub texts: BTreeMap<String, String>,
    pub intervals: BTreeMap<String, (f64, f64)>,
    /// The router knows the answers: drawn, never compared.
    pub oracle: bool,
    pub hull: Vec<Point>,
}

impl Summary {
    /// Whether difference and verdict are about alpha 1, the last point, and
    /// not about one that was chosen.
    pub fn is_at_one(&self) -> bool {
        self.texts
            .get("verdict_at")
            .is_none_or(|at| at == "alpha 1")
    }
}

/// A router within one group, its points by ascending alpha.
#[derive(Debug, Clone, Default)]
pub struct Router {
    pub points: Vec<Operating>,
    pub summary: Option<Summary>,
}

impl Router {
    pub fn is_oracle(&self) -> bool {
        self.summary.as_ref().is_some_and(|s| s.oracle)
    }
    /// The last point of the curve: the one at alpha 1 of a full one.
    pub fn last(&self) -> Option<&Operating> {
        self.points.last()
    }
    /// Whether it routes every query; else it is compared on fewer than others.
    pub fn is_complete(&self) -> bool {
        let unrouted = self.last().and_then(|p| p.figures.unrouted);
        unrouted.is_none_or(|v| v == 0.0)
    }
    /// Quality at the last point less the best single model's (`best`): the
    /// paired difference where there is one; of a router that routes only some
    /// queries, the difference on those, which `gain_b` = Q/Q_best − 1 tells.
    pub fn against(&self, best: f64) -> Option<f64> {
        let number = |name: &str| self.summary.as_ref()?.numbers.get(name).copied();
        let quality = self.last()?.figures.quality;
        let at_one = self.summary.as_ref().is_none_or(Summary::is_at_one);
        match number("diff").filter(|_| at_one) {
            Some(diff) => Some(diff),
            None if self.is_complete() => Some(quality? - best),
            None => {
                let (quality, gain) = (quality?, number("gain_b")?);
                (gain > -1.0).then(|| quality - quality / (1.0 + gain))
            }
        }
    }
}

/// The members of `group`, by name, values as JSON text; empty is everything.
pub type GroupKey = Vec<(String, String)>;

/// All that was scored on one group of queries.
#[derive(Debug, Clone, Default)]
pub struct Group {
    pub key: GroupKey,
    pub routers: BTreeMap<String, Router>,
    pub baselines: Vec<Baseline>,
    /// What rb-score noted for readers, in the group of everything; none where
    /// the stream has no `run` record.
    pub notes: Option<BTreeSet<String>>,
}

impl Group {
    /// The first baseline called `name`.
    pub fn baseline(&self, name: &str) -> Option<&Baseline> {
        self.baselines.iter().find(|b| b.name == name)
    }
    /// The single models, by name.
    pub fn models(&self) -> impl Iterator<Item = (&str, &Figures)> {
        let single = self.baselines.iter().filter(|b| b.name == "model");
        single.filter_map(|b| Some((b.model.as_deref()?, &b.figures)))
    }
    /// All figures of the group: baselines', then routers'.
    pub fn figures(&self) -> impl Iterator<Item = &Figures> {
        let points = self.routers.values().flat_map(|r| &r.points);
        let baselines = self.baselines.iter().map(|b| &b.figures);
        baselines.chain(points.map(|p| &p.figures))
    }
    /// The figures of what can be compared: single models, then routers.
    fn compared(&self) -> impl Iterator<Item = &Figures> {
        let routers = self.routers.values().filter(|r| !r.is_oracle());
        let points = routers.flat_map(|r| r.points.iter().map(|p| &p.figures));
        self.models().map(|(_, figures)| figures).chain(points)
    }
    /// What quality is traded against.
    pub fn against(&self) -> Resource {
        let known = self.figures().find(|f| f.cost.is_some());
        known.map_or(Resource::Cost, |f| f.against)
    }
    /// The number of queries: the most that anything was scored on.
    pub fn n(&self) -> Option<f64> {
        self.figures().filter_map(|f| f.n).reduce(f64::max)
    }
    /// `dataset mmlu`; everything has no label.
    pub fn label(&self) -> Option<String> {
        let words = self.key.iter().map(|(name, value)| {
            let value = serde_json::from_str::<String>(value).unwrap_or_else(|_| value.clone());
            format!("{name} {value}")
        });
        (!self.key.is_empty()).then(|| words.collect::<Vec<_>>().join(", "))
    }
    /// `group` as it goes out.
    pub fn json(&self) -> String {
        let members = self.key.iter();
        let text = members.map(|(name, value)| format!("{}:{value}", json::quoted(name)));
        format!("{{{}}}", text.collect::<Vec<_>>().join(","))
    }
}
