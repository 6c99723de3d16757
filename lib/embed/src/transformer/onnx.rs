//! Encoders, run by ONNX Runtime: the one file that knows `ort`, and `fastembed` on it.
//!
//! Two ways in: a folder ([`open_folder`]), or a name ([`open_named`]). The name
//! all-MiniLM-L6-v2 means the folder that `make minilm` fills and needs no
//! network; every other name in [`names`] is downloaded once by fastembed into
//! [`places::download_folder`](crate::transformer::places::download_folder).
//!
//! ONNX Runtime is a library loaded at run time, 1.24 or later: `--ort-dylib`,
//! else `ORT_DYLIB_PATH`, else the one `make minilm` fetched. It is loaded
//! before fastembed is asked anything, because fastembed panics where it is
//! missing or too old. Library and network are loaded when the first text has
//! to be computed, so a run served by the cache needs neither.
//!
//! Texts longer than the model's limit are cut (all-MiniLM-L6-v2: 256 tokens).
//! Batches hold about [`TOKENS`] tokens: short texts together, long ones alone.
//! On two cores that is as fast as any larger or smaller batch, and it keeps
//! memory small, since fastembed holds the hidden states of everything it is
//! handed in one call. A text's vector came out the same to the bit whatever
//! shared its batch, on every processor tried; ONNX Runtime does not promise it.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fastembed::{
    EmbeddingModel, InitOptionsUserDefined, QuantizationMode, TextEmbedding, TextInitOptions,
    TokenizerFiles, UserDefinedEmbeddingModel,
};
use ort::environment::Environment;

use crate::embedder::{normalised, Config, EmbedError, Embedder};
use crate::transformer::model_dir::{name_of, no_last_token, unreadable, ModelDir};
use crate::transformer::places;
use crate::transformer::pooling::Pooling;

/// The model `make minilm` sets up.
pub const MINILM: &str = "all-MiniLM-L6-v2";
/// What to say to a user who has not.
const REMEDY: &str = "run `make minilm`";
/// Tokens of a batch, roughly: four bytes of text count as one.
const TOKENS: usize = 256;
/// fastembed's own default for models it downloads.
const DEFAULT_LENGTH: usize = 512;

const LIBRARY: &str = if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else if cfg!(windows) {
    "onnxruntime.dll"
} else {
    "libonnxruntime.so"
};

/// A model that is known to be there and loads when first used.
pub struct Onnx {
    name: String,
    identity: String,
    dim: Option<usize>,
    max_length: usize,
    /// Dynamic quantisation scales by batch: texts must go one by one.
    alone: bool,
    library: Option<PathBuf>,
    threads: Option<usize>,
    source: Source,
    session: Option<TextEmbedding>,
}

enum Source {
    Folder(Box<ModelDir>),
    Hub(EmbeddingModel, PathBuf),
}

/// `--model-dir`: a folder; its name is the embedder's unless `--model` gives one.
pub fn open_folder(config: &Config, folder: &Path) -> Result<Onnx, EmbedError> {
    let name = name_of(config, folder)?;
    let dir = ModelDir::read(folder, config.pooling, config.max_length)?;
    Ok(Onnx {
        identity: format!(
            "onnx {:032x} {:?} {}",
            dir.digest, dir.pooling, dir.max_length
        ),
        name,
        dim: None,
        max_length: dir.max_length,
        alone: false,
        library: config.ort_dylib.clone(),
        threads: config.threads,
        source: Source::Folder(Box::new(dir)),
        session: None,
    })
}

/// `--model NAME`.
pub fn open_named(config: &Config, name: &str) -> Result<Onnx, EmbedError> {
    let Some((name, model)) = find(name) else {
        return Err(EmbedError::Usage(format!(
            "unknown embedding model {name:?}, expected static or one of {}; for another one give its folder with --model-dir",
            names().join(", ")
        )));
    };
    if name == MINILM {
        let folder = places::setup_folder().map(|f| f.join("models").join(MINILM));
        return match folder.filter(|folder| folder.join("model.onnx").is_file()) {
            Some(folder) => open_folder(
                &Config {
                    model: Some(name),
                    ..config.clone()
                },
                &folder,
            ),
            None => Err(EmbedError::Setup(format!(
                "{MINILM} is not set up on this machine: {REMEDY}"
            ))),
        };
    }
    let info = TextEmbedding::get_model_info(&model).map_err(|error| failed(&name, &error))?;
    let max_length = config.max_length.unwrap_or(DEFAULT_LENGTH);
    let downloads = places::download_folder().ok_or_else(|| {
        EmbedError::Setup("no folder for downloaded models is known: set HOME or HF_HOME".into())
    })?;
    Ok(Onnx {
        identity: format!("hub {} {} {max_length}", info.model_code, info.model_file),
        name,
        dim: Some(info.dim),
        max_length,
        alone: TextEmbedding::get_quantization_mode(&model) == QuantizationMode::Dynamic,
        library: config.ort_dylib.clone(),
        threads: config.threads,
        source: Source::Hub(model, downloads),
        session: None,
    })
}

impl Embedder for Onnx {
    fn name(&self) -> &str {
        &self.name
    }

    fn dim(&self) -> Option<usize> {
        self.dim
    }

    fn cache_identity(&self) -> Option<String> {
        Some(self.identity.clone())
    }

    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        if self.session.is_none() && !texts.is_empty() {
            self.session = Some(self.load()?);
        }
        let mut vectors = Vec::with_capacity(texts.len());
        if let Some(session) = &mut self.session {
            for batch in batches(texts, self.max_length, self.alone) {
                let found = session
                    .embed(batch, None)
                    .map_err(|error| failed(&self.name, &error))?;
                for vector in found {
                    vectors.push(normalised(vector, &self.name)?);
                }
            }
        }
        self.dim = self.dim.or(vectors.first().map(Vec::len));
        Ok(vectors)
    }
}

impl Onnx {
    fn load(&self) -> Result<TextEmbedding, EmbedError> {
        let environment = environment(self.library.as_deref())?;
        match &self.source {
            Source::Folder(dir) => {
                let read =
                    |path: &Path| std::fs::read(path).map_err(|error| unreadable(path, &error));
                let tokenizer_files = TokenizerFiles {
                    tokenizer_file: dir.tokenizer.clone(),
                    config_file: dir.config.clone(),
                    special_tokens_map_file: dir.special_tokens_map.clone(),
                    tokenizer_config_file: dir.tokenizer_config.clone(),
                };
                let mut model = UserDefinedEmbeddingModel::new(read(&dir.onnx)?, tokenizer_files)
                    .with_pooling(match dir.pooling {
                        Pooling::Mean => fastembed::Pooling::Mean,
                        Pooling::Cls => fastembed::Pooling::Cls,
                        Pooling::Last => return Err(no_last_token(&dir.onnx)),
                    });
                for (file_name, path) in dir.external_weights() {
                    model = model.with_external_initializer(file_name, read(&path)?);
                }
                let mut options = InitOptionsUserDefined::new()
                    .with_environment(environment)
                    .with_max_length(self.max_length);
                options.intra_threads = self.threads;
                TextEmbedding::try_new_from_user_defined(model, options)
                    .map_err(|error| failed(&self.name, &error))
            }
            Source::Hub(model, downloads) => {
                let mut options = TextInitOptions::new(model.clone())
                    .with_environment(environment)
                    .with_cache_dir(downloads.clone())
                    .with_max_length(self.max_length)
                    .with_show_download_progress(false);
                options.intra_threads = self.threads;
                TextEmbedding::try_new(options).map_err(|error| {
                    EmbedError::Setup(format!(
                        "{}: neither in {} nor to be downloaded there: {}; it needs the network once, or its folder with --model-dir; {MINILM} needs none after `make minilm`",
                        self.name,
                        downloads.display(),
                        chain(&error)
                    ))
                })
            }
        }
    }
}

/// Loads the library, once a process, and keeps ONNX Runtime's environment.
fn environment(explicit: Option<&Path>) -> Result<Environment, EmbedError> {
    static LOADED: Mutex<Option<Environment>> = Mutex::new(None);
    let mut loaded = LOADED.lock().unwrap_or_else(|poison| poison.into_inner());
    if let Some(environment) = &*loaded {
        return Ok(environment.clone());
    }
    let named = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty());
    let set_up = places::setup_folder().map(|folder| folder.join("onnxruntime").join(LIBRARY));
    let (path, said_by) = match (explicit, named, set_up) {
        (Some(path), _, _) => (path.to_owned(), "--ort-dylib"),
        (None, Some(path), _) => (PathBuf::from(path), "ORT_DYLIB_PATH"),
        (None, None, Some(path)) if path.is_file() => (path, "set up by make minilm"),
        _ => {
            return Err(EmbedError::Setup(format!(
                "ONNX Runtime is not set up on this machine: {REMEDY}, or set ORT_DYLIB_PATH to {LIBRARY} 1.24 or later"
            )))
        }
    };
    // A path with a folder in it means that file; a bare name the system's own search.
    let path = if path.components().count() > 1 {
        std::path::absolute(&path).unwrap_or(path)
    } else {
        path
    };
    let refused = |error: &dyn std::fmt::Display| {
        EmbedError::Setup(format!(
            "ONNX Runtime ({said_by}) cannot be used: {error}; {REMEDY}, which fetches 1.24.4, and leave --ort-dylib and ORT_DYLIB_PATH unset"
        ))
    };
    let environment = ort::init_from(&path)
        .map_err(|error| refused(&error))?
        .with_name("rb")
        .build()
        .map_err(|error| refused(&error))?;
    *loaded = Some(environment.clone());
    Ok(environment)
}

/// Cuts consecutive texts into batches of about [`TOKENS`] tokens, padding
/// counted: every text of a batch is as long as its longest.
fn batches<'a>(texts: &'a [&'a str], max_length: usize, alone: bool) -> Vec<&'a [&'a str]> {
    let mut batches = Vec::new();
    let mut rest = texts;
    while !rest.is_empty() {
        let mut longest = 0;
        let fits = |(place, text): &(usize, &&str)| {
            longest = longest.max((text.len() / 4 + 2).min(max_length));
            (place + 1) * longest <= TOKENS && !alone
        };
        let n = rest.iter().enumerate().take_while(fits).count().max(1);
        let (batch, after) = rest.split_at(n);
        batches.push(batch);
        rest = after;
    }
    batches
}

/// Models by the names people use, sorted: `bge-small-en-v1.5`; quantised
/// variants end in `-q` or `-q4`.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = models().map(|(name, _, _)| name).collect();
    names.sort();
    names
}

/// Each of [`names`] with its numbers a text and the repository it is downloaded from.
pub fn listed() -> Vec<(String, String)> {
    let all = models().map(|(name, repository, model)| {
        let dim = TextEmbedding::get_model_info(&model).map_or(0, |info| info.dim);
        (name, format!("{dim} numbers, {repository}"))
    });
    let mut all: Vec<(String, String)> = all.collect();
    all.sort();
    all
}

fn models() -> impl Iterator<Item = (String, String, EmbeddingModel)> {
    TextEmbedding::list_supported_models()
        .into_iter()
        .map(|info| {
            let repository = info
                .model_code
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned();
            let lower = repository.to_lowercase();
            let stem = lower
                .strip_suffix("-onnx-q")
                .or(lower.strip_suffix("-onnx"))
                .unwrap_or(&lower);
            let variant = format!("{:?}", info.model);
            let suffix = ["Q4", "Q"]
                .into_iter()
                .find(|s| variant.ends_with(s))
                .unwrap_or_default();
            let dash = if suffix.is_empty() { "" } else { "-" };
            let name = format!(
                "{}{dash}{}",
                &repository[..stem.len()],
                suffix.to_lowercase()
            );
            (name, info.model_code, info.model)
        })
}

/// Who published the models that fastembed takes from a copy.
const PUBLISHERS: [(&str, &str); 5] = [
    ("all-", "sentence-transformers"),
    ("paraphrase-", "sentence-transformers"),
    ("bge-", "BAAI"),
    ("multilingual-e5-", "intfloat"),
    ("embeddinggemma-", "google"),
];

/// A model by its name, with or without its publisher, in any case; by the
/// repository fastembed takes it from; or by fastembed's own name.
fn find(wanted: &str) -> Option<(String, EmbeddingModel)> {
    let mut found: Vec<_> = models()
        .filter(|(name, code, model)| {
            let publisher = PUBLISHERS.iter().find(|(start, _)| name.starts_with(start));
            let owner = publisher.map_or("", |(_, owner)| owner);
            let host = code.split('/').next().unwrap_or_default();
            [
                name.clone(),
                format!("{owner}/{name}"),
                format!("{host}/{name}"),
                code.clone(),
                format!("{model:?}"),
            ]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(wanted))
        })
        .collect();
    // A repository that holds a model and its quantised variant means the model.
    found.sort_by_key(|(name, _, _)| name.len());
    found
        .into_iter()
        .next()
        .map(|(name, _, model)| (name, model))
}

fn failed(name: &str, error: &fastembed::Error) -> EmbedError {
    EmbedError::Failed(format!("{name}: {}", chain(error)))
}

/// An error with its causes, those left out that the outer text repeats.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.to_string();
        if !text.contains(&inner) {
            text = format!("{text}: {inner}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
#[path = "onnx_tests.rs"]
mod tests;
