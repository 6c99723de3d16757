//! The files of a fit that tunes an encoder, read and written.

use super::beside;
use super::tuning::Tuning;
use rb_neural::encoder::model::Encoder;
use rb_neural::encoder::tuning::Watch;
use rb_record::error::{Error, Result};
use rb_record::stream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a checkpoint waits for the next within a pass.
const EVERY: Duration = Duration::from_secs(300);
/// The checkpoint in its folder.
const NAME: &str = "checkpoint.safetensors";

impl Tuning {
    /// Reads the encoder, whose texts are cut off after `max_tokens`, and the digest of
    /// its files.
    pub(crate) fn encoder(&self, max_tokens: usize) -> Result<(Encoder, String)> {
        let folder = self.folder.display();
        let missing = |path: &Path, e: std::io::Error| {
            Error::usage(format!(
                "{}: cannot be read ({e}); --model-dir wants a folder with config.json, tokenizer.json and model.safetensors, as `make minilm` sets one up",
                path.display()
            ))
        };
        let read = |name: &str| {
            let path = self.folder.join(name);
            std::fs::read(&path).map_err(|e| missing(&path, e))
        };
        let text = |name: &str| {
            let path = self.folder.join(name);
            std::fs::read_to_string(&path).map_err(|e| missing(&path, e))
        };
        let pooling = self.folder.join("1_Pooling/config.json");
        if pooling.is_file() {
            let pooling = text("1_Pooling/config.json")?;
            let pooling: serde_json::Value = serde_json::from_str(&pooling).unwrap_or_default();
            if pooling["pooling_mode_mean_tokens"].as_bool() != Some(true) {
                return Err(Error::usage(format!(
                    "{folder}: 1_Pooling/config.json does not say mean pooling, and no other is tuned here; take another --model-dir"
                )));
            }
        }
        let (config, tokenizer) = (text("config.json")?, text("tokenizer.json")?);
        let weights = read("model.safetensors")?;
        let parts = [config.as_bytes(), tokenizer.as_bytes(), &weights].map(beside::sha256);
        let encoder = Encoder::new(config, tokenizer, &weights, max_tokens);
        let encoder = encoder.map_err(|e| Error::usage(format!("{folder}: {e}")))?;
        Ok((encoder, parts.concat()))
    }

    /// Keeps the checkpoints of a run whose outcome depends on what `digest` is of.
    pub(crate) fn watch(&self, digest: String) -> Result<Files> {
        if let Some(folder) = &self.checkpoint {
            std::fs::create_dir_all(folder).map_err(|e| {
                Error::io(
                    format_args!("cannot make --checkpoint {}", folder.display()),
                    &e,
                )
            })?;
        }
        Ok(Files {
            digest,
            file: self.checkpoint.as_ref().map(|folder| folder.join(NAME)),
        })
    }
}

/// Keeps the checkpoints of a run.
pub(crate) struct Files {
    digest: String,
    file: Option<PathBuf>,
}

impl Watch for Files {
    fn digest(&self) -> &str {
        &self.digest
    }
    fn checkpoint(&self) -> std::result::Result<Option<Vec<u8>>, String> {
        let Some(file) = self.file.as_ref().filter(|file| file.exists()) else {
            return Ok(None);
        };
        let bytes = std::fs::read(file);
        bytes
            .map(Some)
            .map_err(|e| format!("cannot read {}: {e}", file.display()))
    }
    fn every(&self) -> Option<Duration> {
        self.file.is_some().then_some(EVERY)
    }
    fn keep(&self, bytes: &[u8]) -> std::result::Result<(), String> {
        match &self.file {
            Some(file) => stream::write_file(file, bytes).map_err(|e| e.message),
            None => Ok(()),
        }
    }
}
