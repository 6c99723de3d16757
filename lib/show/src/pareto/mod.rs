//! The joint frontier of routers and single models, and how far each router
//! is from it.
//!
//! A point is on the frontier when no other costs no more and is no worse
//! without being equal to it: equal points share their place. Joined by
//! straight lines and flat to the right, the frontier is a polyline.
//! - **ParetoDist**: mean over a router's distinct points of the Euclidean
//!   distance to the polyline, after both axes are scaled so that the compared
//!   points span 0..1 (an axis on which all are equal counts nothing). 0..√2,
//!   lower is better.
//! - **ParetoShare**: share of a router's distinct points on the frontier, 0..1.
//!   A point that pays more for the frontier's best quality has distance 0 but
//!   is not on it.
//!
//! Both names are LLMRouterBench's (its text defines them, its code is not
//! published), made exact here. Every curve is read at the same alphas: the
//! routers' own where all have the same, else 0, 0.01, … 1, where a point holds
//! from its alpha on. Costs in USD per query, quality 0..1.

pub mod compare;
pub mod distance;
pub mod records;
#[cfg(test)]
mod tests;

pub use crate::pareto::compare::{compare, Curve, Joint, Member, Owner, Standing};
