//! JSON objects as a [`Table`]: one a line, or the elements of an array. The
//! columns are the members that the first objects have, those of objects within
//! by their JSON pointers. A number is taken as its text, so that ids keep every
//! digit; an array or object is its JSON.

use crate::tables::cells::{Cell, Head, Table};
use crate::tables::doc::{not_a_number, Doc};
use crate::tables::shape::{self, decoded, Keys};
use rb_record::error::{Error, Place, Result};
use rb_record::json;
use rb_record::stream::Input;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Where rows come from.
enum Rows {
    Lines(Input),
    /// The elements of the array in `text`, the next of which is the last.
    Elements(Vec<Range<usize>>),
}

pub(crate) struct JsonTable {
    head: Head,
    rows: Rows,
    /// The line, or the whole array.
    text: String,
    row: Range<usize>,
    /// The line that the row begins in, and where that begins in `text`.
    line: u64,
    line_start: usize,
    /// By column, where its value stands in `text`.
    cells: Vec<Option<Range<usize>>>,
}

impl JsonTable {
    fn new(source: Arc<str>, keys: &Keys, rows: Rows, text: String) -> JsonTable {
        let mut columns: Vec<String> = Vec::new();
        // Members of the objects themselves first, and each once.
        for inner in [false, true] {
            for (key, _) in keys.iter().filter(|(k, _)| k.starts_with('/') == inner) {
                if !columns.contains(key) {
                    columns.push(key.clone());
                }
            }
        }
        JsonTable {
            cells: vec![None; columns.len()],
            head: Head::new(source, columns),
            rows,
            text,
            row: 0..0,
            line: 1,
            line_start: 0,
        }
    }

    pub(crate) fn of_lines(source: Arc<str>, keys: &Keys, lines: Input) -> JsonTable {
        JsonTable::new(source, keys, Rows::Lines(lines), String::new())
    }

    /// Errors: the array is broken, with the place.
    pub(crate) fn of_array(source: Arc<str>, keys: &Keys, text: String) -> Result<JsonTable> {
        let doc = Doc::whole(&text, &source);
        let elements = doc.elements(&text, "an array of rows")?;
        let range = |part: &&str| {
            let from = json::offset_in(&text, part);
            from..from + part.len()
        };
        let mut elements: Vec<Range<usize>> = elements.iter().map(range).collect();
        elements.reverse();
        Ok(JsonTable::new(source, keys, Rows::Elements(elements), text))
    }

    fn place_at(&self, offset: usize) -> Place {
        let before = &self.text.as_bytes()[self.row.start.min(offset)..offset];
        let start = memchr::memrchr(b'\n', before);
        Place {
            source: self.head.source.clone(),
            line: self.line + memchr::memchr_iter(b'\n', before).count() as u64,
            column: match start {
                Some(at) => before.len() - at,
                None => offset - self.line_start + 1,
            } as u64,
        }
    }

    /// Goes to the next row's text; false at the end.
    fn step(&mut self) -> Result<bool> {
        match &mut self.rows {
            Rows::Lines(lines) => {
                let Some(line) = lines.next_line()? else {
                    return Ok(false);
                };
                (self.line, self.line_start) = (line.number(), 0);
                self.cells.fill(None);
                self.row = 0..0;
                self.text = match std::str::from_utf8(line.bytes()) {
                    Ok(text) => text.to_string(),
                    Err(e) => {
                        self.text.clear();
                        return Err(Error::input(
                            "the line is not UTF-8; convert the file, for example with iconv",
                        )
                        .at(line.place(e.valid_up_to())));
                    }
                };
                let end = self.text.trim_end().len();
                // A line of nothing but blanks is empty, and no row.
                let start = self.text.len() - self.text.trim_start().len();
                self.row = start.min(end)..end;
            }
            Rows::Elements(elements) => {
                let Some(row) = elements.pop() else {
                    return Ok(false);
                };
                let between = &self.text.as_bytes()[self.row.start..row.start];
                self.line += memchr::memchr_iter(b'\n', between).count() as u64;
                if let Some(at) = memchr::memrchr(b'\n', between) {
                    self.line_start = self.row.start + at + 1;
                }
                self.cells.fill(None);
                self.row = row;
            }
        }
        self.head.rows += 1;
        Ok(true)
    }

    fn parse(&mut self) -> Result<()> {
        let text = &self.text[self.row.clone()];
        let place = |offset: usize| self.place_at(self.row.start + offset);
        let members = json::members(text).map_err(|e| {
            let mut at = e.offset.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            Error::input(format!(
                "not the JSON object that is expected here, a row ({}){}; correct it, or write the file anew",
                e.message,
                not_a_number(&text[at..])
            ))
            .at(place(at))
        })?;
        if let Some(twice) = json::duplicate_key(&members) {
            return Err(Error::input(format!(
                "the key {:?} stands twice in one object; remove one of them",
                String::from_utf8_lossy(&twice.key)
            ))
            .at(place(json::offset_in(text, twice.value))));
        }
        for &column in &self.head.wanted {
            let name = &self.head.columns[column];
            let own = members.iter().find(|m| *m.key == *name.as_bytes());
            let found = own.map(|m| m.value).or_else(|| {
                name.starts_with('/')
                    .then(|| shape::resolve(text, name))
                    .flatten()
            });
            self.cells[column] = found.map(|value| {
                let from = self.row.start + json::offset_in(text, value);
                from..from + value.len()
            });
        }
        Ok(())
    }
}

impl Table for JsonTable {
    fn head(&self) -> &Head {
        &self.head
    }
    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    fn advance(&mut self) -> Result<bool> {
        if !self.step()? {
            return Ok(false);
        }
        self.parse()?;
        Ok(true)
    }

    fn own_cell(&self, column: usize) -> Result<Cell<'_>> {
        let Some(range) = self.cells.get(column).cloned().flatten() else {
            return Ok(Cell::Missing);
        };
        let raw = &self.text[range.clone()];
        Ok(match raw.as_bytes().first() {
            Some(b'n') => Cell::Missing,
            Some(b't') => Cell::Bool(true),
            Some(b'f') => Cell::Bool(false),
            Some(b'"') => match decoded(raw) {
                Some(text) if text.is_empty() => Cell::Missing,
                Some(text) => Cell::Text(text),
                None => {
                    return Err(Error::input(
                        "the text is not valid Unicode; correct it in the source",
                    )
                    .at(self.own_place(column)))
                }
            },
            _ => Cell::Text(Cow::Borrowed(raw)),
        })
    }

    fn own_place(&self, column: usize) -> Place {
        match self.cells.get(column).cloned().flatten() {
            Some(range) => self.place_at(range.start),
            None => self.place_at(self.row.start),
        }
    }
}
