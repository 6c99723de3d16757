//! One plane of cost and quality in its place on a picture: axes, frontier, curves
//! with their intervals, marks. Cost is logarithmic, quality zoomed; free points stand
//! left of a break in the axis.

use crate::figure::pick::Picks;
use crate::figure::plane::naming::{Keys, Named, Namer};
use crate::figure::style::Intervals;
use crate::plot::canvas::{number, Canvas};
use crate::plot::labels::Box;
use crate::plot::marks::{draw_mark, Look, BAR, FRONTIER_STYLE, GREY, SMALL, ZERO_STYLE};
use crate::plot::scene::{Curve, Plane, Scene};
use crate::unit;
use rb_record::hull::{self, Point};

/// The strip left of a logarithmic axis where free points stand.
const FREE: f64 = 44.0;
/// More routers than these would cover one another with bands.
const BANDS: usize = 3;

/// A plane and where it is.
pub(crate) struct Pane<'s> {
    pub(crate) scene: &'s Scene,
    pub(crate) plane: Plane,
    /// The plane itself, without ticks and titles.
    pub(crate) area: Box,
    pub(crate) picks: &'s Picks,
    pub(crate) intervals: Intervals,
    /// One of several: fewer ticks, marks named by keys, no titles of axes.
    pub(crate) small: bool,
}

/// Bands or bars, for so many routers with colours.
pub(crate) fn fitting(wish: Intervals, scene: &Scene, coloured: usize) -> Intervals {
    match wish {
        Intervals::Fitting if scene.pooled || coloured <= BANDS => Intervals::Bands,
        Intervals::Fitting => Intervals::Bars,
        other => other,
    }
}

/// The plane with room for the intervals that will be drawn; none without costs.
pub(crate) fn plane(scene: &Scene, picks: &Picks, intervals: Intervals) -> Option<Plane> {
    let with_cost = scene.marks.iter().filter(|m| m.cost.is_some());
    let marks = with_cost.filter_map(|m| m.interval);
    let marks: Vec<f64> = match intervals {
        Intervals::None => Vec::new(),
        _ => marks.flat_map(|ci| [ci.0, ci.1]).collect(),
    };
    scene.plane_with(&ends(scene, picks, intervals), &marks)
}

/// The ends of the intervals of routers that will be drawn.
fn ends(scene: &Scene, picks: &Picks, intervals: Intervals) -> Vec<f64> {
    let coloured = || {
        let curves = scene.curves.iter();
        curves.filter(|c| picks.look(&c.name).is_some() && !c.oracle)
    };
    match intervals {
        Intervals::None | Intervals::Fitting => Vec::new(),
        Intervals::Bands => coloured()
            .flat_map(|c| &c.intervals)
            .flat_map(|b| [b.1, b.2])
            .collect(),
        Intervals::Bars => coloured()
            .filter_map(|c| c.last?.1)
            .flat_map(|ci| [ci.0, ci.1])
            .collect(),
    }
}

impl Pane<'_> {
    fn right(&self) -> f64 {
        self.area.x + self.area.w
    }

    fn bottom(&self) -> f64 {
        self.area.y + self.area.h
    }

    fn start(&self) -> f64 {
        self.area.x + if self.plane.free { FREE } else { 0.0 }
    }

    pub(crate) fn place(&self, p: Point) -> (f64, f64) {
        let x = if p.cost > 0.0 {
            self.start() + self.plane.x.at(p.cost) * (self.right() - self.start())
        } else {
            self.area.x + FREE / 3.0
        };
        (x, self.height(p.quality))
    }

    pub(crate) fn height(&self, quality: f64) -> f64 {
        self.area.y + (1.0 - self.plane.y.at(quality)) * self.area.h
    }

    /// A hull on this plane: straight lines of cost bend on a logarithmic axis.
    fn bent(&self, corners: &[Point]) -> Vec<(f64, f64)> {
        let Some(first) = corners.first() else {
            return Vec::new();
        };
        let mut line = vec![self.place(*first)];
        for w in corners.windows(2) {
            let (a, b) = (self.plane.x.at(w[0].cost), self.plane.x.at(w[1].cost));
            let steps = (((b - a) * 60.0).ceil() as usize).max(1);
            for i in 1..steps {
                let cost = self.plane.x.value(a + (b - a) * i as f64 / steps as f64);
                let quality = hull::quality_at(w, cost);
                line.extend(quality.map(|quality| self.place(Point { cost, quality })));
            }
            line.push(self.place(w[1]));
        }
        line
    }

    /// The routers with colours.
    fn coloured(&self) -> impl Iterator<Item = (&Curve, Look)> {
        let curves = self.scene.curves.iter();
        curves.filter_map(|c| Some((c, self.picks.look(&c.name)?)))
    }

    /// Draws it; returns what is named beside its mark.
    pub(crate) fn draw(&self, canvas: &mut Canvas, keys: &mut Keys) -> Named {
        self.axes(canvas);
        canvas.polyline(&self.bent(&self.scene.frontier), FRONTIER_STYLE);
        canvas.polyline(&self.bent(&self.scene.zero), ZERO_STYLE);
        let mut lines: Vec<(f64, f64)> = walk(&self.bent(&self.scene.zero));
        let grey = format!("stroke=\"{GREY}\" stroke-width=\"1.2\"");
        for curve in &self.scene.curves {
            if self.picks.is_grey(&curve.name) {
                canvas.polyline(&self.bent(&curve.hull), &grey);
            }
        }
        for (curve, look) in self.coloured() {
            self.band(canvas, curve, look.colour);
        }
        if let Some(best) = self.scene.best {
            let (a, b) = (self.area.x, self.height(best));
            let style = "stroke=\"#666\" stroke-width=\"1\" stroke-dasharray=\"6 6\"";
            canvas.line((a, b), (self.right(), b), style);
            lines.extend(walk(&[(a, b), (self.right(), b)]));
        }
        for (curve, look) in self.coloured() {
            let bent = self.bent(&curve.hull);
            canvas.polyline(&bent, &look.line());
            lines.extend(walk(&bent));
        }
        let bars = self.bars(canvas);
        let mut drawn = Vec::new();
        for (curve, look) in self.coloured() {
            let marks = self.thinned(curve);
            marks.iter().for_each(|at| look.mark(canvas, *at));
            drawn.push((curve, look, marks));
        }
        let mut marks = Vec::new();
        for mark in &self.scene.marks {
            if let Some(cost) = mark.cost {
                let quality = mark.quality;
                let at = self.place(Point { cost, quality });
                draw_mark(canvas, mark.kind, at);
                marks.push((mark, self.plane.label(mark), at));
            }
        }
        let (area, small) = (self.area, self.small);
        Namer { area, small }.name(canvas, (&marks, &drawn), (lines, bars), keys)
    }

    /// The intervals along a curve; of one point a bar.
    fn band(&self, canvas: &mut Canvas, curve: &Curve, colour: &str) {
        let at = |cost: f64, quality: f64| self.place(Point { cost, quality });
        let own = match self.intervals {
            Intervals::Bands if !curve.oracle => &curve.intervals,
            _ => &Vec::new(),
        };
        let band = if curve.band.is_empty() {
            own
        } else {
            &curve.band
        };
        if let [(cost, low, high)] = band[..] {
            let (a, b) = (at(cost, low), at(cost, high));
            let style = format!("stroke=\"{colour}\" stroke-width=\"1.5\"");
            return canvas.bar(a.0, (a.1, b.1), &style);
        }
        let upper = band.iter().map(|b| at(b.0, b.2));
        let lower = band.iter().rev().map(|b| at(b.0, b.1));
        let corners: Vec<(f64, f64)> = upper.chain(lower).collect();
        let style = format!("class=\"band\" fill=\"{colour}\" fill-opacity=\"0.15\"");
        canvas.polygon(&corners, &style);
    }

    /// The intervals of single models, and of routers at the ends of their curves.
    /// Returns where they are.
    fn bars(&self, canvas: &mut Canvas) -> Vec<Box> {
        let mut boxes = Vec::new();
        let mut draw = |p: Point, (low, high): (f64, f64), style: &str| {
            let (x, a, b) = (self.place(p).0, self.height(high), self.height(low));
            // Beyond the zoomed range there is nothing to see, and no end.
            let whole = self.plane.y.holds(low) && self.plane.y.holds(high);
            if b - a > 1.0 {
                if whole {
                    canvas.bar(x, (a, b), style);
                } else {
                    canvas.line((x, a), (x, b), style);
                }
                boxes.push(Box {
                    x: x - 3.0,
                    y: a,
                    w: 6.0,
                    h: b - a,
                });
            }
        };
        if self.intervals == Intervals::None {
            return boxes;
        }
        for mark in &self.scene.marks {
            if let (Some(cost), Some(ci)) = (mark.cost, mark.interval) {
                let quality = mark.quality;
                draw(Point { cost, quality }, ci, BAR);
            }
        }
        if self.intervals == Intervals::Bars {
            for (curve, look) in self.coloured() {
                let interval = curve.last.and_then(|l| l.1);
                if let (Some(p), Some(ci), false) = (curve.end, interval, curve.oracle) {
                    let style = format!("stroke=\"{}\" stroke-width=\"1.4\"", look.colour);
                    draw(p, ci, &style);
                }
            }
        }
        boxes
    }

    fn axes(&self, canvas: &mut Canvas) {
        let (left, right, bottom) = (self.area.x, self.right(), self.bottom());
        let grid = "stroke=\"#e6e6e6\" stroke-width=\"1\"";
        let line = "stroke=\"#000\" stroke-width=\"1\"";
        let most_y = ((self.area.h / 46.0) as usize).clamp(3, 9);
        for (v, label) in self.plane.y.ticks(most_y) {
            let y = self.height(v);
            canvas.line((left, y), (right, y), grid);
            let end = "class=\"tick-y\" text-anchor=\"end\"";
            canvas.text((left - 8.0, y + 4.0), SMALL, end, &label);
        }
        let most_x = ((self.area.w / 62.0) as usize).clamp(3, 13);
        let ticks = self.plane.x.ticks(most_x);
        let free = self.plane.free.then(|| (0.0, "0".to_string()));
        for (v, label) in free.into_iter().chain(ticks) {
            let (x, _) = self.place(Point {
                cost: v,
                quality: 0.0,
            });
            canvas.line((x, self.area.y), (x, bottom), grid);
            canvas.line((x, bottom), (x, bottom + 5.0), line);
            let middle = "class=\"tick-x\" text-anchor=\"middle\"";
            canvas.text((x, bottom + 19.0), SMALL, middle, &label);
        }
        canvas.line((left, self.area.y), (left, bottom), line);
        canvas.line((self.start(), bottom), (right, bottom), line);
        if self.plane.free {
            canvas.line((left, bottom), (self.start() - 10.0, bottom), line);
            // The axis is broken between nothing and something.
            for at in [self.start() - 10.0, self.start()] {
                canvas.line((at - 3.0, bottom + 6.0), (at + 3.0, bottom - 6.0), line);
            }
        }
        if !self.small {
            titles(canvas, self.scene, self.area, 42.0);
        }
    }

    /// The operating points that are not almost on the one before.
    fn thinned(&self, curve: &Curve) -> Vec<(f64, f64)> {
        let mut kept: Vec<(f64, f64)> = Vec::new();
        let least = if self.small { 34.0 } else { 22.0 };
        let last = curve.points.len().saturating_sub(1);
        for (i, p) in curve.points.iter().enumerate() {
            let at = self.place(*p);
            let far = |k: &(f64, f64)| (k.0 - at.0).hypot(k.1 - at.1) >= least;
            if i == last {
                kept.retain(far);
            }
            if i == last || kept.last().is_none_or(far) {
                kept.push(at);
            }
        }
        kept
    }
}

/// The titles of both axes about an area, that of cost so far below it.
pub(crate) fn titles(canvas: &mut Canvas, scene: &Scene, area: Box, below: f64) {
    let middle = (area.x + area.w / 2.0, area.y + area.h + below);
    let title = &format!("{} (logarithmic)", unit::words(scene.against));
    canvas.text(middle, 13.0, "text-anchor=\"middle\"", title);
    let y = area.y + area.h / 2.0;
    let turned = format!(
        "text-anchor=\"middle\" transform=\"rotate(-90 16 {})\"",
        number(y)
    );
    let words = if area.h > 240.0 {
        "quality, mean score in points of 100"
    } else {
        "quality, points of 100"
    };
    canvas.text((16.0, y), 13.0, &turned, words);
}

/// Points along a line, close enough that no label slips between two.
fn walk(line: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let step = |w: &[(f64, f64)]| {
        let (a, b) = (w[0], w[1]);
        let steps = (((b.0 - a.0).hypot(b.1 - a.1) / 8.0).ceil() as usize).max(1);
        (0..steps).map(move |i| {
            let t = i as f64 / steps as f64;
            (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
        })
    };
    line.windows(2)
        .flat_map(step)
        .chain(line.last().copied())
        .collect()
}
