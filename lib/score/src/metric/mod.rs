//! The metrics of a router's whole curve, and the one table that lists them in
//! the order users see. Adding a metric is one file and one row; `rb-score
//! --help` and METRICS.md follow this table.

pub mod curve;
pub mod measure;
pub mod point;

use curve::{aiq, aiq_log, aiq_routerbench, costsave_hull, costsave_peak, cpt, perfgain_peak, pgr};
use measure::{Metric, Report};
use point::{
    answers, arena, calibration, gain_b, gain_r, gain_split, gap_o, latency, optimal, recall,
    relative,
};

/// Every metric, in the order of a summary.
pub const METRICS: &[&Metric] = &[
    &aiq::AIQ,
    &aiq::AIQ_MACRO,
    &aiq_log::AIQ_LOG,
    &aiq_routerbench::AIQ_ROUTERBENCH,
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
    &pgr::PGR,
    &pgr::APGR,
    &pgr::CPT_50_PEAK,
    &pgr::CPT_80_PEAK,
    &arena::ARENA,
    &latency::P50,
    &latency::P95,
];

/// Every metric that is more than one number; they follow [`METRICS`].
pub const REPORTS: &[&Report] = &[
    &cpt::CPT,
    &recall::RECALL,
    &relative::RELATIVE,
    &optimal::OPTIMAL,
    &answers::ANSWERS,
    &calibration::CALIBRATION,
];
