//! Embedders: a text to a unit vector of f32.
//!
//! [`SOURCES`] lists them all in the order they are asked; [`open`] makes the
//! one a [`Config`] describes; a [`Driver`] runs it over windows of texts, with
//! equal texts embedded once and the [`Cache`] in between.
//!
//! Every vector an embedder returns is finite and has length 1 to f32 rounding.
//! Adding an embedder: one file that implements [`Embedder`], one row here.

pub mod api;
pub mod built_in;
pub mod cache;
pub mod driver;
pub mod transformer;

use crate::built_in::static_table;
use crate::transformer::onnx;
use std::path::PathBuf;
use std::time::Duration;

pub use crate::cache::Cache;
pub use crate::driver::{Counts, Driver, WINDOW};
pub use crate::transformer::model_dir::Pooling;

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

/// A row of [`SOURCES`].
pub struct Source {
    pub name: &'static str,
    /// One line for `--help`.
    pub explanation: &'static str,
    /// The flags it understands; any other is refused rather than ignored.
    pub flags: &'static [&'static str],
    /// Whether this source is the one meant.
    claims: fn(&Config) -> bool,
    open: fn(&Config) -> Result<Box<dyn Embedder>, EmbedError>,
}

/// Every source; the first that claims a configuration opens it.
pub static SOURCES: &[Source] = &[
    Source {
        name: "api",
        explanation: "an OpenAI-compatible endpoint: --api URL --model NAME, key in RB_API_KEY or OPENAI_API_KEY",
        flags: &["--api", "--model", "--timeout", "--retries"],
        claims: |config| config.api.is_some(),
        open: |config| Ok(Box::new(api::Api::open(config)?)),
    },
    Source {
        name: "model-dir",
        explanation: "an ONNX model in a folder: --model-dir DIR, run by ONNX Runtime",
        flags: &["--model-dir", "--model", "--pooling", "--max-length", "--ort-dylib"],
        claims: |config| config.model_dir.is_some(),
        open: |config| {
            let folder = config.model_dir.as_deref().unwrap_or(std::path::Path::new("."));
            Ok(Box::new(onnx::open_folder(config, folder)?))
        },
    },
    Source {
        name: "static",
        explanation: "built in, 256 numbers a text, no model to run: the default",
        flags: &["--model"],
        claims: |config| {
            let model = config.model.as_deref();
            model.is_none_or(|m| m == "static" || m == static_table::NAME)
        },
        open: |_| Ok(Box::new(static_table::StaticTable::new())),
    },
    Source {
        name: "model",
        explanation: "a transformer by its name, run by ONNX Runtime: all-MiniLM-L6-v2 after `make minilm`, others are downloaded once",
        flags: &["--model", "--max-length", "--ort-dylib"],
        claims: |_| true,
        open: |config| {
            let name = config.model.as_deref().unwrap_or_default();
            Ok(Box::new(onnx::open_named(config, name)?))
        },
    },
];

/// The embedder a configuration describes.
pub fn open(config: &Config) -> Result<Box<dyn Embedder>, EmbedError> {
    let given = [
        ("--api", config.api.is_some()),
        ("--model-dir", config.model_dir.is_some()),
        ("--pooling", config.pooling.is_some()),
        ("--max-length", config.max_length.is_some()),
        ("--timeout", config.timeout.is_some()),
        ("--retries", config.retries.is_some()),
        ("--ort-dylib", config.ort_dylib.is_some()),
    ];
    let Some(source) = SOURCES.iter().find(|source| (source.claims)(config)) else {
        return Err(EmbedError::Usage("no embedder fits these options".into()));
    };
    match given
        .iter()
        .find(|(flag, set)| *set && !source.flags.contains(flag))
    {
        None => (source.open)(config),
        Some((flag, _)) => Err(EmbedError::Usage(format!(
            "{flag} does not go with the embedder chosen ({}), which knows {}",
            source.name,
            source.flags.join(", ")
        ))),
    }
}

/// Scales to length 1. `what` names the vector's maker in the error for a
/// vector that has no direction.
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

    fn opened(config: Config) -> Result<String, String> {
        open(&config)
            .map(|e| e.name().to_owned())
            .map_err(|e| e.to_string())
    }

    #[test]
    fn the_built_in_table_is_the_default_and_has_two_names() {
        for model in [None, Some("static"), Some(static_table::NAME)] {
            let model = model.map(str::to_owned);
            assert_eq!(
                opened(Config {
                    model,
                    ..Config::default()
                })
                .unwrap(),
                "static-minilm-256"
            );
        }
    }

    #[test]
    fn options_that_would_be_ignored_are_refused() {
        let length = Config {
            max_length: Some(256),
            ..Config::default()
        };
        assert!(opened(length).unwrap_err().contains("--max-length"));
        let both = Config {
            api: Some("https://example.org/v1".into()),
            model: Some("m".into()),
            model_dir: Some("d".into()),
            ..Config::default()
        };
        assert!(opened(both).unwrap_err().contains("--model-dir"));
        let pooling = Config {
            model: Some("bge-small-en-v1.5".into()),
            pooling: Some(Pooling::Cls),
            ..Config::default()
        };
        assert!(opened(pooling).unwrap_err().contains("--pooling"));
    }

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
