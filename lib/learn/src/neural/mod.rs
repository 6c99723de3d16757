//! Parts of small networks.

pub mod layer;
pub mod noise;
