//! rb-score: replays the routes of the scored split against the recorded
//! outcomes and writes points, baselines and summaries.

use clap::{Parser, ValueEnum};
use rayon::prelude::*;
use rb::baseline::BASELINES;
use rb::cli::{self, Common, Skips};
use rb::collect::Collector;
use rb::error::Result;
use rb::fact::{Fact, Field, Wanted};
use rb::facts::Facts;
use rb::metric::{Direction, METRICS};
use rb::record::Split;
use rb::score::{Config, Scoring};
use rb::stream::Line;
use std::path::PathBuf;
use std::process::ExitCode;

/// Score the routes in query records: exact curves, baselines, metrics
#[derive(Parser)]
#[command(name = "rb-score", version, after_long_help = definitions())]
#[command(
    after_help = "Example: rb-embed bench.ndjson | rb-fit kmeans | rb-score | rb-pareto --table\n\
                        Baselines and metrics are defined in --help and METRICS.md."
)]
struct Args {
    /// Query records with routes (`-`, or none: standard input)
    files: Vec<PathBuf>,
    /// The split to score [default: test; everything where no record has a split]
    #[arg(long, value_enum)]
    split: Option<Part>,
    /// Also score each group of queries that share FIELD: a field's name or a
    /// JSON pointer such as /meta/lang. May be repeated
    #[arg(long, value_name = "FIELD")]
    by: Vec<String>,
    /// Write a point at every alpha where a curve changes, not at 0, 0.01 … 1
    #[arg(long)]
    exact: bool,
    /// What a call without an outcome means
    #[arg(long, value_enum, default_value_t = Missing::Penalty)]
    missing: Missing,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    Test,
    Val,
    Train,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Missing {
    /// Score 0 at the dearest known cost of the query; counted
    Penalty,
    /// The query is left out, for every router and baseline; counted
    Drop,
}

fn definitions() -> String {
    let mut text = String::from(
        "Example: rb-embed bench.ndjson | rb-fit kmeans | rb-score | rb-pareto --table\n\nBaselines:\n",
    );
    for (name, definition) in BASELINES {
        text += &format!("  {name}: {definition}\n");
    }
    text += "\nMetrics of a summary (+ higher is better, - lower):\n";
    for m in METRICS {
        let sign = match m.direction {
            Direction::Higher => "+",
            Direction::Lower => "-",
            Direction::Neither => " ",
        };
        text += &format!("{sign} {}: {} ({})\n", m.name, m.definition, m.source);
    }
    text
}

/// Lines read at a time: enough to keep every thread busy.
const LINES: usize = 4096;
const BYTES: usize = 8 << 20;

/// Reads the stream into facts: the next chunk is read while one is parsed.
fn facts(args: &Args, wanted: &Wanted) -> Result<(Facts, Skips)> {
    let mut input = cli::input(&args.files)?;
    let mut collector = Collector::default();
    let mut skips = Skips::new(&args.common);
    let parse = |lines: &[Line], collector: &mut Collector, skips: &mut Skips| {
        let facts: Vec<Result<Fact>> = lines.par_iter().map(|l| Fact::parse(l, wanted)).collect();
        for fact in facts {
            if let Some(fact) = skips.keep(fact)? {
                collector.push(fact);
            }
        }
        Result::Ok(())
    };
    let mut lines = input.next_lines(LINES, BYTES)?;
    if lines.is_empty() {
        return Err(cli::empty_stream());
    }
    while !lines.is_empty() {
        let (parsed, next) = rayon::join(
            || parse(&lines, &mut collector, &mut skips),
            || input.next_lines(LINES, BYTES),
        );
        parsed?;
        lines = next?;
    }
    if collector.is_empty() {
        skips.finish()?;
        return Err(cli::empty_stream());
    }
    Ok((collector.finish(wanted)?, skips))
}

fn run(args: Args) -> Result<()> {
    let wanted = Wanted {
        split: args.split.map(|part| match part {
            Part::Test => Split::Test,
            Part::Val => Split::Val,
            Part::Train => Split::Train,
        }),
        by: args.by.iter().map(|field| Field::parse(field)).collect(),
    };
    let config = Config {
        exact: args.exact,
        drop_missing: args.missing == Missing::Drop,
        seed: args.common.seed,
    };
    let (facts, skips) = facts(&args, &wanted)?;
    let scoring = Scoring::new(&facts, config)?;
    scoring.notes().iter().for_each(cli::warn);
    let mut output = cli::output(&args.common, false)?;
    scoring.write(&mut |lines| output.write_text(lines))?;
    output.finish()?;
    skips.finish()
}

fn main() -> ExitCode {
    cli::main("rb-score", |args: &Args| &args.common, run)
}
