//! Columns of text under one another, numbers by their decimal points.

use crate::table::columns::{Column, Row};
use crate::table::fit::{self, Shown, Step};
use crate::text::{self, UNKNOWN};

/// Rows under a title.
pub(crate) struct Section<'a> {
    /// Left above the rows.
    pub(crate) title: &'a str,
    /// The rows, in their order.
    pub(crate) rows: &'a [Row<'a>],
    /// How many more there are that are not shown.
    pub(crate) more: usize,
}

/// A column's cells, the decimal points under one another.
struct Filled {
    heading: [&'static str; 2],
    cells: Vec<Option<String>>,
    /// Columns before the decimal point, and from it on.
    whole: usize,
    rest: usize,
    counts: bool,
}

impl Filled {
    fn new(column: &Column, rows: &[&Row], shown: Shown) -> Option<Filled> {
        let cell = |r: &&Row| {
            let cell = (column.cell)(r)?;
            Some(match shown {
                Shown::Short => fit::short(cell),
                _ => cell,
            })
        };
        let cells: Vec<Option<String>> = match shown {
            Shown::Not => return None,
            _ => rows.iter().map(cell).collect(),
        };
        let parts = || {
            cells
                .iter()
                .flatten()
                .map(|c| c.split_at(c.find('.').unwrap_or(c.len())))
        };
        let whole = parts().map(|p| text::width(p.0)).max()?;
        let rest = parts().map(|p| text::width(p.1)).max()?;
        Some(Filled {
            heading: column.heading,
            cells,
            whole,
            rest,
            counts: column.counts,
        })
    }

    fn width(&self) -> usize {
        let heading = self.heading.iter().map(|h| text::width(h)).max();
        heading.unwrap_or(0).max(self.whole + self.rest)
    }

    /// A gap is marked where other rows of the section fill the column;
    /// elsewhere a blank says that the column is not for them.
    fn cell(&self, row: usize, section: std::ops::Range<usize>) -> String {
        let cell = match &self.cells[row] {
            Some(cell) => cell.as_str(),
            None if self.counts => "",
            None if self.cells[section].iter().any(Option::is_some) => UNKNOWN,
            None => "",
        };
        let (whole, rest) = cell.split_at(cell.find('.').unwrap_or(cell.len()));
        let cell = text::right(whole, self.whole) + &text::left(rest, self.rest);
        text::right(&cell, self.width())
    }
}

/// The sections under common headings, within `room` by as few of `steps` as need be,
/// and what these took. No column filled: nothing at all.
pub(crate) fn lay(
    sections: &[Section],
    (columns, steps): (&[Column], &[Step]),
    indent: usize,
    room: Option<usize>,
) -> (String, Vec<&'static str>) {
    let rows: Vec<&Row> = sections.iter().flat_map(|s| s.rows).collect();
    let mut taken = 0;
    loop {
        let text = lay_with(sections, columns, &steps[..taken], indent);
        let widest = text.lines().map(text::width).max().unwrap_or(0);
        if room.is_none_or(|room| widest <= room) || taken == steps.len() {
            return (text, fit::missed(&steps[..taken], columns, &rows));
        }
        taken += 1;
    }
}

fn lay_with(sections: &[Section], columns: &[Column], steps: &[Step], indent: usize) -> String {
    let rows: Vec<&Row> = sections.iter().flat_map(|s| s.rows).collect();
    let filled: Vec<Filled> = columns
        .iter()
        .filter_map(|c| Filled::new(c, &rows, fit::shown(c, steps)))
        .collect();
    if filled.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    let mut line = |start: &str, cells: &dyn Fn(&Filled) -> String| {
        let mut text = text::left(start, indent + 2);
        for column in &filled {
            text.push_str("  ");
            text.push_str(&cells(column));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    };
    for i in 0..2 {
        if i > 0 || filled.iter().any(|f| !f.heading[i].is_empty()) {
            let start = if sections.len() == 1 && i == 1 {
                sections[0].title
            } else {
                ""
            };
            line(start, &|f| text::right(f.heading[i], f.width()));
        }
    }
    let mut at = 0;
    for section in sections {
        if sections.len() > 1 && !section.rows.is_empty() {
            line(section.title, &|_| String::new());
        }
        let places = at..at + section.rows.len();
        for row in section.rows {
            line(&format!("  {}", row.label), &|f| f.cell(at, places.clone()));
            at += 1;
        }
        if section.more > 0 {
            let more = format!("  … {} more", text::count(section.more as f64));
            line(&more, &|_| String::new());
        }
    }
    out
}
