//! Score records as rb-pareto reads them: points of routers, baselines and
//! summaries, gathered by group (`--by` of rb-score; `{}` is everything).
//!
//! Members that are not read here may hold anything. Quality is 0..1, cost is
//! mean USD per query and ≥ 0, alpha is 0..1; null and absent mean unknown.
//! A record that stands twice counts once, so that several runs over the same
//! queries can be joined with `cat`; with other figures it is an error.

pub mod fields;
pub mod figures;
pub mod gather;
pub mod group;
pub mod pair;
pub mod pooled;
pub mod read;
pub mod run;
pub mod summary;

pub use crate::scores::figures::{Baseline, Bin, Calibration, Figures, Operating, Pair, Summary};
pub use crate::scores::gather::{Collection, Gathered};
pub use crate::scores::group::{Group, GroupKey, Router};
pub use crate::scores::read::{parse, Scored};
pub use crate::scores::run::Run;
