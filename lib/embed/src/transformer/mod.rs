//! Transformers under ONNX Runtime.

#[cfg(feature = "transformers")]
pub mod model_dir;
#[cfg(feature = "transformers")]
pub mod onnx;
pub mod places;
pub mod pooling;
