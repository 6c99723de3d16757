//! The flags of tables for a paper and for another program.

use clap::builder::PossibleValuesParser;
use clap::Args;
use rb_record::error::{Error, Result};
use rb_record::stream;
use rb_show::export::formats::{help, FORMATS};
use rb_show::export::sheet::Sheet;
use rb_show::export::{columns, pairs};
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
          value_parser = PossibleValuesParser::new(all_names()))]
    columns: Vec<String>,
    /// These tables hold the pairs of rb-score --pairs in place of models and routers:
    /// columns router, versus, at, n, diff, p, p_holm, better
    #[arg(long, help_heading = TABLES)]
    pairs: bool,
}

/// Names of columns of either table.
fn all_names() -> impl Iterator<Item = &'static str> + Clone {
    let is_new = |name: &&str| !columns::names().any(|n| n == *name);
    columns::names().chain(pairs::names().filter(is_new))
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
        let are_none = printed.is_empty() && files.is_empty();
        let of_tables = [
            ("--columns", !self.columns.is_empty()),
            ("--pairs", self.pairs),
        ];
        if let Some((flag, _)) = of_tables.iter().find(|(_, is_given)| *is_given && are_none) {
            return Err(Error::usage(format!(
                "{flag} is of --csv, --markdown, --latex and --rows; add one of them, for example --csv -",
            )));
        }
        self.check_columns()?;
        files.into_iter().try_for_each(stream::can_write)
    }

    /// Says which column the table has not.
    fn check_columns(&self) -> Result<()> {
        let (names, what): (Vec<&str>, _) = if self.pairs {
            (pairs::names().collect(), "the table of --pairs")
        } else {
            (
                columns::names().collect(),
                "the table of models and routers",
            )
        };
        match self.columns.iter().find(|c| !names.contains(&c.as_str())) {
            Some(column) => Err(Error::usage(format!(
                "{what} has no column {column}, expected some of {}",
                names.join(", ")
            ))),
            None => Ok(()),
        }
    }

    fn sheet<'a>(&self, panels: &'a [Panel]) -> Result<Sheet<'a>> {
        if !self.pairs {
            return Ok(Sheet::new(panels, &self.columns));
        }
        Sheet::of_pairs(panels, &self.columns).ok_or_else(|| {
            Error::input(
                "the records hold no pairs of routers, which --pairs writes; score two routers or more with rb-score --pairs",
            )
        })
    }

    /// Writes the tables into their files; what is to be printed comes back.
    pub(crate) fn write(&self, panels: &[Panel]) -> Result<String> {
        let mut printed = String::new();
        for format in FORMATS {
            let Some(path) = self.target(format.name) else {
                continue;
            };
            let text = (format.render)(&self.sheet(panels)?);
            if path == Path::new("-") {
                printed += &text;
            } else {
                stream::write_file(path, text.as_bytes())?;
            }
        }
        Ok(printed)
    }
}
