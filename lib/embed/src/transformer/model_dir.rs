//! A sentence-embedding model in a folder: which files, which pooling, how long
//! a text may be. The layout is that of sentence-transformers' ONNX exports:
//!
//! | file | |
//! |---|---|
//! | model.onnx or onnx/model.onnx | the network; weights beside it in model.onnx_data if over 2 GB |
//! | tokenizer.json, tokenizer_config.json, config.json | needed |
//! | special_tokens_map.json | read if there; tokenizer.json holds the same tokens |
//! | 1_Pooling/config.json | mean or cls; without it the caller must say |
//! | sentence_bert_config.json | max_seq_length; without it 512 tokens, or what tokenizer_config.json allows if less |

use std::io::Read;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use crate::embedder::{Config, EmbedError};
use crate::transformer::pooling::Pooling;

/// What was found in a folder; the network itself is read when it is needed.
#[derive(Debug, Clone)]
pub struct ModelDir {
    /// The network, in ONNX.
    pub onnx: PathBuf,
    /// tokenizer.json, as it is.
    pub tokenizer: Vec<u8>,
    /// tokenizer_config.json, as it is.
    pub tokenizer_config: Vec<u8>,
    /// config.json, as it is.
    pub config: Vec<u8>,
    /// special_tokens_map.json, as it is.
    pub special_tokens_map: Vec<u8>,
    /// How the folder says that its tokens' vectors become a text's.
    pub pooling: Pooling,
    /// Tokens, `[CLS]` and `[SEP]` included; the rest of a text is cut off.
    pub max_length: usize,
    /// Over the network and the tokenizer.
    pub digest: u128,
}

/// Tokens, where nobody says how many are read.
pub(crate) const DEFAULT_LENGTH: usize = 512;

impl ModelDir {
    /// Reads a folder; what the caller says wins over what the folder says.
    pub fn read(
        folder: &Path,
        pooling: Option<Pooling>,
        max_length: Option<usize>,
    ) -> Result<ModelDir, EmbedError> {
        let onnx = ["model.onnx", "onnx/model.onnx"].map(|name| folder.join(name));
        let Some(onnx) = onnx.into_iter().find(|path| path.is_file()) else {
            return Err(EmbedError::Setup(format!(
                "{}: holds neither model.onnx nor onnx/model.onnx; --model-dir wants the folder of an ONNX export",
                folder.display()
            )));
        };
        let needed = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map_err(|error| unreadable(&path, &error))
        };
        let special = folder.join("special_tokens_map.json");
        let pooling = match pooling {
            Some(pooling) => pooling,
            None => pooling_of(&folder.join("1_Pooling/config.json"))?,
        };
        if pooling == Pooling::Last {
            return Err(no_last_token(folder));
        }
        let mut dir = ModelDir {
            tokenizer: needed("tokenizer.json")?,
            tokenizer_config: needed("tokenizer_config.json")?,
            config: needed("config.json")?,
            special_tokens_map: if special.is_file() {
                std::fs::read(&special).map_err(|error| unreadable(&special, &error))?
            } else {
                b"{}".to_vec()
            },
            onnx,
            pooling,
            max_length: DEFAULT_LENGTH,
            digest: 0,
        };
        let said = folder.join("sentence_bert_config.json");
        dir.max_length = match max_length {
            Some(length) => length,
            None if said.is_file() => json(&said)?["max_seq_length"]
                .as_u64()
                .map_or(DEFAULT_LENGTH, |n| n as usize),
            None => DEFAULT_LENGTH,
        };
        if dir.max_length < 3 {
            return Err(EmbedError::Usage(format!(
                "the longest text is set to {} tokens, expected at least 3 (two of them mark its ends)",
                dir.max_length
            )));
        }
        dir.digest = dir
            .digested()
            .map_err(|error| unreadable(&dir.onnx, &error))?;
        Ok(dir)
    }

    /// Weights kept outside the network's file: (name the network uses, path).
    pub fn external_weights(&self) -> Vec<(String, PathBuf)> {
        ["model.onnx_data", "model.onnx.data"]
            .into_iter()
            .map(|name| (name.to_owned(), self.onnx.with_file_name(name)))
            .filter(|(_, path)| path.is_file())
            .collect()
    }

    fn digested(&self) -> std::io::Result<u128> {
        let mut hash = Xxh3::new();
        for part in [
            &self.tokenizer,
            &self.tokenizer_config,
            &self.config,
            &self.special_tokens_map,
        ] {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let weights = self.external_weights().into_iter().map(|(_, path)| path);
        for path in [self.onnx.clone()].into_iter().chain(weights) {
            digest_file(&mut hash, &path)?;
        }
        Ok(hash.digest128())
    }
}

/// ONNX networks are not pooled so.
pub(crate) fn no_last_token(path: &Path) -> EmbedError {
    EmbedError::Setup(format!(
        "{}: pools by the last token, which is done for decoders that are read from model.safetensors (config.json: \"model_type\": \"qwen3\"), not for ONNX: fetch those files instead",
        path.display()
    ))
}

/// The embedder's name: that asked for, or the folder's.
pub(crate) fn name_of(config: &Config, folder: &Path) -> Result<String, EmbedError> {
    let own_name = || {
        let folder = folder.canonicalize().ok()?;
        Some(folder.file_name()?.to_string_lossy().into_owned())
    };
    let name = config.model.clone().or_else(own_name);
    name.ok_or_else(|| EmbedError::Setup(format!("{}: no such folder", folder.display())))
}

/// Adds a file's bytes.
pub(crate) fn digest_file(hash: &mut Xxh3, path: &Path) -> std::io::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    let mut file = std::fs::File::open(path)?;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            n => hash.update(&buffer[..n]),
        }
    }
}

pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> EmbedError {
    EmbedError::Setup(format!("{}: cannot be read: {error}", path.display()))
}

pub(crate) fn json(path: &Path) -> Result<serde_json::Value, EmbedError> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| EmbedError::Setup(format!("{}: {error}, expected JSON", path.display())))
}

pub(crate) fn pooling_of(path: &Path) -> Result<Pooling, EmbedError> {
    if !path.is_file() {
        return Err(EmbedError::Usage(format!(
            "{}: not there, so the pooling is unknown: give --pooling mean or --pooling cls (the model's card says which)",
            path.display()
        )));
    }
    let config = json(path)?;
    let on = |mode: &str| config[format!("pooling_mode_{mode}")].as_bool() == Some(true);
    let others = ["max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens"];
    let known = [
        ("mean_tokens", Pooling::Mean),
        ("cls_token", Pooling::Cls),
        ("lasttoken", Pooling::Last),
    ];
    let named: Vec<Pooling> = (known.into_iter().filter(|(mode, _)| on(mode)))
        .map(|(_, pooling)| pooling)
        .collect();
    match (&named[..], others.iter().any(|mode| on(mode))) {
        ([pooling], false) => Ok(*pooling),
        _ => Err(EmbedError::Setup(format!(
            "{}: names a pooling that is not supported, expected mean, cls or last token alone",
            path.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    const FILES: [(&str, &str); 4] = [
        ("model.onnx", "net"),
        ("tokenizer.json", "{}"),
        ("tokenizer_config.json", "{}"),
        ("config.json", "{}"),
    ];

    fn read(files: &[(&str, &str)]) -> Result<ModelDir, EmbedError> {
        ModelDir::read(folder(files).path(), None, None)
    }

    #[test]
    fn pooling_and_length_come_from_the_folder() {
        let mean = (
            "1_Pooling/config.json",
            r#"{"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":false}"#,
        );
        let cls = (
            "1_Pooling/config.json",
            r#"{"pooling_mode_cls_token":true}"#,
        );
        let max = (
            "1_Pooling/config.json",
            r#"{"pooling_mode_max_tokens":true}"#,
        );
        let length = ("sentence_bert_config.json", r#"{"max_seq_length":128}"#);
        let dir = read(&[&FILES[..], &[mean, length]].concat()).unwrap();
        assert_eq!((dir.pooling, dir.max_length), (Pooling::Mean, 128));
        let dir = read(&[&FILES[..], &[cls]].concat()).unwrap();
        assert_eq!((dir.pooling, dir.max_length), (Pooling::Cls, 512));
        assert!(read(&[&FILES[..], &[max]].concat()).is_err());
        let last = (
            "1_Pooling/config.json",
            r#"{"pooling_mode_lasttoken":true}"#,
        );
        let error = read(&[&FILES[..], &[last]].concat()).unwrap_err();
        assert!(error.to_string().contains("model.safetensors"), "{error}");
        let both = folder(&[&FILES[..], &[mean, length]].concat());
        let dir = ModelDir::read(both.path(), Some(Pooling::Cls), Some(64)).unwrap();
        assert_eq!((dir.pooling, dir.max_length), (Pooling::Cls, 64));
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = read(&FILES).unwrap_err().to_string();
        assert!(error.contains("--pooling mean"), "{error}");
        let error = read(&FILES[1..]).unwrap_err().to_string();
        assert!(error.contains("model.onnx"), "{error}");
        let without = folder(&FILES[..3]);
        let error = ModelDir::read(without.path(), Some(Pooling::Mean), None)
            .unwrap_err()
            .to_string();
        assert!(error.contains("config.json"), "{error}");
    }

    #[test]
    fn the_digest_tells_networks_and_tokenizers_apart() {
        let digest = |net, tokenizer| {
            let mut files = FILES;
            (files[0].1, files[1].1) = (net, tokenizer);
            ModelDir::read(folder(&files).path(), Some(Pooling::Mean), None)
                .unwrap()
                .digest
        };
        assert_eq!(digest("net", "{}"), digest("net", "{}"));
        assert_ne!(digest("net", "{}"), digest("net2", "{}"));
        assert_ne!(digest("net", "{}"), digest("net", "{ }"));
    }
}
