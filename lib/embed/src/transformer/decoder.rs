//! Decoders of the Qwen3 family (Qwen3-Embedding and the language models it was made
//! of): the state of a text's last token, after the last layer and its norm, is the
//! text's vector. Run by fastembed on candle; no ONNX Runtime.
//!
//! A folder holds one if its config.json says `"model_type": "qwen3"`:
//!
//! | file | |
//! |---|---|
//! | model.safetensors, or the parts that model.safetensors.index.json lists | the weights, f32, f16 or bf16; computed in f32 |
//! | tokenizer.json, config.json | needed |
//! | 1_Pooling/config.json | if there, it must say last token |
//!
//! Texts of one length go through together, none is padded, so a text's vector does
//! not depend on what shares its batch. Of a long text the first `--max-length`
//! tokens are read (512 unless said otherwise). An instruction before the text is the
//! caller's: it is part of the prompt.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use fastembed::{Qwen3Config, Qwen3Model, Qwen3TextEmbedding};
use tokenizers::{PaddingDirection, PaddingParams, Tokenizer, TruncationParams};
use xxhash_rust::xxh3::Xxh3;

use crate::embedder::{normalised, Config, EmbedError, Embedder};
use crate::transformer::model_dir::{
    digest_file, json, name_of, pooling_of, unreadable, DEFAULT_LENGTH,
};
use crate::transformer::pooling::Pooling;

/// What config.json calls the family.
const FAMILY: &str = "qwen3";
const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
/// Texts handed over at once: those of one length among them are one batch.
const TEXTS: usize = 32;

/// A decoder that is known to be there and loads when first used.
pub struct Decoder {
    name: String,
    identity: String,
    dim: usize,
    max_length: usize,
    shape: Qwen3Config,
    tokenizer: PathBuf,
    weights: Vec<PathBuf>,
    loaded: Option<Qwen3TextEmbedding>,
}

/// Whether the folder holds a decoder of the family.
pub fn is_in(folder: &Path) -> bool {
    json(&folder.join("config.json")).is_ok_and(|config| config["model_type"] == FAMILY)
}

/// `--model-dir`: a folder that [holds one](is_in).
pub fn open(config: &Config, folder: &Path) -> Result<Decoder, EmbedError> {
    let name = name_of(config, folder)?;
    if config.ort_dylib.is_some() {
        return Err(EmbedError::Usage(format!(
            "{}: a decoder runs without ONNX Runtime; leave --ort-dylib out",
            folder.display()
        )));
    }
    let said = folder.join("1_Pooling/config.json");
    let pooling = match config.pooling {
        Some(pooling) => pooling,
        None if said.is_file() => pooling_of(&said)?,
        None => Pooling::Last,
    };
    if pooling != Pooling::Last {
        return Err(EmbedError::Usage(format!(
            "{}: a decoder's vector is that of its last token, expected --pooling last or none: earlier tokens have not seen the text's end",
            folder.display()
        )));
    }
    let path = folder.join("config.json");
    let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, &error))?;
    let shape: Qwen3Config = serde_json::from_slice(&bytes).map_err(|error| {
        EmbedError::Setup(format!(
            "{}: {error}, expected the configuration of a {FAMILY} model",
            path.display()
        ))
    })?;
    let weights = weight_files(folder)?;
    let tokenizer = folder.join("tokenizer.json");
    let mut hash = Xxh3::new();
    hash.update(&bytes);
    for path in weights.iter().chain([&tokenizer]) {
        digest_file(&mut hash, path).map_err(|error| unreadable(path, &error))?;
    }
    let max_length = config.max_length.unwrap_or(DEFAULT_LENGTH);
    if max_length == 0 {
        return Err(EmbedError::Usage(
            "the longest text is set to 0 tokens, expected at least 1".into(),
        ));
    }
    Ok(Decoder {
        identity: format!("decoder {:032x} {max_length}", hash.digest128()),
        name,
        dim: shape.hidden_size,
        max_length,
        shape,
        tokenizer,
        weights,
        loaded: None,
    })
}

/// The one file, or all that the index names.
fn weight_files(folder: &Path) -> Result<Vec<PathBuf>, EmbedError> {
    let (single, index) = (folder.join(SINGLE), folder.join(INDEX));
    if single.is_file() {
        return Ok(vec![single]);
    }
    if !index.is_file() {
        return Err(EmbedError::Setup(format!(
            "{}: holds neither {SINGLE} nor {INDEX}, which a decoder is read from",
            folder.display()
        )));
    }
    let listed = json(&index)?;
    let parts = listed["weight_map"].as_object().ok_or_else(|| {
        EmbedError::Setup(format!(
            "{}: has no weight_map, expected tensor → file",
            index.display()
        ))
    })?;
    let names: BTreeSet<&str> = parts.values().filter_map(|file| file.as_str()).collect();
    // A part is a file of this folder, not a path to elsewhere.
    match names.iter().find(|name| name.contains(['/', '\\'])) {
        Some(name) => Err(EmbedError::Setup(format!(
            "{}: names {name:?}, expected a file of the same folder",
            index.display()
        ))),
        None => Ok(names.into_iter().map(|name| folder.join(name)).collect()),
    }
}

impl Decoder {
    fn load(&self) -> Result<Qwen3TextEmbedding, EmbedError> {
        let failed = |error: candle_core::Error| self.failed(&error);
        let mut tensors: HashMap<String, Tensor> = HashMap::new();
        for path in &self.weights {
            let part = candle_core::safetensors::load(path, &Device::Cpu).map_err(|error| {
                EmbedError::Setup(format!("{}: cannot be read: {error}", path.display()))
            })?;
            tensors.extend(part);
        }
        // Language models keep the decoder under this name; embedding models do not.
        let prefix = "model.";
        let is_nested = tensors.keys().any(|name| name.starts_with(prefix));
        let all = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        let all = if is_nested {
            all.pp(prefix.trim_end_matches('.'))
        } else {
            all
        };
        let model = Qwen3Model::new(self.shape.clone(), all).map_err(failed)?;
        Ok(Qwen3TextEmbedding::new(model, self.tokenizer()?))
    }

    fn tokenizer(&self) -> Result<Tokenizer, EmbedError> {
        let fault = |error: tokenizers::Error| {
            EmbedError::Setup(format!("{}: {error}", self.tokenizer.display()))
        };
        let mut tokenizer = Tokenizer::from_file(&self.tokenizer).map_err(fault)?;
        tokenizer.with_padding(Some(PaddingParams {
            // Where fastembed looks for it, to leave it out.
            direction: PaddingDirection::Left,
            ..PaddingParams::default()
        }));
        let cut = TruncationParams {
            max_length: self.max_length,
            ..TruncationParams::default()
        };
        tokenizer.with_truncation(Some(cut)).map_err(fault)?;
        Ok(tokenizer)
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> EmbedError {
        EmbedError::Failed(format!("{}: {error}", self.name))
    }
}

impl Embedder for Decoder {
    fn name(&self) -> &str {
        &self.name
    }

    fn dim(&self) -> Option<usize> {
        Some(self.dim)
    }

    fn cache_identity(&self) -> Option<String> {
        Some(self.identity.clone())
    }

    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        if self.loaded.is_none() {
            self.loaded = Some(self.load()?);
        }
        let mut vectors = Vec::with_capacity(texts.len());
        for texts in texts.chunks(TEXTS) {
            let found = self.loaded.as_ref().map(|model| model.embed(texts));
            let found = found
                .unwrap_or_else(|| Ok(Vec::new()))
                .map_err(|error| self.failed(&error))?;
            for vector in found {
                vectors.push(normalised(vector, &self.name)?);
            }
        }
        Ok(vectors)
    }
}

#[cfg(test)]
#[path = "decoder_tests.rs"]
mod tests;
