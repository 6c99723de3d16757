//! The baselines that every result is printed with: what one could do without a
//! router, and what no router can exceed; and the one table that lists them in
//! the order users see. Adding one is a file and a row; `rb-score --help` and the
//! lines of a score follow this table.
//!
//! Choices (which model, for which dataset) are made once, on train or on all
//! scored queries as the name says; a group or a router that routes only some
//! queries sees the same choices averaged over its own queries.

pub mod best_single;
pub mod best_single_on_test;
pub mod blind;
pub mod choices;
pub mod dataset_expert;
pub mod dataset_oracle;
pub mod each_model;
pub mod oracle;
pub mod random;
pub mod reference;
pub mod row;
pub mod shuffle;
pub mod yardsticks;
pub mod zero;

use row::Baseline;

/// Every baseline, in the order of its lines.
pub const BASELINES: &[&Baseline] = &[
    &each_model::EACH_MODEL,
    &best_single::BEST_SINGLE,
    &best_single_on_test::BEST_SINGLE_ON_TEST,
    &random::RANDOM,
    &zero::ZERO,
    &dataset_expert::DATASET_EXPERT,
    &dataset_oracle::DATASET_ORACLE,
    &oracle::ORACLE,
    &reference::REFERENCE,
    &shuffle::SHUFFLE,
    &shuffle::SHUFFLE_WITHIN,
];
