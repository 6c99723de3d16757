//! The arena score: accuracy and thrift at alpha 1 in one number, a weighted
//! harmonic mean that hardly lets cost count. Lu et al. 2025 (RouterArena,
//! arXiv 2510.00202).
//!
//! ```text
//! S = (1 + b)·A·K / (b·A + K),   b = 0.1
//! K = (log2 200 − log2 c) / (log2 200 − log2 0.0044)
//! ```
//!
//! with A the mean score and c the cost in USD per 1,000 queries, kept within
//! 0.0044..200: a router dearer than that scores 0. 0 where A is 0. Null
//! without costs.

use crate::data::facts::Resource;
use crate::metric::measure::{Direction, Metric};

const B: f64 = 0.1;
const CHEAPEST: f64 = 0.0044;
const DEAREST: f64 = 200.0;

/// The row of `arena`.
pub const ARENA: Metric = Metric {
    name: "arena",
    direction: Direction::Higher,
    definition: "(1 + b) A K / (b A + K), b 0.1, A the quality, K the log cost between 0.0044 and 200 USD per 1,000 queries as 1..0, at alpha 1",
    source: "Lu et al. 2025, arXiv 2510.00202",
    of: |v| Some(arena(v.end.quality()?, v.end.resource(Resource::Cost)?)),
};

/// `cost` is USD a query.
pub fn arena(quality: f64, cost: f64) -> f64 {
    let cost = (1000.0 * cost).clamp(CHEAPEST, DEAREST);
    let thrift = (DEAREST.log2() - cost.log2()) / (DEAREST.log2() - CHEAPEST.log2());
    if B * quality + thrift > 0.0 {
        (1.0 + B) * quality * thrift / (B * quality + thrift)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_perfect_router_scores_one_and_the_dearest_nothing() {
        assert!((arena(1.0, 0.0) - 1.0).abs() < 1e-12);
        assert_eq!(arena(1.0, 1.0), 0.0);
        assert_eq!(arena(0.0, 0.2), 0.0);
        // Halfway in log cost: K = 0.5.
        let middle = (0.0044f64 * 200.0).sqrt() / 1000.0;
        assert!((arena(0.8, middle) - 1.1 * 0.4 / 0.58).abs() < 1e-12);
    }
}
