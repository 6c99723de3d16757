//! AIQ as RouterBench's published code computes it. Hu et al. 2024, arXiv
//! 2403.12031.
//!
//! ```text
//! AIQ = 1/X · ∫ hull(c) dc   from the hull's own first point to X
//! ```
//!
//! with X the largest cost at which any of the compared hulls ends, and each
//! hull flat from its end to X. Compared are the routers of the stream and the
//! Zero router (the hull of the single models). Nothing is counted left of the
//! first point although the width is all of 0..X, so a router pays for not
//! reaching down to cost 0; and the value changes with the company a router is
//! in. It is here to compare with published tables; prefer `aiq`.
//!
//! The published function looks at every pair of points and every point
//! between them; on at least 3 points with distinct costs and qualities that is
//! this hull. With fewer points it fails, with equal costs it may keep the
//! lower quality. Null without costs, or where X is 0.

use crate::metric::measure::{Direction, Metric};
use rb_record::hull::{area, Point};

/// The row of `aiq_routerbench`.
pub const AIQ_ROUTERBENCH: Metric = Metric {
    name: "aiq_routerbench",
    direction: Direction::Higher,
    definition: "the published form: area under the hull from its first point to the largest cost compared, divided by that cost; depends on what else is compared",
    source: "Hu et al. 2024, arXiv 2403.12031",
    of: |v| aiq_routerbench(v.hull, v.reach?),
};

/// `reach` is X, the largest last cost of the hulls compared.
pub fn aiq_routerbench(hull: &[Point], reach: f64) -> Option<f64> {
    let first = hull.first()?;
    (reach > 0.0).then(|| area(hull, first.cost, reach.max(first.cost)) / reach)
}
