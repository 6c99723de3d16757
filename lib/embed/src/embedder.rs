//! What an embedder is, what it may be asked for, and what can go wrong.

use crate::transformer::pooling::Pooling;
use crate::unknown::Unknown;
use std::path::PathBuf;
use std::time::Duration;

/// What can go wrong; the text says what was found and what to do.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The request: an unknown model, options that do not go together.
    #[error("{0}")]
    Usage(String),
    /// Something that must be there first is missing or does not fit: a
    /// library, a model's files, a key.
    #[error("{0}")]
    Setup(String),
    /// The model or the API failed, or answered what it must not.
    #[error("{0}")]
    Failed(String),
}

/// One way to make vectors, opened and ready.
pub trait Embedder: Send {
    /// Goes into the record as `embedding.model`.
    fn name(&self) -> &str;

    /// Length of the vectors; None while only the first answer can tell.
    fn dim(&self) -> Option<usize>;

    /// Everything besides the text that the vector depends on, as a string for
    /// the cache's key. None: computing is cheaper than looking up.
    fn cache_identity(&self) -> Option<String>;

    /// One unit vector a text, in the order given.
    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError>;

    /// How many of the texts so far it hardly knew; None where it can't tell.
    fn unknown(&self) -> Option<Unknown> {
        None
    }
}

/// What the user asked for. The names in the errors are those of the flags.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `--model`: a name, on the API's server where `api` is given; None is the
    /// built-in table.
    pub model: Option<String>,
    /// `--model-dir`: a folder with an ONNX model.
    pub model_dir: Option<PathBuf>,
    /// `--pooling`, for a folder that does not say.
    pub pooling: Option<Pooling>,
    /// `--max-length`: tokens of a text that a model reads.
    pub max_length: Option<usize>,
    /// `--api`: the endpoint's URL up to, without, `/embeddings`.
    pub api: Option<String>,
    /// `--timeout` of one request to the API.
    pub timeout: Option<Duration>,
    /// `--retries`: how often a request to the API is repeated.
    pub retries: Option<u32>,
    /// `--ort-dylib`: ONNX Runtime's library.
    pub ort_dylib: Option<PathBuf>,
    /// `--threads` of a model; None is all processors. The built-in table uses
    /// the caller's rayon pool.
    pub threads: Option<usize>,
}

/// Scales to length 1. `what` names the vector's maker in the error for a
/// vector that has no direction.
#[cfg(any(feature = "api", feature = "transformers", test))]
pub(crate) fn normalised(mut vector: Vec<f32>, what: &str) -> Result<Vec<f32>, EmbedError> {
    let square: f64 = vector.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
    if !square.is_finite() || square == 0.0 {
        return Err(EmbedError::Failed(format!(
            "{what} gave a vector that is zero or not finite"
        )));
    }
    let length = square.sqrt();
    for value in &mut vector {
        *value = (f64::from(*value) / length) as f32;
    }
    Ok(vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_without_a_direction_are_refused() {
        assert_eq!(normalised(vec![3.0, -4.0], "m").unwrap(), [0.6, -0.8]);
        for bad in [
            vec![],
            vec![0.0; 3],
            vec![f32::NAN, 1.0],
            vec![f32::INFINITY],
        ] {
            assert!(normalised(bad, "m").is_err());
        }
    }
}
