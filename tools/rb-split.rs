//! rb-split: writes `split` into query records. The splits themselves are in
//! `rb_record::split`; this file parses, reads, applies and writes.

#![forbid(unsafe_code)]

use clap::{ArgGroup, CommandFactory, FromArgMatches, Parser, ValueEnum};
use rb_cli as cli;
use rb_cli::Common;
use rb_record::error::{Error, Result};
use rb_record::record::ids::Ids;
use rb_record::record::{Record, Split};
use rb_record::split::datasets::{by_dataset, Sides};
use rb_record::split::exact::exact;
use rb_record::split::hashed::{self, position};
use rb_record::split::limit::limit_train;
use rb_record::split::{self, Query, Reference};
use rb_record::stream::{self, Line};
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  rb-split bench.ndjson | rb-embed | rb-fit kmeans | rb-score
  rb-split --train-on mmlu,gsm8k --test-on triviaqa bench.ndjson
  rb-split --like llmrouterbench --seed 999 bench.ndjson

By default u = hash(seed, prompt), and u < 0.7 is train: equal prompts share a
part, and adding records moves nobody. Memory: the ids only, to refuse a
duplicate. --exact, --train-on, --test-on, --leave-out, --train-limit and --like
hold the whole stream.

--like repeats a published split to the query. Datasets are taken in the order
in which they first appear in the stream, rows of a dataset by `index` (without
one, by their places in the stream), so the result equals the published code's
on the same file order. Its seed is 42 unless --seed is given.";

/// Writes which queries are for training and which for testing
///
/// Sets `split` to train, val, test or none (in no part) in every record.
#[derive(Parser)]
#[command(name = "rb-split", version, after_help = EXAMPLES)]
#[command(group(ArgGroup::new("sides").multiple(true).args(["train_on", "test_on", "leave_out"])))]
struct Args {
    /// Record files, .gz and .zst too; none or `-`: standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Share of train, of distinct prompts
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = hashed::TRAIN,
        conflicts_with = "sides"
    )]
    train: f64,
    /// Share of val; it is taken from test, with --train-on and its like from train
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    val: f64,
    /// The shares hold exactly in every dataset (by default nearly: a hash decides)
    #[arg(long, conflicts_with = "sides")]
    exact: bool,
    /// Train on these datasets; without --test-on all others are test
    #[arg(long, value_name = "DATASETS", value_delimiter = ',')]
    train_on: Vec<String>,
    /// Test on these datasets; without --train-on all others are train
    #[arg(long, value_name = "DATASETS", value_delimiter = ',')]
    test_on: Vec<String>,
    /// Test on these datasets and train on all others
    #[arg(long, value_name = "DATASETS", value_delimiter = ',', conflicts_with_all = ["train_on", "test_on"])]
    leave_out: Vec<String>,
    /// At most N train queries, those of the smallest hash; the rest of train is `none`
    #[arg(long, value_name = "N")]
    train_limit: Option<usize>,
    /// Repeat the split of a published benchmark
    #[arg(long, value_name = "BENCHMARK", value_enum, conflicts_with_all = ["sides", "exact", "val"])]
    like: Option<Like>,
    /// Replace the splits that records have already
    #[arg(long)]
    resplit: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, ValueEnum)]
enum Like {
    /// arXiv 2601.07206: distinct prompts shuffled by Python, dataset after dataset
    Llmrouterbench,
    /// arXiv 2403.12031: sample ids shuffled by NumPy, each evaluation by itself
    Routerbench,
}

fn main() -> ExitCode {
    let matches = Args::command().get_matches();
    let seeded = matches.value_source("seed") == Some(clap::parser::ValueSource::CommandLine);
    let mut args = Args::from_arg_matches(&matches).unwrap_or_else(|e| e.exit());
    if args.like.is_some() && !seeded {
        args.common.seed = split::REFERENCE_SEED;
    }
    cli::start("rb-split", args, |a| &a.common, run)
}

fn run(args: Args) -> Result<()> {
    let sided = [&args.train_on, &args.test_on, &args.leave_out]
        .iter()
        .any(|names| !names.is_empty());
    let train = if sided { 1.0 - args.val } else { args.train };
    hashed::check(train, args.val)?;
    let counts = match args.exact || sided || args.like.is_some() || args.train_limit.is_some() {
        true => whole(&args)?,
        false => one_by_one(&args)?,
    };
    for (part, asked) in [
        (Split::Train, true),
        (Split::Val, args.val > 0.0),
        (Split::Test, true),
    ] {
        if asked && counts[part as usize] == 0 {
            cli::warn(format_args!("no query is {}", part.name()));
        }
    }
    Ok(())
}

/// The record's id, which must be there and be new.
fn admit(ids: &mut Ids, record: &Record) -> Result<String> {
    let id = record.required_id()?.into_owned();
    ids.admit(id.clone(), record.line())?;
    Ok(id)
}

/// The default split: each record by itself.
fn one_by_one(args: &Args) -> Result<[usize; 4]> {
    let mut input = cli::input(&args.files)?;
    let mut output = cli::output(&args.common, false)?;
    let mut skips = args.common.skips();
    let seed = args.common.seed;
    let (mut ids, mut counts, mut empty) = (Ids::default(), [0; 4], true);
    while let Some(line) = input.next_line()? {
        empty = false;
        let Some(record) = skips.keep(Record::parse(&line))? else {
            continue;
        };
        let read = admit(&mut ids, &record).and_then(|_| split::unit(&record));
        let Some(unit) = skips.keep(read)? else {
            continue;
        };
        refuse_split(&record, args.resplit, counts.iter().any(|&n| n > 0))?;
        let part = hashed::part(position(seed, unit), args.train, args.val);
        counts[part as usize] += 1;
        output.write_line(&with_split(&record, part))?;
    }
    if empty {
        return Err(stream::empty_stream());
    }
    output.finish()?;
    skips.finish().map(|()| counts)
}

/// The splits that look at every record before the first is written.
fn whole(args: &Args) -> Result<[usize; 4]> {
    let seed = args.common.seed;
    let lines: Vec<Line> = cli::read_all(&mut cli::input(&args.files)?)?;
    let mut output = cli::output(&args.common, false)?;
    let mut skips = args.common.skips();
    let (mut ids, mut records, mut queries) = (Ids::default(), Vec::new(), Vec::new());
    for line in &lines {
        let read = Record::parse(line).and_then(|record| {
            let query = Query {
                id: admit(&mut ids, &record)?,
                dataset: record.dataset()?.into_owned(),
                unit: split::unit(&record)?,
            };
            Ok((record, query))
        });
        if let Some((record, query)) = skips.keep(read)? {
            refuse_split(&record, args.resplit, !records.is_empty())?;
            records.push(record);
            queries.push(query);
        }
    }
    let mut parts = match args.like {
        Some(Like::Llmrouterbench) => {
            split::like(&records, Reference::LlmRouterBench, seed, args.train)?
        }
        Some(Like::Routerbench) => split::like(&records, Reference::RouterBench, seed, args.train)?,
        None if args.exact => exact(&queries, args.train, args.val, seed),
        None => sides_or_shares(args, &queries)?,
    };
    if let Some(most) = args.train_limit {
        let left = limit_train(&mut parts, &queries, most, seed);
        if left < most {
            cli::warn(format_args!(
                "train has {left} queries, fewer than the limit of {most}"
            ));
        }
    }
    let mut counts = [0; 4];
    for (record, part) in records.iter().zip(parts) {
        counts[part as usize] += 1;
        output.write_line(&with_split(record, part))?;
    }
    output.finish()?;
    skips.finish().map(|()| counts)
}

fn sides_or_shares(args: &Args, queries: &[Query]) -> Result<Vec<Split>> {
    let seed = args.common.seed;
    let sides = Sides {
        train: args.train_on.clone(),
        test: [args.test_on.as_slice(), &args.leave_out].concat(),
    };
    if sides == Sides::default() {
        let part = |q: &Query| hashed::part(position(seed, q.unit), args.train, args.val);
        return Ok(queries.iter().map(part).collect());
    }
    let (parts, withdrawn) = by_dataset(queries, &sides, args.val, seed)?;
    if withdrawn > 0 {
        cli::warn(format_args!(
            "{withdrawn} train queries have the prompt of a test query; they are in no part"
        ));
    }
    Ok(parts)
}

/// A split that is there already stays, unless it is to be replaced.
fn refuse_split(record: &Record, resplit: bool, others_have_none: bool) -> Result<()> {
    let Some(found) = record.raw("split").filter(|_| !resplit) else {
        return Ok(());
    };
    let whose = match others_have_none {
        true => "the record has a split and those before it have none",
        false => "the record has a split already",
    };
    let remedy = "--resplit splits the whole stream anew";
    Err(Error::input(format!("{whose}; {remedy}")).at(record.place_of(found)))
}

fn with_split(record: &Record, part: Split) -> Vec<u8> {
    record.splice(&[("split", &rb_record::json::quoted(part.name()))])
}
