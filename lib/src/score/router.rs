//! The lines of one router in one group: its points, its shuffles, and the
//! summary of its whole curve.

use super::line::Object;
use super::Scoring;
use crate::baseline::{Blind, Yardsticks};
use crate::curve::{Curve, Mix, Stretch};
use crate::facts::Group;
use crate::hull::{ndch, Point};
use crate::metric::aiq::aiq;
use crate::metric::{Spot, View, METRICS};
use crate::policy::lambda;
use crate::replay::{Replay, Tally, Value};

/// Points are written at 0, 1/100 … 1 unless every change is asked for.
const GRID: usize = 100;

impl Scoring<'_> {
    pub(super) fn router_lines(
        &self,
        group: Option<&Group>,
        queries: &[usize],
        yardsticks: &Yardsticks,
        router: usize,
    ) -> String {
        let (facts, replay) = (self.facts, &self.replay);
        let name = &facts.routers[router];
        let curve = Curve::new(&facts.routes[router], queries);
        let (n, unrouted) = (curve.queries.len(), queries.len() - curve.queries.len());
        let mut out = String::new();
        let mut points = Points {
            router: name,
            models: &facts.models,
            group,
            unrouted,
            scale: self.scale,
            grid: (!self.config.exact).then_some(0),
        };
        let value = |q: usize, path: usize| replay.path(q, path);
        let walked = Walk::of(&curve, replay, value, |s| points.write(&s, &mut out));

        let mut summary = Object::new("summary");
        summary.put("router", name).put_group(group);
        let Some(walk) = walked else {
            summary.put_no_means(0, unrouted);
            for metric in METRICS {
                summary.put_json(metric.name, "null");
            }
            summary.put_json("hull", "null").end(&mut out);
            return out;
        };
        // A router that routes only some queries is compared on those.
        let own = (unrouted > 0).then(|| Yardsticks::new(replay, &self.choices, &curve.queries));
        let yardsticks = own.as_ref().unwrap_or(yardsticks);

        let blind = Blind::new(replay, &curve.queries, &curve.paths());
        let mut shuffle = |name_of: &str, blind_walk: Walk, end: &Tally| {
            Object::new("baseline")
                .put("name", name_of)
                .put("router", name)
                .put_group(group)
                .put("alpha", &1.0)
                .put_means(end, unrouted)
                .put_mix(&facts.models, &walk.mix, n)
                .put("aiq", &aiq(blind_walk.points(), &yardsticks.points()))
                .put("hull", &replay.has_costs().then(|| blind_walk.hull()))
                .end(&mut out);
        };
        let anywhere = |_: usize, path: usize| blind.anywhere(path);
        if let Some(blind_walk) = Walk::of(&curve, replay, anywhere, |_| ()) {
            let end = blind.dealt(replay, &curve.queries, &curve.last());
            shuffle("shuffle", blind_walk, &end);
        }
        let dataset = &facts.scored.dataset;
        let within = |q: usize, path: usize| blind.within(path, dataset[q]);
        if let Some(blind_walk) = Walk::of(&curve, replay, within, |_| ()) {
            let end = blind_walk.end.clone();
            shuffle("shuffle-within", blind_walk, &end);
        }

        let hull = walk.hull();
        let view = View {
            end: &walk.end,
            spots: &walk.spots,
            hull: &hull,
            yardsticks,
        };
        summary
            .put_means(&walk.end, unrouted)
            .put_mix(&facts.models, &walk.mix, n)
            .put("changes", &(walk.spots.len() - 1));
        for metric in METRICS {
            summary.put(metric.name, &(metric.of)(&view));
        }
        summary
            .put("hull", &replay.has_costs().then_some(&hull))
            .end(&mut out);
        out
    }
}

/// A whole curve, walked.
struct Walk {
    spots: Vec<Spot>,
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
        mut each: impl FnMut(Stretch),
    ) -> Option<Walk> {
        let mut spots = Vec::new();
        let mut last = None;
        curve.walk(replay, value, |s| {
            if let Some((quality, quality_macro)) = s.tally.quality().zip(s.tally.quality_macro()) {
                spots.push(Spot {
                    quality,
                    quality_macro,
                    cost: s.tally.cost(),
                    cost_macro: s.tally.cost_macro(),
                });
            }
            if s.until > 1.0 {
                last = Some((s.tally.clone(), s.mix.clone()));
            }
            each(s);
        });
        last.map(|(end, mix)| Walk { spots, end, mix })
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
        ndch(&self.points().collect::<Vec<Point>>())
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
            .put_mix(self.models, s.mix, s.tally.n())
            .end(out);
    }
}
