//! rb-score: replays the routes of the scored split against the recorded
//! outcomes and writes points, baselines and summaries.

#![forbid(unsafe_code)]

mod args;
mod definitions;
mod named;
mod pooled;
mod read;
mod sink;

use args::Args;
use rb_cli as cli;
use rb_record::error::{Error, Kind, Result};
use rb_record::stream;
use rb_score::assertion::{self, Assertion};
use rb_score::metric::METRICS;
use rb_score::off_policy::report::OffPolicy;
use rb_score::report::scoring::Scoring;
use rb_score::report::verdicts::FIGURES;
use rb_store::pages::Pager;
use sink::Sink;
use std::process::ExitCode;

/// The numeric members of a summary that a claim may name, besides metrics and figures.
const MEANS: [&str; 10] = [
    "n",
    "missing",
    "unrouted",
    "quality",
    "quality_macro",
    "cost",
    "cost_macro",
    "latency",
    "tokens",
    "calls",
];

fn run(args: Args) -> Result<()> {
    let wanted = args.wanted();
    let mut skips = args.common.skips();
    if args.partial {
        read::write_part(&args, &wanted, &mut skips)?;
        return skips.finish();
    }
    let claims = args.claims.iter().map(|text| Assertion::parse(text));
    let claims: Vec<Assertion> = claims.collect::<Result<_>>()?;
    let mut config = args.config()?;
    let ask = args.ask(named::fitted(&args.router_files)?);
    if args.seeds {
        pooled::pooled(&args, &wanted, config, &ask, &mut skips)?;
        return skips.finish();
    }
    let pager = Pager::new(args.memory.memory);
    let Some(facts) = read::read(&args, &args.files, &wanted, &pager, &mut skips)? else {
        skips.finish()?;
        return Err(stream::empty_stream());
    };
    config.versus = named::versus(&args, &facts)?;
    config.best_single = named::best_single(&args, &facts)?;
    let metrics = METRICS.iter().map(|m| m.name);
    let metrics: Vec<&str> = (MEANS.into_iter().chain(metrics))
        .chain(FIGURES.iter().map(|(name, _)| *name))
        .collect();
    let oracles = facts.routers.iter().zip(&facts.oracle);
    let oracles: Vec<&str> = oracles.filter(|r| *r.1).map(|r| r.0.as_str()).collect();
    for claim in &claims {
        claim.check(&facts.routers, args.versus.as_deref(), &metrics)?;
        claim.refuse_oracles(&oracles)?;
    }
    let mut output = Sink::open(&args.common)?;
    let mut failed = Vec::new();
    let mut sink = |lines: &str| {
        if !claims.is_empty() {
            failed.extend(assertion::failures(&claims, lines));
        }
        output.write(lines)
    };
    if args.off_policy {
        let estimated = OffPolicy::new(&facts, config)?;
        estimated.notes().iter().for_each(cli::warn);
        estimated.write(&mut sink)?;
    } else {
        let scoring = Scoring::new(&facts, config)?.asking(&ask)?;
        scoring.notes().iter().for_each(cli::warn);
        scoring.write(&mut sink)?;
    }
    output.finish(&args.common)?;
    skips.finish()?;
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Error::new(Kind::Failed, failed.join("\n")))
    }
}

fn main() -> ExitCode {
    cli::main("rb-score", &args::SHORT, |args: &Args| &args.common, run)
}
