//! rb-embed: adds an embedding of the prompt to every record.

use clap::Parser;
use rayon::prelude::*;
use rb::cli::{self, Common, Skips};
use rb::embed::{self, EmbedError, Embedder};
use rb::error::{Error, Kind, Result};
use rb::json;
use rb::record::Record;
use rb::stream::Line;
use std::path::PathBuf;
use std::process::ExitCode;

/// Add an embedding of the prompt to every record
///
/// The default embedder is built in and needs no setup and no network.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  rb-embed bench.ndjson | rb-fit kmeans | rb-score | rb-pareto --table"
)]
struct Arguments {
    /// Record files, .gz and .zst as they are; none or `-`: standard input
    files: Vec<PathBuf>,
    /// The embedder [default: static]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Write vectors as base64 of little-endian f32: smaller, faster
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Encoding::Array)]
    encoding: Encoding,
    /// Answer every line at once, for a program that waits for it
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

fn main() -> ExitCode {
    cli::main("rb-embed", |a: &Arguments| &a.common, run)
}

fn run(arguments: Arguments) -> Result<()> {
    let mut embedder = embed::open(&embed::Config {
        model: arguments.model.clone(),
    })
    .map_err(fault)?;
    let mut input = cli::input(&arguments.files)?;
    let mut output = cli::output(&arguments.common, arguments.line_buffered)?;
    let mut skips = Skips::new(&arguments.common);
    let most = match arguments.line_buffered {
        true => 1,
        false => embed::driver::WINDOW,
    };
    let mut any = false;
    loop {
        let lines = input.next_lines(most, 64 << 20)?;
        if lines.is_empty() {
            break;
        }
        any = true;
        for line in window(&lines, &mut *embedder, arguments.encoding, &mut skips)? {
            output.write_line(&line)?;
        }
    }
    if !any {
        return Err(cli::empty_stream());
    }
    output.finish()?;
    skips.finish()
}

fn fault(e: EmbedError) -> Error {
    let kind = match e {
        EmbedError::Usage(_) => Kind::Usage,
        EmbedError::Setup(_) | EmbedError::Failed(_) => Kind::Io,
    };
    Error::new(kind, e.to_string())
}

/// The lines of one window with their embeddings. A record that has this
/// embedder's vector keeps it.
fn window(
    lines: &[Line],
    embedder: &mut dyn Embedder,
    encoding: Encoding,
    skips: &mut Skips,
) -> Result<Vec<Vec<u8>>> {
    let name = embedder.name().to_string();
    let read: Vec<Result<(Record, Option<_>)>> = lines
        .par_iter()
        .map(|line| {
            let record = Record::parse(line)?;
            let prompt = match record.embedding_model()? {
                Some(model) if model == name => None,
                _ => Some(record.required_prompt()?),
            };
            Ok((record, prompt))
        })
        .collect();
    let mut kept = Vec::with_capacity(read.len());
    for read in read {
        kept.extend(skips.keep(read)?);
    }
    let texts: Vec<&str> = kept.iter().filter_map(|(_, p)| p.as_deref()).collect();
    let vectors = embed::embed_all(embedder, &texts, &mut |_| {}).map_err(fault)?;
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
