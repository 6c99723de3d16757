//! Comma-separated values (RFC 4180, line feeds), for a data frame or a
//! spreadsheet. An empty field is unknown.

use crate::export::format::Format;
use crate::export::sheet::Sheet;

/// `--csv`.
pub const FORMAT: Format = Format {
    name: "csv",
    help: "Write a table as CSV; intervals have columns of their own",
    render,
};

fn render(sheet: &Sheet) -> String {
    let columns = sheet.exact();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let rows = columns.first().map_or(0, |c| c.values.len());
    // Writing into memory does not fail.
    let _ = writer.write_record(columns.iter().map(|c| c.name.as_str()));
    for row in 0..rows {
        let fields = columns.iter().map(|c| c.values[row].as_deref());
        let _ = writer.write_record(fields.map(Option::unwrap_or_default));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
