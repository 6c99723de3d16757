//! rb-score: replays the routes of the scored split against the recorded
//! outcomes and writes points, baselines and summaries.

#![forbid(unsafe_code)]

use clap::{Parser, ValueEnum};
use rayon::prelude::*;
use rb_cli as cli;
use rb_cli::{Common, Memory};
use rb_record::error::{Error, Kind, Result};
use rb_record::record::Split;
use rb_record::skips::Skips;
use rb_record::stream;
use rb_record::stream::Line;
use rb_record::thresholds::WORTH;
use rb_score::assertion::{self, Assertion};
use rb_score::baseline::BASELINES;
use rb_score::data::collect::Collector;
use rb_score::data::fact::{Fact, Wanted};
use rb_score::data::facts::{Facts, Resource};
use rb_score::data::field::Field;
use rb_score::data::logged::LogFields;
use rb_score::data::partial::{self, Entry, Merge};
use rb_score::metric::measure::Direction;
use rb_score::metric::{METRICS, REPORTS};
use rb_score::off_policy::report::OffPolicy;
use rb_score::replay::rule::{Rule, MARGIN};
use rb_score::report::asked::{self, Ask, Fitted};
use rb_score::report::pooled::Pooled;
use rb_score::report::scoring::{Config, Scoring};
use rb_score::report::verdicts::FIGURES;
use rb_store::pages::Pager;
use std::collections::BTreeMap;
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
    /// What a call without an outcome means [default: penalty, refused where so
    /// few outcomes are known that a replay would say nothing]
    #[arg(long, value_enum)]
    missing: Option<Missing>,
    /// The records are a log, in which one model answered each query: estimate
    /// what routers would have earned. Read are the outcome of the only model
    /// that has one, or logged = {"model":M,"propensity":p}
    #[arg(long, conflicts_with_all = ["by", "exact", "missing", "choose", "versus", "margin", "against", "right_at", "strong", "weak", "relative_to", "partial", "merge", "seeds"])]
    off_policy: bool,
    /// The field of a log with the time of a query, a number: the choice may have
    /// depended on it
    #[arg(long, value_name = "FIELD", requires = "off_policy")]
    time: Option<String>,
    /// The model that routers are compared with [default: the best on train]
    #[arg(long, value_name = "MODEL", conflicts_with = "seeds")]
    best_single: Option<String>,
    /// Resamples of the bootstrap behind the 95 % intervals; 0: no intervals and
    /// no verdicts
    #[arg(long, value_name = "N", default_value_t = 2000)]
    resamples: usize,
    /// The point that verdicts are about, chosen on val, else on the other half
    /// of the queries: 'quality>=best-single', 'quality>=0.8', 'cost<=0.0004',
    /// 'latency<=1.5' or 'strong<=0.5' [default: alpha 1]
    #[arg(long, value_name = "RULE")]
    choose: Option<String>,
    /// Also compare every router with this one, query by query
    #[arg(long, value_name = "ROUTER")]
    versus: Option<String>,
    /// The difference in quality worth having: a verdict is no where it can be
    /// ruled out
    #[arg(long, value_name = "D", default_value_t = WORTH)]
    worth: f64,
    /// How far below best-single's quality counts as not below it
    #[arg(long, value_name = "D", default_value_t = MARGIN)]
    margin: f64,
    /// End with exit code 1 unless this holds over all scored queries:
    /// 'ROUTER beats best-single' (or zero, shuffle, the router of --versus), or
    /// 'ROUTER.METRIC>=NUMBER'. May be repeated
    #[arg(long = "assert", value_name = "CLAIM")]
    claims: Vec<String>,
    /// What quality is traded against: the axis of hulls, AIQ, savings and lambda
    #[arg(long, value_enum, default_value_t = Against::Cost)]
    against: Against,
    /// The least score of a right answer, for recall by rarity
    #[arg(long, value_name = "SCORE", default_value_t = 0.5)]
    right_at: f64,
    /// The strong model of PGR, APGR and CPT [default: best-single]
    #[arg(long, value_name = "MODEL")]
    strong: Option<String>,
    /// The weak model of PGR, APGR and CPT [default: the cheapest]
    #[arg(long, value_name = "MODEL")]
    weak: Option<String>,
    /// Report quality and cost as shares of this model's [default: the dearest]
    #[arg(long, value_name = "MODEL")]
    relative_to: Option<String>,
    /// A router file that rb-fit saved: its kind, parameters, embedder and train
    /// digest are told in the `run` record, so that a figure can be traced. May be
    /// repeated
    #[arg(long = "router-file", value_name = "FILE")]
    router_files: Vec<PathBuf>,
    /// Write what scoring needs of each query, one compact line each, instead of
    /// scores: a part of a larger run, for --merge. Needs no memory
    #[arg(long, conflicts_with_all = ["exact", "missing", "resamples", "choose", "versus", "worth", "margin", "claims", "against", "right_at", "strong", "weak", "relative_to"])]
    partial: bool,
    /// The files are parts that --partial wrote: score them together. Any
    /// order of any parts gives the same bytes as one run over all records
    #[arg(long, conflicts_with_all = ["partial", "split", "by"])]
    merge: bool,
    /// Each FILE is the same benchmark split by another seed (whole streams, or
    /// parts with --merge): write the means over the seeds, with intervals that
    /// know which prompts several seeds share
    #[arg(long, conflicts_with_all = ["partial", "by", "exact", "claims"])]
    seeds: bool,
    #[command(flatten)]
    memory: Memory,
    #[command(flatten)]
    common: Common,
}

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

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    Test,
    Val,
    Train,
}

#[derive(Clone, Copy, ValueEnum)]
enum Against {
    /// USD
    Cost,
    /// Seconds
    Latency,
    /// Prompt and completion tokens
    Tokens,
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
    for row in BASELINES {
        text += &format!("  {}: {}\n", row.name, row.definition);
    }
    text += "\nMetrics of a summary (+ higher is better, - lower):\n";
    let numbers = METRICS
        .iter()
        .map(|m| (m.name, m.direction, m.definition, m.source));
    let reports = REPORTS
        .iter()
        .map(|r| (r.name, r.direction, r.definition, r.source));
    for (name, direction, definition, source) in numbers.chain(reports) {
        let sign = match direction {
            Direction::Higher => "+",
            Direction::Lower => "-",
            Direction::Neither => " ",
        };
        text += &format!("{sign} {name}: {definition} ({source})\n");
    }
    text += "\nDifferences, verdicts and chosen points of a summary:\n";
    for (name, definition) in FIGURES {
        text += &format!("  {name}: {definition}\n");
    }
    text += "\nNAME_ci is the 95 % interval of NAME: what chance in the queries does to it, with the fitted router and the datasets as they are.\n";
    text
}

/// Lines read at a time: enough to keep every thread busy.
const LINES: usize = 4096;
const BYTES: usize = 8 << 20;

/// Hands over all lines, some at a time: the next are read while these are
/// worked on.
fn for_lines(files: &[PathBuf], mut each: impl FnMut(&[Line]) -> Result<()> + Send) -> Result<()> {
    let mut input = cli::input(files)?;
    let mut lines = input.next_lines(LINES, BYTES)?;
    if lines.is_empty() {
        return Err(stream::empty_stream());
    }
    while !lines.is_empty() {
        let (done, next) = rayon::join(|| each(&lines), || input.next_lines(LINES, BYTES));
        done?;
        lines = next?;
    }
    Ok(())
}

/// Reads query records.
fn facts(
    files: &[PathBuf],
    wanted: &Wanted,
    pager: &Pager,
    skips: &mut Skips,
) -> Result<Option<Facts>> {
    let mut collector = Collector::new(pager);
    for_lines(files, |lines| {
        let facts: Vec<Result<Fact>> = lines.par_iter().map(|l| Fact::parse(l, wanted)).collect();
        for fact in facts {
            if let Some(fact) = skips.keep(fact)? {
                collector.push(fact)?;
            }
        }
        Ok(())
    })?;
    collected(collector, wanted)
}

/// Reads parts.
fn merged(files: &[PathBuf], pager: &Pager, skips: &mut Skips) -> Result<Option<Facts>> {
    let mut collector = Collector::new(pager);
    let mut merge = Merge::default();
    for_lines(files, |lines| {
        let entries: Vec<Result<Entry>> = lines.par_iter().map(partial::parse).collect();
        for (line, entry) in lines.iter().zip(entries) {
            // Only what a query's line holds may be skipped.
            if let Some(entry) = skips.keep(entry)? {
                if let Some(fact) = merge.admit(line, entry)? {
                    collector.push(fact)?;
                }
            }
        }
        Ok(())
    })?;
    collected(collector, &merge.wanted().unwrap_or_default())
}

/// None: every record was skipped, or the parts hold no query.
fn collected(collector: Collector, wanted: &Wanted) -> Result<Option<Facts>> {
    if collector.is_empty() {
        Ok(None)
    } else {
        collector.finish(wanted).map(Some)
    }
}

/// Writes a part.
fn write_part(args: &Args, wanted: &Wanted, skips: &mut Skips) -> Result<()> {
    let mut output = cli::output(&args.common, false)?;
    output.write_text(&partial::options_line(wanted))?;
    for_lines(&args.files, |lines| {
        let texts: Vec<Result<String>> = (lines.par_iter())
            .map(|l| Ok(partial::fact_line(&Fact::parse(l, wanted)?)))
            .collect();
        for text in texts {
            if let Some(text) = skips.keep(text)? {
                output.write_text(&text)?;
            }
        }
        Ok(())
    })?;
    output.finish()
}

/// A difference in quality, as --worth and --margin take it.
fn difference(flag: &str, value: f64) -> Result<f64> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(Error::usage(format!(
            "--{flag} is {value}, expected a difference in score, 0..1"
        )))
    }
}

/// The place of the router named by --versus.
fn versus(args: &Args, facts: &Facts) -> Result<Option<usize>> {
    let Some(name) = &args.versus else {
        return Ok(None);
    };
    match facts.routers.iter().position(|r| r == name) {
        Some(place) if facts.oracle[place] => Err(versus_oracle(name)),
        Some(place) => Ok(Some(place)),
        None => Err(Error::usage(format!(
            "--versus {name:?}: no scored query has a route of that name, expected one of {}",
            facts.routers.join(", ")
        ))),
    }
}

/// The place of the model named by --best-single.
fn best_single(args: &Args, facts: &Facts) -> Result<Option<usize>> {
    let Some(name) = &args.best_single else {
        return Ok(None);
    };
    match facts.models.iter().position(|m| m == name) {
        Some(place) => Ok(Some(place)),
        None => Err(Error::usage(format!(
            "--best-single names the model {name:?}, of which no record has a score; the models are {}",
            facts.models.join(", ")
        ))),
    }
}

fn versus_oracle(name: &str) -> Error {
    Error::usage(format!(
        "--versus {name:?} is an oracle, which reads the scores of what it routes; compare with another router"
    ))
}

/// What router files tell of how they were fitted, by the router's name.
fn fitted(files: &[PathBuf]) -> Result<BTreeMap<String, Fitted>> {
    let mut all = BTreeMap::new();
    for path in files {
        let line = cli::input(std::slice::from_ref(path))?.next_line()?;
        let (name, fitted) = asked::fitted(line.as_ref().map_or(b"", |l| l.bytes()))
            .map_err(|e| Error::router_file(format!("{}: {}", path.display(), e.message)))?;
        all.insert(name, fitted);
    }
    Ok(all)
}

/// What the files hold, records or parts. None: every record was skipped.
fn read(
    args: &Args,
    files: &[PathBuf],
    wanted: &Wanted,
    pager: &Pager,
    skips: &mut Skips,
) -> Result<Option<Facts>> {
    let facts = if args.merge {
        merged(files, pager, skips)?
    } else {
        facts(files, wanted, pager, skips)?
    };
    Ok(facts.map(|mut facts| {
        facts.trade_against(match args.against {
            Against::Cost => Resource::Cost,
            Against::Latency => Resource::Latency,
            Against::Tokens => Resource::Tokens,
        });
        facts
    }))
}

/// Scores several seeds together, a file each.
fn pooled(
    args: &Args,
    wanted: &Wanted,
    config: Config,
    ask: &Ask,
    skips: &mut Skips,
) -> Result<()> {
    if args.files.len() < 2 {
        return Err(Error::usage(format!(
            "--seeds takes a file a seed, at least two, and {} is named; leave it out to score one stream",
            args.files.len()
        )));
    }
    let pager = Pager::new(args.memory.memory);
    let mut facts = Vec::new();
    for file in &args.files {
        let of = read(args, std::slice::from_ref(file), wanted, &pager, skips)?;
        facts.push(of.ok_or_else(stream::empty_stream)?);
    }
    let place = |facts: &Facts| match &args.versus {
        Some(name) => facts.routers.iter().position(|r| r == name),
        None => None,
    };
    if let (Some(name), true) = (&args.versus, facts.iter().all(|f| place(f).is_none())) {
        return Err(Error::usage(format!(
            "--versus {name:?}: no file has a route of that name"
        )));
    }
    let knows = |facts: &Facts| place(facts).is_some_and(|r| facts.oracle[r]);
    if let (Some(name), true) = (&args.versus, facts.iter().any(knows)) {
        return Err(versus_oracle(name));
    }
    let scorings: Vec<Scoring> = (facts.iter())
        .map(|facts| {
            let config = Config {
                versus: place(facts),
                ..config
            };
            Scoring::new(facts, config)?.asking(ask)
        })
        .collect::<Result<_>>()?;
    let pooled = Pooled::new(&scorings, args.versus.as_deref())?;
    pooled.notes().iter().for_each(cli::warn);
    let mut output = cli::output(&args.common, false)?;
    pooled.write(&mut |lines| output.write_text(lines))?;
    output.finish()
}

/// What is scored, and by which fields.
fn wanted(args: &Args) -> Wanted {
    Wanted {
        split: args.split.map(|part| match part {
            Part::Test => Split::Test,
            Part::Val => Split::Val,
            Part::Train => Split::Train,
        }),
        by: args.by.iter().map(|field| Field::parse(field)).collect(),
        log: args.off_policy.then(|| LogFields {
            time: args.time.as_deref().map(Field::parse),
        }),
    }
}

fn run(args: Args) -> Result<()> {
    let wanted = wanted(&args);
    let mut skips = args.common.skips();
    if args.partial {
        write_part(&args, &wanted, &mut skips)?;
        return skips.finish();
    }
    let claims = args.claims.iter().map(|text| Assertion::parse(text));
    let claims: Vec<Assertion> = claims.collect::<Result<_>>()?;
    let choose = args.choose.as_deref().map(Rule::parse).transpose()?;
    let mut config = Config {
        exact: args.exact,
        drop_missing: args.missing == Some(Missing::Drop),
        accept_gaps: args.missing == Some(Missing::Penalty),
        best_single: None,
        keep_curves: args.seeds,
        seed: args.common.seed,
        resamples: args.resamples,
        worth: difference("worth", args.worth)?,
        margin: difference("margin", args.margin)?,
        choose,
        versus: None,
    };
    let ask = Ask {
        right_at: args.right_at,
        strong: args.strong.clone(),
        weak: args.weak.clone(),
        relative_to: args.relative_to.clone(),
        fitted: fitted(&args.router_files)?,
    };
    if args.seeds {
        pooled(&args, &wanted, config, &ask, &mut skips)?;
        return skips.finish();
    }
    let pager = Pager::new(args.memory.memory);
    let Some(facts) = read(&args, &args.files, &wanted, &pager, &mut skips)? else {
        skips.finish()?;
        return Err(stream::empty_stream());
    };
    config.versus = versus(&args, &facts)?;
    config.best_single = best_single(&args, &facts)?;
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
    let mut output = cli::output(&args.common, false)?;
    let mut failed = Vec::new();
    let mut sink = |lines: &str| {
        if !claims.is_empty() {
            failed.extend(assertion::failures(&claims, lines));
        }
        output.write_text(lines)
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
    output.finish()?;
    skips.finish()?;
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Error::new(Kind::Failed, failed.join("\n")))
    }
}

fn main() -> ExitCode {
    cli::main("rb-score", |args: &Args| &args.common, run)
}
