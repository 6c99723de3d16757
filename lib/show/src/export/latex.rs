//! A LaTeX tabular with the rules of booktabs.

use crate::export::format::Format;
use crate::export::sheet::{Sheet, Shown};

/// `--latex`.
pub const FORMAT: Format = Format {
    name: "latex",
    help: "Write a table as a LaTeX tabular (needs the package booktabs), figures as in --markdown",
    render,
};

fn render(sheet: &Sheet) -> String {
    let columns = sheet.shown();
    let rows = columns.first().map_or(0, |c| c.cells.len());
    let starts = sheet.starts();
    let line = |cell: &dyn Fn(&Shown) -> String| {
        let cells: Vec<String> = columns.iter().map(cell).collect();
        let cells = cells.join(" & ");
        // After the end of a row [ and * would be read as its options.
        let guard = if cells.starts_with(['[', '*']) {
            "{}"
        } else {
            ""
        };
        format!("{guard}{cells} \\\\\n")
    };
    let places: String = columns
        .iter()
        .map(|c| if c.is_number { 'r' } else { 'l' })
        .collect();
    let mut out =
        format!("% \\usepackage{{booktabs}}\n\\begin{{tabular}}{{{places}}}\n\\toprule\n");
    out += &line(&|c| escaped(&c.heading));
    out += "\\midrule\n";
    for row in 0..rows {
        if starts.contains(&row) {
            out += "\\midrule\n";
        }
        out += &line(&|c| {
            if c.is_number {
                number(&c.cells[row])
            } else {
                escaped(&c.cells[row])
            }
        });
    }
    out + "\\bottomrule\n\\end{tabular}\n"
}

/// A figure: its signs are those of mathematics.
fn number(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '-' | '+' | '<' => out.extend(['$', c, '$']),
            '%' => out.push_str("\\%"),
            c => out.push(c),
        }
    }
    out
}

/// `text` without meaning for LaTeX.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
            '"' => out.push_str("\\textquotedbl{}"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}
