//! AIQ over log cost: the mean height of the same hull when the axis of cost
//! is logarithmic, so that a saving from 1 to 0.1 cent weighs as much as one
//! from 10 cents to 1. Where models differ in price by a factor of a thousand,
//! plain AIQ hardly sees anything but the dearest tenth of them.
//!
//! ```text
//! AIQ_log = 1/ln(c_max/c_min) · ∫ hull(c) d ln c   over c_min..c_max
//! ```
//!
//! The hull is that of [`aiq`](crate::metric::curve::aiq), made in the plane of cost and
//! quality, where mixing two points is a straight line: one made in the plane
//! of log cost would promise qualities that no mixture reaches. Where it is
//! q = a + b·c, the integral is a·ln(c₂/c₁) + b·(c₂ − c₁), exactly. Null where
//! AIQ is, and where the cheapest model is free.

use crate::metric::curve::aiq::range;
use crate::metric::measure::{Direction, Metric};
use crate::statistics::sum::Sum;
use rb_record::hull::{ndch_of, quality_at, Point};

/// The row of `aiq_log`.
pub const AIQ_LOG: Metric = Metric {
    name: "aiq_log",
    direction: Direction::Higher,
    definition: "the same area with the axis of cost logarithmic",
    source: "this project, after Hu et al. 2024",
    of: |v| aiq_log(v.points(), &v.yardsticks.points()),
};

/// The AIQ over log cost of a curve's points, given the pool's single models.
pub fn aiq_log(points: impl Iterator<Item = Point>, singles: &[Point]) -> Option<f64> {
    let (cheapest, dearest) = range(singles)?;
    let (from, to) = (cheapest.cost, dearest);
    if from <= 0.0 {
        return None;
    }
    let hull = ndch_of(points.chain([cheapest]));
    let mut costs = vec![from, to];
    costs.extend(hull.iter().map(|p| p.cost).filter(|c| *c > from && *c < to));
    costs.sort_by(f64::total_cmp);
    let area: Option<Sum> = costs
        .windows(2)
        .map(|w| {
            let (low, high) = (quality_at(&hull, w[0])?, quality_at(&hull, w[1])?);
            let (width, logs) = (w[1] - w[0], (w[1] / w[0]).ln());
            // The quality at w[0], and the rise from there on.
            Some(if width > 0.0 {
                low * logs + (high - low) * (1.0 - w[0] * logs / width)
            } else {
                0.0
            })
        })
        .collect();
    Some(area?.value() / (to / from).ln())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::hull::ndch;

    fn p(cost: f64, quality: f64) -> Point {
        Point { cost, quality }
    }

    #[test]
    fn the_closed_form_equals_a_fine_sum_over_the_logarithm() {
        let singles = [p(0.01, 0.4), p(10.0, 0.9), p(0.5, 0.3)];
        let curve = [p(0.02, 0.6), p(0.3, 0.75), p(12.0, 0.95)];
        let exact = aiq_log(curve.into_iter(), &singles).unwrap();
        let hull = ndch(&[&curve[..], &singles[..1]].concat());
        let n = 200_000;
        let mean: f64 = (0..n)
            .map(|i| {
                let share = (i as f64 + 0.5) / n as f64;
                let cost = 0.01 * (10.0f64 / 0.01).powf(share);
                quality_at(&hull, cost).unwrap() / n as f64
            })
            .sum();
        assert!((exact - mean).abs() < 1e-8, "{exact} {mean}");
    }

    #[test]
    fn a_constant_hull_has_its_own_height_and_a_free_model_no_logarithm() {
        let singles = [p(1.0, 0.5), p(1000.0, 0.5)];
        let flat = aiq_log(singles.into_iter(), &singles).unwrap();
        assert!((flat - 0.5).abs() < 1e-12);
        let free = [p(0.0, 0.5), p(1.0, 0.6)];
        assert_eq!(aiq_log(free.into_iter(), &free), None);
    }
}
