//! A BERT-shaped text encoder (Devlin et al. 2018, arXiv 1810.04805) that can be
//! trained: its forward pass on a tape, its weights, its tokens, and the loop that
//! tunes it with a head.

pub mod checkpoint;
pub mod config;
mod forward;
pub mod model;
mod rows;
mod tokens;
pub mod tuning;
mod weights;
mod workers;

#[cfg(test)]
mod tiny;
