//! One flat JSON object a row: no member is an object, each is in every row and
//! of one type, or null.

use crate::export::format::Format;
use crate::export::sheet::{Exact, Sheet};
use rb_record::json;

/// `--rows`.
pub const FORMAT: Format = Format {
    name: "rows",
    help: "Write a table as flat JSON lines for a data frame: pandas.read_json(FILE, lines=True)",
    render,
};

fn render(sheet: &Sheet) -> String {
    let columns = sheet.exact();
    let rows = columns.first().map_or(0, |c| c.values.len());
    let member = |c: &Exact, row: usize| {
        let value = match &c.values[row] {
            None => "null".into(),
            Some(value) if c.is_number => value.clone(),
            Some(value) => json::quoted(value),
        };
        format!("{}:{value}", json::quoted(&c.name))
    };
    let line = |row: usize| {
        let members: Vec<String> = columns.iter().map(|c| member(c, row)).collect();
        format!("{{{}}}\n", members.join(","))
    };
    (0..rows).map(line).collect()
}
