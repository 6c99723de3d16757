//! The metrics of a router's whole curve, and the one table that lists them in
//! the order users see. Adding a metric is one file and one row; `rb-score
//! --help` and METRICS.md follow this table.

pub mod aiq;
pub mod costsave_hull;
pub mod costsave_peak;
pub mod gain_b;
pub mod gain_r;
pub mod gain_split;
pub mod gap_o;
pub mod perfgain_peak;

use crate::baseline::Yardsticks;
use crate::hull::Point;
use crate::replay::Tally;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Higher,
    Lower,
    /// Neither: it describes.
    Neither,
}

/// One row of the table of metrics.
pub struct Metric {
    /// The member of a summary that holds it.
    pub name: &'static str,
    pub direction: Direction,
    /// One line: the formula in words.
    pub definition: &'static str,
    /// Who defined it.
    pub source: &'static str,
    /// None (null in a summary) where it is undefined.
    pub of: fn(&View) -> Option<f64>,
}

/// The curve between two changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    pub quality: f64,
    pub quality_macro: f64,
    pub cost: Option<f64>,
    pub cost_macro: Option<f64>,
}

/// What a metric may look at: one router on some queries, and the baselines
/// on the same queries.
pub struct View<'a> {
    /// At alpha 1.
    pub end: &'a Tally,
    /// The whole curve by ascending alpha.
    pub spots: &'a [Spot],
    /// The curve's own hull, micro; empty without costs.
    pub hull: &'a [Point],
    pub yardsticks: &'a Yardsticks,
}

/// Every metric, in the order of a summary.
pub const METRICS: &[&Metric] = &[
    &aiq::AIQ,
    &aiq::AIQ_MACRO,
    &gain_r::MICRO,
    &gain_r::RATIO_OF_MEANS,
    &gain_r::MEAN_OF_RATIOS,
    &gain_b::MICRO,
    &gain_b::RATIO_OF_MEANS,
    &gain_b::MEAN_OF_RATIOS,
    &gap_o::MICRO,
    &gap_o::RATIO_OF_MEANS,
    &gap_o::MEAN_OF_RATIOS,
    &gain_split::BETWEEN,
    &gain_split::WITHIN,
    &perfgain_peak::PERFGAIN_PEAK,
    &costsave_peak::COSTSAVE_PEAK,
    &costsave_hull::COSTSAVE_HULL,
];

/// a / b − 1; None where b is 0.
pub fn gain(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    let (a, b) = (a?, b?);
    (b > 0.0).then(|| a / b - 1.0)
}

/// The mean over datasets of a / b − 1; None where any b is 0.
pub fn mean_gain(a: &Tally, b: &Tally) -> Option<f64> {
    let gains: Option<Vec<f64>> = (a.datasets.iter())
        .map(|&d| gain(Some(a.quality_on(d)), Some(b.quality_on(d))))
        .collect();
    let gains = gains.filter(|g| !g.is_empty())?;
    let n = gains.len() as f64;
    Some(gains.into_iter().collect::<crate::sum::Sum>().value() / n)
}
