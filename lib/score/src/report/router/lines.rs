//! The lines of one router in one group: its points, its shuffles, and the
//! summary of its whole curve.

use crate::baseline::yardsticks::Yardsticks;
use crate::data::facts::Group;
use crate::metric::curve::aiq::aiq;
use crate::metric::measure::View;
use crate::metric::{METRICS, REPORTS};
use crate::replay::curve::Curve;
use crate::replay::operating_point::OperatingPoint;
use crate::replay::tally::Tally;
use crate::report::bands::band::Band;
use crate::report::line::Object;
use crate::report::router::score::{Metrics, RouterScore};
use crate::report::router::walk::{PointLines, Walk};
use crate::report::scoring::{Comparators, Scoring};
use crate::report::text::Text;
use crate::statistics::interval::interval;
use rb_record::hull::Point;
impl Scoring<'_> {
    pub(crate) fn router_lines(
        &self,
        group: Option<&Group>,
        known: &Comparators,
        metrics: &Metrics,
        score: &RouterScore,
    ) -> Text {
        let (facts, replay) = (self.facts, &self.replay);
        let unrouted = score.unrouted;
        let routes = &facts.routes[score.router];
        let curve = &Curve::new(&facts.pager, routes, &known.sample.queries);
        let name = &facts.routers[score.router];
        let n = score.routed;
        let mut text = Text::default();
        let mut points = PointLines {
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
        summary
            .put("router", name)
            .put_group(group)
            .put("run", &self.run);
        if score.oracle {
            summary.put("oracle", &true);
        }
        let Some(walk) = walk else {
            self.put_nothing(&mut summary, score, metrics);
            summary.end(text.next());
            return text;
        };
        let yardsticks = score.own.as_ref().unwrap_or(&known.yardsticks);

        self.shuffle_lines(group, score, curve, &walk, yardsticks, &mut text);

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
    /// The summary of a router that routes none of the queries.
    fn put_nothing(&self, summary: &mut Object, score: &RouterScore, metrics: &Metrics) {
        summary.put_no_means(0, score.unrouted);
        self.put_verdicts(summary, score);
        self.put_beside(summary, score, metrics);
        for metric in METRICS {
            summary.put_json(metric.name, "null");
        }
        self.put_chosen(summary, score);
        for report in REPORTS {
            summary.put_json(report.name, "null");
        }
        summary
            .put_against(self.replay.against())
            .put_json("hull", "null");
    }

    /// The lines of a router's mix dealt out blindly, over everything and within
    /// each dataset; `walk` is of the router itself.
    fn shuffle_lines(
        &self,
        group: Option<&Group>,
        score: &RouterScore,
        curve: &Curve,
        walk: &Walk,
        yardsticks: &Yardsticks,
        text: &mut Text,
    ) {
        let (facts, replay, blind) = (self.facts, &self.replay, &score.blind);
        let mut shuffle = |name_of: &str, blind_walk: Walk, end: &Tally, band: Option<&Band>| {
            Object::new("baseline")
                .put("name", name_of)
                .put("router", &facts.routers[score.router])
                .put_group(group)
                .put("alpha", &1.0)
                .put_means(end, score.unrouted)
                .put_band("", band)
                .put_mix(&facts.models, &walk.mix, score.routed)
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
    }

    /// What metrics look at; `yardsticks` over the queries that are routed.
    fn view<'a>(
        &'a self,
        score: &'a RouterScore,
        walk: &'a Walk,
        hull: &'a [Point],
        last: &'a OperatingPoint,
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
        known: &Comparators,
        metrics: &Metrics,
    ) -> Option<Vec<Option<f64>>> {
        let routes = &self.facts.routes[score.router];
        let curve = Curve::new(&self.facts.pager, routes, &known.sample.queries);
        let value = |q: usize, path: usize| self.replay.path(q, path);
        let walk = Walk::of(&curve, &self.replay, value, self.asked.strong, |_| ())?;
        let yardsticks = score.own.as_ref().unwrap_or(&known.yardsticks);
        let (hull, ends) = (walk.hull(), self.at_one(score.router, &curve.queries));
        let view = self.view(score, &walk, &hull, &ends, yardsticks, metrics);
        Some(METRICS.iter().map(|m| (m.of)(&view)).collect())
    }
}
