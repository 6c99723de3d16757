//! Transformers under ONNX Runtime.

pub mod model_dir;
pub mod onnx;
pub mod places;
pub mod pooling;
