//! Which points are on the joint frontier, and how every router stands to it.

use crate::pareto::distance::{distance, Scale};
use rb_record::hull::Point;
use std::collections::{BTreeMap, BTreeSet};

/// Whose point it is; models come first where both have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A single model, by name.
    Model(String),
    /// A router, by name.
    Router(String),
}

/// A point on the joint frontier.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Where it is.
    pub point: Point,
    /// Whose point it is.
    pub owner: Owner,
    /// The smallest alpha at which the router is there.
    pub alpha: Option<f64>,
}

/// A router against the joint frontier.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Distinct points.
    pub points: usize,
    /// How many of them are on the frontier.
    pub on_frontier: usize,
    /// ParetoDist, 0..√2.
    pub dist: f64,
    /// ParetoShare, 0..1.
    pub share: f64,
}

/// A router's operating points with known cost and quality, by ascending alpha.
pub type Curve = Vec<(f64, Point)>;

/// The frontier by ascending cost, and every compared router's standing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Joint {
    /// By ascending cost; at equal points models first.
    pub frontier: Vec<Member>,
    /// By name.
    pub routers: BTreeMap<String, Standing>,
}

/// A point whose coordinates are rounded to ten digits, for comparing: what
/// was added up in another order is still the same. As bits, which for
/// numbers that are not negative sort as the numbers do.
pub(super) type Exact = (u64, u64);

pub(super) fn exact(p: Point) -> Exact {
    let round = |v: f64| {
        let rounded = format!("{:.9e}", v).parse().unwrap_or(v);
        f64::to_bits(rounded + 0.0)
    };
    (round(p.cost), round(p.quality))
}

pub(super) fn point(e: Exact) -> Point {
    Point {
        cost: f64::from_bits(e.0),
        quality: f64::from_bits(e.1),
    }
}

/// Those of `points` that no other dominates, by ascending cost. O(n log n).
pub(super) fn undominated(points: &BTreeSet<Exact>) -> Vec<Exact> {
    let mut frontier: Vec<Exact> = Vec::new();
    for &(cost, quality) in points {
        match frontier.last() {
            Some(last) if quality <= last.1 => continue,
            Some(last) if cost == last.0 => {
                frontier.pop();
            }
            _ => {}
        }
        frontier.push((cost, quality));
    }
    frontier
}

/// The alphas at which all `curves` are read.
fn common_alphas(curves: &[(String, Curve)]) -> Vec<f64> {
    let own = |curve: &Curve| -> Vec<f64> { curve.iter().map(|(alpha, _)| *alpha).collect() };
    let mut curves = curves.iter().map(|(_, curve)| own(curve));
    match curves.next() {
        Some(first) if curves.all(|other| other == first) => first,
        _ => (0..=100).map(|i| i as f64 / 100.0).collect(),
    }
}

/// The curve's point at `alpha`; left of its first there is none.
fn read(curve: &Curve, alpha: f64) -> Option<Point> {
    // A grid's 0.07 and a curve's 7 · 0.01 are the same alpha.
    let after = curve.partition_point(|(a, _)| *a <= alpha + 1e-12);
    Some(curve[after.checked_sub(1)?].1)
}

/// Compares routers with one another and with the single models.
pub fn compare(models: &[(String, Point)], curves: &[(String, Curve)]) -> Joint {
    let singles = models
        .iter()
        .map(|(name, p)| (Owner::Model(name.clone()), None, *p));
    let operating = curves.iter().flat_map(|(name, curve)| {
        let at = move |(alpha, p): &(f64, Point)| (Owner::Router(name.clone()), Some(*alpha), *p);
        curve.iter().map(at)
    });
    let all: Vec<(Owner, Option<f64>, Point)> = singles.chain(operating).collect();
    let points: BTreeSet<Exact> = all.iter().map(|(_, _, p)| exact(*p)).collect();
    let frontier = undominated(&points);

    let mut members: BTreeMap<(Exact, Owner), Member> = BTreeMap::new();
    for (owner, alpha, p) in all {
        let at = exact(p);
        if frontier.binary_search(&at).is_ok() {
            // Curves ascend in alpha, so the first to come has the smallest.
            let key = (at, owner.clone());
            members.entry(key).or_insert(Member {
                point: p,
                owner,
                alpha,
            });
        }
    }

    let scale = Scale::over(points.iter().map(|e| point(*e)));
    let polyline: Vec<(f64, f64)> = frontier.iter().map(|e| scale.apply(point(*e))).collect();
    let alphas = common_alphas(curves);
    let mut routers = BTreeMap::new();
    for (name, curve) in curves {
        let own = alphas.iter().filter_map(|a| read(curve, *a));
        let own: BTreeSet<Exact> = own.map(exact).collect();
        if own.is_empty() {
            continue;
        }
        let on_frontier = own
            .iter()
            .filter(|e| frontier.binary_search(e).is_ok())
            .count();
        let total: f64 = own
            .iter()
            .map(|e| distance(scale.apply(point(*e)), &polyline))
            .sum();
        let standing = Standing {
            points: own.len(),
            on_frontier,
            dist: total / own.len() as f64,
            share: on_frontier as f64 / own.len() as f64,
        };
        routers.insert(name.clone(), standing);
    }
    Joint {
        frontier: members.into_values().collect(),
        routers,
    }
}
