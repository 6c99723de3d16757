//! rb-pool: which few models are worth having. What a pool is worth and how it is
//! judged is in `rb_score::pool`; this file parses, reads and writes.

#![forbid(unsafe_code)]

mod args;
mod keep;
mod ready;
mod routed;
mod table;

use args::{Args, Objective};
use rb_cli as cli;
use rb_record::error::{Error, Result};
use rb_score::pool::greedy;
use rb_score::pool::judge::{Config, Judge};
use rb_score::pool::lines::Head;
use rb_score::pool::objective::{self, Oracle};
use rb_score::statistics::bootstrap::Plan;
use ready::Ready;
use routed::Routed;
use std::process::ExitCode;

const SHORT: cli::Short = cli::Short {
    flags: &["objective", "router", "size", "by", "keep", "table"],
    examples: &[
        "rb-embed bench.ndjson | rb-pool --objective routed --by dataset --table",
        "rb-pool --keep 3 bench.ndjson | rb-embed | rb-fit kmeans | rb-score",
    ],
};

fn main() -> ExitCode {
    cli::main("rb-pool", &SHORT, |a: &Args| &a.common, run)
}

fn run(args: Args) -> Result<()> {
    let mut skips = args.common.skips();
    let kind = args.kind()?;
    let (ready, lines) = ready::read(&args, kind, &mut skips)?;
    ready.notes.iter().for_each(cli::warn);
    let oracle = Oracle {
        train: &ready.train.part,
        test: &ready.test.part,
    };
    let routed = match kind {
        Some(kind) => Some(Routed::fit(kind, args.common.seed, &ready)?),
        None => None,
    };
    let objective: &dyn objective::Objective = match &routed {
        Some(routed) => routed,
        None => &oracle,
    };
    if let Some(size) = args.keep {
        let pool = kept(objective, &ready, size)?;
        cli::warn(format_args!("kept {}", pool.join(", ")));
        keep::write(lines, &pool, &args.common)?;
        return skips.finish();
    }
    report(&args, objective, &ready)?;
    skips.finish()
}

/// The names of the models of the pool of `size`, in the order in which they came.
fn kept<'a>(
    objective: &dyn objective::Objective,
    ready: &'a Ready,
    size: usize,
) -> Result<Vec<&'a str>> {
    let names = &ready.names;
    if size > names.len() {
        return Err(Error::usage(format!(
            "--keep {size}: there are only {} models with a score on train",
            names.len()
        )));
    }
    let rows = ready.train.part.rows(None);
    let steps = greedy::grow(objective, &rows, names.len(), size);
    Ok(steps.iter().map(|s| names[s.model].as_str()).collect())
}

fn report(args: &Args, objective: &dyn objective::Objective, ready: &Ready) -> Result<()> {
    let all = ready.names.len();
    let config = Config {
        size: args.size.unwrap_or(all).min(all),
        by_dataset: match args.by {
            Some(_) => args.size.unwrap_or(args::TOP).min(all),
            None => 0,
        },
        random: args.random,
        plan: Plan {
            seed: args.common.seed,
            resamples: args.resamples,
        },
    };
    let judge = Judge {
        objective,
        names: &ready.names,
        datasets: &ready.datasets,
        train: &ready.train.part,
        test: &ready.test.part,
    };
    let groups = judge.groups(&config);
    let head = Head {
        objective: match args.objective {
            Objective::Oracle => "oracle",
            Objective::Routed => "routed",
        },
        router: (args.objective == Objective::Routed).then_some(args.router.as_str()),
        names: &ready.names,
        costs: &ready.costs,
        gaps: [&ready.train.gaps, &ready.test.gaps],
        notes: &ready.notes,
    };
    let mut output = cli::output(&args.common, false)?;
    if args.table || cli::is_shown(&args.common) {
        output.write_text(&table::table(&head, &groups))?;
    } else {
        output.write_text(&head.line(env!("CARGO_PKG_VERSION"), &config))?;
        for group in &groups {
            output.write_text(&head.group_lines(group))?;
        }
    }
    output.finish()
}
