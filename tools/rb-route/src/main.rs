//! rb-route: applies saved routers to a stream of queries, in constant memory.

#![forbid(unsafe_code)]

use clap::Parser;
use rb_cli as cli;
use rb_cli::Common;
use rb_record::error::{Error, Result};
use rb_record::stream::{self, Line};
use rb_record::thresholds::WORTH;
use rb_route::file;
use rb_route::file::apply::{self, Ready};
use rb_route::file::explore::Explore;
use rb_route::file::header::{Header, Saved};
use rb_route::file::info::info;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Apply saved routers to a stream of queries, in constant memory
///
/// Writes routes.NAME to every record: steps over alpha, or the one step that
/// --alpha, --budget, --quality or --not-below picks. Outcomes are not needed.
#[derive(Parser)]
#[command(name = "rb-route", version)]
struct Arguments {
    /// Router files, as rb-fit --save writes them
    #[arg(required = true, value_name = "ROUTERFILE")]
    routers: Vec<PathBuf>,
    /// Record files, .gz and .zst as they are [default: standard input]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    input: Vec<PathBuf>,
    /// One step: the model at this alpha (0 = cheapest, 1 = best)
    #[arg(long, value_name = "A", group = "point")]
    alpha: Option<f64>,
    /// One step: the best alpha whose expected cost keeps to USD a query on average
    ///
    /// Seconds or tokens for a router fitted --against latency or tokens.
    #[arg(long, value_name = "USD", group = "point")]
    budget: Option<f64>,
    /// One step: the cheapest alpha whose expected quality reaches Q on average
    #[arg(long, value_name = "Q", group = "point")]
    quality: Option<f64>,
    /// One step: the cheapest alpha shown to be worse by no more than --margin
    ///
    /// Worse than best-single, on the calibration queries, at a confidence of 97.5 %.
    #[arg(long, value_name = "WHAT", group = "point", value_parser = ["best-single"])]
    not_below: Option<String>,
    /// How much worse than best-single is not below it, in quality 0..1
    #[arg(
        long,
        value_name = "D",
        default_value_t = WORTH,
        requires = "not_below"
    )]
    margin: f64,
    /// What calls of MODEL cost now, as a multiple of what they cost when the router was
    /// fitted; by commas. The routers choose anew, without a new fit
    #[arg(
        long,
        value_name = "MODEL=FACTOR,…",
        value_delimiter = ',',
        value_parser = price,
        conflicts_with_all = ["budget", "quality", "not_below", "info"]
    )]
    prices: Vec<(String, f64)>,
    /// Tell what the router files say, and read no records
    ///
    /// With --alpha or its like also the point that is asked for.
    #[arg(long, conflicts_with_all = ["explain", "converse", "explore"])]
    info: bool,
    /// Ask a model drawn evenly from the pool with probability EPS (0..1), else the router's;
    /// writes who was asked as `logged`, with the probability of that
    ///
    /// A draw depends on --seed and the record's id, else its prompt. A log with propensities
    /// can be judged: each query then tells something of models that the router would not ask.
    #[arg(long, value_name = "EPS", conflicts_with = "converse")]
    explore: Option<f64>,
    /// Write the records without their embeddings
    #[arg(long)]
    drop_embedding: bool,
    /// Add explain.NAME: the expected quality and cost of each model
    #[arg(long)]
    explain: bool,
    /// Write next.NAME, the model to call or to keep after the outcomes so far
    ///
    /// Ask with a record that has no outcomes, call the model named, add its outcome with its
    /// confidence to the record, and ask again until the action is "keep". An outcome that
    /// the router has not asked for is not looked at.
    #[arg(long)]
    converse: bool,
    /// Replace routes (or next actions) of the same name
    #[arg(long)]
    replace: bool,
    /// Answer every line at once, for a program that waits for it; a line that
    /// cannot be used is answered with {"error":…}
    #[arg(long)]
    line_buffered: bool,
    #[command(flatten)]
    common: Common,
}

const SHORT: cli::Short = cli::Short {
    flags: &["input", "alpha", "budget", "not-below", "info"],
    examples: &[
        "rb-embed queries.ndjson | rb-route kmeans.json --not-below best-single",
        "rb-embed --line-buffered | rb-route kmeans.json --budget 0.0004 --line-buffered",
    ],
};

fn main() -> ExitCode {
    cli::main("rb-route", &SHORT, |a: &Arguments| &a.common, run)
}

fn run(arguments: Arguments) -> Result<()> {
    let routers = arguments
        .routers
        .iter()
        .map(|path| Ok((path, file::read(path)?)))
        .collect::<Result<Vec<_>>>()?;
    if arguments.info {
        return tell(&routers, &arguments);
    }
    let routers = routers
        .into_iter()
        .map(|(path, saved)| {
            let alpha = alpha(path, &saved.header, &arguments)?;
            let saved = match &*arguments.prices {
                [] => saved,
                prices => saved.repriced(prices)?,
            };
            Ok(Ready::new(saved, alpha, path.display().to_string()))
        })
        .collect::<Result<Vec<Ready>>>()?;
    apply::refuse_clashes(&routers)?;
    let explore = arguments.explore.map(|share| range("explore", share, 1.0));
    let config = apply::Config {
        explain: arguments.explain,
        replace: arguments.replace,
        converse: arguments.converse,
        explore: explore.transpose()?.map(|share| Explore {
            share,
            seed: arguments.common.seed,
        }),
        drop_embedding: arguments.drop_embedding,
    };
    apply::refuse_exploring(&routers, config)?;
    route(&routers, config, &arguments)
}

/// Applies the routers to the stream.
fn route(routers: &[Ready], config: apply::Config, arguments: &Arguments) -> Result<()> {
    let mut input = cli::input(&arguments.input)?;
    let mut output = cli::output(&arguments.common, arguments.line_buffered)?;
    let mut skips = arguments.common.skips();
    let mut embedder = apply::wanted_embedder(routers);
    if arguments.line_buffered {
        let mut route = |line: &Line| apply::one(line, routers, &mut embedder, config);
        return cli::line_by_line("rb-route", input, output, &mut route);
    }

    let mut any = false;
    loop {
        let lines = input.next_lines(1024, 32 << 20)?;
        if lines.is_empty() {
            break;
        }
        any = true;
        let (lines, fault) = apply::window(&lines, routers, &mut embedder, config, &mut skips)?;
        for line in lines {
            output.write_line(&line)?;
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
    }
    if !any {
        return Err(stream::empty_stream());
    }
    output.finish()?;
    skips.finish()
}

/// What `--info` prints.
fn tell(routers: &[(&PathBuf, Saved)], arguments: &Arguments) -> Result<()> {
    let mut output = cli::output(&arguments.common, false)?;
    for (path, saved) in routers {
        let alpha = alpha(path, &saved.header, arguments)?;
        output.write_text(&info(&saved.header, &path.display().to_string(), alpha))?;
    }
    output.finish()
}

/// A part of `--prices`. Model names may hold `=`, factors do not.
fn price(text: &str) -> std::result::Result<(String, f64), String> {
    let expected = "expected MODEL=FACTOR with a factor above 0, as in gpt-4=0.5";
    let (model, factor) = text.rsplit_once('=').ok_or(expected)?;
    match factor.parse::<f64>() {
        Ok(factor) if factor > 0.0 && factor.is_finite() => Ok((model.into(), factor)),
        _ => Err(expected.into()),
    }
}

fn range(name: &str, v: f64, high: f64) -> Result<f64> {
    if (0.0..=high).contains(&v) {
        return Ok(v);
    }
    Err(Error::usage(format!(
        "--{name} is {v}, expected a number in 0..{high}"
    )))
}

/// The one alpha that the flags ask for, if they do.
fn alpha(path: &Path, header: &Header, arguments: &Arguments) -> Result<Option<f64>> {
    let curve = &header.calibration;
    let point = if let Some(alpha) = arguments.alpha {
        return range("alpha", alpha, 1.0).map(Some);
    } else if let Some(usd) = arguments.budget {
        curve.within_budget(range("budget", usd, f64::MAX)?, header.against)
    } else if let Some(quality) = arguments.quality {
        curve.reaching(range("quality", quality, 1.0)?)
    } else if arguments.not_below.is_some() {
        curve.not_below(range("margin", arguments.margin, 1.0)?)
    } else {
        return Ok(None);
    };
    let here = |e: Error| Error {
        message: format!("{}: {}", path.display(), e.message),
        ..e
    };
    Ok(Some(point.map_err(here)?.alpha))
}
