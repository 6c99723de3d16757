//! What is in a picture, whatever it is drawn with: marks, curves and the
//! ranges of the axes. Cost in USD per 1,000 queries, quality in points of 100.

use crate::plot::axis::Axis;
use crate::plot::{text, unit, Panel};
use crate::scores::{Figures, Router};
use rb_record::hull::{self, Point};
use rb_record::record::resource::Resource;

/// What a mark stands for, which decides its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Model,
    BestSingle,
    Random,
    /// Knows the dataset of each query, or something else of its own.
    Other,
    /// Knows the answers, or was not made by these tools: drawn, not compared.
    Oracle,
}

#[derive(Debug, Clone)]
pub struct Mark {
    pub kind: Kind,
    pub label: String,
    pub cost: Option<f64>,
    pub quality: f64,
    pub interval: Option<(f64, f64)>,
}

/// A router's operating points and its hull, both by ascending cost.
#[derive(Debug, Clone)]
pub struct Curve {
    pub name: String,
    pub oracle: bool,
    pub hull: Vec<Point>,
    pub points: Vec<Point>,
    /// Quality at the last point, which needs no cost, and its interval.
    pub last: Option<(f64, Option<(f64, f64)>)>,
}

impl Curve {
    /// The name as the legend shows it.
    pub fn label(&self) -> String {
        match self.oracle {
            true => format!("{} (knows the answers)", self.name),
            false => self.name.clone(),
        }
    }
}

pub struct Scene {
    pub title: String,
    /// What the axis beside quality shows.
    pub against: Resource,
    /// `1,659 queries`, where the number is known.
    pub queries: Option<String>,
    pub marks: Vec<Mark>,
    pub curves: Vec<Curve>,
    /// The best mixtures of single models.
    pub zero: Vec<Point>,
    pub frontier: Vec<Point>,
    /// Quality of the best single model.
    pub best: Option<f64>,
}

/// The plane of cost and quality. Free points have no place on a logarithmic
/// axis and stand left of it.
pub struct Plane {
    pub x: Axis,
    pub y: Axis,
    pub free: bool,
}

impl Plane {
    /// The mark's label; beyond the zoomed range the mark stands at the edge
    /// and its label says where it is.
    pub fn label(&self, mark: &Mark) -> String {
        let (label, quality) = (&mark.label, mark.quality);
        match self.y {
            Axis::Linear { high, .. } if quality > high => format!("{label} ↑ {quality:.1}"),
            Axis::Linear { low, .. } if quality < low => format!("{label} ↓ {quality:.1}"),
            _ => label.clone(),
        }
    }
}

fn shown_all(points: &[Point], against: Resource) -> Vec<Point> {
    let shown = |p: &Point| Point {
        cost: p.cost * unit::times(against),
        quality: p.quality * 100.0,
    };
    points.iter().map(shown).collect()
}

impl Scene {
    pub fn of(panel: &Panel) -> Scene {
        let group = &panel.group;
        let best = group.baseline("best-single");
        let against = group.against();
        let frontier: Vec<Point> = panel.joint.frontier.iter().map(|m| m.point).collect();
        Scene {
            title: match group.label() {
                Some(label) => {
                    format!("Quality and {}, {}", against.name(), text::clean(&label))
                }
                None => format!("Quality and {}", against.name()),
            },
            against,
            queries: group.n().map(|n| format!("{} queries", text::count(n))),
            marks: marks(panel),
            curves: group
                .routers
                .iter()
                .map(|(name, r)| curve(name, r, against))
                .collect(),
            zero: group
                .baseline("zero")
                .map(|b| shown_all(&b.hull, against))
                .unwrap_or_default(),
            frontier: shown_all(&frontier, against),
            best: best.and_then(|b| b.figures.quality).map(|q| q * 100.0),
        }
    }

    fn points(&self) -> impl Iterator<Item = Point> + '_ {
        let curves = self
            .curves
            .iter()
            .flat_map(|c| c.points.iter().chain(&c.hull));
        let marks = self.marks.iter().filter_map(|m| {
            Some(Point {
                cost: m.cost?,
                quality: m.quality,
            })
        });
        curves
            .chain(&self.zero)
            .chain(&self.frontier)
            .copied()
            .chain(marks)
    }

    /// The plane in which everything with a cost can be drawn; none without costs.
    pub fn plane(&self) -> Option<Plane> {
        let costs: Vec<f64> = self.points().map(|p| p.cost).collect();
        let positive = || costs.iter().copied().filter(|c| *c > 0.0);
        let free = costs.contains(&0.0);
        let x = match (positive().reduce(f64::min), positive().reduce(f64::max)) {
            (Some(low), Some(high)) => Axis::log(low, high),
            // Everything is free: any axis will do.
            _ if free => Axis::log(0.1, 1.0),
            _ => return None,
        };
        let routers = self.curves.iter().filter(|c| !c.oracle);
        let core = routers
            .flat_map(|c| c.points.iter().chain(&c.hull))
            .map(|p| p.quality);
        let core: Vec<f64> = core.chain(self.best).collect();
        let marks = self
            .marks
            .iter()
            .filter(|m| m.cost.is_some())
            .map(|m| m.quality);
        Some(Plane {
            x,
            y: zoomed(&core, &marks.collect::<Vec<_>>()),
            free,
        })
    }

    /// The axis of quality alone, for what has no costs.
    pub fn quality_axis(&self) -> Axis {
        let last = self.curves.iter().filter_map(|c| c.last);
        let rows = self
            .marks
            .iter()
            .map(|m| (m.quality, m.interval))
            .chain(last);
        let values = rows.flat_map(|(q, ci)| [Some(q), ci.map(|c| c.0), ci.map(|c| c.1)]);
        let values: Vec<f64> = values.flatten().collect();
        zoomed(&values, &[])
    }
}

/// The range of `core`, with those of `others` that are not so far off that
/// they would squeeze it; these are drawn at the edge.
fn zoomed(core: &[f64], others: &[f64]) -> Axis {
    let core = if core.is_empty() { others } else { core };
    let mut low = core.iter().copied().fold(f64::INFINITY, f64::min);
    let mut high = core.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        (low, high) = (0.0, 100.0);
    }
    let reach = (high - low).max(12.0);
    let near = (low - reach, high + reach);
    for v in others.iter().filter(|v| **v >= near.0 && **v <= near.1) {
        low = low.min(*v);
        high = high.max(*v);
    }
    let least = (2.0 - (high - low)).max(0.0) / 2.0;
    Axis::linear(low - least, high + least)
}

fn curve(name: &str, router: &Router, against: Resource) -> Curve {
    let points = router.points.iter().filter_map(|p| p.figures.point());
    let mut points: Vec<Point> = points.collect();
    points.sort_by(|a, b| {
        a.cost
            .total_cmp(&b.cost)
            .then(a.quality.total_cmp(&b.quality))
    });
    points.dedup();
    let hull = match &router.summary {
        Some(summary) if !summary.hull.is_empty() => summary.hull.clone(),
        _ => hull::ndch(&points),
    };
    let scaled = |ci: Option<(f64, f64)>| ci.map(|(a, b)| (a * 100.0, b * 100.0));
    let last = router.last().map(|p| &p.figures);
    Curve {
        name: text::clean(name),
        oracle: router.is_oracle(),
        hull: shown_all(&hull, against),
        points: shown_all(&points, against),
        last: last.and_then(|f| Some((f.quality? * 100.0, scaled(f.quality_ci)))),
    }
}

/// Models by falling quality, then the other baselines by name. Shuffles are
/// left out: each lies where its router's mix puts it and none is a choice.
fn marks(panel: &Panel) -> Vec<Mark> {
    let group = &panel.group;
    let mark = |kind: Kind, label: String, f: &Figures| {
        let interval = f.quality_ci.map(|(a, b)| (a * 100.0, b * 100.0));
        Some(Mark {
            kind,
            label: text::clean(&label),
            cost: f.cost.map(|c| c * unit::times(f.against)),
            quality: f.quality? * 100.0,
            interval,
        })
    };
    let best = group.baseline("best-single");
    let is_best = |name: &str| best.is_some_and(|b| b.model.as_deref() == Some(name));
    let mut all: Vec<Mark> = group
        .models()
        .filter_map(|(name, f)| match is_best(name) {
            true => mark(Kind::BestSingle, format!("{name} = best single"), f),
            false => mark(Kind::Model, name.to_string(), f),
        })
        .collect();
    all.sort_by(|a, b| b.quality.total_cmp(&a.quality));
    if let (Some(best), false) = (best, all.iter().any(|m| m.kind == Kind::BestSingle)) {
        let model = best
            .model
            .as_ref()
            .map_or(String::new(), |m| format!(" {m}"));
        all.extend(mark(
            Kind::BestSingle,
            format!("best single{model}"),
            &best.figures,
        ));
    }
    for b in &group.baselines {
        all.extend(match b.name.as_str() {
            "model" | "best-single" | "best-single-on-test" | "zero" => None,
            "shuffle" | "shuffle-within" => None,
            "random" => mark(Kind::Random, "random".into(), &b.figures),
            "oracle" | "dataset-oracle" => mark(Kind::Oracle, b.name.replace('-', " "), &b.figures),
            "reference" => {
                let name = b.reference.as_ref().map_or("reference", String::as_str);
                mark(Kind::Oracle, format!("{name} (reference)"), &b.figures)
            }
            other => mark(Kind::Other, other.replace('-', " "), &b.figures),
        });
    }
    all
}
