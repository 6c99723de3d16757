use super::compare::{compare, exact, point, undominated, Exact};
use super::distance::{distance, Scale};
use super::{Curve, Joint, Owner};
use proptest::prelude::*;
use rb_record::hull::Point;
use std::collections::BTreeSet;

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
