//! Gain@R: how much better the router answers at alpha 1 than a model drawn at
//! random, Q / Q_random − 1. Li et al. 2026 (LLMRouterBench, arXiv 2601.07206).
//!
//! With Q the mean over queries (micro), the ratio of the datasets' means
//! (what table 7 of the paper prints), or the mean of the datasets' ratios.
//! They differ: a dataset on which random is nearly always wrong weighs most
//! in the last, and makes it null where random is always wrong.

use crate::metric::measure::{gain, mean_gain, Direction, Metric};

const SOURCE: &str = "Li et al. 2026, arXiv 2601.07206";

/// Over queries.
pub const MICRO: Metric = Metric {
    name: "gain_r",
    direction: Direction::Higher,
    definition: "Q / Q_random - 1 at alpha 1, Q the mean over queries",
    source: SOURCE,
    of: |v| gain(v.end.quality(), v.yardsticks.random.quality()),
};

/// Of the means over datasets.
pub const RATIO_OF_MEANS: Metric = Metric {
    name: "gain_r_ratio_of_means",
    direction: Direction::Higher,
    definition: "the same, Q the mean of the datasets' means",
    source: SOURCE,
    of: |v| gain(v.end.quality_macro(), v.yardsticks.random.quality_macro()),
};

/// Over datasets.
pub const MEAN_OF_RATIOS: Metric = Metric {
    name: "gain_r_mean_of_ratios",
    direction: Direction::Higher,
    definition: "the mean over datasets of Q_d / Q_random,d - 1",
    source: SOURCE,
    of: |v| mean_gain(v.end, &v.yardsticks.random),
};
