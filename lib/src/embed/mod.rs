//! Embedders: a text to a unit vector of f32.
//!
//! [`SOURCES`] lists them all in the order they are asked; [`open`] makes the
//! one a [`Config`] describes; [`embed_all`](driver::embed_all) runs it over a
//! window of texts, with equal texts embedded once and the cache in between.
//!
//! Every vector an embedder returns is finite and has length 1 to f32 rounding.
//! Adding an embedder: one file that implements [`Embedder`], one row here.

pub mod driver;
pub mod static_table;
pub mod wordpiece;

pub use driver::embed_all;

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

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `--model`; None is the built-in table.
    pub model: Option<String>,
}

/// A row of [`SOURCES`].
pub struct Source {
    pub name: &'static str,
    /// One line for `--help`.
    pub explanation: &'static str,
    /// Whether this source is the one meant.
    pub claims: fn(&Config) -> bool,
    pub open: fn(&Config) -> Result<Box<dyn Embedder>, EmbedError>,
}

/// Every source; the first that claims a configuration opens it.
pub static SOURCES: &[Source] = &[Source {
    name: "static",
    explanation: "built in, 256 numbers a text, no model to run: the default",
    claims: |config| {
        config
            .model
            .as_deref()
            .is_none_or(|m| m == "static" || m == static_table::NAME)
    },
    open: |_| Ok(Box::new(static_table::StaticTable::new())),
}];

/// The embedder a configuration describes.
pub fn open(config: &Config) -> Result<Box<dyn Embedder>, EmbedError> {
    match SOURCES.iter().find(|source| (source.claims)(config)) {
        Some(source) => (source.open)(config),
        None => Err(EmbedError::Usage(format!(
            "unknown embedding model {:?}",
            config.model.as_deref().unwrap_or_default()
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
