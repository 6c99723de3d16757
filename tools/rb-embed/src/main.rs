//! rb-embed: adds an embedding of the prompt to every record.

#![forbid(unsafe_code)]

mod arguments;
mod given;
mod member;

use crate::arguments::{Arguments, Encoding, SHORT};
use crate::member::{embedding, fault};
use rayon::prelude::*;
use rb_cli as cli;
use rb_embed as embed;
use rb_embed::transformer::places;
use rb_embed::{Cache, Driver};
use rb_record::error::{Error, Result};
use rb_record::json;
use rb_record::record::prompt::{self, Turns};
use rb_record::record::Record;
use rb_record::skips::{OnError, Skips};
use rb_record::stream;
use rb_record::stream::progress::{Step, RECORDS};
use rb_record::stream::Line;
use std::borrow::Cow;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

fn main() -> ExitCode {
    cli::main("rb-embed", &SHORT, |a: &Arguments| &a.common, run)
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
    let mut input = cli::input(&arguments.files)?;
    let progress = input.for_work("embedding", RECORDS);
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
    output.finish()?;
    tell(&talks);
    driver.notice().iter().for_each(cli::warn);
    skips.finish()
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
    (progress, talks): (&Step, &AtomicU64),
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
    // The others need no vector.
    progress.add(lines.len() - texts.len());
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
                let value = embedding(&model, &vector, encoding);
                record.splice(&[("embedding", &value)])
            }
        })
        .collect())
}
