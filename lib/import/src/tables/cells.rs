//! A table of rows and columns, whatever file it stands in: what a cell holds,
//! and the checks that turn it into a number, a text or an index.
//!
//! An empty cell is unknown. A number must be finite and in its field's range;
//! a score may also be a word (`scores.rs`). Every refusal has the cell's place.

use crate::tables::fields::{FIELDS, SCORE};
use crate::tables::scores::{Reading, Scores};
use crate::tables::shape::{decoded, resolve, unescaped};
use rb_record::error::{excerpt, Error, Place, Result};
use std::borrow::Cow;
use std::sync::Arc;

/// What stands in one cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Nothing: unknown.
    Missing,
    /// Text, not empty.
    Text(Cow<'a, str>),
    /// A number, finite or not.
    Number(f64),
    /// A truth value.
    Bool(bool),
    /// A list of texts, as Parquet can hold.
    Texts(Vec<&'a str>),
}

/// What every table has.
#[derive(Debug)]
pub struct Head {
    /// The file's name for errors.
    pub source: Arc<str>,
    /// The columns' names, in the file's order; a member of a column that is
    /// itself an object by its JSON pointer, after all others.
    pub columns: Vec<String>,
    /// By column beyond the table's own: the column whose cells hold JSON, and the
    /// pointer into that.
    pointers: Vec<(usize, String)>,
    /// The columns that will be asked for, by number.
    pub wanted: Vec<usize>,
    /// How many rows were gone to.
    pub rows: u64,
}

impl Head {
    /// How many columns the table has of its own.
    pub(crate) fn own(&self) -> usize {
        self.columns.len() - self.pointers.len()
    }

    /// The head of a table of which all columns may be asked for.
    pub fn new(source: Arc<str>, columns: Vec<String>) -> Head {
        Head {
            source,
            wanted: (0..columns.len()).collect(),
            pointers: Vec::new(),
            columns,
            rows: 0,
        }
    }
}

/// Rows read one after another.
pub trait Table {
    /// What every table has.
    fn head(&self) -> &Head;
    /// The same, to be changed.
    fn head_mut(&mut self) -> &mut Head;
    /// Goes to the next row; false at the end.
    fn advance(&mut self) -> Result<bool>;
    /// The present row's cell in one of the table's own columns. Errors: a cell
    /// that is no text, with its place.
    fn own_cell(&self, column: usize) -> Result<Cell<'_>>;
    /// Where that cell stands; before the first row, where its header stands.
    fn own_place(&self, column: usize) -> Place;
    /// What a number of the column is in seconds, where the file says so.
    fn seconds(&self, _column: usize) -> Option<f64> {
        None
    }
}

impl dyn Table + '_ {
    /// The file's name for errors.
    pub fn source(&self) -> &Arc<str> {
        &self.head().source
    }

    /// The columns' names, in the file's order.
    pub fn columns(&self) -> &[String] {
        &self.head().columns
    }

    /// The number of the row gone to, from 0.
    pub fn row(&self) -> u64 {
        self.head().rows.saturating_sub(1)
    }

    /// The pointer that a column beyond the table's own is, and the column it
    /// points into.
    fn pointer(&self, column: usize) -> Option<&(usize, String)> {
        let head = self.head();
        head.pointers.get(column.checked_sub(head.own())?)
    }

    /// Adds a column for a JSON pointer that is none of the table's, if it leads
    /// into one: `/scores/helpful/0` into the JSON that the cells of `scores`
    /// hold.
    pub fn point(&mut self, name: &str) {
        let path = name.strip_prefix('/').and_then(|path| path.split_once('/'));
        let (Some((first, rest)), None) = (path, self.find(name)) else {
            return;
        };
        let first = unescaped(first);
        if let Some(column) = self.columns().iter().position(|c| *c == first) {
            let head = self.head_mut();
            head.pointers.push((column, format!("/{rest}")));
            head.columns.push(name.to_string());
        }
    }

    /// The present row's cell. Errors: a cell that is no text, with its place.
    pub fn cell(&self, column: usize) -> Result<Cell<'_>> {
        let Some((column, path)) = self.pointer(column) else {
            return self.own_cell(column);
        };
        let Cell::Text(text) = self.own_cell(*column)? else {
            return Ok(Cell::Missing);
        };
        if !text.trim_start().starts_with(['{', '[']) {
            return Err(self.error(
                *column,
                format!(
                    "the cell is {}, expected JSON for {path:?} to point into",
                    excerpt(&text)
                ),
            ));
        }
        Ok(match resolve(text.trim(), path) {
            None | Some("null") => Cell::Missing,
            Some("true") => Cell::Bool(true),
            Some("false") => Cell::Bool(false),
            Some(raw) => match decoded(raw) {
                Some(text) if text.is_empty() => Cell::Missing,
                Some(text) => Cell::Text(Cow::Owned(text.into_owned())),
                None => Cell::Text(Cow::Owned(raw.to_string())),
            },
        })
    }

    /// Where the cell stands; before the first row, where its header stands.
    pub fn place(&self, column: usize) -> Place {
        let column = self.pointer(column).map_or(column, |(column, _)| *column);
        self.own_place(column)
    }

    /// Promises that no other column will be asked for.
    pub fn read_only(&mut self, columns: Vec<usize>) {
        let own = |c: usize| self.pointer(c).map_or(c, |(column, _)| *column);
        let mut columns: Vec<usize> = columns.into_iter().map(own).collect();
        columns.sort_unstable();
        columns.dedup();
        self.head_mut().wanted = columns;
    }

    /// The column of that very name.
    pub fn find(&self, name: &str) -> Option<usize> {
        let of = |name: &str| self.columns().iter().position(|c| c == name);
        // Of JSON also by its pointer.
        of(name).or_else(|| name.strip_prefix('/').and_then(of))
    }

    /// An error at the cell of the present row.
    pub fn error(&self, column: usize, message: impl std::fmt::Display) -> Error {
        Error::input(message.to_string()).at(self.place(column))
    }

    /// The cell as text; None if it is empty.
    pub fn text(&self, column: usize) -> Result<Option<Cow<'_, str>>> {
        Ok(match self.cell(column)? {
            Cell::Missing => None,
            Cell::Text(text) => Some(text),
            Cell::Number(v) => Some(Cow::Owned(full(v))),
            Cell::Bool(b) => Some(Cow::Owned(b.to_string())),
            Cell::Texts(all) => Some(Cow::Owned(all.join("\n"))),
        })
    }

    /// The cell as the field numbered `field` of [`FIELDS`] of `model`; None: it is
    /// unknown. Errors: it is no such number, with its place and the remedy.
    pub fn number(
        &self,
        column: usize,
        field: usize,
        model: &str,
        scores: &Scores,
    ) -> Result<Option<f64>> {
        let is_score = field == SCORE;
        let (read, found) = match self.cell(column)? {
            Cell::Missing => return Ok(None),
            Cell::Number(v) if v.is_nan() => return Ok(None),
            Cell::Number(v) => (Reading::Value(v), None),
            Cell::Bool(b) if is_score => (Reading::Value(scores.end(b)), None),
            Cell::Bool(_) => (Reading::Other, Some(Cow::Borrowed("a truth value"))),
            Cell::Texts(_) => (Reading::Other, Some(Cow::Borrowed("a list"))),
            Cell::Text(text) => {
                let trimmed = text.trim();
                (
                    scores.read(field, trimmed),
                    Some(Cow::Owned(trimmed.to_string())),
                )
            }
        };
        let value = match read {
            Reading::Unknown => return Ok(None),
            Reading::Value(v) => scores.in_range(field, v).ok_or(Some(v)),
            Reading::Other => Err(None),
        };
        value.map(Some).map_err(|value| {
            let found = found.unwrap_or_else(|| Cow::Owned(full(value.unwrap_or_default())));
            self.error(column, refusal(field, &found, model, scores))
        })
    }

    /// The cell as a place in a source file, if it is a whole number.
    pub fn whole(&self, column: usize) -> Result<Option<u64>> {
        Ok(match self.cell(column)? {
            Cell::Number(v) if v >= 0.0 && v.fract() == 0.0 && v < 9e15 => Some(v as u64),
            Cell::Text(text) => text.trim().parse().ok(),
            _ => None,
        })
    }

    /// The header's columns as a list for an error.
    pub fn header(&self) -> String {
        let names: Vec<&str> = self.columns().iter().map(String::as_str).collect();
        listed(&names)
    }
}

/// Names for an error: the first ones, quoted.
pub fn listed(names: &[&str]) -> String {
    const MOST: usize = 20;
    let mut all: Vec<String> = names.iter().take(MOST).map(|n| format!("{n:?}")).collect();
    if names.len() > MOST {
        all.push(format!("… ({} in all)", names.len()));
    }
    all.join(", ")
}

/// A number as text: whole numbers without a point, others with as many digits
/// as give the same number back.
pub fn full(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 9e15 && !(value == 0.0 && value.is_sign_negative()) {
        return (value as i64).to_string();
    }
    serde_json::to_string(&value)
        .ok()
        .filter(|text| text != "null")
        .unwrap_or_else(|| value.to_string())
}

/// The words that refuse a value.
pub(crate) fn refusal(field: usize, found: &str, model: &str, scores: &Scores) -> String {
    let range = scores.range;
    let (name, _, _, words) = FIELDS[field];
    let number = found.parse::<f64>();
    let expected = match (name, range) {
        ("score", Some((from, to))) => {
            format!("{}..{} as --score-range says", full(from), full(to))
        }
        _ => words.to_string(),
    };
    let remedy = match (name, number) {
        _ if found.parse::<f64>().is_err() && found.replace(',', ".").parse::<f64>().is_ok() => {
            "write the decimals after a point, not a comma"
        }
        ("score", _) if found.starts_with('[') => "a list is no score; a JSON pointer names one element of it (--col-score /COLUMN/0)",
        ("score", Err(_)) => "--score-map WORD=SCORE,… says what words mean; leave it empty (JSON: null) where it is unknown",
        (_, Err(_)) => "leave it empty (JSON: null) where it is unknown",
        (_, Ok(v)) if !v.is_finite() => "leave it empty (JSON: null) where it is unknown",
        ("score", Ok(v)) if range.is_none() && (-0.1..=1.1).contains(&v) && !scores.clamp => {
            "--clamp brings a score that is slightly out to the end of the range, --score-range LO:HI rescales other ranges to 0..1"
        }
        ("score", Ok(_)) if range.is_none() => "--score-range LO:HI rescales other ranges to 0..1",
        ("score", _) => "widen --score-range, or correct the score",
        _ => "correct it, or leave it empty (JSON: null) where it is unknown",
    };
    format!(
        "{name} is {}, expected {expected} (model {model:?}); {remedy}",
        excerpt(found)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_their_text() {
        for v in [0.0, -0.0, 1.0, 0.1 + 0.2, 1e-300, 1e22, 5e-324, 215.0] {
            let back: f64 = full(v).parse().unwrap();
            assert_eq!(back.to_bits(), v.to_bits(), "{}", full(v));
        }
        assert_eq!(full(215.0), "215");
        assert_eq!(full(f64::NAN), "NaN");
    }
}
