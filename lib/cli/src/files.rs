//! The input and the output that the flags ask for.

use crate::flags::Common;
use crate::progress;
use crate::warn::warn;
use rb_record::error::{Error, Result};
use rb_record::stream::{Input, Line, Output};
use std::path::PathBuf;

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
    if is_shown(common) {
        progress::hide();
    }
    Output::open(common.output.as_deref(), line_buffered)
}

/// Reads the whole stream of lines into memory; nothing at all is an error.
pub fn read_all(input: &mut Input) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    while let Some(line) = input.next_line()? {
        lines.push(line);
    }
    if lines.is_empty() {
        return Err(rb_record::stream::empty_stream());
    }
    Ok(lines)
}

/// Whether the output goes to a terminal, and so to a person.
pub fn is_shown(common: &Common) -> bool {
    use std::io::IsTerminal;
    common.output.is_none() && std::io::stdout().is_terminal()
}

/// Says how to get the records in whose place a person was shown a table.
pub fn say_where_records_go() {
    warn("the records go into a pipe, or with -o FILE into a file");
}

/// The columns of the terminal that standard output goes to; none: it goes elsewhere.
pub fn terminal_columns() -> Option<usize> {
    let size = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(usize::from(size.0 .0)).filter(|columns| *columns > 0)
}
