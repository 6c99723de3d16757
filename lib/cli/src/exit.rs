//! From a command line to an exit code.

use crate::flags::Common;
use crate::help::{shape, Short};
use crate::{generate, progress, warn};
use clap::{ArgMatches, Command, Parser};
use rb_record::error::{Error, Kind, Result};
use rb_record::stream;
use std::process::ExitCode;

/// Parses the command line, runs the tool, reports its error, and turns it
/// into the exit code. `short` is what `-h` shows; `common` finds the shared flags
/// in the tool's own.
pub fn main<T: Parser>(
    tool: &'static str,
    short: &Short,
    common: impl Fn(&T) -> &Common,
    run: impl FnOnce(T) -> Result<()>,
) -> ExitCode {
    match matches(T::command(), short) {
        Ok(found) => {
            let arguments = T::from_arg_matches(&found).unwrap_or_else(|e| e.exit());
            start(tool, arguments, common, run)
        }
        Err(code) => code,
    }
}

/// What the command line holds, for a tool that makes arguments of it itself.
/// `--generate DIR` writes man pages and completions, and there is no more to do.
pub fn matches(command: Command, short: &Short) -> std::result::Result<ArgMatches, ExitCode> {
    let command = shape(command, short);
    let Some(folder) = generate::asked(std::env::args_os().skip(1)) else {
        return Ok(command.get_matches());
    };
    let tool = command.get_name().to_string();
    Err(match generate::write(command, &folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            let e = Error::io(format_args!("cannot write {}", folder.display()), &e);
            eprintln!("{tool}: {e}");
            ExitCode::from(e.kind.exit_code())
        }
    })
}

/// [`main`] for a tool that parsed its command line itself.
pub fn start<T>(
    tool: &'static str,
    arguments: T,
    common: impl Fn(&T) -> &Common,
    run: impl FnOnce(T) -> Result<()>,
) -> ExitCode {
    warn::set(tool, common(&arguments).quiet);
    let threads = common(&arguments).threads;
    // Fails only where a pool exists already, which then serves.
    let _ = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global();
    // Found now, and not after an hour's work.
    let can_write = common(&arguments).output.as_deref().map(stream::can_write);
    let drawn = progress::draw(common(&arguments).progress);
    let ended = can_write.unwrap_or(Ok(())).and_then(|()| run(arguments));
    drop(drawn);
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) if e.kind == Kind::ClosedPipe => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{tool}: {e}");
            ExitCode::from(e.kind.exit_code())
        }
    }
}
