//! The command line.

use clap::Parser;
use rb_cli as cli;
use rb_cli::Common;
use rb_embed::Pooling;
use std::path::PathBuf;

/// Add an embedding of the prompt to every record
///
/// The default embedder is built in and needs no setup and no network.
#[derive(Parser)]
#[command(name = "rb-embed", version)]
pub(crate) struct Arguments {
    /// Record files, .gz and .zst as they are; none or `-`: standard input
    pub(crate) files: Vec<PathBuf>,
    /// The embedder: static (built in), a transformer by its usual name, or the API's model
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// A folder with a text model: an ONNX encoder (model.onnx), or a decoder of the Qwen3
    /// family (model.safetensors), beside tokenizer.json and config.json
    #[arg(long, value_name = "DIR")]
    pub(crate) model_dir: Option<PathBuf>,
    /// List the embedders by name, with where each comes from, and read no records
    #[arg(long)]
    pub(crate) list_models: bool,
    /// A file of vectors that were made elsewhere: NumPy, row i for record i, or Parquet with
    /// an id and a list of numbers; --model names the embedder [default: the file's name]
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["model_dir", "api", "line_buffered", "cache", "max_length", "pooling", "ort_dylib"]
    )]
    pub(crate) vectors: Option<PathBuf>,
    /// A text file: line i is the id of row i of --vectors, for records in any order
    #[arg(long, value_name = "FILE", requires = "vectors")]
    pub(crate) ids: Option<PathBuf>,
    /// The column of ids in the Parquet file of --vectors
    #[arg(
        long,
        value_name = "COLUMN",
        requires = "vectors",
        conflicts_with = "ids",
        default_value = "id"
    )]
    pub(crate) col_id: String,
    /// The column of vectors in it
    #[arg(
        long,
        value_name = "COLUMN",
        requires = "vectors",
        default_value = "vector"
    )]
    pub(crate) col_vector: String,
    /// How a --model-dir model makes one vector of many, where its folder does not say
    #[arg(long, value_name = "HOW", value_parser = str::parse::<Pooling>)]
    pub(crate) pooling: Option<Pooling>,
    /// Tokens of a text that a transformer reads [default: the model's own]
    #[arg(long, value_name = "N")]
    pub(crate) max_length: Option<usize>,
    /// An OpenAI-compatible endpoint, up to /embeddings; the key comes from RB_API_KEY or OPENAI_API_KEY
    #[arg(long, value_name = "URL")]
    pub(crate) api: Option<String>,
    /// Seconds to wait for one answer of the endpoint
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<f64>,
    /// How often to repeat a request that met a passing fault, after 1, 2, 4, … seconds [default: 5]
    #[arg(long, value_name = "N")]
    pub(crate) retries: Option<u32>,
    /// ONNX Runtime's library [default: ORT_DYLIB_PATH, else what `make minilm` fetched]
    #[arg(long, value_name = "FILE")]
    pub(crate) ort_dylib: Option<PathBuf>,
    /// Keep the vectors of models and endpoints in FILE [default: in the user's cache folder]
    #[arg(long, value_name = "FILE", conflicts_with = "no_cache")]
    pub(crate) cache: Option<PathBuf>,
    /// Neither read nor write the cache
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Write vectors as base64 of little-endian f32: smaller, faster
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Encoding::Array)]
    pub(crate) encoding: Encoding,
    /// Answer every line at once, for a program that waits for it; a line that
    /// cannot be used is answered with {"error":…}
    #[arg(long)]
    pub(crate) line_buffered: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, clap::ValueEnum)]
pub(crate) enum Encoding {
    Array,
    Base64,
}

pub(crate) const SHORT: cli::Short = cli::Short {
    flags: &["model", "model-dir", "api", "no-cache", "quiet"],
    examples: &[
        "rb-embed bench.ndjson | rb-fit kmeans | rb-score | rb-pareto --table",
        "rb-embed --model all-MiniLM-L6-v2 bench.ndjson > embedded.ndjson",
    ],
};
