//! All sources read into one benchmark, joined and changed as the flags say:
//! its lines, and what is to be told of it.

use crate::answers::AnswerForm;
use crate::format::Format;
use crate::formats::{format, is_data, recognise, FORMATS};
use crate::joining::adjust::{Adjust, Changes};
use crate::joining::bench::Bench;
use crate::joining::coverage;
use crate::joining::intake::{Intake, Note};
use crate::joining::query::Query;
use crate::joining::runs::Repeats;
use crate::joining::spill::{Fault, Joining, Totals, SLOW};
use crate::joining::wire::Names;
use crate::joining::write::Writer;
use crate::options::Options;
use crate::tables::cells::listed;
use crate::tables::folder;
use crate::tables::source::{Content, Source};
use rb_record::error::{Error, Result};
use rb_record::skips::Skips;
use rb_record::stream::progress::Step;
use rb_store::sorter::Sorter;
use std::path::PathBuf;

/// A benchmark that was read, and is ready to be written.
pub struct Imported {
    /// How many queries there are.
    pub queries: u64,
    /// How many models there are, references among them.
    pub models: usize,
    /// How many outcomes have a score.
    pub scored: u64,
    /// How many rows of sources went in.
    pub rows: u64,
    /// The formats of the sources.
    pub formats: Vec<&'static str>,
    /// What a person should know about the import, a sentence each.
    pub notes: Vec<String>,
    lines: Lines,
}

enum Lines {
    Held(Box<(Bench, Writer)>, Vec<Query>),
    /// By their orders, and the query that cannot be written.
    Sorted(Sorter, Fault),
}

impl Imported {
    /// Hands every record's line (without line feed) to `to`, in the order in
    /// which the queries first came.
    pub fn write(self, mut to: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let (lines, fault) = match self.lines {
            Lines::Held(common, queries) => {
                let (bench, writer) = *common;
                let mut line = Vec::new();
                for query in &queries {
                    writer.line(&bench, query, &mut line)?;
                    to(&line)?;
                }
                return Ok(());
            }
            Lines::Sorted(lines, fault) => (lines, fault),
        };
        let (stop, fault) = match fault {
            Some((order, e)) => (order.to_be_bytes(), Some(e)),
            None => ([0xff; 8], None),
        };
        let mut lines = lines.sorted()?;
        let (mut order, mut line) = (Vec::new(), Vec::new());
        while lines.next_into(&mut order, &mut line)? && order[..] < stop[..] {
            to(&line)?;
        }
        fault.map_or(Ok(()), Err)
    }
}

/// Reads all sources (none: standard input) into one benchmark.
pub fn import(
    paths: &[PathBuf],
    options: &Options,
    adjust: &Adjust,
    skips: &mut Skips,
) -> Result<Imported> {
    let mut intake = Intake::new(options, skips);
    let mut formats = Vec::new();
    let read = read(paths, &mut intake, &mut formats);
    let end = intake.taken();
    // Rows that were read before the fault may fail as they are joined, and
    // then theirs is the first.
    let fault = match read {
        Err(e) if intake.broken || intake.spilled.is_none() => return Err(e),
        read => read.err().map(|e| (end, e)),
    };
    let responded = intake.responded;
    let (bench, spilled, notes) = (intake.bench, intake.spilled, intake.notes);
    let writer = Writer::new(&bench, options);
    let mut joining = Joining {
        changes: Changes::new(adjust, &bench),
        skips: intake.skips,
        writer: &writer,
        limit: options.memory.unwrap_or(usize::MAX),
        names: Names {
            models: bench.models.clone(),
            sources: bench.sources.names.clone(),
        },
        bench,
        totals: Totals::default(),
        fault,
        refusal: None,
        unwritten: None,
    };
    let (mut held, mut sorted) = (Vec::new(), None);
    match spilled {
        None => held = joining.settle(|at| at as u64),
        Some(buckets) => {
            // Beside the part that is joined, which takes the rest.
            let mut lines = Sorter::new(joining.limit / 4);
            joining.limit -= joining.limit / 4;
            joining.all(buckets, &mut lines)?;
            sorted = Some(lines);
        }
    }
    let Joining {
        bench,
        changes,
        totals,
        fault,
        refusal,
        unwritten,
        skips,
        ..
    } = joining;
    if let Some((_, e)) = fault {
        return Err(e);
    }
    // Where rows were skipped, it is no success either way.
    if totals.answers == 0 && skips.count() == 0 {
        return Err(nothing(bench.rows));
    }
    let silent = silent(&formats);
    if let (Some(form), 0) = (options.answer_from, responded) {
        return Err(unanswered(form, bench.rows, &silent));
    }
    changes.check(&bench)?;
    if let Some((_, e)) = refusal {
        return Err(e);
    }
    let mut notes = told(notes, &bench, &totals, options);
    if options.answer_from.is_some() && !silent.is_empty() {
        notes.push(format!(
            "no answers were made of the files of {}: their responses are not read",
            silent.join(", ")
        ));
    }
    notes.extend(changes.notes(&bench));
    Ok(Imported {
        queries: totals.queries,
        models: bench.present().len(),
        scored: totals.scored,
        rows: bench.rows,
        formats,
        notes,
        lines: match sorted {
            Some(lines) => Lines::Sorted(lines, unwritten),
            None => Lines::Held(Box::new((bench, writer)), held),
        },
    })
}

/// The error where rows hold no outcome at all.
fn nothing(rows: u64) -> Error {
    Error::input(format!(
        "no outcome came out of {rows} rows: none has a score, a cost or anything else of a model; is it the right file, and which column holds the score (--col-score)?"
    ))
}

/// Those of the formats that were read whose responses are not.
fn silent(formats: &[&'static str]) -> Vec<&'static str> {
    let named = formats.iter().copied();
    let silent = |name: &&str| format(name).is_some_and(|f| !f.responses);
    named.filter(silent).collect()
}

/// The error where answers should be made of responses and there are none.
fn unanswered(form: AnswerForm, rows: u64, silent: &[&str]) -> Error {
    let why = match silent {
        [] => "name the column that holds it (--col-response NAME), or the one that holds the answer itself (--col-answer NAME, without --answer-from); records have it as outcomes.M.response, which --responses keeps".into(),
        _ => format!(
            "rb-import reads no responses of the format {}; leave --answer-from out, or name the columns of an answer's table (--col-response NAME)",
            silent.join(", ")
        ),
    };
    Error::input(format!(
        "--answer-from {}: none of {rows} rows has a response of a model to make an answer of; {why}",
        form.name()
    ))
}

fn read(paths: &[PathBuf], intake: &mut Intake, formats: &mut Vec<&'static str>) -> Result<()> {
    let stdin = [PathBuf::from("-")];
    let paths = if paths.is_empty() { &stdin[..] } else { paths };
    intake.step = Step::of_files("importing", "rows", &files(paths)?);
    for path in paths {
        let mut source = intake.open(path)?;
        let format = match intake.options.format {
            Some(name) => format(name).ok_or_else(|| unknown(name))?,
            None => recognise(&source, intake.options)?,
        };
        let before = intake.taken();
        if matches!(source.content, Content::Folder(_)) && !format.folders {
            folder(&source, format, intake)?;
        } else {
            (format.read)(&mut source, intake)?;
        }
        if !formats.contains(&format.name) {
            formats.push(format.name);
        }
        if before == intake.taken() {
            return Err(Error::input(format!(
                "{} holds no row (format {}); is it the right file, and was it written to its end?",
                source.name, format.name
            )));
        }
        intake.next_argument();
    }
    Ok(())
}

/// The files among the paths and in the folders among them.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let of = |path: &PathBuf| {
        if path.is_dir() {
            folder::files(path)
        } else {
            Ok(vec![path.clone()])
        }
    };
    Ok(paths.iter().map(of).collect::<Result<Vec<_>>>()?.concat())
}

/// Reads the files of a folder that are of `format`, and tells of the others.
fn folder(source: &Source, format: &Format, intake: &mut Intake) -> Result<()> {
    let Content::Folder(files) = &source.content else {
        return Ok(());
    };
    let mut others = Vec::new();
    for path in files.iter().filter(|f| is_data(f)) {
        match intake.open(path) {
            Ok(mut one) if (format.is)(&one.content) => (format.read)(&mut one, intake)?,
            _ => others.push(path.display().to_string()),
        }
    }
    if let Some(first) = others.first() {
        intake.note(format!(
            "{}: {} files are not of the format {} and were passed over, the first {first}",
            source.name,
            others.len(),
            format.name
        ));
    }
    Ok(())
}

fn unknown(name: &str) -> Error {
    let names: Vec<&str> = FORMATS.iter().map(|f| f.name).collect();
    Error::usage(format!(
        "there is no format {name:?}, expected one of {}",
        names.join(", ")
    ))
}

/// The notes of reading and joining as sentences.
fn told(notes: Vec<Note>, bench: &Bench, totals: &Totals, options: &Options) -> Vec<String> {
    let mut told = Vec::new();
    for note in notes {
        match note {
            Note::Said(text) => told.push(text),
            Note::Columns(source, text, more) => told.push(match more {
                0 => format!("{source}: {text}"),
                _ => format!("{source} and {more} more: {text}"),
            }),
            Note::LeftOut(source, argument) => {
                let names = bench.left_out.get(&argument);
                let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
                if !names.is_empty() {
                    told.push(format!(
                        "{source}: of records that joined earlier ones these members were left out: {}",
                        listed(&names)
                    ));
                }
            }
        }
    }
    let clamped = options.scores.clamped.get();
    if clamped > 0 {
        told.push(format!(
            "--clamp: {clamped} scores were slightly out of range and are its nearest end now"
        ));
    }
    let (slow, timed) = totals.slow;
    if slow * 2 > timed {
        told.push(format!(
            "more than half of {timed} latencies are above {SLOW} s; are they in milliseconds? --col-latency NAME:ms says so"
        ));
    }
    if bench.other_prompts > 0 {
        told.push(format!(
            "{} rows have another prompt than the first row of their query, which stays",
            bench.other_prompts
        ));
    }
    let repeated = bench.repeated;
    match bench.repeats {
        _ if repeated == 0 => {}
        Repeats::First => told.push(format!(
            "{repeated} rows are further runs of a query and model and were left out: the first counts"
        )),
        _ => told.push(format!(
            "{repeated} rows are further runs of a query and model: outcomes are means, outcomes.M.n counts the runs"
        )),
    }
    told.extend(coverage::shares(
        &bench.models,
        &totals.known,
        totals.queries,
    ));
    told.extend(coverage::answers(
        &bench.models,
        &totals.known,
        &totals.answered,
        options.answer_from.is_some(),
    ));
    if bench.present().len() > 1 && totals.alone == totals.queries {
        told.push(coverage::log());
    }
    told
}
