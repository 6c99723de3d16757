//! The lines of one router in one group: its points, its shuffles, and the
//! summary of its whole curve.

use crate::data::facts::Group;
use crate::data::queries::Queries;
use crate::metric::curve::aiq::{aiq, range};
use crate::metric::measure::{self, Spot, View};
use crate::metric::{METRICS, REPORTS};
use crate::replay::baseline::{Blind, Yardsticks};
use crate::replay::choose::{Chooser, Chosen};
use crate::replay::curve::{Curve, Mix, Stretch};
use crate::replay::operating_point::Taken;
use crate::replay::{Replay, Tally, Value};
use crate::report::bands::{Band, CurveBands, Pool, Sample};
use crate::report::contrast::{self, Against, Alone, Contrast};
use crate::report::equal_cost::HullAt;
use crate::report::line::Object;
use crate::report::text::Text;
use crate::report::{Known, Scoring};
use crate::statistics::interval::interval;
use rb_record::hull::{ndch_of, Point};
use rb_record::policy::lambda;
use rb_store::column::Column;
use rb_store::pages::Room;

/// Points are written at 0, 1/100 … 1 unless every change is asked for.
const GRID: usize = 100;

/// Everything known of one router on some queries, before its lines are written.
/// Nothing in it grows with the queries: the curve is walked again for its
/// lines, so that no more curves are held than there are threads.
pub(crate) struct RouterScore {
    /// Its place.
    pub router: usize,
    /// It knew the scores: its figures are told, it is compared with nothing.
    pub oracle: bool,
    /// Queries with a route and without. Where it routes none all else is None.
    routed: usize,
    unrouted: usize,
    /// The cost at which its hull ends; None without costs.
    pub hull_end: Option<f64>,
    /// Of its own queries, where those are not all.
    own: Option<Yardsticks>,
    blind: Blind,
    bands: Option<CurveBands>,
    /// At the point that verdicts are about: one model takes nearly all calls.
    pub constant: bool,
    pub point: Option<Tally>,
    pub best: Option<Against>,
    pub alone: Option<Alone>,
    /// At alpha 1, where that is another point.
    last: Option<Alone>,
    pub versus: Option<Contrast>,
    /// Its hull at fixed costs; None without a range of costs, and where it
    /// does not route every query.
    pub at_costs: Option<HullAt>,
    /// At the points chosen for PerfGain and CostSave.
    pub gain: Option<Against>,
    pub save: Option<Against>,
}

impl RouterScore {
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

/// What metrics need beyond the router's own curve.
pub(crate) struct Metrics<'a> {
    /// The largest cost at which a hull of the group ends.
    pub reach: Option<f64>,
    pub chooser: &'a Chooser<'a>,
    /// By router.
    pub chosen: &'a [measure::Points],
    /// The hull of the router of `--versus`.
    pub versus: Option<&'a HullAt>,
}

impl Scoring<'_> {
    /// What router `r` does on those of `queries` that it routes, at the point
    /// that verdicts are about. None: no point satisfies the rule.
    fn policy(&self, r: usize, queries: &Queries) -> Option<Taken> {
        match self.config.choose {
            None => Some(self.at_one(r, queries)),
            Some(_) => self.chosen(r, queries, self.picks[r].rule),
        }
    }

    fn at_one(&self, r: usize, queries: &Queries) -> Taken {
        let routes = &self.facts.routes[r];
        Taken::new(&self.replay, queries, |q| routes.at(q, 1.0))
    }

    fn chosen(&self, r: usize, queries: &Queries, chosen: Option<Chosen>) -> Option<Taken> {
        let (chosen, chooser) = (chosen?, self.chooser());
        let path = |q: usize| chooser.path(&chosen, r, q);
        Some(Taken::new(&self.replay, queries, path))
    }

    /// On the queries of `known`.
    pub(crate) fn router_score(&self, known: &Known, router: usize) -> RouterScore {
        let (facts, replay, plan) = (self.facts, &self.replay, self.config.plan());
        let routes = &facts.routes[router];
        let queries = &known.sample.queries;
        let curve = Curve::new(&facts.room, routes, queries);
        let routed = curve.queries.len();
        let unrouted = queries.len() - routed;
        let value = |q: usize, path: usize| replay.path(q, path);
        let walk = Walk::of(&curve, replay, value, self.asked.strong, |_| ());
        let blind = Blind::new(replay, &curve.queries, &curve.paths());
        let mut score = RouterScore {
            router,
            oracle: facts.oracle[router],
            routed,
            unrouted,
            hull_end: walk.as_ref().and_then(|w| Some(w.hull().last()?.cost)),
            own: None,
            blind,
            bands: None,
            constant: false,
            point: None,
            best: None,
            alone: None,
            last: None,
            versus: None,
            at_costs: None,
            gain: None,
            save: None,
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
            score.bands = Some(CurveBands::new(replay, routes, sample, &stops, pool));
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
        let alone = |p: &Taken| Alone::new(replay, p, &score.blind, &singles, pool, sample);
        let against =
            |p: Option<Taken>| contrast::against(replay, &p?, self.choices.best_single?, sample);
        score.last = (self.config.choose.is_some()).then(|| alone(&self.at_one(router, own)));
        if let Some(policy) = self.policy(router, own) {
            score.point = Some(policy.tally(replay));
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

    pub(crate) fn router_lines(
        &self,
        group: Option<&Group>,
        known: &Known,
        metrics: &Metrics,
        score: &RouterScore,
    ) -> Text {
        let (facts, replay) = (self.facts, &self.replay);
        let (unrouted, blind) = (score.unrouted, &score.blind);
        let routes = &facts.routes[score.router];
        let curve = &Curve::new(&facts.room, routes, &known.sample.queries);
        let name = &facts.routers[score.router];
        let n = score.routed;
        let mut text = Text::default();
        let mut points = Points {
            router: name,
            models: &facts.models,
            group,
            unrouted,
            scale: self.scale,
            grid: (!self.config.exact).then_some(0),
            bands: score.bands.as_ref(),
        };
        let value = |q: usize, path: usize| replay.path(q, path);
        let strong = self.asked.strong;
        let walk = Walk::of(curve, replay, value, strong, |s| {
            points.write(&s, text.next());
        });

        let mut summary = Object::new("summary");
        summary.put("router", name).put_group(group);
        if score.oracle {
            summary.put("oracle", &true);
        }
        let Some(walk) = walk else {
            summary.put_no_means(0, unrouted);
            self.put_verdicts(&mut summary, score);
            self.put_beside(&mut summary, score, metrics);
            for metric in METRICS {
                summary.put_json(metric.name, "null");
            }
            self.put_chosen(&mut summary, score);
            for report in REPORTS {
                summary.put_json(report.name, "null");
            }
            summary
                .put_against(replay.against())
                .put_json("hull", "null")
                .end(text.next());
            return text;
        };
        let yardsticks = score.own.as_ref().unwrap_or(&known.yardsticks);

        let mut shuffle = |name_of: &str, blind_walk: Walk, end: &Tally, band: Option<&Band>| {
            Object::new("baseline")
                .put("name", name_of)
                .put("router", name)
                .put_group(group)
                .put("alpha", &1.0)
                .put_means(end, unrouted)
                .put_band("", band)
                .put_mix(&facts.models, &walk.mix, n)
                .put("aiq", &aiq(blind_walk.points(), &yardsticks.points()))
                .put_hull(
                    replay.has_costs().then(|| blind_walk.hull()).as_deref(),
                    replay.against(),
                )
                .end(text.next());
        };
        let last = score.last.as_ref().or(score.alone.as_ref());
        let anywhere = |_: usize, path: usize| blind.anywhere(path);
        if let Some(blind_walk) = Walk::of(curve, replay, anywhere, None, |_| ()) {
            let end = blind.dealt(replay, &curve.queries, &curve.last());
            shuffle("shuffle", blind_walk, &end, last.map(|a| &a.shuffled));
        }
        let scored = &facts.scored;
        let within = |q: usize, path: usize| blind.within(path, scored.dataset(q));
        if let Some(blind_walk) = Walk::of(curve, replay, within, None, |_| ()) {
            let end = blind_walk.end.clone();
            let band = last.map(|a| &a.shuffled_within);
            shuffle("shuffle-within", blind_walk, &end, band);
        }

        let hull = walk.hull();
        let ends = self.at_one(score.router, &curve.queries);
        let view = self.view(score, &walk, &hull, &ends, yardsticks, metrics);
        summary
            .put_means(&walk.end, unrouted)
            .put_band(
                "",
                score.bands.as_ref().and_then(|b| b.on(1.0, f64::INFINITY)),
            )
            .put_mix(&facts.models, &walk.mix, n)
            .put("changes", &(walk.spots.len() - 1));
        self.put_verdicts(&mut summary, score);
        self.put_beside(&mut summary, score, metrics);
        for metric in METRICS {
            summary.put(metric.name, &(metric.of)(&view));
            let interval = score.draws_of(metric.name).and_then(interval);
            if interval.is_some() {
                summary.put(&format!("{}_ci", metric.name), &interval);
            }
        }
        self.put_chosen(&mut summary, score);
        for report in REPORTS {
            summary.put_json(report.name, &(report.of)(&view));
        }
        summary
            .put_hull(
                replay.has_costs().then_some(hull.as_slice()),
                replay.against(),
            )
            .end(text.next());
        text
    }
}

impl Scoring<'_> {
    /// What metrics look at; `yardsticks` over the queries that are routed.
    fn view<'a>(
        &'a self,
        score: &'a RouterScore,
        walk: &'a Walk,
        hull: &'a [Point],
        last: &'a Taken,
        yardsticks: &'a Yardsticks,
        metrics: &Metrics<'a>,
    ) -> View<'a> {
        View {
            end: &walk.end,
            spots: &walk.spots,
            hull,
            yardsticks,
            replay: &self.replay,
            last,
            best_single: self.choices.best_single,
            asked: &self.asked,
            routes: &self.facts.routes[score.router],
            chooser: metrics.chooser,
            chosen: &metrics.chosen[score.router],
            reach: metrics.reach,
        }
    }

    /// The router's hull beside that of `--versus`, at equal cost.
    fn put_beside(&self, summary: &mut Object, score: &RouterScore, metrics: &Metrics) {
        if self.config.versus.is_none_or(|v| v == score.router) {
            return;
        }
        let own = score.at_costs.as_ref();
        let differences = own.zip(metrics.versus).and_then(|(a, b)| a.minus(b));
        let costs = own.map_or(&[][..], |a| &a.costs);
        summary.put_equal_cost(costs, differences.as_deref());
    }

    /// Every metric of a router, by its row of [`METRICS`]; None: it routes
    /// none of the queries.
    pub(crate) fn metric_values(
        &self,
        score: &RouterScore,
        known: &Known,
        metrics: &Metrics,
    ) -> Option<Vec<Option<f64>>> {
        let routes = &self.facts.routes[score.router];
        let curve = Curve::new(&self.facts.room, routes, &known.sample.queries);
        let value = |q: usize, path: usize| self.replay.path(q, path);
        let walk = Walk::of(&curve, &self.replay, value, self.asked.strong, |_| ())?;
        let yardsticks = score.own.as_ref().unwrap_or(&known.yardsticks);
        let (hull, ends) = (walk.hull(), self.at_one(score.router, &curve.queries));
        let view = self.view(score, &walk, &hull, &ends, yardsticks, metrics);
        Some(METRICS.iter().map(|m| (m.of)(&view)).collect())
    }
}

/// A whole curve, walked.
struct Walk {
    spots: Column<Spot>,
    /// By spot: the lowest alpha at which it holds.
    alphas: Column<f64>,
    /// At alpha 1.
    end: Tally,
    mix: Mix,
}

impl Walk {
    /// None where the router routes none of the queries.
    fn of(
        curve: &Curve,
        replay: &Replay,
        value: impl Fn(usize, usize) -> Value,
        strong: Option<usize>,
        mut each: impl FnMut(Stretch),
    ) -> Option<Walk> {
        let room: &Room = &replay.facts.room;
        let (mut spots, mut alphas) = (Column::new(room), Column::new(room));
        let mut last = None;
        curve.walk(replay, value, |s| {
            if let Some((quality, quality_macro)) = s.tally.quality().zip(s.tally.quality_macro()) {
                alphas.push(s.from);
                spots.push(Spot {
                    quality,
                    quality_macro,
                    cost: s.tally.cost(),
                    cost_macro: s.tally.cost_macro(),
                    strong: strong
                        .map_or(0.0, |m| s.mix.called[m] as f64 / curve.queries.len() as f64),
                });
            }
            if s.until > 1.0 {
                last = Some((s.tally.clone(), s.mix.clone()));
            }
            each(s);
        });
        last.map(|(end, mix)| Walk {
            spots,
            alphas,
            end,
            mix,
        })
    }

    fn points(&self) -> impl Iterator<Item = Point> + '_ {
        self.spots.iter().filter_map(|s| {
            Some(Point {
                cost: s.cost?,
                quality: s.quality,
            })
        })
    }

    fn hull(&self) -> Vec<Point> {
        ndch_of(self.points())
    }

    /// The alphas of the grid and of the corners of both hulls, ascending: the
    /// hulls of these points alone are the hulls of all.
    fn stops(&self) -> Vec<f64> {
        let mut stops: Vec<f64> = (0..=GRID).map(|i| i as f64 / GRID as f64).collect();
        let mut corners = |point: &dyn Fn(Spot) -> Option<Point>| {
            let points = || self.spots.iter().map(point);
            let corners = ndch_of(points().flatten());
            let mut found = vec![false; corners.len()];
            for (i, p) in points().enumerate() {
                let Some(p) = p else { continue };
                let at = corners.partition_point(|corner| corner.cost < p.cost);
                // Of several spots at a corner the first.
                if corners.get(at) == Some(&p) && !std::mem::replace(&mut found[at], true) {
                    stops.push(self.alphas.get(i));
                }
            }
        };
        corners(&|s| {
            Some(Point {
                cost: s.cost?,
                quality: s.quality,
            })
        });
        corners(&|s| {
            Some(Point {
                cost: s.cost_macro?,
                quality: s.quality_macro,
            })
        });
        stops.sort_by(f64::total_cmp);
        stops.dedup();
        stops
    }
}

/// Writes the point lines of a curve as it is walked.
struct Points<'a> {
    router: &'a str,
    models: &'a [String],
    group: Option<&'a Group>,
    unrouted: usize,
    scale: Option<f64>,
    /// The next alpha of the grid; None: every change is written.
    grid: Option<usize>,
    bands: Option<&'a CurveBands>,
}

impl Points<'_> {
    fn write(&mut self, s: &Stretch, out: &mut String) {
        match self.grid {
            None => {
                self.line(s.from, s, out);
                // The end of the curve has a point of its own.
                if s.until > 1.0 && s.from < 1.0 {
                    self.line(1.0, s, out);
                }
            }
            Some(mut next) => {
                while next <= GRID && next as f64 / (GRID as f64) < s.until {
                    self.line(next as f64 / GRID as f64, s, out);
                    next += 1;
                }
                self.grid = Some(next);
            }
        }
    }

    fn line(&self, alpha: f64, s: &Stretch, out: &mut String) {
        Object::new("point")
            .put("router", self.router)
            .put_group(self.group)
            .put("alpha", &alpha)
            .put("lambda", &lambda(alpha, self.scale.unwrap_or(0.0)))
            .put_means(s.tally, self.unrouted)
            .put_band("", self.bands.and_then(|b| b.on(s.from, s.until)))
            .put_mix(self.models, s.mix, s.tally.n())
            .end(out);
    }
}
