//! One way of showing what was scored to a person.

use crate::panel::Panel;

/// What the person asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// The width of the terminal, in columns.
    pub columns: usize,
    /// Columns that a table may take; none: as many as it needs.
    pub fit: Option<usize>,
    /// A table of the routers, best-single and oracle alone.
    pub brief: bool,
    /// Nobody asked for a table: it stands in the place of records, at a terminal.
    pub is_unasked: bool,
    /// How much worse a router may be and still count as not worse, 0..1; none:
    /// what the records say, else what is worth a difference.
    pub margin: Option<f64>,
    /// Queries a month, to tell savings in money.
    pub queries_per_month: Option<f64>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            columns: 80,
            fit: None,
            brief: false,
            is_unasked: false,
            margin: None,
            queries_per_month: None,
        }
    }
}

/// An output: its flag, what that does, and the text.
pub struct Output {
    /// As in `--table`.
    pub name: &'static str,
    /// For `--help`.
    pub help: &'static str,
    /// The text of all panels.
    pub render: fn(panels: &[Panel], config: &Config) -> String,
}
