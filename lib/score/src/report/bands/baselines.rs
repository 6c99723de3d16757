//! The baselines in every resample.

use crate::replay::baseline::{oracle, Choices};
use crate::replay::tally::Tally;
use crate::replay::{Replay, Value};
use crate::report::bands::band::Band;
use crate::report::bands::pool::{Averaging, Pool};
use crate::report::bands::sample::Sample;
use crate::statistics::interval::{interval, Interval};
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
    pub random: ResampledBaseline,
    /// Empty where there is no train split.
    pub expert: ResampledBaseline,
    pub dataset_oracle: ResampledBaseline,
    pub oracle: ResampledBaseline,
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
        let scored = &replay.facts.scored;
        let value = |policy: usize, q: usize| match policy.checked_sub(k) {
            None => replay.call(q, policy),
            Some(0) => Value::mean((0..k).map(|m| replay.call(q, m))),
            Some(1) => replay.call(q, oracle(replay, q)),
            Some(2) => replay.call(q, choices.dataset_oracle[scored.dataset(q)]),
            Some(_) => match &choices.expert {
                Some(of) => replay.call(q, of[scored.dataset(q)]),
                None => Value::default(),
            },
        };
        let all = k + 3 + choices.expert.is_some() as usize;
        let mut means = sample.policies(replay, all, value);
        let mut rest = means.split_off(k).into_iter();
        let mut next = || {
            let means = rest.next();
            means.map_or(ResampledBaseline::default(), |m| {
                ResampledBaseline::new(replay, m)
            })
        };
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
            random: next(),
            oracle: next(),
            dataset_oracle: next(),
            expert: next(),
            zero_aiq: of_zero(Averaging::Micro),
            zero_aiq_macro: of_zero(Averaging::Macro),
            pool,
        }
    }
}
