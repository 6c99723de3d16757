//! Routers by factors and small networks.

pub mod embedllm;
pub mod irt;
pub mod mlp;
