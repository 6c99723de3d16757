//! One way of writing a sheet.

use crate::export::sheet::Sheet;

/// A format: its flag, what that does, and the text.
pub struct Format {
    /// As in `--csv`.
    pub name: &'static str,
    /// For `--help`.
    pub help: &'static str,
    /// The whole table, with a line feed at its end.
    pub render: fn(sheet: &Sheet) -> String,
}
