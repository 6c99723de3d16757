//! Where the gain over the best single model comes from at alpha 1: from
//! knowing which dataset a query is of (between), or from telling queries of
//! one dataset apart (within). The two add up to Q − Q_best-single.
//!
//! A router that only recognises the datasets' prompt templates gains all of
//! it between, and little of it is left on traffic without templates. Null
//! without a train split.

use crate::metric::measure::{Direction, Metric};

const SOURCE: &str = "this project";

/// The row of `gain_between`.
pub const BETWEEN: Metric = Metric {
    name: "gain_between",
    direction: Direction::Neither,
    definition: "Q_dataset-expert - Q_best-single, means over queries",
    source: SOURCE,
    of: |v| {
        let expert = v.yardsticks.expert.as_ref()?.quality()?;
        Some(expert - v.yardsticks.best_single.as_ref()?.quality()?)
    },
};

/// The row of `gain_within`.
pub const WITHIN: Metric = Metric {
    name: "gain_within",
    direction: Direction::Higher,
    definition: "Q - Q_dataset-expert at alpha 1, means over queries",
    source: SOURCE,
    of: |v| Some(v.end.quality()? - v.yardsticks.expert.as_ref()?.quality()?),
};
