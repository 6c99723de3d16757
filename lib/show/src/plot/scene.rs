//! What is in a picture, whatever it is drawn with: marks, curves and the
//! ranges of the axes. Cost in USD per 1,000 queries, quality in points of 100.

use crate::panel::Panel;
use crate::plot::axis::Axis;
use crate::scores::{Figures, Group, Router};
use crate::{few, natural, text, unit};
use rb_record::hull::{self, Point};
use rb_record::record::resource::Resource;

/// What a mark stands for, which decides its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A single model.
    Model,
    /// The best of them.
    BestSingle,
    /// The mean over the models.
    Random,
    /// Knows the dataset of each query, or something else of its own.
    Other,
    /// Knows the answers, or was not made by these tools: drawn, not compared.
    Oracle,
    /// Knows the answers of a dataset as a whole.
    DatasetOracle,
}

/// A single model or a baseline.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Its shape.
    pub kind: Kind,
    /// What it is a mark of, the same in every group.
    pub name: String,
    /// Its name, with what is to be said beside it.
    pub label: String,
    /// In the unit of the axis; none: unknown.
    pub cost: Option<f64>,
    /// In points of 100.
    pub quality: f64,
    /// The 95 % interval of `quality`.
    pub interval: Option<(f64, f64)>,
}

/// A router's operating points and its hull, both by ascending cost.
#[derive(Debug, Clone)]
pub struct Curve {
    /// The router's.
    pub name: String,
    /// It knows the answers.
    pub oracle: bool,
    /// What its line goes through: its hull, of means over seeds the means.
    pub hull: Vec<Point>,
    /// Its operating points.
    pub points: Vec<Point>,
    /// Of means over seeds: a cost, and the ends of the interval of the quality there.
    pub band: Vec<(f64, f64, f64)>,
    /// Of one split: the same of its operating points.
    pub intervals: Vec<(f64, f64, f64)>,
    /// The last point, at alpha 1 of a full curve, where its cost is known.
    pub end: Option<Point>,
    /// Quality at the last point, which needs no cost, and its interval.
    pub last: Option<(f64, Option<(f64, f64)>)>,
}

impl Curve {
    /// The name as the legend shows it.
    pub fn label(&self) -> String {
        if self.oracle {
            format!("{} (knows the answers)", self.name)
        } else {
            self.name.clone()
        }
    }
}

/// All that is in one panel.
pub struct Scene {
    /// Every figure is a mean over seeds.
    pub pooled: bool,
    /// What is shown, of which queries.
    pub title: String,
    /// What the axis beside quality shows.
    pub against: Resource,
    /// `1,659 queries`, where the number is known.
    pub queries: Option<String>,
    /// Single models that are not among the marks.
    pub more: usize,
    /// Models by falling quality, then the other baselines.
    pub marks: Vec<Mark>,
    /// The routers, by name in natural order.
    pub curves: Vec<Curve>,
    /// The best mixtures of single models.
    pub zero: Vec<Point>,
    /// The joint frontier, by ascending cost.
    pub frontier: Vec<Point>,
    /// Quality of the best single model.
    pub best: Option<f64>,
}

/// The plane of cost and quality. Free points have no place on a logarithmic
/// axis and stand left of it.
pub struct Plane {
    /// Of cost, logarithmic.
    pub x: Axis,
    /// Of quality, zoomed.
    pub y: Axis,
    /// Whether something is free.
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
    /// Of a panel.
    pub fn of(panel: &Panel) -> Scene {
        let group = &panel.group;
        let best = group.baseline("best-single");
        let against = group.against();
        let frontier: Vec<Point> = panel.joint.frontier.iter().map(|m| m.point).collect();
        Scene {
            pooled: group.pooled.is_some(),
            title: match group.label() {
                Some(label) => {
                    format!("Quality and {}, {}", against.name(), text::clean(&label))
                }
                None => format!("Quality and {}", against.name()),
            },
            against,
            queries: match &group.pooled {
                Some(seeds) => Some(format!("means over {seeds}")),
                None => group.n().map(|n| format!("{} queries", text::count(n))),
            },
            more: few::models(group).1,
            marks: marks(panel),
            curves: curves(group),
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
        self.plane_with(&[], &[])
    }

    /// The same with room for these qualities, and for `others` that are not far off.
    pub fn plane_with(&self, more: &[f64], others: &[f64]) -> Option<Plane> {
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
        let bands = self.curves.iter().flat_map(|c| &c.band);
        let bands = bands.flat_map(|(_, low, high)| [*low, *high]);
        let core: Vec<f64> = core
            .chain(self.best)
            .chain(bands)
            .chain(more.iter().copied())
            .collect();
        let marks = self
            .marks
            .iter()
            .filter(|m| m.cost.is_some())
            .map(|m| m.quality)
            .chain(others.iter().copied());
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

/// The routers' curves, `knn@50` before `knn@100`.
fn curves(group: &Group) -> Vec<Curve> {
    let mut routers: Vec<(&String, &Router)> = group.routers.iter().collect();
    routers.sort_by(|a, b| natural::order(a.0, b.0));
    let drawn = routers.into_iter().map(|(name, r)| match group.pooled {
        Some(_) => mean_curve(name, r, group.against()),
        None => curve(name, r, group.against()),
    });
    drawn.collect()
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
        band: Vec::new(),
        intervals: intervals(router, against),
        end: last
            .and_then(Figures::point)
            .and_then(|p| shown_all(&[p], against).pop()),
        last: last.and_then(|f| Some((f.quality? * 100.0, scaled(f.quality_ci)))),
    }
}

/// Of means over seeds: a line through the means, and a band of their intervals.
fn mean_curve(name: &str, router: &Router, against: Resource) -> Curve {
    let mut curve = curve(name, router, against);
    curve.hull = curve.points.clone();
    // Of points at one cost the line takes the best.
    curve.hull.reverse();
    curve.hull.dedup_by_key(|p| p.cost);
    curve.hull.reverse();
    curve.band = std::mem::take(&mut curve.intervals);
    curve
}

/// The 95 % intervals of quality along a curve, by ascending cost.
fn intervals(router: &Router, against: Resource) -> Vec<(f64, f64, f64)> {
    let ends = router.points.iter().filter_map(|p| {
        let (low, high) = p.figures.quality_ci?;
        Some((
            p.figures.cost? * unit::times(against),
            low * 100.0,
            high * 100.0,
        ))
    });
    let mut ends: Vec<(f64, f64, f64)> = ends.collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    ends
}

/// Models by falling quality, then the other baselines by name. Shuffles are
/// left out: each lies where its router's mix puts it and none is a choice.
fn marks(panel: &Panel) -> Vec<Mark> {
    let group = &panel.group;
    let mark = |kind: Kind, name: &str, label: String, f: &Figures| {
        let interval = f.quality_ci.map(|(a, b)| (a * 100.0, b * 100.0));
        Some(Mark {
            kind,
            name: text::clean(name),
            label: text::clean(&label),
            cost: f.cost.map(|c| c * unit::times(f.against)),
            quality: f.quality? * 100.0,
            interval,
        })
    };
    let best = group.baseline("best-single");
    let is_best = |name: &str| best.is_some_and(|b| b.model.as_deref() == Some(name));
    let (models, _) = few::models(group);
    let mut all: Vec<Mark> = models
        .into_iter()
        .filter_map(|(name, f)| {
            if is_best(name) {
                mark(Kind::BestSingle, name, format!("{name} = best single"), f)
            } else {
                mark(Kind::Model, name, name.to_string(), f)
            }
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
            "best single",
            format!("best single{model}"),
            &best.figures,
        ));
    }
    for b in &group.baselines {
        all.extend(match b.name.as_str() {
            "model" | "best-single" | "best-single-on-test" | "zero" => None,
            "shuffle" | "shuffle-within" => None,
            "reference" => {
                let name = b.reference.as_ref().map_or("reference", String::as_str);
                mark(
                    Kind::Oracle,
                    name,
                    format!("{name} (reference)"),
                    &b.figures,
                )
            }
            name => {
                let kind = match name {
                    "random" => Kind::Random,
                    "oracle" => Kind::Oracle,
                    "dataset-oracle" => Kind::DatasetOracle,
                    _ => Kind::Other,
                };
                mark(kind, name, name.replace('-', " "), &b.figures)
            }
        });
    }
    all
}
