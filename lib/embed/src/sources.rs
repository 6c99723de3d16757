//! The one table of embedders, in the order in which they are asked.

#[cfg(feature = "api")]
use crate::api;
use crate::built_in::static_table;
use crate::embedder::{Config, EmbedError, Embedder};
#[cfg(feature = "transformers")]
use crate::transformer::{decoder, onnx};

/// A row of [`SOURCES`].
pub struct Source {
    /// As errors call it.
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
        open: open_api,
    },
    Source {
        name: "model-dir",
        explanation: "a model in a folder: --model-dir DIR, an ONNX encoder or a Qwen3 decoder",
        flags: &["--model-dir", "--model", "--pooling", "--max-length", "--ort-dylib"],
        claims: |config| config.model_dir.is_some(),
        open: open_folder,
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
        open: open_named,
    },
];

type Opened = Result<Box<dyn Embedder>, EmbedError>;

#[cfg(feature = "api")]
fn open_api(config: &Config) -> Opened {
    Ok(Box::new(api::Api::open(config)?))
}

#[cfg(not(feature = "api"))]
fn open_api(_: &Config) -> Opened {
    Err(absent("endpoints (--api)", "api"))
}

#[cfg(feature = "transformers")]
fn open_folder(config: &Config) -> Opened {
    let folder = config.model_dir.as_deref();
    let folder = folder.unwrap_or(std::path::Path::new("."));
    if decoder::is_in(folder) {
        return Ok(Box::new(decoder::open(config, folder)?));
    }
    Ok(Box::new(onnx::open_folder(config, folder)?))
}

#[cfg(feature = "transformers")]
fn open_named(config: &Config) -> Opened {
    let name = config.model.as_deref().unwrap_or_default();
    Ok(Box::new(onnx::open_named(config, name)?))
}

#[cfg(not(feature = "transformers"))]
fn open_folder(_: &Config) -> Opened {
    Err(absent("transformers (--model-dir)", "transformers"))
}

#[cfg(not(feature = "transformers"))]
fn open_named(config: &Config) -> Opened {
    let name = config.model.as_deref().unwrap_or_default();
    Err(absent(
        &format!("transformers (--model {name})"),
        "transformers",
    ))
}

#[cfg(any(not(feature = "api"), not(feature = "transformers")))]
fn absent(what: &str, feature: &str) -> EmbedError {
    EmbedError::Setup(format!(
        "this build knows no {what}: it was made without the feature {feature}, as make demo does; make build adds it"
    ))
}

/// What `--list-models` prints: a name a line, and where it comes from.
pub fn list() -> String {
    let mut lines = format!("{}\tbuilt in, the default\n", static_table::NAME);
    for (name, about) in transformers() {
        lines += &format!("{name}\t{about}\n");
    }
    lines
}

#[cfg(feature = "transformers")]
fn transformers() -> Vec<(String, String)> {
    onnx::listed()
}

#[cfg(not(feature = "transformers"))]
fn transformers() -> Vec<(String, String)> {
    Vec::new()
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transformer::pooling::Pooling;

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

    #[cfg(not(any(feature = "api", feature = "transformers")))]
    #[test]
    fn what_was_left_out_is_named_with_the_way_to_it() {
        let named = Config {
            model: Some("all-MiniLM-L6-v2".into()),
            ..Config::default()
        };
        let folder = Config {
            model_dir: Some("d".into()),
            ..Config::default()
        };
        let endpoint = Config {
            api: Some("https://example.org/v1".into()),
            model: Some("m".into()),
            ..Config::default()
        };
        for (config, flag) in [
            (named, "--model all-MiniLM-L6-v2"),
            (folder, "--model-dir"),
            (endpoint, "--api"),
        ] {
            let error = opened(config).unwrap_err();
            assert!(
                error.contains(flag) && error.contains("make build"),
                "{error}"
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
}
