//! rb-split: writes `split` into query records. The splits themselves are in
//! `rb_record::split`; this file parses, reads, applies and writes.

#![forbid(unsafe_code)]

use clap::{ArgGroup, CommandFactory, FromArgMatches, Parser, ValueEnum};
use rb_cli as cli;
use rb_cli::Common;
use rb_record::error::{Error, Result};
use rb_record::record::field::Field;
use rb_record::record::ids::Ids;
use rb_record::record::{Record, Split};
use rb_record::split::by_time::{by_time, Time};
use rb_record::split::datasets::{by_dataset, Sides};
use rb_record::split::exact::exact;
use rb_record::split::grouped::{self, Straddling};
use rb_record::split::hashed::{self, position};
use rb_record::split::limit::limit_train;
use rb_record::split::{self, Query, Reference};
use rb_record::stream::{self, Line};
use std::path::PathBuf;
use std::process::ExitCode;

const DETAILS: &str = "\
More examples:
  rb-split --train-on mmlu,gsm8k --test-on triviaqa bench.ndjson
  rb-split --like llmrouterbench --seed 999 bench.ndjson
  rb-split --by-time /meta/asked --group /meta/user log.ndjson

By default u = hash(seed, prompt), and u < 0.7 is train: equal prompts share a
part, and adding records moves nobody. Memory: the ids only, to refuse a
duplicate. --exact, --train-on, --test-on, --leave-out, --train-limit, --by-time
and --like hold the whole stream.

--by-time cuts where the share of queries is nearest between two times; equal
prompts may then stand on both sides, which is told. --group puts all records
of one value on one side, in place of those of one prompt; records without the
field go by their prompts. With both, what a group has in an earlier part than
its last is in no part.

--like repeats a published split to the query. Datasets are taken in the order
in which they first appear in the stream, rows of a dataset by `index` (without
one, by their places in the stream), so the result equals the published code's
on the same file order. Its seed is 42 unless --seed is given.";

/// Writes which queries are for training and which for testing
///
/// Sets `split` to train, val, test or none (in no part) in every record.
#[derive(Parser)]
#[command(name = "rb-split", version, after_help = DETAILS)]
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
    /// Share of val, taken from test
    ///
    /// With --train-on and its like it is taken from train.
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
    /// Train before, test after, in the order of FIELD
    ///
    /// The shares are of queries; FIELD is a name or a JSON pointer to a number or a date.
    #[arg(long, value_name = "FIELD", value_parser = field, conflicts_with_all = ["sides", "exact", "like"])]
    by_time: Option<Field>,
    /// All queries with one value of FIELD (a name or a JSON pointer) on one side:
    /// those of one user, of one conversation
    #[arg(long, value_name = "FIELD", value_parser = field, conflicts_with_all = ["sides", "like"])]
    group: Option<Field>,
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

fn field(text: &str) -> std::result::Result<Field, String> {
    match text {
        "" | "/" => Err("expected a field's name or a JSON pointer such as /meta/user".into()),
        text => Ok(Field::parse(text)),
    }
}

const SHORT: cli::Short = cli::Short {
    flags: &["train", "val", "leave-out", "by-time", "group", "like"],
    examples: &[
        "rb-split --train 0.8 bench.ndjson | rb-embed | rb-fit kmeans | rb-score",
        "rb-split --like llmrouterbench --seed 42 bench.ndjson > split.ndjson",
    ],
};

fn main() -> ExitCode {
    let matches = match cli::matches(Args::command(), &SHORT) {
        Ok(matches) => matches,
        Err(code) => return code,
    };
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
    let at_once = args.exact || sided || args.like.is_some() || args.by_time.is_some();
    let counts = if at_once || args.train_limit.is_some() {
        whole(&args)?
    } else {
        one_by_one(&args)?
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
    let mut units = Units::of(args);
    while let Some(line) = input.next_line()? {
        empty = false;
        let Some(record) = skips.keep(Record::parse(&line))? else {
            continue;
        };
        let read = admit(&mut ids, &record).and_then(|_| units.read(&record));
        let Some(unit) = skips.keep(read)? else {
            continue;
        };
        refuse_split(&record, args.resplit, counts.iter().any(|&n| n > 0))?;
        let part = hashed::part(position(seed, unit.unit), args.train, args.val);
        counts[part as usize] += 1;
        units.put(&unit, part);
        output.write_line(&with_split(&record, part))?;
    }
    if empty {
        return Err(stream::empty_stream());
    }
    output.finish()?;
    units.tell();
    skips.finish().map(|()| counts)
}

/// The splits that look at every record before the first is written.
fn whole(args: &Args) -> Result<[usize; 4]> {
    let seed = args.common.seed;
    let lines: Vec<Line> = cli::read_all(&mut cli::input(&args.files)?)?;
    let mut output = cli::output(&args.common, false)?;
    let mut skips = args.common.skips();
    let (mut ids, mut records, mut queries) = (Ids::default(), Vec::new(), Vec::new());
    let (mut units, mut read_units, mut times) = (Units::of(args), Vec::new(), Vec::new());
    for line in &lines {
        let read = Record::parse(line).and_then(|record| {
            let id = admit(&mut ids, &record)?;
            let time = args.by_time.as_ref();
            let time = time.map(|field| Time::read(&record, field)).transpose()?;
            let unit = units.read(&record)?;
            let query = Query {
                id,
                dataset: record.dataset()?.into_owned(),
                unit: unit.unit,
            };
            Ok((record, query, unit, time))
        });
        if let Some((record, query, unit, time)) = skips.keep(read)? {
            refuse_split(&record, args.resplit, !records.is_empty())?;
            records.push(record);
            queries.push(query);
            read_units.push(unit);
            times.extend(time);
        }
    }
    let mut parts = match args.like {
        Some(Like::Llmrouterbench) => {
            split::like(&records, Reference::LlmRouterBench, seed, args.train)?
        }
        Some(Like::Routerbench) => split::like(&records, Reference::RouterBench, seed, args.train)?,
        None if args.by_time.is_some() => in_time(args, &times, &queries)?,
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
    for ((record, part), unit) in records.iter().zip(parts).zip(&read_units) {
        counts[part as usize] += 1;
        units.put(unit, part);
        output.write_line(&with_split(record, part))?;
    }
    output.finish()?;
    units.tell();
    skips.finish().map(|()| counts)
}

/// Train before, test after; what a group has before its last part is in none.
fn in_time(args: &Args, times: &[Time], queries: &[Query]) -> Result<Vec<Split>> {
    let mut parts = by_time(times, args.train, args.val)?;
    if let Some(field) = &args.group {
        let units: Vec<u64> = queries.iter().map(|q| q.unit).collect();
        let withdrawn = grouped::withdraw(&mut parts, &units);
        if withdrawn > 0 {
            cli::warn(format_args!(
                "{withdrawn} queries are of a {} that goes on in a later part; they are in no part",
                field.text()
            ));
        }
    }
    Ok(parts)
}

/// What shares a part: records of one prompt, or with --group of one value.
struct Units<'a> {
    group: Option<&'a Field>,
    /// Prompts need not share a part: under --group and --by-time.
    free: bool,
    without: usize,
    straddling: Straddling,
}

/// The unit of one record.
struct Unit {
    /// Of its prompt, else of its id.
    prompt: u64,
    /// That shares a part.
    unit: u64,
}

impl Units<'_> {
    fn of(args: &Args) -> Units<'_> {
        Units {
            group: args.group.as_ref(),
            free: args.group.is_some() || args.by_time.is_some(),
            without: 0,
            straddling: Straddling::default(),
        }
    }

    fn read(&mut self, record: &Record) -> Result<Unit> {
        let prompt = split::unit(record)?;
        let group = match self.group {
            Some(field) => grouped::unit(record, field)?,
            None => Some(prompt),
        };
        self.without += group.is_none() as usize;
        Ok(Unit {
            prompt,
            unit: group.unwrap_or(prompt),
        })
    }

    fn put(&mut self, unit: &Unit, part: Split) {
        if self.free {
            self.straddling.add(unit.prompt, part);
        }
    }

    /// What a person should know of the split.
    fn tell(&self) {
        if let (Some(field), true) = (self.group, self.without > 0) {
            cli::warn(format_args!(
                "{} records have no {}; they go by their prompts",
                self.without,
                field.text()
            ));
        }
        match self.straddling.count() {
            0 => {}
            n => cli::warn(format_args!(
                "{n} prompts stand in more than one part, as --by-time and --group let them"
            )),
        }
    }
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
    let whose = if others_have_none {
        "the record has a split and those before it have none"
    } else {
        "the record has a split already"
    };
    let remedy = "--resplit splits the whole stream anew";
    Err(Error::input(format!("{whose}; {remedy}")).at(record.place_of(found)))
}

fn with_split(record: &Record, part: Split) -> Vec<u8> {
    record.splice(&[("split", &rb_record::json::quoted(part.name()))])
}
