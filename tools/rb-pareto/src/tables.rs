//! The flags of tables for a paper and for another program.

use clap::builder::PossibleValuesParser;
use clap::Args;
use rb_record::error::{Error, Result};
use rb_record::stream;
use rb_show::export::columns::names;
use rb_show::export::formats::{help, FORMATS};
use rb_show::export::sheet::Sheet;
use rb_show::panel::Panel;
use std::path::{Path, PathBuf};

#[derive(Args)]
#[group(skip)]
pub(crate) struct Tables {
    #[arg(long, value_name = "FILE", help = help("csv"), help_heading = TABLES)]
    csv: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = help("markdown"), help_heading = TABLES)]
    markdown: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = help("latex"), help_heading = TABLES)]
    latex: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = help("rows"), help_heading = TABLES)]
    rows: Option<PathBuf>,
    /// The columns of these tables, in this order; --help lists them [default: all of them
    /// in CSV and rows, the common ones in Markdown and LaTeX]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',',  help_heading = TABLES,
          value_parser = PossibleValuesParser::new(names()))]
    columns: Vec<String>,
}

const TABLES: &str = "Tables (FILE - is standard output, instead of records)";

impl Tables {
    fn target(&self, name: &str) -> Option<&Path> {
        let target = match name {
            "csv" => &self.csv,
            "markdown" => &self.markdown,
            "latex" => &self.latex,
            "rows" => &self.rows,
            _ => &None,
        };
        target.as_deref()
    }

    /// Says what cannot be: two tables on one standard output, columns of none.
    pub(crate) fn check(&self, others_printed: bool) -> Result<()> {
        let targets = FORMATS.iter().filter_map(|f| self.target(f.name));
        let (printed, files): (Vec<&Path>, Vec<&Path>) =
            targets.partition(|path| *path == Path::new("-"));
        if printed.len() + usize::from(others_printed && !printed.is_empty()) > 1 {
            return Err(Error::usage(
                "a table would be mixed with another output on standard output; name a file for one of them",
            ));
        }
        if !self.columns.is_empty() && printed.is_empty() && files.is_empty() {
            return Err(Error::usage(
                "--columns is of --csv, --markdown, --latex and --rows; add one of them, for example --csv -",
            ));
        }
        files.into_iter().try_for_each(stream::can_write)
    }

    /// Writes the tables into their files; what is to be printed comes back.
    pub(crate) fn write(&self, panels: &[Panel]) -> Result<String> {
        let mut printed = String::new();
        for format in FORMATS {
            let Some(path) = self.target(format.name) else {
                continue;
            };
            let text = (format.render)(&Sheet::new(panels, &self.columns));
            if path == Path::new("-") {
                printed += &text;
            } else {
                stream::write_file(path, text.as_bytes())?;
            }
        }
        Ok(printed)
    }
}
