//! CostSave at its peak: 1 − C / C_best-single at the cheapest point of the
//! curve whose quality is not below the best single model's. Li et al. 2026
//! (LLMRouterBench, arXiv 2601.07206).
//!
//! The point is picked on the very queries it is reported on, so it flatters
//! (in simulation a true 0.145 was printed as 0.33). Null where the curve
//! never reaches that quality, without costs or without a train split.

use crate::metric::measure::{Direction, Metric};

/// The row of `costsave_peak`.
pub const COSTSAVE_PEAK: Metric = Metric {
    name: "costsave_peak",
    direction: Direction::Higher,
    definition: "1 - C / C_best-single at the cheapest point with Q >= Q_best-single; optimistic, the point is picked on the scored queries",
    source: "Li et al. 2026, arXiv 2601.07206; best-single picked on train",
    of: |v| {
        let best = v.yardsticks.best_single.as_ref()?;
        let (quality, cost) = (best.quality()?, best.cost()?);
        let cheapest = (v.spots.iter())
            .filter(|s| s.quality >= quality)
            .filter_map(|s| s.cost)
            .reduce(f64::min)?;
        (cost > 0.0).then(|| 1.0 - cheapest / cost)
    },
};
