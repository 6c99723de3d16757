//! One seed, scored: what is averaged over the seeds.

use crate::baseline::row::Shape;
use crate::baseline::BASELINES;
use crate::metric::measure::ChosenPoints;
use crate::replay::tally::Tally;
use crate::report::bands::baselines::ResampledBaseline;
use crate::report::router::score::{reach, Metrics, RouterScore};
use crate::report::scoring::{Comparators, Scoring};
use crate::statistics::resampled::Resampled;
use rayon::prelude::*;
/// Of a baseline; cost is None without costs.
pub(crate) struct Means {
    pub(crate) quality: Resampled,
    pub(crate) cost: Option<Resampled>,
}

/// One seed, scored.
pub(crate) struct Seed<'a> {
    pub(crate) scoring: &'a Scoring<'a>,
    pub(crate) known: Comparators<'a>,
    pub(crate) scores: Vec<RouterScore>,
    /// By router and metric.
    pub(crate) metrics: Vec<Option<Vec<Option<f64>>>>,
}

impl<'a> Seed<'a> {
    pub(crate) fn new(scoring: &'a Scoring<'a>) -> Seed<'a> {
        let known = scoring.known(&scoring.queries);
        let scores = scoring.router_scores(&known);
        let chooser = &scoring.chooser();
        let chosen: Vec<ChosenPoints> = (0..scores.len())
            .into_par_iter()
            .map(|r| scoring.points(chooser, r))
            .collect();
        let with = Metrics {
            reach: reach(&known, &scores),
            chooser,
            chosen: &chosen,
            versus: None,
        };
        let metrics = (scores.par_iter())
            .map(|s| scoring.metric_values(s, &known, &with))
            .collect();
        Seed {
            metrics,
            scoring,
            known,
            scores,
        }
    }

    /// The place of a router here; None: this seed lacks it.
    pub(crate) fn place(&self, router: &str) -> Option<usize> {
        self.scoring.facts.routers.iter().position(|r| r == router)
    }

    /// Ascending.
    pub(crate) fn units(&self) -> impl Iterator<Item = u64> + '_ {
        let scored = &self.scoring.facts.scored;
        self.scoring.queries.iter().map(|q| scored.unit(q))
    }

    /// Queries tested over queries trained on.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let train = self.scoring.facts.train.len();
        (train > 0).then(|| self.scoring.queries.len() as f64 / train as f64)
    }

    /// Quality and cost of the baselines that answer every query, in the order
    /// of their table, then each model's; None: not to be told.
    pub(crate) fn baselines(&self) -> Vec<Option<Means>> {
        let (y, bands) = (&self.known.yardsticks, &self.known.bands);
        let means = |tally: Option<&Tally>, resampled: Option<&ResampledBaseline>| {
            let (tally, resampled) = (tally?, resampled?);
            let drawn = |value: f64, draws: &Vec<f64>| Resampled {
                value,
                draws: draws.clone(),
            };
            Some(Means {
                quality: drawn(tally.quality()?, &resampled.quality),
                cost: tally.cost().map(|c| drawn(c, &resampled.cost)),
            })
        };
        let models = y.singles.iter().zip(&bands.singles);
        let models = models.map(|(tally, resampled)| means(Some(tally), Some(resampled)));
        let (choices, replay) = (&self.scoring.choices, &self.scoring.replay);
        let queries = &self.scoring.queries;
        let fixed = BASELINES.iter().filter(|row| row.averaged).map(|row| {
            let value = |q: usize| row.value(replay, choices, q);
            let resampled = bands.get(row, choices);
            if let Shape::OneModel(of) = row.shape {
                return means(of(choices).map(|m| &y.singles[m]), resampled);
            }
            let is_policy = row.is_policy(choices);
            let tally = is_policy.then(|| Tally::of(replay, queries, value));
            means(tally.as_ref(), resampled)
        });
        fixed.chain(models).collect()
    }
}

/// How many prompts there are in any of several ascending lists, and how many
/// of these are in more than one.
pub(crate) fn counted(lists: impl Iterator<Item = impl Iterator<Item = u64>>) -> (usize, usize) {
    let mut lists: Vec<_> = lists.map(Iterator::peekable).collect();
    let (mut prompts, mut shared) = (0, 0);
    while let Some(least) = lists.iter_mut().filter_map(|l| l.peek().copied()).min() {
        let mut of = 0;
        for list in &mut lists {
            let mut own = 0;
            while list.next_if_eq(&least).is_some() {
                own = 1;
            }
            of += own;
        }
        prompts += 1;
        shared += usize::from(of > 1);
    }
    (prompts, shared)
}
