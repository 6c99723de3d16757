//! What every tool shares at its edge: flags with one wording, exit codes,
//! warnings on standard error, the number of threads.

pub mod timing;

use clap::{Args, Parser, ValueEnum};
use rb_record::error::{Error, Kind, Result};
use rb_record::record::answers::Answers;
use rb_record::skips::{self, Skips};
use rb_record::stream::{Input, Line, Output};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// What to do with a record that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnError {
    /// Stop at the first bad record (exit code 3).
    Stop,
    /// Leave bad records out, report their number, exit with code 1.
    Skip,
}

/// The flags that all tools take.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Write to FILE, which appears only when it is whole
    #[arg(
        short,
        long,
        value_name = "FILE",
        global = true,
        help_heading = "Shared"
    )]
    pub output: Option<PathBuf>,
    /// Seed of everything drawn: the same seed gives the same bytes
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        global = true,
        help_heading = "Shared"
    )]
    pub seed: u64,
    /// Threads to use; 0: one a processor. Results do not depend on it
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        global = true,
        help_heading = "Shared"
    )]
    pub threads: usize,
    /// Say nothing on standard error but errors
    #[arg(long, global = true, help_heading = "Shared")]
    pub quiet: bool,
    /// A bad record stops the tool, or is skipped and counted
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = OnError::Stop, global = true, help_heading = "Shared")]
    pub on_error: OnError,
}

impl Common {
    /// A count of bad records that does with them what the flag says.
    pub fn skips(&self) -> Skips {
        Skips::new(match self.on_error {
            OnError::Stop => skips::OnError::Stop,
            OnError::Skip => skips::OnError::Skip,
        })
    }
}

/// A tool that may hold much goes on in temporary files beyond this.
#[derive(Debug, Clone, Args)]
pub struct Memory {
    /// Hold at most about SIZE of what is read (a number of bytes, or 500M, 2G);
    /// the rest goes to temporary files (in TMPDIR). Results do not depend on it
    #[arg(long, value_name = "SIZE", default_value = "2G", value_parser = size, help_heading = "Shared")]
    pub memory: usize,
}

/// Bytes, with K, M, G or T for powers of 1,000.
fn size(text: &str) -> std::result::Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: usize = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" => 1,
        "K" | "KB" => 1_000,
        "M" | "MB" => 1_000_000,
        "G" | "GB" => 1_000_000_000,
        "T" | "TB" => 1_000_000_000_000,
        _ => 0,
    };
    let bytes = digits.parse().ok().and_then(|n: usize| n.checked_mul(unit));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| {
        "expected a size that is not 0: bytes, or a whole number with K, M, G or T, for example 2G"
            .into()
    })
}

static QUIET: AtomicBool = AtomicBool::new(false);
static TOOL: std::sync::OnceLock<&'static str> = std::sync::OnceLock::new();

/// A line on standard error, unless `--quiet`.
pub fn warn(message: impl std::fmt::Display) {
    if !QUIET.load(Ordering::Relaxed) {
        let tool = TOOL.get().copied().unwrap_or("rb");
        eprintln!("{tool}: {message}");
    }
}

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
    let _ = TOOL.set(tool);
    QUIET.store(common(&arguments).quiet, Ordering::Relaxed);
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

/// The input files, or standard input; waiting at a terminal for nothing helps nobody.
pub fn input(files: &[PathBuf]) -> Result<Input> {
    use std::io::IsTerminal;
    let from_stdin = files.is_empty() || files.iter().any(|f| f.as_os_str() == "-");
    if files.is_empty() && from_stdin && std::io::stdin().is_terminal() {
        return Err(Error::usage(
            "no input: name a file, or pipe records in (`-` reads what is typed); --help shows a pipeline",
        ));
    }
    Ok(Input::open(files))
}

/// The output that the flags ask for.
pub fn output(common: &Common, line_buffered: bool) -> Result<Output> {
    Output::open(common.output.as_deref(), line_buffered)
}

/// How far long work has come, on standard error: only where that is a
/// terminal, and never under `--quiet`.
pub struct Progress(Option<indicatif::ProgressBar>);

impl Progress {
    /// `long`: whether the work is worth showing.
    pub fn new(long: bool) -> Progress {
        use std::io::IsTerminal;
        let shown = long && !QUIET.load(Ordering::Relaxed) && std::io::stderr().is_terminal();
        let bar = shown.then(|| {
            let bar = indicatif::ProgressBar::new_spinner();
            let style = "{spinner} {human_pos} texts embedded, {per_sec}, {elapsed}";
            if let Ok(style) = indicatif::ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar
        });
        Progress(bar)
    }
    pub fn add(&self, n: usize) {
        if let Some(bar) = &self.0 {
            bar.inc(n as u64);
        }
    }
    pub fn done(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Line mode: an answer to each line of `input` at once and in order, an error
/// as [`Answers`] tells it.
pub fn line_by_line(
    tool: &'static str,
    input: Input,
    mut output: Output,
    answer: &mut dyn FnMut(&Line) -> Result<Vec<u8>>,
) -> Result<()> {
    let mut input = input.with_blanks();
    let mut answers = Answers::of(tool);
    let mut any = false;
    while let Some(line) = input.next_line()? {
        any = true;
        output.write_line(&answers.answer(&line, &mut *answer)?)?;
    }
    if !any {
        return Err(rb_record::stream::empty_stream());
    }
    output.finish()?;
    answers.finish()
}

/// Reads the whole stream of lines into memory; nothing at all is an error.
pub fn read_all(input: &mut Input) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    while let Some(line) = input.next_line()? {
        lines.push(line);
    }
    match lines.is_empty() {
        true => Err(rb_record::stream::empty_stream()),
        false => Ok(lines),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_whole_number_and_a_power_of_a_thousand() {
        for (text, bytes) in [
            ("1", 1),
            ("64k", 64_000),
            ("2G", 2_000_000_000),
            ("3mb", 3_000_000),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "0", "G", "1.5G", "-1", "2X", "99999999999T", "1 G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
