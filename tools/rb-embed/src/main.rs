//! rb-embed: adds an embedding of the prompt to every record.

#![forbid(unsafe_code)]

mod given;

use clap::Parser;
use rayon::prelude::*;
use rb_cli as cli;
use rb_cli::{Common, Progress};
use rb_embed as embed;
use rb_embed::transformer::places;
use rb_embed::{Cache, Driver, EmbedError, Pooling};
use rb_record::error::{Error, Kind, Result};
use rb_record::json;
use rb_record::record::prompt::{self, Turns};
use rb_record::record::Record;
use rb_record::skips::{OnError, Skips};
use rb_record::stream;
use rb_record::stream::Line;
use std::borrow::Cow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Add an embedding of the prompt to every record
///
/// The default embedder is built in and needs no setup and no network.
#[derive(Parser)]
#[command(name = "rb-embed", version)]
struct Arguments {
    /// Record files, .gz and .zst as they are; none or `-`: standard input
    files: Vec<PathBuf>,
    /// The embedder: static (built in), a transformer by its usual name, or the API's model
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// A folder with an ONNX text model: model.onnx, tokenizer.json, config.json
    #[arg(long, value_name = "DIR")]
    model_dir: Option<PathBuf>,
    /// List the embedders by name, with where each comes from, and read no records
    #[arg(long)]
    list_models: bool,
    /// A NumPy file of vectors that were made elsewhere, row i for record i; --model names
    /// the embedder [default: the file's name]
    #[arg(
        long,
        value_name = "FILE.npy",
        conflicts_with_all = ["model_dir", "api", "line_buffered", "cache", "max_length", "pooling", "ort_dylib"]
    )]
    vectors: Option<PathBuf>,
    /// A text file: line i is the id of row i of --vectors, for records in any order
    #[arg(long, value_name = "FILE", requires = "vectors")]
    ids: Option<PathBuf>,
    /// How a --model-dir model makes one vector of many, where its folder does not say
    #[arg(long, value_name = "HOW", value_parser = pooling)]
    pooling: Option<Pooling>,
    /// Tokens of a text that a transformer reads [default: the model's own]
    #[arg(long, value_name = "N")]
    max_length: Option<usize>,
    /// An OpenAI-compatible endpoint, up to /embeddings; the key comes from RB_API_KEY or OPENAI_API_KEY
    #[arg(long, value_name = "URL")]
    api: Option<String>,
    /// Seconds to wait for one answer of the endpoint
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<f64>,
    /// How often to repeat a request that met a passing fault, after 1, 2, 4, … seconds [default: 5]
    #[arg(long, value_name = "N")]
    retries: Option<u32>,
    /// ONNX Runtime's library [default: ORT_DYLIB_PATH, else what `make minilm` fetched]
    #[arg(long, value_name = "FILE")]
    ort_dylib: Option<PathBuf>,
    /// Keep the vectors of models and endpoints in FILE [default: in the user's cache folder]
    #[arg(long, value_name = "FILE", conflicts_with = "no_cache")]
    cache: Option<PathBuf>,
    /// Neither read nor write the cache
    #[arg(long)]
    no_cache: bool,
    /// Write vectors as base64 of little-endian f32: smaller, faster
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Encoding::Array)]
    encoding: Encoding,
    /// Answer every line at once, for a program that waits for it; a line that
    /// cannot be used is answered with {"error":…}
    #[arg(long)]
    line_buffered: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, clap::ValueEnum)]
enum Encoding {
    Array,
    Base64,
}

const SHORT: cli::Short = cli::Short {
    flags: &["model", "model-dir", "api", "no-cache", "quiet"],
    examples: &[
        "rb-embed bench.ndjson | rb-fit kmeans | rb-score | rb-pareto --table",
        "rb-embed --model all-MiniLM-L6-v2 bench.ndjson > embedded.ndjson",
    ],
};

fn main() -> ExitCode {
    cli::main("rb-embed", &SHORT, |a: &Arguments| &a.common, run)
}

fn pooling(text: &str) -> std::result::Result<Pooling, String> {
    match text {
        "mean" => Ok(Pooling::Mean),
        "cls" => Ok(Pooling::Cls),
        _ => Err("expected mean or cls".into()),
    }
}

/// The embedder that the flags describe, with its cache.
fn driver(arguments: &Arguments) -> Result<Driver> {
    let timeout = match arguments.timeout {
        None => None,
        Some(seconds) => Some(Duration::try_from_secs_f64(seconds).map_err(|_| {
            Error::usage(format!(
                "--timeout is {seconds}, expected seconds, not negative"
            ))
        })?),
    };
    let embedder = embed::open(&embed::Config {
        model: arguments.model.clone(),
        model_dir: arguments.model_dir.clone(),
        pooling: arguments.pooling,
        max_length: arguments.max_length,
        api: arguments.api.clone(),
        timeout,
        retries: arguments.retries,
        ort_dylib: arguments.ort_dylib.clone(),
        threads: Some(arguments.common.threads).filter(|&n| n > 0),
    })
    .map_err(fault)?;
    let driver = Driver::new(embedder);
    if arguments.no_cache || !driver.wants_cache() {
        return Ok(driver);
    }
    let file = arguments.cache.clone().or_else(places::cache_file);
    let file = file.ok_or_else(|| {
        Error::usage("there is no cache folder (HOME is not set); name a file with --cache, or use --no-cache")
    })?;
    Ok(driver.with_cache(Cache::open(&file).map_err(fault)?))
}

fn run(arguments: Arguments) -> Result<()> {
    if arguments.list_models {
        let mut output = cli::output(&arguments.common, false)?;
        output.write_text(&embed::list())?;
        return output.finish();
    }
    if let Some(vectors) = &arguments.vectors {
        return given::run(vectors, &arguments);
    }
    let mut driver = driver(&arguments)?;
    let progress = Progress::new(driver.wants_cache());
    let mut input = cli::input(&arguments.files)?;
    let mut output = cli::output(&arguments.common, arguments.line_buffered)?;
    let mut skips = arguments.common.skips();
    let talks = AtomicU64::new(0);
    if arguments.line_buffered {
        let mut stop = Skips::new(OnError::Stop);
        let mut answer = |line: &Line| {
            let lines = std::slice::from_ref(line);
            let count = (&progress, &talks);
            window(lines, &mut driver, count, arguments.encoding, &mut stop)
                .map(|mut lines| lines.pop().unwrap_or_default())
        };
        let ended = cli::line_by_line("rb-embed", input, output, &mut answer);
        tell(&talks);
        driver.notice().iter().for_each(cli::warn);
        return ended;
    }
    let mut any = false;
    loop {
        let lines = input.next_lines(embed::WINDOW, 64 << 20)?;
        if lines.is_empty() {
            break;
        }
        any = true;
        for line in window(
            &lines,
            &mut driver,
            (&progress, &talks),
            arguments.encoding,
            &mut skips,
        )? {
            output.write_line(&line)?;
        }
    }
    if !any {
        return Err(stream::empty_stream());
    }
    progress.done();
    output.finish()?;
    tell(&talks);
    driver.notice().iter().for_each(cli::warn);
    skips.finish()
}

fn fault(e: EmbedError) -> Error {
    let kind = match e {
        EmbedError::Usage(_) => Kind::Usage,
        EmbedError::Setup(_) | EmbedError::Failed(_) => Kind::Io,
    };
    Error::new(kind, e.to_string())
}

/// What a prompt asks: of a text that is itself the JSON of a conversation the
/// last turn of the user, as of a conversation in the record. `talks` counts them.
fn asked<'a>(prompt: Cow<'a, str>, talks: &AtomicU64) -> Cow<'a, str> {
    let Some(talk) = prompt::in_text(&prompt, Turns::Last) else {
        return prompt;
    };
    talks.fetch_add(1, Ordering::Relaxed);
    Cow::Owned(talk.text.into_owned())
}

/// Says in how many prompts a conversation was read.
fn tell(talks: &AtomicU64) {
    let talks = talks.load(Ordering::Relaxed);
    if talks > 0 {
        cli::warn(format!(
            "{talks} prompts are texts that hold a list of messages or parts as JSON; of each the last turn of the user was embedded"
        ));
    }
}

/// The lines of one window with their embeddings. A record that has this
/// embedder's vector keeps it.
fn window(
    lines: &[Line],
    driver: &mut Driver,
    (progress, talks): (&Progress, &AtomicU64),
    encoding: Encoding,
    skips: &mut Skips,
) -> Result<Vec<Vec<u8>>> {
    let name = driver.name().to_string();
    let read: Vec<Result<(Record, Option<_>)>> = lines
        .par_iter()
        .map(|line| {
            let record = Record::parse(line)?;
            let prompt = match record.embedding_model()? {
                Some(model) if model == name => None,
                _ => Some(asked(record.required_prompt()?, talks)),
            };
            Ok((record, prompt))
        })
        .collect();
    let mut kept = Vec::with_capacity(read.len());
    for read in read {
        kept.extend(skips.keep(read)?);
    }
    let texts: Vec<&str> = kept.iter().filter_map(|(_, p)| p.as_deref()).collect();
    let vectors = driver
        .embed_all(&texts, &mut |n| progress.add(n))
        .map_err(fault)?;
    let mut vectors = vectors.into_iter();
    let work: Vec<_> = kept
        .into_iter()
        .map(|(record, prompt)| (record, prompt.and_then(|_| vectors.next())))
        .collect();
    let model = json::quoted(&name);
    Ok(work
        .into_par_iter()
        .map(|(record, vector)| match vector {
            None => record.line().bytes().to_vec(),
            Some(vector) => {
                let value = format!(
                    "{{\"model\":{model},\"vector\":{}}}",
                    text(&vector, encoding)
                );
                record.splice(&[("embedding", &value)])
            }
        })
        .collect())
}

fn text(vector: &[f32], encoding: Encoding) -> String {
    match encoding {
        Encoding::Array => json::vector(vector),
        Encoding::Base64 => json::vector_base64(vector),
    }
}
