//! AIQ, average improvement in quality: the mean height of the non-decreasing
//! convex hull over the cost range of the pool. Hu et al. 2024 (RouterBench,
//! arXiv 2403.12031).
//!
//! ```text
//! AIQ = 1/(c_max − c_min) · ∫ hull(c) dc   over c_min..c_max
//! ```
//!
//! with c_min and c_max the mean costs of the pool's cheapest and dearest
//! single models. The cheapest model is always a point of the hull, because
//! it can always be chosen; corners beyond c_max are cut off there. So the
//! value does not depend on which other routers are compared. Null where no
//! cost is known, or where all models cost the same.

use crate::metric::measure::{Direction, Metric};
use rb_record::hull::{area, ndch_of, Point};

const SOURCE: &str = "Hu et al. 2024, arXiv 2403.12031; range of the pool's single models";

/// AIQ over queries.
pub const AIQ: Metric = Metric {
    name: "aiq",
    direction: Direction::Higher,
    definition: "area under the non-decreasing convex hull over the cost range of the single models, divided by that range",
    source: SOURCE,
    of: |v| aiq(v.points(), &v.yardsticks.points()),
};

/// AIQ over datasets.
pub const AIQ_MACRO: Metric = Metric {
    name: "aiq_macro",
    direction: Direction::Higher,
    definition: "the same with cost and quality as means of the datasets' means",
    source: SOURCE,
    of: |v| {
        let spots = v.spots.iter();
        let points = spots.filter_map(|s| {
            Some(Point {
                cost: s.cost_macro?,
                quality: s.quality_macro,
            })
        });
        aiq(points, &v.yardsticks.points_macro())
    },
};

/// The AIQ of a curve's points, given those of the pool's single models.
pub fn aiq(points: impl Iterator<Item = Point>, singles: &[Point]) -> Option<f64> {
    let (cheapest, dearest) = range(singles)?;
    height(&ndch_of(points.chain([cheapest])), cheapest.cost, dearest)
}

/// The mean height of a hull over `from..to`; None where that is no range.
pub fn height(hull: &[Point], from: f64, to: f64) -> Option<f64> {
    (to > from).then(|| area(hull, from, to) / (to - from))
}

/// The cheapest single model (the best among equally cheap ones) and the cost
/// of the dearest; None where they cost the same.
pub fn range(singles: &[Point]) -> Option<(Point, f64)> {
    let cheapest = singles.iter().copied().min_by(|a, b| {
        a.cost
            .total_cmp(&b.cost)
            .then(b.quality.total_cmp(&a.quality))
    })?;
    let dearest = singles.iter().map(|p| p.cost).fold(cheapest.cost, f64::max);
    (dearest > cheapest.cost).then_some((cheapest, dearest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(cost: f64, quality: f64) -> Point {
        Point { cost, quality }
    }

    #[test]
    fn a_point_above_the_line_between_two_models_lifts_the_area_under_it() {
        let singles = [p(1.0, 0.5), p(3.0, 0.9)];
        let zero = aiq(singles.into_iter(), &singles).unwrap();
        assert!((zero - 0.7).abs() < 1e-12);
        let routed = aiq([p(2.0, 0.9)].into_iter(), &singles).unwrap();
        // Up to 0.9 over the first half, flat over the second.
        assert!((routed - (0.7 + 0.9) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn what_lies_beyond_the_dearest_model_counts_only_as_far_as_it() {
        let singles = [p(1.0, 0.5), p(3.0, 0.5)];
        let cut = aiq([p(5.0, 0.9)].into_iter(), &singles).unwrap();
        assert!((cut - 0.6).abs() < 1e-12);
    }

    #[test]
    fn a_router_cheaper_than_every_model_is_read_from_the_cheapest_on() {
        let singles = [p(1.0, 0.5), p(2.0, 0.6)];
        assert!((aiq([p(0.5, 0.8)].into_iter(), &singles).unwrap() - 0.8).abs() < 1e-12);
    }

    #[test]
    fn without_a_range_of_costs_there_is_no_area() {
        assert_eq!(aiq([p(1.0, 0.9)].into_iter(), &[p(1.0, 0.5)]), None);
        assert_eq!(aiq([p(1.0, 0.9)].into_iter(), &[]), None);
    }
}
