//! Transformers: encoders under ONNX Runtime, decoders on candle.

#[cfg(feature = "transformers")]
pub mod decoder;
#[cfg(feature = "transformers")]
pub mod model_dir;
#[cfg(feature = "transformers")]
pub mod onnx;
pub mod places;
pub mod pooling;
