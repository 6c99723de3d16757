//! Which few models are worth having: pools grown one model at a time on train,
//! and judged on test against random pools of the same size.
//!
//! Models are places in an order of preference, the cheapest first, so that of
//! equals the smaller place is taken everywhere. part: the queries. objective:
//! what a pool is worth. greedy: how pools grow. draw: the pools beside it.
//! judge: figures and intervals. lines: the records. gaps: what is missing.

pub mod draw;
pub mod gaps;
pub mod greedy;
pub mod judge;
pub mod lines;
pub mod objective;
pub mod part;
#[cfg(test)]
mod tests;
