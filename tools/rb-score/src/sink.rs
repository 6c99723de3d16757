//! Where scores go: as records, or, at a terminal, as a short table of them.

use rb_cli as cli;
use rb_cli::Common;
use rb_record::error::Result;
use rb_record::stream::Output;
use rb_show::brief;

/// Takes records, whole lines at a time.
pub(crate) enum Sink {
    Records(Output),
    /// Held until all are there.
    Table(String),
}

impl Sink {
    pub(crate) fn open(common: &Common) -> Result<Sink> {
        if cli::is_shown(common) {
            Ok(Sink::Table(String::new()))
        } else {
            Ok(Sink::Records(cli::output(common, false)?))
        }
    }

    pub(crate) fn write(&mut self, lines: &str) -> Result<()> {
        match self {
            Sink::Records(output) => output.write_text(lines)?,
            Sink::Table(held) => held.push_str(lines),
        }
        Ok(())
    }

    /// All is written.
    pub(crate) fn finish(self, common: &Common) -> Result<()> {
        match self {
            Sink::Records(output) => output.finish(),
            Sink::Table(records) => {
                let table = brief::of_records(&records, cli::terminal_columns())?;
                let mut output = cli::output(common, false)?;
                output.write_text(&table)?;
                output.finish()?;
                cli::say_where_records_go();
                Ok(())
            }
        }
    }
}
