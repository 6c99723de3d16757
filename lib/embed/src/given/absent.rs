//! In the place of given/mod.rs in a build without the feature npy.

use crate::embedder::EmbedError;
use std::path::Path;

/// Nothing can be given.
pub enum Given {}

impl Given {
    /// Refused.
    pub fn open(_: &Path, _: Option<&Path>) -> Result<Given, EmbedError> {
        Err(EmbedError::Setup(
            "this build reads no NumPy files (--vectors): it was made without the feature npy, as make demo does; make build adds it".into(),
        ))
    }

    /// Refused.
    pub fn named(_: String, _: Vec<(String, Vec<f32>)>) -> Result<Given, EmbedError> {
        Given::open(Path::new(""), None)
    }

    /// There is none.
    pub fn next(&mut self, _: Option<&str>) -> Result<Vec<f32>, EmbedError> {
        match *self {}
    }

    /// There is none.
    pub fn end(&self, _: u64) -> Result<(), EmbedError> {
        match *self {}
    }
}
