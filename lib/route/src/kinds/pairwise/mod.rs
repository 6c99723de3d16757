//! Routers that learn from pairs of models: which of two is better.

pub mod comparisons;
pub mod ratings;
pub mod routellm_mf;
pub mod sw_ranking;
pub mod wins;
