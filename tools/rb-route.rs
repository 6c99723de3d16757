//! rb-route: applies saved routers to a stream of queries, in constant memory.

#![forbid(unsafe_code)]

use clap::Parser;
use rb_cli as cli;
use rb_cli::Common;
use rb_record::error::{Error, Result};
use rb_record::stream::{self, Line};
use rb_route::file;
use rb_route::file::apply::{self, Ready};
use std::path::PathBuf;
use std::process::ExitCode;

/// Apply saved routers to a stream of queries, in constant memory
///
/// Writes routes.NAME to every record: steps over alpha, or the one step that
/// --alpha, --budget or --quality picks. Outcomes are not needed.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  rb-embed bench.ndjson | rb-fit kmeans --save kmeans.json > fitted.ndjson\n  rb-embed queries.ndjson | rb-route kmeans.json --budget 0.0004"
)]
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
    /// One step: the best alpha whose expected cost keeps to USD a query on average;
    /// seconds or tokens for a router fitted --against latency or tokens
    #[arg(long, value_name = "USD", group = "point")]
    budget: Option<f64>,
    /// One step: the cheapest alpha whose expected quality reaches Q on average
    #[arg(long, value_name = "Q", group = "point")]
    quality: Option<f64>,
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

fn main() -> ExitCode {
    cli::main("rb-route", |a: &Arguments| &a.common, run)
}

fn run(arguments: Arguments) -> Result<()> {
    let routers = arguments
        .routers
        .iter()
        .map(|path| ready(path, &arguments))
        .collect::<Result<Vec<Ready>>>()?;
    apply::refuse_clashes(&routers)?;
    let mut input = cli::input(&arguments.input)?;
    let mut output = cli::output(&arguments.common, arguments.line_buffered)?;
    let mut skips = arguments.common.skips();
    let mut embedder = apply::wanted_embedder(&routers);
    let config = apply::Config {
        explain: arguments.explain,
        replace: arguments.replace,
        converse: arguments.converse,
    };
    if arguments.line_buffered {
        let mut route = |line: &Line| apply::one(line, &routers, &mut embedder, config);
        return cli::line_by_line("rb-route", input, output, &mut route);
    }

    let mut any = false;
    loop {
        let lines = input.next_lines(1024, 32 << 20)?;
        if lines.is_empty() {
            break;
        }
        any = true;
        let (lines, fault) = apply::window(&lines, &routers, &mut embedder, config, &mut skips)?;
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

fn ready(path: &std::path::Path, arguments: &Arguments) -> Result<Ready> {
    let saved = file::read(path)?;
    let curve = &saved.header.calibration;
    let here = |e: Error| Error {
        message: format!("{}: {}", path.display(), e.message),
        ..e
    };
    let range = |name: &str, v: f64, high: f64| match v >= 0.0 && v <= high {
        true => Ok(v),
        false => Err(Error::usage(format!(
            "--{name} is {v}, expected a number in 0..{high}"
        ))),
    };
    let alpha = match (arguments.alpha, arguments.budget, arguments.quality) {
        (Some(alpha), ..) => Some(range("alpha", alpha, 1.0)?),
        (_, Some(usd), _) => Some(
            curve
                .within_budget(range("budget", usd, f64::MAX)?, saved.header.against)
                .map_err(here)?
                .alpha,
        ),
        (.., Some(q)) => Some(
            curve
                .reaching(range("quality", q, 1.0)?)
                .map_err(here)?
                .alpha,
        ),
        _ => None,
    };
    Ok(Ready::new(saved, alpha, path.display().to_string()))
}
