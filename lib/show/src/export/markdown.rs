//! A table of GitHub's Markdown. Names are escaped so that they read as they
//! are written.

use crate::export::format::Format;
use crate::export::sheet::{Sheet, Shown};

/// `--markdown`.
pub const FORMAT: Format = Format {
    name: "markdown",
    help: "Write a table as Markdown: points of 100, USD per 1,000 queries, 95 % intervals",
    render,
};

fn render(sheet: &Sheet) -> String {
    let columns = sheet.shown();
    let rows = columns.first().map_or(0, |c| c.cells.len());
    let line = |cell: &dyn Fn(&Shown) -> String| {
        let cells: Vec<String> = columns.iter().map(cell).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut out = line(&|c| escaped(&c.heading));
    out += &line(&|c| if c.is_number { "---:" } else { "---" }.into());
    for row in 0..rows {
        out += &line(&|c| {
            if c.is_number {
                c.cells[row].replace('<', "&lt;")
            } else {
                escaped(&c.cells[row])
            }
        });
    }
    out
}

/// `text` without meaning for Markdown.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}
