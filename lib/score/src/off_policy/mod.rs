//! What a router would have earned, told by a log in which each query was
//! answered by one model: a cross-fitted doubly robust estimate.
//!
//! ```text
//! V(π) = mean_i q̂(x_i, π) + Σ_i w_i·(s_i − q̂(x_i, m_i)) / Σ_i w_i,   w_i = 1{m_i = π(x_i)}/e_i
//! ```
//!
//! with m_i the model that answered query i, s_i its score, e_i the probability
//! with which it was chosen, and q̂(x, m) the expected score. q̂, and e where the
//! log does not tell it, are fitted on the other four of five folds of prompts.
//! The estimate is right where either is (Dudík et al. 2011, arXiv 1103.4601;
//! cross-fitted: Chernozhukov et al. 2018); weights are normalised by their own
//! sum (Swaminathan and Joachims 2015). Cost and latency are estimated likewise.
//! All terms are means over queries, so the bootstrap of a replay gives the
//! intervals, and the difference of two policies is paired.
//!
//! A figure is refused where the log can't tell: a model of the route was never
//! logged, the matching queries are too few, or a route calls several models.

pub(crate) mod estimate;
pub(crate) mod log_sample;
pub(crate) mod outcome_model;
pub(crate) mod overlap;
pub(crate) mod propensity;
pub mod report;
pub(crate) mod router;
