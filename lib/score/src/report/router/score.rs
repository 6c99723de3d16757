//! Everything known of one router on some queries, before its lines are written.

use crate::baseline::blind::Blind;
use crate::baseline::yardsticks::Yardsticks;
use crate::data::queries::Queries;
use crate::metric::curve::aiq::range;
use crate::metric::measure::{self};
use crate::replay::choose::{Chooser, Chosen};
use crate::replay::curve::{Curve, Mix};
use crate::replay::operating_point::OperatingPoint;
use crate::replay::tally::Tally;
use crate::report::bands::curve::CurveBands;
use crate::report::bands::pool::Pool;
use crate::report::bands::sample::Sample;
use crate::report::contrast::{self, AgainstBest, Alone, Contrast};
use crate::report::equal_cost::HullAt;
use crate::report::router::walk::Walk;
use crate::report::scoring::{Comparators, Scoring};
use crate::statistics::resampled::Resampled;
use rb_record::hull::ndch;

/// The alphas at which curves are averaged over seeds: 0, 0.05 … 1, as they stand
/// among the stops.
pub(crate) const CURVE: [f64; 21] = {
    let mut alphas = [0.0; 21];
    let mut i = 0;
    while i < 21 {
        alphas[i] = (5 * i) as f64 / 100.0;
        i += 1;
    }
    alphas
};

/// A curve at [`CURVE`], in the sample and in every resample.
fn kept_curve(walk: &Walk, bands: Option<&CurveBands>) -> Vec<(Resampled, Option<Resampled>)> {
    let at = |(i, alpha): (usize, &f64)| {
        let spot = walk.at(*alpha)?;
        let drawn = |part: usize| {
            let kept = bands.and_then(|b| b.kept.get(i));
            kept.map_or(Vec::new(), |kept| kept[part].clone())
        };
        let of = |value: f64, part: usize| Resampled {
            value,
            draws: drawn(part),
        };
        Some((of(spot.quality, 0), spot.cost.map(|cost| of(cost, 1))))
    };
    CURVE.iter().enumerate().filter_map(at).collect()
}

/// Everything known of one router on some queries, before its lines are written.
/// Nothing in it grows with the queries: the curve is walked again for its
/// lines, so that no more curves are held than there are threads.
pub(crate) struct RouterScore {
    /// Its place.
    pub router: usize,
    /// It knew the scores: its figures are told, it is compared with nothing.
    pub oracle: bool,
    /// Queries with a route and without. Where it routes none all else is None.
    pub(crate) routed: usize,
    pub(crate) unrouted: usize,
    /// The cost at which its hull ends; None without costs.
    pub hull_end: Option<f64>,
    /// Of its own queries, where those are not all.
    pub(crate) own: Option<Yardsticks>,
    pub(crate) blind: Blind,
    pub(crate) bands: Option<CurveBands>,
    /// At the point that verdicts are about: one model takes nearly all calls.
    pub constant: bool,
    pub point: Option<Tally>,
    /// Who answers there, on how many queries.
    pub(crate) mix: Option<(Mix, usize)>,
    pub best: Option<AgainstBest>,
    pub alone: Option<Alone>,
    /// At alpha 1, where that is another point.
    pub(crate) last: Option<Alone>,
    pub versus: Option<Contrast>,
    /// Its hull at fixed costs; None without a range of costs, and where it
    /// does not route every query.
    pub at_costs: Option<HullAt>,
    /// At [`CURVE`]: quality and cost; empty unless curves are kept.
    pub(crate) curve: Vec<(Resampled, Option<Resampled>)>,
    /// At the points chosen for PerfGain and CostSave.
    pub gain: Option<AgainstBest>,
    pub save: Option<AgainstBest>,
}

impl RouterScore {
    /// Of which nothing is known yet.
    fn unknown(router: usize, oracle: bool, blind: Blind) -> RouterScore {
        RouterScore {
            router,
            oracle,
            routed: 0,
            unrouted: 0,
            hull_end: None,
            own: None,
            blind,
            bands: None,
            constant: false,
            point: None,
            mix: None,
            best: None,
            alone: None,
            last: None,
            versus: None,
            at_costs: None,
            curve: Vec::new(),
            gain: None,
            save: None,
        }
    }

    /// At alpha 1; None where it does not route every query.
    pub(crate) fn at_one(&self) -> Option<&Alone> {
        let all = self.last.as_ref().or(self.alone.as_ref());
        all.filter(|_| self.unrouted == 0)
    }

    /// A metric in every resample, of those metrics that have intervals.
    pub(crate) fn draws_of(&self, metric: &str) -> Option<Vec<f64>> {
        let bands = self.bands.as_ref()?;
        match metric {
            "aiq" => Some(bands.aiq.clone()),
            "aiq_macro" => Some(bands.aiq_macro.clone()),
            _ => None,
        }
    }
}

/// The largest cost at which a hull ends: of the routers that are no oracles,
/// and of zero.
pub(crate) fn reach(known: &Comparators, scores: &[RouterScore]) -> Option<f64> {
    let zero = ndch(&known.yardsticks.points()).last().map(|end| end.cost);
    let compared = scores.iter().filter(|s| !s.oracle);
    let ends = compared.map(|s| s.hull_end);
    ends.chain([zero]).flatten().reduce(f64::max)
}

/// What metrics need beyond the router's own curve.
pub(crate) struct Metrics<'a> {
    /// The largest cost at which a hull of the group ends.
    pub reach: Option<f64>,
    pub chooser: &'a Chooser<'a>,
    /// By router.
    pub chosen: &'a [measure::ChosenPoints],
    /// The hull of the router of `--versus`.
    pub versus: Option<&'a HullAt>,
}

impl Scoring<'_> {
    /// What router `r` does on those of `queries` that it routes, at the point
    /// that verdicts are about. None: no point satisfies the rule.
    pub(crate) fn policy(&self, r: usize, queries: &Queries) -> Option<OperatingPoint> {
        match self.config.choose {
            None => Some(self.at_one(r, queries)),
            Some(_) => self.chosen(r, queries, self.picks[r].rule),
        }
    }

    pub(crate) fn at_one(&self, r: usize, queries: &Queries) -> OperatingPoint {
        let routes = &self.facts.routes[r];
        OperatingPoint::new(&self.replay, queries, |q| routes.at(q, 1.0))
    }

    pub(crate) fn chosen(
        &self,
        r: usize,
        queries: &Queries,
        chosen: Option<Chosen>,
    ) -> Option<OperatingPoint> {
        let (chosen, chooser) = (chosen?, self.chooser());
        let path = |q: usize| chooser.path(&chosen, r, q);
        Some(OperatingPoint::new(&self.replay, queries, path))
    }

    /// On the queries of `known`.
    pub(crate) fn router_score(&self, known: &Comparators, router: usize) -> RouterScore {
        let (facts, replay, plan) = (self.facts, &self.replay, self.config.plan());
        let routes = &facts.routes[router];
        let queries = &known.sample.queries;
        let curve = Curve::new(&facts.pager, routes, queries);
        let routed = curve.queries.len();
        let unrouted = queries.len() - routed;
        let value = |q: usize, path: usize| replay.path(q, path);
        let walk = Walk::of(&curve, replay, value, self.asked.strong, |_| ());
        let blind = Blind::new(replay, &curve.queries, &curve.paths());
        let mut score = RouterScore {
            routed,
            unrouted,
            hull_end: walk.as_ref().and_then(|w| Some(w.hull().last()?.cost)),
            ..RouterScore::unknown(router, facts.oracle[router], blind)
        };
        let Some(walk) = walk else {
            return score;
        };
        // A router that routes only some queries is compared on those.
        let own = &curve.queries;
        let (own_sample, own_pool);
        let (sample, pool) = match unrouted {
            0 => (&known.sample, &known.bands.pool),
            _ => {
                own_sample = Sample::new(replay, own, plan);
                let models = facts.models.len();
                let means = own_sample.policies(replay, models, |m, q| replay.call(q, m));
                let yardsticks = Yardsticks::new(replay, &self.choices, own);
                own_pool = Pool::new(&yardsticks.singles, means);
                score.own = Some(yardsticks);
                (&own_sample, &own_pool)
            }
        };
        let yardsticks = score.own.as_ref().unwrap_or(&known.yardsticks);
        if plan.resamples > 0 {
            let stops = walk.stops();
            let kept: &[f64] = if self.config.keep_curves { &CURVE } else { &[] };
            score.bands = Some(CurveBands::new(replay, routes, sample, &stops, pool, kept));
        }
        if self.config.keep_curves {
            score.curve = kept_curve(&walk, score.bands.as_ref());
        }
        let singles = yardsticks.points();
        score.at_costs = range(&singles)
            .filter(|_| unrouted == 0 && !score.oracle)
            .map(|(cheapest, _)| {
                let draws = score.bands.as_ref().map_or(&[][..], |b| &b.at_costs);
                HullAt::new(walk.points(), cheapest, &pool.costs, draws)
            });
        // As large as the curve, and done with.
        drop(walk);
        let alone =
            |p: &OperatingPoint| Alone::new(replay, p, &score.blind, &singles, pool, sample);
        let against = |p: Option<OperatingPoint>| {
            contrast::against(replay, &p?, self.choices.best_single?, sample)
        };
        score.last = (self.config.choose.is_some()).then(|| alone(&self.at_one(router, own)));
        if let Some(policy) = self.policy(router, own) {
            score.point = Some(policy.tally(replay));
            score.mix = Some((policy.mix(replay), policy.queries.len()));
            score.alone = Some(alone(&policy));
            if score.oracle {
                return score;
            }
            score.constant = contrast::is_constant(replay, &policy);
            score.versus =
                self.config.versus.filter(|r| *r != router).and_then(|r| {
                    contrast::versus(replay, &policy, &self.policy(r, queries)?, sample)
                });
            score.best = against(Some(policy));
        }
        score.gain = against(self.chosen(router, own, self.picks[router].gain));
        score.save = against(self.chosen(router, own, self.picks[router].save));
        score
    }
}
