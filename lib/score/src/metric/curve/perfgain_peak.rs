//! PerfGain at its peak: the best quality anywhere on the curve against the
//! best single model's, max Q / Q_best-single − 1. Li et al. 2026
//! (LLMRouterBench, arXiv 2601.07206).
//!
//! The peak is looked for on the very queries it is reported on, so it
//! flatters; no interval and no verdict go with it. Null without a train split.

use crate::metric::measure::{gain, Direction, Metric};

/// The row of `perfgain_peak`.
pub const PERFGAIN_PEAK: Metric = Metric {
    name: "perfgain_peak",
    direction: Direction::Higher,
    definition: "the greatest Q on the curve / Q_best-single - 1; optimistic, the peak is picked on the scored queries",
    source: "Li et al. 2026, arXiv 2601.07206; best-single picked on train",
    of: |v| {
        let peak = v.spots.iter().map(|s| s.quality).reduce(f64::max);
        gain(peak, v.yardsticks.best_single.as_ref()?.quality())
    },
};
