//! All that was scored on one group of queries.

use crate::scores::figures::{Baseline, Figures, Operating, Pair, Summary};
use rb_record::json;
use rb_record::record::resource::Resource;
use std::collections::{BTreeMap, BTreeSet};

/// A router within one group, its points by ascending alpha.
#[derive(Debug, Clone, Default)]
pub struct Router {
    /// By ascending alpha.
    pub points: Vec<Operating>,
    /// Its metrics.
    pub summary: Option<Summary>,
}

impl Router {
    /// Whether it knows the answers.
    pub fn is_oracle(&self) -> bool {
        self.summary.as_ref().is_some_and(|s| s.oracle)
    }
    /// The rule by which the point of the verdict was chosen; none: alpha 1.
    pub fn rule(&self) -> Option<&str> {
        let summary = self.summary.as_ref().filter(|s| !s.is_at_one())?;
        summary.text("verdict_at")
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

impl Router {
    /// Where the chosen point has no mix of its own, the mean of the mixes of the
    /// scored points at or before its alphas stands for it.
    pub(crate) fn fill_chosen_mix(&mut self) {
        let Some(summary) = &mut self.summary else {
            return;
        };
        let Some(chosen) = summary.chosen.as_mut().filter(|c| c.mix.is_empty()) else {
            return;
        };
        let share = 1.0 / summary.chosen_alpha.len() as f64;
        for alpha in &summary.chosen_alpha {
            let before = self.points.iter().rfind(|p| p.alpha <= *alpha);
            for (model, part) in before.iter().flat_map(|p| &p.figures.mix) {
                *chosen.mix.entry(model.clone()).or_default() += part * share;
            }
        }
        summary.is_mix_near = !chosen.mix.is_empty();
    }
}

/// The members of `group`, by name, values as JSON text; empty is everything.
pub type GroupKey = Vec<(String, String)>;

/// All that was scored on one group of queries.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Which queries.
    pub key: GroupKey,
    /// Where the figures are means over seeds, what was scored, in words; none:
    /// they are of one split.
    pub pooled: Option<String>,
    /// How many runs of rb-score the figures are from: verdicts are corrected
    /// for one another within one of them.
    pub scored_in: usize,
    /// Those runs in words, in the group of everything.
    pub runs: Vec<String>,
    /// By name.
    pub routers: BTreeMap<String, Router>,
    /// By name.
    pub baselines: Vec<Baseline>,
    /// Routers beside each other, in the order of the records.
    pub pairs: Vec<Pair>,
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
    pub(crate) fn compared(&self) -> impl Iterator<Item = &Figures> {
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
