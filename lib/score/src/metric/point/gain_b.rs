//! Gain@B: how much better the router answers at alpha 1 than the best single
//! model, Q / Q_best-single − 1. Li et al. 2026 (LLMRouterBench, arXiv
//! 2601.07206), whose best single is picked on test; ours is picked on train,
//! so that it is a choice one could have made. Null without a train split.

use crate::metric::measure::{gain, mean_gain, Direction, Metric};

const SOURCE: &str = "Li et al. 2026, arXiv 2601.07206; best-single picked on train";

/// Over queries.
pub const MICRO: Metric = Metric {
    name: "gain_b",
    direction: Direction::Higher,
    definition: "Q / Q_best-single - 1 at alpha 1, Q the mean over queries",
    source: SOURCE,
    of: |v| {
        let best = v.yardsticks.best_single.as_ref()?;
        gain(v.end.quality(), best.quality())
    },
};

/// Of the means over datasets.
pub const RATIO_OF_MEANS: Metric = Metric {
    name: "gain_b_ratio_of_means",
    direction: Direction::Higher,
    definition: "the same, Q the mean of the datasets' means",
    source: SOURCE,
    of: |v| {
        let best = v.yardsticks.best_single.as_ref()?;
        gain(v.end.quality_macro(), best.quality_macro())
    },
};

/// Over datasets.
pub const MEAN_OF_RATIOS: Metric = Metric {
    name: "gain_b_mean_of_ratios",
    direction: Direction::Higher,
    definition: "the mean over datasets of Q_d / Q_best-single,d - 1",
    source: SOURCE,
    of: |v| mean_gain(v.end, v.yardsticks.best_single.as_ref()?),
};
