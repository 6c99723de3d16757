//! The non-decreasing convex hull (NDCH) of (cost, quality) points and the
//! area under it, as RouterBench defines them (Hu et al. 2024, arXiv
//! 2403.12031): the upper concave envelope, cut at its first maximum, then flat.
//! Every point of it is reached by mixing two points at random. O(n log n).

/// Cost in USD, quality 0..1; both finite.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Point {
    /// USD, not negative.
    pub cost: f64,
    /// 0..1.
    pub quality: f64,
}

/// The corners of the NDCH by ascending cost: costs and qualities strictly
/// increase, slopes strictly decrease. No points, no hull.
pub fn ndch(points: &[Point]) -> Vec<Point> {
    let mut sorted: Vec<Point> = points.to_vec();
    sorted.sort_by(|a, b| {
        a.cost
            .total_cmp(&b.cost)
            .then(b.quality.total_cmp(&a.quality))
    });
    let mut hull: Vec<Point> = Vec::new();
    for p in sorted {
        if hull.last().is_some_and(|last| p.quality <= last.quality) {
            continue;
        }
        while let [.., a, b] = hull[..] {
            // b stays only while it lies above the line from a to p.
            let above = (b.quality - a.quality) * (p.cost - a.cost)
                > (p.quality - a.quality) * (b.cost - a.cost);
            if above {
                break;
            }
            hull.pop();
        }
        hull.push(p);
    }
    hull
}

/// [`ndch`] of a stream of points, in memory that grows with the corners and not
/// with the points: what is no corner of some points is no corner of all, so
/// those held are cut to their corners whenever there are 65,536 of them or
/// twice the corners.
pub fn ndch_of(points: impl Iterator<Item = Point>) -> Vec<Point> {
    ndch_by(points, 1 << 16)
}

fn ndch_by(points: impl Iterator<Item = Point>, least: usize) -> Vec<Point> {
    let (mut held, mut until) = (Vec::new(), least);
    for point in points {
        held.push(point);
        if held.len() >= until {
            // What is no corner of some is no corner of all.
            held = ndch(&held);
            until = least.max(2 * held.len());
        }
    }
    ndch(&held)
}

/// The hull's quality at `cost`: linear between corners, flat to the right;
/// nothing can be bought for less than the first corner.
pub fn quality_at(hull: &[Point], cost: f64) -> Option<f64> {
    let first = hull.first()?;
    if cost < first.cost {
        return None;
    }
    let after = hull.partition_point(|p| p.cost <= cost);
    let a = hull[after.checked_sub(1)?];
    Some(match hull.get(after) {
        None => a.quality,
        Some(b) => a.quality + (b.quality - a.quality) * (cost - a.cost) / (b.cost - a.cost),
    })
}

/// The least cost at which the hull reaches `quality`.
pub fn cost_of(hull: &[Point], quality: f64) -> Option<f64> {
    let at = hull.iter().position(|p| p.quality >= quality)?;
    let b = hull[at];
    Some(match at.checked_sub(1).map(|i| hull[i]) {
        None => b.cost,
        Some(a) => a.cost + (b.cost - a.cost) * (quality - a.quality) / (b.quality - a.quality),
    })
}

/// The area under the hull over `from..to`, corners beyond clipped. The hull
/// must reach as far down as `from`; nothing is counted left of its first corner.
pub fn area(hull: &[Point], from: f64, to: f64) -> f64 {
    let mut costs: Vec<f64> = vec![from, to];
    costs.extend(hull.iter().map(|p| p.cost).filter(|c| *c > from && *c < to));
    costs.sort_by(f64::total_cmp);
    costs
        .windows(2)
        .filter_map(|w| {
            let (a, b) = (quality_at(hull, w[0])?, quality_at(hull, w[1])?);
            Some((w[1] - w[0]) * (a + b) / 2.0)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn p(cost: f64, quality: f64) -> Point {
        Point { cost, quality }
    }

    /// The envelope by definition: the best mixture of any two points (or of
    /// one) that costs at most `cost`. O(n²) for one cost, O(n³) for all corners.
    fn by_definition(points: &[Point], cost: f64) -> Option<f64> {
        let mut best: Option<f64> = None;
        for a in points {
            for b in points {
                if a.cost > cost {
                    continue;
                }
                let q = if b.cost > cost {
                    a.quality + (b.quality - a.quality) * (cost - a.cost) / (b.cost - a.cost)
                } else {
                    a.quality.max(b.quality)
                };
                best = Some(best.map_or(q, |v| v.max(q)));
            }
        }
        best
    }

    #[test]
    fn dominated_and_inner_points_are_left_out() {
        let hull = ndch(&[
            p(1.0, 0.2),
            p(2.0, 0.3),
            p(3.0, 0.8),
            p(4.0, 0.7),
            p(1.0, 0.1),
        ]);
        assert_eq!(hull, [p(1.0, 0.2), p(3.0, 0.8)]);
        assert_eq!(quality_at(&hull, 2.0), Some(0.5));
        assert_eq!(quality_at(&hull, 9.0), Some(0.8));
        assert_eq!(quality_at(&hull, 0.5), None);
        assert!((cost_of(&hull, 0.5).unwrap() - 2.0).abs() < 1e-12);
        assert_eq!(cost_of(&hull, 0.9), None);
        assert!((area(&hull, 1.0, 4.0) - 1.8).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_hull_is_the_best_mixture_at_every_cost(
            rows in prop::collection::vec((0u8..12, 0u8..12), 1..14)
        ) {
            let points: Vec<Point> =
                rows.iter().map(|r| p(r.0 as f64, r.1 as f64 / 10.0)).collect();
            let hull = ndch(&points);
            // A point on a line between two others may be a corner or none, by rounding.
            let by_parts = ndch_by(points.iter().copied(), 4);
            for i in 0..=24 {
                let cost = i as f64 / 2.0;
                match (quality_at(&hull, cost), quality_at(&by_parts, cost)) {
                    (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-12),
                    (a, b) => prop_assert_eq!(a, b),
                }
                match (quality_at(&hull, cost), by_definition(&points, cost)) {
                    (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-12),
                    (a, b) => prop_assert_eq!(a, b),
                }
            }
        }
    }
}
