//! rb-curve: what more train queries would give. The curves are in
//! `rb_score::learning`; this file parses, reads and writes.

#![forbid(unsafe_code)]

mod table;

use clap::{Parser, ValueEnum};
use rb_cli as cli;
use rb_cli::Common;
use rb_record::error::{Error, Result};
use rb_score::learning::curve::Curve;
use rb_score::learning::points::{Collection, Family};
use rb_score::learning::{lines, read};
use rb_score::statistics::bootstrap::Plan;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

const NOTES: &str = "\
Fits Q(n) = Qmax - a n^-b to the summaries of routers named NAME@N, NAME fitted on
N train queries: at least four sizes, at best of several seeds (runs of rb-score
over splits of their own). A size weighs by how little its seeds differ; intervals
resample the seeds, or, with fewer than three, the points by their own intervals.
n99 is the N that reaches 99 % of Qmax. Where the points do not tell a curve (it is
flat, or the fit runs into a limit) the fit is null and says why.";

/// What more train queries would give: learning curves of routers NAME@N
///
/// Reads score records, passes over all but summaries and oracles, and writes a
/// record a curve, at a terminal a table.
#[derive(Parser)]
#[command(name = "rb-curve", version, after_help = NOTES)]
struct Args {
    /// Score records, .gz and .zst too; none or `-`: standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The figure of the summaries; may be repeated [default: quality and aiq]
    #[arg(long, value_name = "FIGURE", value_enum)]
    metric: Vec<Metric>,
    /// Resamples behind the 95 % intervals; 0: no intervals
    #[arg(long, value_name = "N", default_value_t = 2000)]
    resamples: usize,
    /// Print a table for a person
    #[arg(long)]
    table: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Metric {
    /// At alpha 1, mean over queries
    Quality,
    /// At alpha 1, mean over datasets
    QualityMacro,
    /// The area under the curve over cost
    Aiq,
    /// The same over means of datasets
    AiqMacro,
}

impl Metric {
    fn name(self) -> &'static str {
        read::METRICS[self as usize]
    }
}

const SHORT: cli::Short = cli::Short {
    flags: &["metric", "table"],
    examples: &[
        "sh scripts/learning-curve.sh target/release bench.ndjson > scores.ndjson",
        "rb-curve --table scores.ndjson",
    ],
};

fn main() -> ExitCode {
    cli::main("rb-curve", &SHORT, |a: &Args| &a.common, run)
}

fn run(args: Args) -> Result<()> {
    let mut skips = args.common.skips();
    let mut collection = Collection::default();
    let mut input = cli::input(&args.files)?;
    let mut any = false;
    while let Some(line) = input.next_line()? {
        any = true;
        let scored = read::parse(&line).and_then(|scored| collection.add(&line, scored));
        skips.keep(scored)?;
    }
    if !any {
        return Err(rb_record::stream::empty_stream());
    }
    if collection.is_empty() {
        return Err(Error::input(
            "no summary is of a router named NAME@N, so there is no learning curve; fit one at several sizes: rb-split --resplit --train-limit 100 | rb-fit kmeans --name kmeans@100, or scripts/learning-curve.sh",
        ));
    }
    let metrics: Vec<&str> = match &args.metric[..] {
        [] => vec![Metric::Quality.name(), Metric::Aiq.name()],
        some => some.iter().map(|m| m.name()).collect(),
    };
    let plan = Plan {
        seed: args.common.seed,
        resamples: args.resamples,
    };
    let curves: Vec<(Family, Curve)> = (collection.families(&metrics, plan).into_iter())
        .map(|family| {
            let curve = Curve::of(&family.sample);
            (family, curve)
        })
        .collect();
    if curves.is_empty() {
        return Err(Error::input(format!(
            "no summary has a figure of {}; AIQ needs costs",
            metrics.join(" or ")
        )));
    }
    let mut output = cli::output(&args.common, false)?;
    let at_terminal = args.common.output.is_none() && std::io::stdout().is_terminal();
    if args.table || at_terminal {
        output.write_text(&table::table(&curves))?;
    } else {
        for (family, curve) in &curves {
            output.write_text(&lines::line(family, curve))?;
        }
    }
    output.finish()?;
    skips.finish()
}
