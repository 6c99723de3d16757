//! rb-fit KIND --partial writes the sums of a part, rb-fit --merge makes a router of
//! such parts.

use crate::shared::Shared;
use clap::{Args, Command, FromArgMatches};
use rb_cli as cli;
use rb_cli::Common;
use rb_record::error::Result;
use rb_route::file;
use rb_route::file::params::Params;
use rb_route::router::Entry;
use rb_route::summed::{gather, merge::Merge, rows};
use rb_route::table::training;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) const MERGE: &str = "merge";

#[derive(Args)]
struct Merging {
    /// Parts that rb-fit KIND --partial wrote, .gz and .zst as they are; none or `-`:
    /// standard input
    files: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
}

pub(crate) fn command() -> Command {
    // It stands outside the table of routers, and so outside its list.
    Merging::augment_args(Command::new(MERGE).long_flag(MERGE).hide(true))
        .about("Make a router of the parts that rb-fit KIND --partial wrote")
        .long_about(
            "Make a router of the parts that rb-fit KIND --partial wrote: the file that rb-fit KIND \
             --save makes of all their queries at once, to the byte, whatever the number and order \
             of the parts, but for the calibration curve. That needs the queries once more, so \
             rb-route takes --alpha of such a router, and refuses --budget, --quality and \
             --not-below.\n\nRefused are parts of other flags, another version, other models or \
             another embedder, parts that are cut off, and such that share queries: of up to 4,096 \
             records every double is found, of more those among the 4,096 ids of smallest hash.",
        )
        .after_help(
            "Example:\n  rb-fit keyword --partial a.ndjson > a.json\n  rb-fit keyword --partial b.ndjson > b.json\n  rb-fit --merge a.json b.json -o router.json",
        )
}

/// Writes the sums of the stream.
pub(crate) fn write_part(
    entry: &Entry,
    params: &Params,
    config: &training::Config,
    shared: &Shared,
) -> Result<()> {
    rows::row(entry, params)?;
    let mut skips = shared.common.skips();
    let mut input = cli::input(&shared.files)?;
    let mut output = cli::output(&shared.common, false)?;
    output.write_text(&gather::part(
        &mut input,
        (entry, params),
        config,
        &mut skips,
    )?)?;
    output.finish()?;
    skips.finish()
}

pub(crate) fn main(matches: &clap::ArgMatches) -> ExitCode {
    let Ok(args) = Merging::from_arg_matches(matches) else {
        return ExitCode::from(2);
    };
    cli::start("rb-fit", args, |a| &a.common, merge)
}

fn merge(args: Merging) -> Result<()> {
    let mut input = cli::input(&args.files)?;
    let mut merge = Merge::default();
    while let Some(line) = input.next_line()? {
        merge.admit(&line)?;
    }
    let (_, without) = merge.counts();
    if without > 0 {
        cli::warn(format_args!(
            "{without} train queries have no score of any model and teach nothing"
        ));
    }
    let fitted = merge.finish()?;
    let mut output = cli::output(&args.common, false)?;
    let bytes = file::to_bytes(&fitted.header, &*fitted.router)?;
    output.write_line(bytes.trim_ascii_end())?;
    output.finish()
}
