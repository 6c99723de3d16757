//! The plane of cost and quality: of one group, or small multiples of several.

mod entries;
pub mod frontier;
mod multiples;
mod naming;
mod pane;
