//! Gap@O: the share of the oracle's quality that the router at alpha 1 leaves
//! unreached, 1 − Q / Q_oracle. Li et al. 2026 (LLMRouterBench, arXiv
//! 2601.07206), who count any score above 0 as 1 for the oracle; here graded
//! scores count as they are.
//!
//! It overstates what a router could gain: the oracle is also right where a
//! weak model guessed luckily.

use crate::metric::measure::{gain, mean_gain, Direction, Metric};

const SOURCE: &str = "Li et al. 2026, arXiv 2601.07206; graded scores as they are";

/// Over queries.
pub const MICRO: Metric = Metric {
    name: "gap_o",
    direction: Direction::Lower,
    definition: "1 - Q / Q_oracle at alpha 1, Q the mean over queries",
    source: SOURCE,
    of: |v| gain(v.end.quality(), v.yardsticks.oracle.quality()).map(|g| 0.0 - g),
};

/// Of the means over datasets.
pub const RATIO_OF_MEANS: Metric = Metric {
    name: "gap_o_ratio_of_means",
    direction: Direction::Lower,
    definition: "the same, Q the mean of the datasets' means",
    source: SOURCE,
    of: |v| gain(v.end.quality_macro(), v.yardsticks.oracle.quality_macro()).map(|g| 0.0 - g),
};

/// Over datasets.
pub const MEAN_OF_RATIOS: Metric = Metric {
    name: "gap_o_mean_of_ratios",
    direction: Direction::Lower,
    definition: "the mean over datasets of 1 - Q_d / Q_oracle,d",
    source: SOURCE,
    of: |v| mean_gain(v.end, &v.yardsticks.oracle).map(|g| 0.0 - g),
};
