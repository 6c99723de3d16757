//! The cache of a build without one: nothing that it has needs any.

use crate::embedder::EmbedError;
use std::path::Path;

/// Never there.
pub enum Cache {}

impl Cache {
    /// Errors: always.
    pub fn open(_: &Path) -> Result<Cache, EmbedError> {
        Err(EmbedError::Setup(
            "this build has no embedding cache: it was made without the features transformers and api, as make demo does; make build adds them".into(),
        ))
    }

    /// Never called.
    pub fn get(&self, _: &str, _: &[&str]) -> Result<Vec<Option<Vec<f32>>>, EmbedError> {
        match *self {}
    }

    /// Never called.
    pub fn put(&mut self, _: &str, _: &[&str], _: &[Vec<f32>]) -> Result<(), EmbedError> {
        match *self {}
    }
}
