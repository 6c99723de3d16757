//! Parts of small networks.

pub mod layer;
