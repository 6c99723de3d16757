//! Records or parts become facts, lines in parallel.

use crate::args::Args;
use rayon::prelude::*;
use rb_cli as cli;
use rb_record::error::Result;
use rb_record::skips::Skips;
use rb_record::stream;
use rb_record::stream::Line;
use rb_score::data::collect::Collector;
use rb_score::data::fact::{Fact, Wanted};
use rb_score::data::facts::Facts;
use rb_score::data::partial::{self, Entry, Merge};
use rb_store::pages::Pager;
use std::path::PathBuf;

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

/// What the files hold, records or parts. None: every record was skipped.
pub(crate) fn read(
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
        facts.trade_against(args.resource());
        facts
    }))
}

/// Writes a part.
pub(crate) fn write_part(args: &Args, wanted: &Wanted, skips: &mut Skips) -> Result<()> {
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
