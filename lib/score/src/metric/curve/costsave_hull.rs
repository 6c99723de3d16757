//! CostSave on the hull: 1 − C / C_best-single where the curve's own hull
//! (mixtures of its points allowed) first reaches the best single model's
//! quality. Optimistic like `costsave_peak`, and for the same reason; null in
//! the same cases.

use crate::metric::measure::{Direction, Metric};
use rb_record::hull::cost_of;

/// The row of `costsave_hull`.
pub const COSTSAVE_HULL: Metric = Metric {
    name: "costsave_hull",
    direction: Direction::Higher,
    definition: "1 - C / C_best-single where the curve's hull reaches Q_best-single; optimistic, read off the scored queries",
    source: "Hu et al. 2024, arXiv 2403.12031 (the hull), with LLMRouterBench's CostSave",
    of: |v| {
        let best = v.yardsticks.best_single.as_ref()?;
        let (quality, cost) = (best.quality()?, best.cost()?);
        let reached = cost_of(v.hull, quality)?;
        (cost > 0.0).then(|| 1.0 - reached / cost)
    },
};
