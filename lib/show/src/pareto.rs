//! The joint frontier of routers and single models, and how far each router
//! is from it.
//!
//! A point is on the frontier when no other costs no more and is no worse
//! without being equal to it: equal points share their place. Joined by
//! straight lines and flat to the right, the frontier is a polyline.
//! - **ParetoDist**: mean over a router's distinct points of the Euclidean
//!   distance to the polyline, after both axes are scaled so that the compared
//!   points span 0..1 (an axis on which all are equal counts nothing). 0..√2,
//!   lower is better.
//! - **ParetoShare**: share of a router's distinct points on the frontier, 0..1.
//!   A point that pays more for the frontier's best quality has distance 0 but
//!   is not on it.
//!
//! Both names are LLMRouterBench's (its text defines them, its code is not
//! published), made exact here. Every curve is read at the same alphas: the
//! routers' own where all have the same, else 0, 0.01, … 1, where a point holds
//! from its alpha on. Costs in USD per query, quality 0..1.

use rb_record::hull::Point;
use rb_record::record::resource::Resource;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Whose point it is; models come first where both have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    Model(String),
    Router(String),
}

/// A point on the joint frontier.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub point: Point,
    pub owner: Owner,
    /// The smallest alpha at which the router is there.
    pub alpha: Option<f64>,
}

/// A router against the joint frontier.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Distinct points, and how many of them are on the frontier.
    pub points: usize,
    pub on_frontier: usize,
    pub dist: f64,
    pub share: f64,
}

/// A router's operating points with known cost and quality, by ascending alpha.
pub type Curve = Vec<(f64, Point)>;

/// The frontier by ascending cost, and every compared router's standing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Joint {
    pub frontier: Vec<Member>,
    pub routers: BTreeMap<String, Standing>,
}

/// A point whose coordinates are rounded to ten digits, for comparing: what
/// was added up in another order is still the same. As bits, which for
/// numbers that are not negative sort as the numbers do.
type Exact = (u64, u64);

fn exact(p: Point) -> Exact {
    let round = |v: f64| {
        let rounded = format!("{:.9e}", v).parse().unwrap_or(v);
        f64::to_bits(rounded + 0.0)
    };
    (round(p.cost), round(p.quality))
}

fn point(e: Exact) -> Point {
    Point {
        cost: f64::from_bits(e.0),
        quality: f64::from_bits(e.1),
    }
}

/// Those of `points` that no other dominates, by ascending cost. O(n log n).
fn undominated(points: &BTreeSet<Exact>) -> Vec<Exact> {
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

/// Min–max scaling of both axes.
struct Scale {
    low: Point,
    high: Point,
}

impl Scale {
    fn over(points: impl Iterator<Item = Point>) -> Scale {
        let none = Point {
            cost: f64::INFINITY,
            quality: f64::INFINITY,
        };
        let (mut low, mut high) = (none, none);
        (high.cost, high.quality) = (-none.cost, -none.quality);
        for p in points {
            low.cost = low.cost.min(p.cost);
            low.quality = low.quality.min(p.quality);
            high.cost = high.cost.max(p.cost);
            high.quality = high.quality.max(p.quality);
        }
        Scale { low, high }
    }

    fn apply(&self, p: Point) -> (f64, f64) {
        let share = |v: f64, low: f64, high: f64| match high > low {
            true => (v - low) / (high - low),
            false => 0.0,
        };
        (
            share(p.cost, self.low.cost, self.high.cost),
            share(p.quality, self.low.quality, self.high.quality),
        )
    }
}

/// From `p` to the nearest point of `line`, which goes on flat to the right.
fn distance(p: (f64, f64), line: &[(f64, f64)]) -> f64 {
    let to = |x: f64, y: f64| (p.0 - x).hypot(p.1 - y);
    let Some(&(x, y)) = line.last() else {
        return 0.0;
    };
    let flat = to(p.0.max(x), y);
    line.windows(2).fold(flat, |least, w| {
        let (a, b) = (w[0], w[1]);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let along = ((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy);
        let along = along.clamp(0.0, 1.0);
        least.min(to(a.0 + along * dx, a.1 + along * dy))
    })
}

#[derive(Serialize)]
struct ParetoRecord<'a> {
    r#type: &'static str,
    router: &'a str,
    group: &'a serde_json::value::RawValue,
    compared: bool,
    points: Option<usize>,
    on_frontier: Option<usize>,
    pareto_dist: Option<f64>,
    pareto_share: Option<f64>,
}

#[derive(Serialize)]
struct FrontierRecord<'a> {
    r#type: &'static str,
    group: &'a serde_json::value::RawValue,
    points: Vec<FrontierPoint<'a>>,
}

#[derive(Serialize)]
struct FrontierPoint<'a> {
    /// Of the three the one that quality is traded against.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<f64>,
    quality: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    router: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alpha: Option<f64>,
}

impl Joint {
    /// The pareto record of every one of `routers` (null where it was not
    /// compared), then the frontier record if there is a frontier. `group` is
    /// its JSON text.
    pub fn records<'r>(
        &self,
        group: &str,
        against: Resource,
        routers: impl Iterator<Item = &'r String>,
    ) -> serde_json::Result<Vec<String>> {
        let group: &serde_json::value::RawValue = serde_json::from_str(group)?;
        let mut lines = Vec::new();
        for router in routers {
            let standing = self.routers.get(router);
            lines.push(serde_json::to_string(&ParetoRecord {
                r#type: "pareto",
                router,
                group,
                compared: standing.is_some(),
                points: standing.map(|s| s.points),
                on_frontier: standing.map(|s| s.on_frontier),
                pareto_dist: standing.map(|s| s.dist),
                pareto_share: standing.map(|s| s.share),
            })?);
        }
        let points: Vec<FrontierPoint> = {
            let members = self.frontier.iter();
            members.map(|m| FrontierPoint::of(m, against)).collect()
        };
        if !points.is_empty() {
            lines.push(serde_json::to_string(&FrontierRecord {
                r#type: "frontier",
                group,
                points,
            })?);
        }
        Ok(lines)
    }
}

impl FrontierPoint<'_> {
    fn of(member: &Member, against: Resource) -> FrontierPoint<'_> {
        let amount = |r: Resource| (r == against).then_some(member.point.cost);
        let (router, model) = match &member.owner {
            Owner::Router(name) => (Some(name.as_str()), None),
            Owner::Model(name) => (None, Some(name.as_str())),
        };
        FrontierPoint {
            cost: amount(Resource::Cost),
            latency: amount(Resource::Latency),
            tokens: amount(Resource::Tokens),
            quality: member.point.quality,
            router,
            model,
            alpha: member.alpha,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn p(cost: f64, quality: f64) -> Point {
        Point { cost, quality }
    }

    fn curve(points: &[(f64, f64)]) -> Curve {
        let last = points.len().max(2) - 1;
        let at = |(i, (c, q)): (usize, &(f64, f64))| (i as f64 / last as f64, p(*c, *q));
        points.iter().enumerate().map(at).collect()
    }

    fn on(name: &str, joint: &Joint) -> Vec<(f64, f64)> {
        let own = joint
            .frontier
            .iter()
            .filter(|m| m.owner == Owner::Router(name.into()));
        own.map(|m| (m.point.cost, m.point.quality)).collect()
    }

    #[test]
    fn a_router_alone_on_the_frontier_has_share_one_and_distance_zero() {
        let joint = compare(
            &[("dear".into(), p(9.0, 0.5)), ("poor".into(), p(2.0, 0.1))],
            &[("r".into(), curve(&[(1.0, 0.5), (2.0, 0.7), (3.0, 0.8)]))],
        );
        let r = &joint.routers["r"];
        assert_eq!((r.points, r.on_frontier, r.dist, r.share), (3, 3, 0.0, 1.0));
        assert_eq!(on("r", &joint).len(), joint.frontier.len());
    }

    #[test]
    fn distance_is_to_the_nearest_of_segments_and_of_the_flat_end() {
        let line = [(0.0, 0.0), (0.5, 1.0)];
        assert!((distance((1.0, 0.75), &line) - 0.25).abs() < 1e-12);
        // To the line y = 2x from (0.5, 0): 1/√5.
        assert!((distance((0.5, 0.0), &line) - 0.2f64.sqrt()).abs() < 1e-12);
        assert_eq!(distance((0.25, 0.5), &line), 0.0);
    }

    #[test]
    fn paying_more_for_the_best_quality_has_distance_zero_but_is_not_on_the_frontier() {
        let joint = compare(
            &[("a".into(), p(1.0, 0.2)), ("b".into(), p(2.0, 0.9))],
            &[("r".into(), curve(&[(3.0, 0.9)]))],
        );
        assert_eq!(joint.routers["r"].dist, 0.0);
        assert_eq!(joint.routers["r"].share, 0.0);
    }

    #[test]
    fn equal_points_share_their_place_and_a_routers_own_count_once() {
        let joint = compare(
            &[("m".into(), p(2.0, 0.8))],
            &[
                // The last bit of a sum differs by the order of its terms.
                (
                    "r".into(),
                    curve(&[(1.0, 0.3), (1.0, 0.1 + 0.2), (2.0, 0.8)]),
                ),
                ("s".into(), curve(&[(2.0, 0.8), (2.0, 0.8), (2.0, 0.8)])),
            ],
        );
        assert_eq!(joint.routers["r"].points, 2);
        assert_eq!(
            (joint.routers["s"].points, joint.routers["s"].share),
            (1, 1.0)
        );
        let owners: Vec<&Owner> = joint.frontier.iter().map(|m| &m.owner).collect();
        let r = Owner::Router("r".into());
        assert_eq!(
            owners,
            [
                &r,
                &Owner::Model("m".into()),
                &r,
                &Owner::Router("s".into())
            ]
        );
        assert_eq!(joint.frontier[0].alpha, Some(0.0));
    }

    #[test]
    fn curves_on_different_alphas_are_read_at_the_same_ones() {
        let coarse: Curve = vec![(0.0, p(1.0, 0.5)), (0.5, p(2.0, 0.6))];
        let fine: Curve = vec![
            (0.0, p(1.0, 0.5)),
            (0.4991, p(1.5, 0.4)),
            (0.4995, p(2.0, 0.6)),
        ];
        let joint = compare(&[], &[("a".into(), coarse), ("b".into(), fine)]);
        assert_eq!(joint.routers["a"], joint.routers["b"]);
    }

    #[test]
    fn one_point_or_none_is_no_reason_to_fail() {
        let joint = compare(&[], &[("r".into(), curve(&[(1.0, 0.5)]))]);
        assert_eq!(
            (joint.routers["r"].dist, joint.routers["r"].share),
            (0.0, 1.0)
        );
        let nobody = compare(&[], &[("r".into(), Vec::new())]);
        assert!(nobody.frontier.is_empty() && nobody.routers.is_empty());
    }

    proptest! {
        #[test]
        fn the_frontier_is_what_no_other_point_dominates(
            rows in prop::collection::vec((0u8..9, 0u8..9), 1..25)
        ) {
            let given: Vec<Point> = rows.iter().map(|r| p(r.0 as f64, r.1 as f64 / 8.0)).collect();
            let joint = compare(&[], &[("r".into(), curve(
                &given.iter().map(|p| (p.cost, p.quality)).collect::<Vec<_>>()
            ))]);
            let beaten = |a: &Point| given.iter().any(|b| {
                b.cost <= a.cost && b.quality >= a.quality && b != a
            });
            let mut expected: Vec<(u64, u64)> = given.iter().filter(|a| !beaten(a)).map(|a| exact(*a)).collect();
            expected.sort();
            expected.dedup();
            let found: Vec<(u64, u64)> = joint.frontier.iter().map(|m| exact(m.point)).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn distance_is_the_least_over_a_fine_walk_along_the_polyline(
            rows in prop::collection::vec((0u8..9, 0u8..9), 2..12)
        ) {
            let given: Vec<Point> = rows.iter().map(|r| p(r.0 as f64, r.1 as f64 / 8.0)).collect();
            let points: BTreeSet<Exact> = given.iter().map(|p| exact(*p)).collect();
            let scale = Scale::over(given.iter().copied());
            let mut line: Vec<(f64, f64)> =
                undominated(&points).iter().map(|e| scale.apply(point(*e))).collect();
            for q in &given {
                let q = scale.apply(*q);
                let found = distance(q, &line);
                let (_, y) = line[line.len() - 1];
                line.push((2.0, y));
                let walked = line.windows(2).flat_map(|w| (0..=2000).map(move |i| {
                    let t = i as f64 / 2000.0;
                    (w[0].0 + t * (w[1].0 - w[0].0), w[0].1 + t * (w[1].1 - w[0].1))
                })).map(|(x, y)| (q.0 - x).hypot(q.1 - y)).fold(f64::INFINITY, f64::min);
                line.pop();
                prop_assert!((found - walked).abs() < 1e-3, "{found} {walked}");
            }
        }
    }
}
