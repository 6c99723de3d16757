//! The picture: cost on a logarithmic axis, quality on a zoomed one, one panel
//! a group. Routers are told apart by dashes and marks as well as by colour.
//! Lines are hulls (what mixing a router's operating points reaches), marks
//! are the points. Without costs the panel is a dot plot of quality.

use crate::output::{Config, Output};
use crate::panel::Panel;
use crate::plot::canvas::{number, text_width, Canvas};
use crate::plot::labels::{Box, Placer};
use crate::plot::marks::{
    draw_mark, heading, Look, FRONTIER_STYLE, LEFT, RIGHT, SMALL, WIDTH, ZERO_STYLE,
};
use crate::plot::scene::{Curve, Plane, Scene};
use crate::plot::{dots, legend};
use crate::unit;
use rb_record::hull::{self, Point};

/// `--svg`.
pub const OUTPUT: Output = Output {
    name: "svg",
    help: "Draw cost (logarithmic) against quality into FILE, as SVG",
    render,
};

const TOP: f64 = 62.0;
const HEIGHT: f64 = 440.0;
/// The strip left of a logarithmic axis where free points stand.
const FREE: f64 = 44.0;

fn render(panels: &[Panel], _: &Config) -> String {
    let mut body = Canvas::default();
    let mut y = 0.0;
    for panel in panels {
        let scene = Scene::of(panel);
        body.raw(&format!("<g transform=\"translate(0 {})\">", number(y)));
        y += match scene.plane() {
            Some(plane) => Drawing {
                scene: &scene,
                plane,
            }
            .draw(&mut body),
            None => dots::draw(&scene, &mut body),
        };
        body.raw("</g>");
    }
    let (width, height) = (number(WIDTH), number(y));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n<title>Routers and single models: quality against cost</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{}</svg>\n",
        body.out
    )
}

struct Drawing<'s> {
    scene: &'s Scene,
    plane: Plane,
}

impl Drawing<'_> {
    fn start(&self) -> f64 {
        LEFT + if self.plane.free { FREE } else { 0.0 }
    }

    fn place(&self, p: Point) -> (f64, f64) {
        let x = if p.cost > 0.0 {
            self.start() + self.plane.x.at(p.cost) * (WIDTH - RIGHT - self.start())
        } else {
            LEFT + FREE / 3.0
        };
        (x, TOP + (1.0 - self.plane.y.at(p.quality)) * HEIGHT)
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

    fn draw(&self, canvas: &mut Canvas) -> f64 {
        let note = if self.scene.pooled {
            "lines and marks are means, bands their 95 % intervals"
        } else {
            "lines are hulls (mixtures of a router's operating points), marks the points themselves"
        };
        heading(canvas, self.scene, &self.scene.title, note);
        self.axes(canvas);
        canvas.polyline(&self.bent(&self.scene.frontier), FRONTIER_STYLE);
        canvas.polyline(&self.bent(&self.scene.zero), ZERO_STYLE);
        let mut lines: Vec<(f64, f64)> = self.bent(&self.scene.zero);
        for (i, curve) in self.scene.curves.iter().enumerate() {
            self.band(canvas, curve, Look::of(i).colour);
        }
        for (i, curve) in self.scene.curves.iter().enumerate() {
            let bent = self.bent(&curve.hull);
            canvas.polyline(&bent, &Look::of(i).line());
            lines.extend(walk(&bent));
        }
        for (i, curve) in self.scene.curves.iter().enumerate() {
            for at in self.thinned(curve) {
                Look::of(i).mark(canvas, at);
                lines.push(at);
            }
        }
        self.marks(canvas, lines);
        TOP + HEIGHT + 62.0 + legend::draw(self.scene, canvas, TOP + HEIGHT + 66.0)
    }

    /// The intervals along a curve; of one point a bar.
    fn band(&self, canvas: &mut Canvas, curve: &Curve, colour: &str) {
        let at = |cost: f64, quality: f64| self.place(Point { cost, quality });
        if let [(cost, low, high)] = curve.band[..] {
            let style = format!("stroke=\"{colour}\" stroke-width=\"1.5\"");
            return canvas.line(at(cost, low), at(cost, high), &style);
        }
        let upper = curve.band.iter().map(|b| at(b.0, b.2));
        let lower = curve.band.iter().rev().map(|b| at(b.0, b.1));
        let corners: Vec<(f64, f64)> = upper.chain(lower).collect();
        let style = format!("fill=\"{colour}\" fill-opacity=\"0.15\"");
        canvas.polygon(&corners, &style);
    }

    fn axes(&self, canvas: &mut Canvas) {
        let (right, bottom) = (WIDTH - RIGHT, TOP + HEIGHT);
        let grid = "stroke=\"#e6e6e6\" stroke-width=\"1\"";
        let line = "stroke=\"#000\" stroke-width=\"1\"";
        for (v, label) in self.plane.y.ticks(9) {
            let y = TOP + (1.0 - self.plane.y.at(v)) * HEIGHT;
            canvas.line((LEFT, y), (right, y), grid);
            canvas.text((LEFT - 8.0, y + 4.0), SMALL, "text-anchor=\"end\"", &label);
        }
        for (v, label) in self.plane.x.ticks(13) {
            let (x, _) = self.place(Point {
                cost: v,
                quality: 0.0,
            });
            canvas.line((x, TOP), (x, bottom), grid);
            canvas.line((x, bottom), (x, bottom + 5.0), line);
            canvas.text((x, bottom + 19.0), SMALL, "text-anchor=\"middle\"", &label);
        }
        canvas.line((LEFT, TOP), (LEFT, bottom), line);
        canvas.line((self.start(), bottom), (right, bottom), line);
        if self.plane.free {
            let (x, _) = self.place(Point {
                cost: 0.0,
                quality: 0.0,
            });
            canvas.line((x, TOP), (x, bottom), grid);
            canvas.line((LEFT, bottom), (self.start() - 10.0, bottom), line);
            canvas.line((x, bottom), (x, bottom + 5.0), line);
            canvas.text((x, bottom + 19.0), SMALL, "text-anchor=\"middle\"", "0");
            // The axis is broken between nothing and something.
            for at in [self.start() - 10.0, self.start()] {
                canvas.line((at - 3.0, bottom + 6.0), (at + 3.0, bottom - 6.0), line);
            }
        }
        let middle = (LEFT + right) / 2.0;
        let title = &format!("{} (logarithmic)", unit::words(self.scene.against));
        canvas.text(
            (middle, bottom + 42.0),
            13.0,
            "text-anchor=\"middle\"",
            title,
        );
        let y = number(TOP + HEIGHT / 2.0);
        let turned = format!("text-anchor=\"middle\" transform=\"rotate(-90 16 {y})\"");
        let at = (16.0, TOP + HEIGHT / 2.0);
        canvas.text(at, 13.0, &turned, "quality, mean score in points of 100");
    }

    /// The operating points that are not almost on the one before.
    fn thinned(&self, curve: &Curve) -> Vec<(f64, f64)> {
        let mut kept: Vec<(f64, f64)> = Vec::new();
        let last = curve.points.len().saturating_sub(1);
        for (i, p) in curve.points.iter().enumerate() {
            let at = self.place(*p);
            let far = kept
                .last()
                .is_none_or(|k| (k.0 - at.0).hypot(k.1 - at.1) >= 16.0);
            if far || i == last {
                kept.push(at);
            }
        }
        kept
    }

    /// Single models and baselines with their names.
    fn marks(&self, canvas: &mut Canvas, lines: Vec<(f64, f64)>) {
        let around = |(x, y): (f64, f64)| Box {
            x: x - 6.0,
            y: y - 6.0,
            w: 12.0,
            h: 12.0,
        };
        let all: Vec<_> = self
            .scene
            .marks
            .iter()
            .filter_map(|m| {
                let p = Point {
                    cost: m.cost?,
                    quality: m.quality,
                };
                Some((m.kind, self.place(p), self.plane.label(m)))
            })
            .collect();
        let mut placer = Placer {
            bounds: Box {
                x: LEFT + 2.0,
                y: TOP - 8.0,
                w: WIDTH - RIGHT - LEFT + 12.0,
                h: HEIGHT + 6.0,
            },
            taken: all.iter().map(|(_, at, _)| around(*at)).collect(),
            lines,
        };
        if let Some(best) = self.scene.best {
            let y = self
                .place(Point {
                    cost: 1.0,
                    quality: best,
                })
                .1;
            let style = "stroke=\"#666\" stroke-width=\"1\" stroke-dasharray=\"6 6\"";
            canvas.line((LEFT, y), (WIDTH - RIGHT, y), style);
            placer
                .lines
                .extend((0..120).map(|i| (LEFT + 7.0 * i as f64, y)));
        }
        for (kind, at, _) in &all {
            draw_mark(canvas, *kind, *at);
        }
        for (_, at, label) in &all {
            let (w, h) = (text_width(label, SMALL), 14.0);
            let placed = placer.place(*at, w, h);
            let b = placed.at;
            if placed.far {
                let near = (
                    at.0.clamp(b.x, b.x + w),
                    at.1.clamp(b.y + 2.0, b.y + h - 2.0),
                );
                canvas.line(*at, near, "stroke=\"#888\" stroke-width=\"0.8\"");
            }
            canvas.label((b.x, b.y + 11.0), SMALL, "", label);
        }
    }
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
