//! The baselines in every resample.

use crate::baseline::choices::Choices;
use crate::baseline::row::{Baseline, Shape};
use crate::baseline::BASELINES;
use crate::replay::tally::Tally;
use crate::replay::Replay;
use crate::report::bands::band::Band;
use crate::report::bands::pool::{Averaging, Pool};
use crate::report::bands::sample::Sample;
use crate::statistics::interval::{interval, Interval};
use std::collections::BTreeMap;

/// A baseline in every resample.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResampledBaseline {
    pub band: Band,
    pub quality: Vec<f64>,
    pub cost: Vec<f64>,
}

impl ResampledBaseline {
    /// From the resampled means of every part.
    fn new(replay: &Replay, means: Vec<Vec<f64>>) -> ResampledBaseline {
        ResampledBaseline {
            quality: means[0].clone(),
            cost: means[2].clone(),
            band: Band::new(replay, means),
        }
    }
}

/// The baselines over some queries, in every resample.
pub(crate) struct Bands {
    pub pool: Pool,
    pub singles: Vec<ResampledBaseline>,
    /// By name: those that are policies.
    of: BTreeMap<&'static str, ResampledBaseline>,
    /// Of zero's hull, micro and macro.
    pub zero_aiq: Option<Interval>,
    pub zero_aiq_macro: Option<Interval>,
}

impl Bands {
    /// `singles`: every model alone over the queries of `sample`.
    pub(crate) fn new(
        replay: &Replay,
        choices: &Choices,
        singles: &[Tally],
        sample: &Sample,
    ) -> Bands {
        let k = replay.facts.models.len();
        let policies = BASELINES.iter().filter(|b| b.is_policy(choices));
        let policies: Vec<&Baseline> = policies.copied().collect();
        let value = |policy: usize, q: usize| match policy.checked_sub(k) {
            None => replay.call(q, policy),
            Some(other) => policies[other].value(replay, choices, q),
        };
        let mut means = sample.policies(replay, k + policies.len(), value);
        let rest = means.split_off(k).into_iter();
        let of = policies.iter().zip(rest);
        let of = of.map(|(b, means)| (b.name, ResampledBaseline::new(replay, means)));
        let of = of.collect();
        let pool = Pool::new(singles, means);
        let of_zero = |over: Averaging| {
            let points = |b| pool.points(b, over).into_iter();
            let areas = (0..pool.len()).map(|b| pool.aiq(&pool.hull(points(b), b, over)?, b, over));
            interval(areas.collect::<Option<Vec<f64>>>()?)
        };
        Bands {
            singles: (pool.means.iter())
                .map(|m| ResampledBaseline::new(replay, m.clone()))
                .collect(),
            of,
            zero_aiq: of_zero(Averaging::Micro),
            zero_aiq_macro: of_zero(Averaging::Macro),
            pool,
        }
    }
    /// A baseline in every resample; None: it is no policy and no model alone.
    pub(crate) fn get(&self, baseline: &Baseline, choices: &Choices) -> Option<&ResampledBaseline> {
        match baseline.shape {
            Shape::OneModel(of) => of(choices).map(|m| &self.singles[m]),
            _ => self.of.get(baseline.name),
        }
    }
}
