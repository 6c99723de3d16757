//! Metrics of one operating point.

pub mod answers;
pub mod arena;
pub mod calibration;
pub mod gain_b;
pub mod gain_r;
pub mod gain_split;
pub mod gap_o;
pub mod latency;
pub mod optimal;
pub mod recall;
pub mod relative;
