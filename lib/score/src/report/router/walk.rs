//! A whole curve, walked once: its spots, its hull, the stops at which it is
//! resampled, and its point lines.

use crate::data::facts::Group;
use crate::metric::measure::Spot;
use crate::replay::curve::{Curve, Mix, Stretch};
use crate::replay::tally::Tally;
use crate::replay::{Replay, Value};
use crate::report::bands::curve::CurveBands;
use crate::report::line::Object;
use rb_record::hull::{ndch_of, Point};
use rb_record::policy::lambda;
use rb_store::column::Column;
use rb_store::pages::Pager;
/// Points are written at 0, 1/100 … 1 unless every change is asked for.
const GRID: usize = 100;

/// A whole curve, walked.
pub(crate) struct Walk {
    pub(crate) spots: Column<Spot>,
    /// By spot: the lowest alpha at which it holds.
    pub(crate) alphas: Column<f64>,
    /// At alpha 1.
    pub(crate) end: Tally,
    pub(crate) mix: Mix,
}

impl Walk {
    /// None where the router routes none of the queries.
    pub(crate) fn of(
        curve: &Curve,
        replay: &Replay,
        value: impl Fn(usize, usize) -> Value,
        strong: Option<usize>,
        mut each: impl FnMut(Stretch),
    ) -> Option<Walk> {
        let pager: &Pager = &replay.facts.pager;
        let (mut spots, mut alphas) = (Column::new(pager), Column::new(pager));
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

    pub(crate) fn points(&self) -> impl Iterator<Item = Point> + '_ {
        self.spots.iter().filter_map(|s| {
            Some(Point {
                cost: s.cost?,
                quality: s.quality,
            })
        })
    }

    /// The spot that holds at `alpha`.
    pub(crate) fn at(&self, alpha: f64) -> Option<Spot> {
        let next = self
            .alphas
            .partition_point(0..self.alphas.len(), |a| a <= alpha);
        next.checked_sub(1).map(|place| self.spots.get(place))
    }

    pub(crate) fn hull(&self) -> Vec<Point> {
        ndch_of(self.points())
    }

    /// The alphas of the grid and of the corners of both hulls, ascending: the
    /// hulls of these points alone are the hulls of all.
    pub(crate) fn stops(&self) -> Vec<f64> {
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
pub(crate) struct PointLines<'a> {
    pub(crate) router: &'a str,
    pub(crate) models: &'a [String],
    pub(crate) group: Option<&'a Group>,
    pub(crate) unrouted: usize,
    pub(crate) scale: Option<f64>,
    /// The next alpha of the grid; None: every change is written.
    pub(crate) grid: Option<usize>,
    pub(crate) bands: Option<&'a CurveBands>,
}

impl PointLines<'_> {
    pub(crate) fn write(&mut self, s: &Stretch, out: &mut String) {
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

    pub(crate) fn line(&self, alpha: f64, s: &Stretch, out: &mut String) {
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
