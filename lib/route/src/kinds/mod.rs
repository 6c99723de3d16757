//! The routers, by family, and the one table that lists them in the order
//! `rb-fit --help` shows. Adding a router is one file and one row.

pub mod answers;
pub mod calling;
pub mod cluster;
pub mod encoder;
pub mod guarded;
pub mod linear;
pub mod neural;
pub mod pairwise;
pub mod shrinkage;
pub mod single;
pub mod stack;

use crate::router::Entry;
use answers::{agreement, vote};
use calling::{cascade, cascade_routing, hybrid, reward, routerbench_cascade, uncertainty};
use cluster::{avengers, avengers_pro, hiershrink, kmeans, knn};
use linear::{domain, logistic, svm};
use neural::{embedllm, irt, mlp};
use pairwise::{routellm_mf, sw_ranking};
use single::{fixed, keyword, length, random};

/// Every router, in the order `rb-fit --help` shows.
pub const ROUTERS: &[&Entry] = &[
    &fixed::ENTRY,
    &random::ENTRY,
    &length::ENTRY,
    &keyword::ENTRY,
    &logistic::ENTRY,
    &domain::ENTRY,
    &stack::ENTRY,
    &kmeans::ENTRY,
    &avengers::ENTRY,
    &avengers_pro::ENTRY,
    &knn::ENTRY,
    &hiershrink::ENTRY,
    &svm::ENTRY,
    &irt::ENTRY,
    &mlp::ENTRY,
    &embedllm::ENTRY,
    encoder::ROWS[0],
    encoder::ROWS[1],
    encoder::ROWS[2],
    encoder::ROWS[3],
    encoder::ROWS[4],
    encoder::ROWS[5],
    &routellm_mf::ENTRY,
    &sw_ranking::ENTRY,
    &reward::ENTRY,
    &uncertainty::ENTRY,
    &hybrid::ENTRY,
    &cascade::ENTRY,
    &cascade_routing::ENTRY,
    &agreement::ENTRY,
    &vote::ENTRY,
    &routerbench_cascade::ENTRY,
];

/// The row named `name`, as a router file names its kind.
pub fn entry(name: &str) -> Option<&'static Entry> {
    ROUTERS.iter().copied().find(|e| e.name == name)
}
