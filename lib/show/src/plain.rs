//! A small table: headings over columns of text, the first two columns at the left,
//! all others at the right.

use crate::text::{left, right, width};

/// The rows, each of as many cells as there are headings, a line each; columns
/// without any cell filled are left out.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let cell = |row: &Vec<String>, c: usize| row.get(c).cloned().unwrap_or_default();
    let filled = |c: &usize| rows.iter().any(|row| !cell(row, *c).is_empty());
    let columns: Vec<(usize, usize)> = (0..headings.len())
        .filter(filled)
        .map(|c| {
            let cells = rows.iter().map(|row| width(&cell(row, c)));
            (c, cells.max().unwrap_or(0).max(width(headings[c])))
        })
        .collect();
    let line = |cells: &dyn Fn(usize) -> String| {
        let padded: Vec<String> = (columns.iter())
            .map(|&(c, wide)| match c {
                0 | 1 => left(&cells(c), wide),
                _ => right(&cells(c), wide),
            })
            .collect();
        format!("  {}\n", padded.join("  ").trim_end())
    };
    let head = line(&|c| headings[c].to_string());
    let body = rows.iter().map(|row| line(&|c| cell(row, c)));
    std::iter::once(head).chain(body).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_stand_under_their_headings_and_empty_ones_are_left_out() {
        let rows = [["a", "x", "", "1.5"], ["bb", "y", "", "12.5"]];
        let rows: Vec<Vec<String>> = rows.map(|r| r.map(String::from).into()).into();
        let text = super::table(&["n", "name", "none", "value"], &rows);
        assert_eq!(
            text,
            "  n   name  value\n  a   x       1.5\n  bb  y      12.5\n"
        );
    }
}
