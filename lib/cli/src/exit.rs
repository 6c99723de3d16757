//! From a command line to an exit code.

use crate::flags::Common;
use crate::warn;
use clap::Parser;
use rb_record::error::{Kind, Result};
use std::process::ExitCode;

/// Parses the command line, runs the tool, reports its error, and turns it
/// into the exit code. `common` finds the shared flags in the tool's own.
pub fn main<T: Parser>(
    tool: &'static str,
    common: impl Fn(&T) -> &Common,
    run: impl FnOnce(T) -> Result<()>,
) -> ExitCode {
    start(tool, T::parse(), common, run)
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
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) if e.kind == Kind::ClosedPipe => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{tool}: {e}");
            ExitCode::from(e.kind.exit_code())
        }
    }
}
