//! Routers whose fit is a sum over the train queries, so that parts of a benchmark
//! can be fitted apart and added up: `rb-fit KIND --partial` and `rb-fit --merge`.
//!
//! What such a router learns of a query is a place (a cluster, a domain) and its
//! outcomes; of a place, how many queries and the sums of their scores and costs.
//! Sums are exact, so parts of any number and order make the file that one fit
//! makes, but for the calibration curve, which needs the queries once more.

pub mod gather;
pub mod ids;
pub mod merge;
pub mod part;
pub mod rows;
pub mod strength;
pub mod summing;
pub mod sums;
