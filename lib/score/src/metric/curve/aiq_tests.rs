//! Hulls and areas against references that follow the definitions word by
//! word, in O(n³), on 1,000 random sets of points with ties and duplicates;
//! and against figures of RouterBench's published function.

use crate::metric::curve::aiq::aiq;
use crate::metric::curve::aiq_routerbench::aiq_routerbench;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rb_record::hull::{ndch, Point};

const SETS: u64 = 1000;

/// Points on a coarse grid (ties and duplicates abound), on a fine one, or on
/// a line, by turns.
fn points(seed: u64) -> Vec<Point> {
    let mut r = StdRng::seed_from_u64(seed);
    let n = r.gen_range(1..25);
    let mut points: Vec<Point> = (0..n)
        .map(|_| match seed % 4 {
            0 => Point {
                cost: r.gen_range(0..6) as f64,
                quality: r.gen_range(0..6) as f64 / 8.0,
            },
            1 => {
                let cost = r.gen_range(0..9) as f64;
                Point {
                    cost,
                    quality: cost / 16.0,
                }
            }
            _ => Point {
                cost: r.gen_range(0.0..1e-3),
                quality: r.gen_range(0.0..1.0),
            },
        })
        .collect();
    if seed.is_multiple_of(3) {
        points.extend(points.clone());
    }
    points
}

/// The best that a mixture of two of the points reaches at exactly `cost`, or
/// a single one at less: O(n²).
fn best_at(points: &[Point], cost: f64) -> Option<f64> {
    let mut best: Option<f64> = None;
    for a in points.iter().filter(|a| a.cost <= cost) {
        best = Some(best.map_or(a.quality, |v| v.max(a.quality)));
        for b in points.iter().filter(|b| b.cost > cost) {
            let share = (cost - a.cost) / (b.cost - a.cost);
            let mixed = (1.0 - share) * a.quality + share * b.quality;
            best = best.map(|v| v.max(mixed));
        }
    }
    best
}

/// The area under [`best_at`], whose bends lie at costs of points: O(n³).
fn area_by_definition(points: &[Point], from: f64, to: f64) -> f64 {
    let mut bends: Vec<f64> = points.iter().map(|p| p.cost.clamp(from, to)).collect();
    bends.extend([from, to]);
    bends.sort_by(f64::total_cmp);
    bends
        .windows(2)
        .filter_map(|w| {
            let height = best_at(points, w[0])? + best_at(points, w[1])?;
            Some((w[1] - w[0]) * height / 2.0)
        })
        .sum()
}

#[test]
fn the_corners_are_the_points_that_no_mixture_of_others_reaches() {
    for seed in 0..SETS {
        let points = points(seed);
        let hull = ndch(&points);
        for p in &points {
            let others: Vec<Point> = points.iter().copied().filter(|o| o != p).collect();
            let reached = best_at(&others, p.cost).is_some_and(|q| q >= p.quality - 1e-12);
            let is_corner = hull.contains(p);
            assert!(
                is_corner != reached || near_a_tie(&others, p),
                "set {seed}: {p:?} {hull:?}"
            );
        }
        assert!(hull
            .windows(2)
            .all(|w| w[0].cost < w[1].cost && w[0].quality < w[1].quality));
    }
}

/// Whether rounding decides if a mixture of others reaches the point.
fn near_a_tie(others: &[Point], p: &Point) -> bool {
    best_at(others, p.cost).is_some_and(|q| (q - p.quality).abs() < 1e-9 && q != p.quality)
}

#[test]
fn aiq_equals_the_area_by_definition() {
    let mut compared = 0;
    for seed in 0..SETS {
        let (curve, singles) = (points(2 * seed), points(2 * seed + 1));
        let low = singles.iter().map(|p| p.cost).fold(f64::MAX, f64::min);
        let high = singles.iter().map(|p| p.cost).fold(0.0, f64::max);
        let found = aiq(curve.iter().copied(), &singles);
        if low == high {
            assert_eq!(found, None);
            continue;
        }
        let cheapest = singles.iter().filter(|p| p.cost == low);
        let all: Vec<Point> = curve.iter().chain(cheapest).copied().collect();
        let expected = area_by_definition(&all, low, high) / (high - low);
        let found = found.unwrap_or(f64::NAN);
        assert!(
            (found - expected).abs() < 1e-9,
            "{seed}: {found} {expected}"
        );
        compared += 1;
    }
    assert!(compared > 900, "{compared}");
}

/// The published procedure on points of distinct costs: each inner point is
/// lifted to the best chord over it, the last point is kept if it is not below
/// the one before, what falls is left out, and the end is drawn on to `reach`.
fn published(points: &[Point], reach: Option<f64>) -> (f64, f64) {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let n = sorted.len();
    let mut lifted = vec![sorted[0]];
    for (k, p) in sorted.iter().enumerate().take(n - 1).skip(1) {
        let mut quality = p.quality;
        for a in &sorted[..k] {
            for b in &sorted[k + 1..] {
                let chord =
                    a.quality + (p.cost - a.cost) * (b.quality - a.quality) / (b.cost - a.cost);
                quality = quality.max(chord);
            }
        }
        lifted.push(Point { quality, ..*p });
    }
    if sorted[n - 1].quality >= lifted[n - 2].quality {
        lifted.push(sorted[n - 1]);
    }
    let falls = |i: &usize| *i > 0 && lifted[*i].quality < lifted[*i - 1].quality;
    let mut kept: Vec<Point> = (0..lifted.len())
        .filter(|i| !falls(i))
        .map(|i| lifted[i])
        .collect();
    let last = kept[kept.len() - 1];
    let reach = reach.unwrap_or(last.cost);
    kept.push(Point {
        cost: reach,
        ..last
    });
    let trapezoids = kept
        .windows(2)
        .map(|w| (w[1].cost - w[0].cost) * (w[0].quality + w[1].quality) / 2.0);
    (trapezoids.sum::<f64>() / reach, last.cost)
}

#[test]
fn the_published_form_equals_the_published_procedure() {
    let mut compared = 0;
    for seed in 0..SETS {
        let mut r = StdRng::seed_from_u64(seed);
        let draw = |r: &mut StdRng| -> Vec<Point> {
            (0..r.gen_range(3..20))
                .map(|_| Point {
                    cost: r.gen_range(1e-5..1e-2),
                    quality: r.gen_range(0.0..1.0),
                })
                .collect()
        };
        let sets = [draw(&mut r), draw(&mut r)];
        let reach = published(&sets[0], None).1.max(published(&sets[1], None).1);
        let hulls = sets.each_ref().map(|s| ndch(s));
        let ours = hulls
            .iter()
            .map(|h| h[h.len() - 1].cost)
            .fold(0.0, f64::max);
        assert_eq!(ours, reach);
        for (set, hull) in sets.iter().zip(&hulls) {
            let expected = published(set, Some(reach)).0;
            let found = aiq_routerbench(hull, reach).unwrap_or(f64::NAN);
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
            compared += 1;
        }
    }
    assert_eq!(compared, 2 * SETS);
}

/// What the published functions themselves give on sets 0 and 1, 2 and 3, …,
/// each pair compared together; made by scripts/aiq_routerbench.py.
const PUBLISHED: [[f64; 2]; 12] = [
    [0.30799343115642375, 0.5285389621490765],
    [0.3306276503732652, 0.6031330768283367],
    [0.7285570318623422, 0.5743978967392657],
    [0.6047403814228234, 0.52525665506187],
    [0.5240668359878992, 0.4478318673976986],
    [0.76972119868245, 0.8020073735531765],
    [0.48485881847142087, 0.48085298822885464],
    [0.45936196007328295, 0.39158673041023984],
    [0.7794566643402612, 0.7228162288287703],
    [0.7145162445804175, 0.7304317031243294],
    [0.7005043246924183, 0.6829701580916016],
    [0.8301078059220875, 0.8661285761877894],
];

/// The set of points that the script makes for `s`.
fn scripted(s: u64) -> Vec<Point> {
    let point = |i: u64| Point {
        cost: 1e-5 + ((i * 7919 + s * 104729) % 10007) as f64 / 10007.0 * 1e-2,
        quality: ((i * 6151 + s * 15485863) % 9973) as f64 / 9973.0,
    };
    (0..3 + s % 12).map(point).collect()
}

#[test]
fn the_published_form_equals_figures_of_the_published_code() {
    for (pair, figures) in PUBLISHED.iter().enumerate() {
        let hulls = [0, 1].map(|k| ndch(&scripted(2 * pair as u64 + k)));
        let reach = hulls
            .iter()
            .map(|h| h[h.len() - 1].cost)
            .fold(0.0, f64::max);
        for (hull, figure) in hulls.iter().zip(figures) {
            let found = aiq_routerbench(hull, reach).unwrap_or(f64::NAN);
            assert!((found - figure).abs() < 1e-9, "{pair}: {found} {figure}");
        }
    }
}
