//! CSV as a [`Table`]: comma, semicolon or tab, whichever the header has;
//! quoted cells may hold line breaks. The bytes of the row being read are kept,
//! so that an error can say at which line and column a cell begins.

use crate::tables::cells::{Cell, Head, Table};
use rb_record::error::{excerpt, Error, Place, Result};
use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, Read};
use std::sync::Arc;

/// Passes bytes on and remembers those of the present row.
struct Window {
    inner: Box<dyn Read + Send>,
    kept: Vec<u8>,
    /// Where `kept` begins in the file.
    from: u64,
}

impl Read for Window {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        self.kept.extend_from_slice(&out[..n]);
        Ok(n)
    }
}

pub(crate) struct CsvTable {
    head: Head,
    reader: csv::Reader<Window>,
    delimiter: u8,
    record: csv::ByteRecord,
    /// The line the present row begins at, and the byte.
    line: u64,
    byte: u64,
}

/// The cells' separator: the first of comma, semicolon and tab that the header
/// line has outside quotes.
pub(crate) fn delimiter(head: &[u8]) -> u8 {
    let mut quoted = false;
    let mut seen = [false; 3];
    for &b in head {
        match b {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            b',' => seen[0] = true,
            b';' => seen[1] = true,
            b'\t' => seen[2] = true,
            _ => {}
        }
    }
    match seen {
        [true, ..] => b',',
        [_, true, _] => b';',
        [_, _, true] => b'\t',
        _ => b',',
    }
}

impl CsvTable {
    /// Reads the header.
    pub(crate) fn open(
        inner: Box<dyn Read + Send>,
        source: Arc<str>,
        delimiter: u8,
    ) -> Result<CsvTable> {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(1 << 17)
            .from_reader(Window {
                inner,
                kept: Vec::new(),
                from: 0,
            });
        let mut table = CsvTable {
            head: Head::new(source, Vec::new()),
            reader,
            delimiter,
            record: csv::ByteRecord::new(),
            line: 1,
            byte: 0,
        };
        if table.step()? {
            for (i, name) in table.record.iter().enumerate() {
                let name = std::str::from_utf8(name).map_err(|_| table.not_utf8(i))?;
                table.head.columns.push(name.trim().to_string());
            }
        }
        // A header may be as long as the file: no name is compared with all others.
        let mut seen = HashSet::with_capacity(table.head.columns.len());
        for (i, name) in table.head.columns.iter().enumerate() {
            if !name.is_empty() && !seen.insert(name.as_str()) {
                return Err(Error::input(format!(
                    "the column {:?} stands twice in the header; rename or remove one",
                    excerpt(name)
                ))
                .at(table.own_place(i)));
            }
        }
        Ok(table)
    }

    fn step(&mut self) -> Result<bool> {
        let more = self.reader.read_byte_record(&mut self.record);
        let more = more.map_err(|e| match e.into_kind() {
            csv::ErrorKind::Io(e) => Error::io(
                format_args!("cannot read {} after line {}", self.head.source, self.line),
                &e,
            ),
            kind => Error::input(format!("the CSV cannot be read: {kind:?}")),
        })?;
        let Some(position) = self.record.position().filter(|_| more) else {
            return Ok(false);
        };
        // The position is where the last row ended: line ends and blank lines
        // may come first, and at the very start a byte order mark.
        let (mut byte, mut line) = (position.byte(), position.line());
        let window = self.reader.get_mut();
        let before = (byte.saturating_sub(window.from) as usize).min(window.kept.len());
        let mut skip = 0;
        let row = &window.kept[before..];
        if byte == 0 && row.starts_with(b"\xef\xbb\xbf") {
            skip = 3;
        }
        while let Some(b @ (b'\n' | b'\r')) = row.get(skip) {
            line += (*b == b'\n') as u64;
            skip += 1;
        }
        byte += skip as u64;
        if before > 1 << 20 {
            window.kept.drain(..before);
            window.from += before as u64;
        }
        (self.byte, self.line) = (byte, line);
        Ok(true)
    }

    fn not_utf8(&self, column: usize) -> Error {
        Error::input("the cell is not UTF-8; convert the file, for example with iconv -t UTF-8")
            .at(self.own_place(column))
    }
}

impl Table for CsvTable {
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
        self.head.rows += 1;
        if self.record.len() != self.head.own() {
            let column = self.record.len().min(self.head.own()).saturating_sub(1);
            return Err(Error::input(format!(
                "the row that begins at line {} has {} cells, the header has {}; quote cells that hold a separator, a quote or a line break, and close every quote",
                self.line,
                self.record.len(),
                self.head.own()
            ))
            .at(self.own_place(column)));
        }
        Ok(true)
    }

    fn own_cell(&self, column: usize) -> Result<Cell<'_>> {
        let bytes = self.record.get(column).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(Cell::Missing);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Cell::Text(Cow::Borrowed(text))),
            Err(_) => Err(self.not_utf8(column)),
        }
    }

    fn own_place(&self, column: usize) -> Place {
        let window = self.reader.get_ref();
        let from = (self.byte.saturating_sub(window.from) as usize).min(window.kept.len());
        let (lines, column) = locate(&window.kept[from..], self.delimiter, column);
        Place {
            source: self.head.source.clone(),
            line: self.line + lines,
            column,
        }
    }
}

/// Where the cell numbered `cell` begins in `row`: lines below the row's
/// beginning, and the byte column in its line, from 1.
fn locate(row: &[u8], delimiter: u8, cell: usize) -> (u64, u64) {
    let (mut lines, mut column, mut cells) = (0, 1, 0);
    let (mut quoted, mut start, mut opened) = (false, true, false);
    for &b in row {
        if cells == cell {
            break;
        }
        column += 1;
        if start {
            opened = b == b'"';
            start = false;
            quoted = opened;
        } else if opened && b == b'"' {
            quoted = !quoted;
        }
        if b == b'\n' {
            lines += 1;
            column = 1;
        }
        if b == delimiter && !quoted {
            cells += 1;
            start = true;
        }
    }
    (lines, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<CsvTable> {
        let bytes = text.as_bytes().to_vec();
        CsvTable::open(
            Box::new(io::Cursor::new(bytes)),
            "t.csv".into(),
            delimiter(text.as_bytes()),
        )
    }

    fn at(table: &CsvTable, column: usize) -> String {
        table.own_place(column).to_string()
    }

    #[test]
    fn a_cell_is_found_after_line_breaks_in_quotes() {
        let mut t = table("a,b,c\n1,\"x\ny \"\"z\"\",\n\",3\n\n\n4,5\" tall,6\n").unwrap();
        assert!(t.advance().unwrap());
        assert_eq!(at(&t, 0), "t.csv:2:1");
        assert_eq!(at(&t, 1), "t.csv:2:3");
        assert_eq!(at(&t, 2), "t.csv:4:3");
        assert!(t.advance().unwrap());
        assert_eq!(at(&t, 2), "t.csv:7:11");
        assert_eq!(t.head.rows, 2);
        assert!(!t.advance().unwrap());
    }

    #[test]
    fn crlf_and_a_byte_order_mark_shift_nothing() {
        let mut t = table("\u{feff}a,b\r\n1,2\r\n\r\n3,4\r\n").unwrap();
        assert_eq!(t.head.columns, ["a", "b"]);
        assert!(t.advance().unwrap());
        assert_eq!(at(&t, 1), "t.csv:2:3");
        assert!(t.advance().unwrap());
        assert_eq!(at(&t, 1), "t.csv:4:3");
        assert_eq!(t.own_cell(1).unwrap(), Cell::Text("4".into()));
    }

    #[test]
    fn places_hold_when_the_window_moves_on() {
        let mut text = String::from("a,b\n");
        for i in 0..60_000 {
            text.push_str(&format!("{i},\"{}\n\"\n", "x".repeat(40)));
        }
        let mut t = table(&text).unwrap();
        for i in 0..60_000u64 {
            assert!(t.advance().unwrap());
            assert_eq!(t.own_place(1).line, 2 + 2 * i);
            assert_eq!(t.own_cell(0).unwrap(), Cell::Text(i.to_string().into()));
        }
        assert!(
            t.reader.get_ref().kept.len() < 3 << 20,
            "the window shrinks"
        );
    }

    #[test]
    fn a_ragged_row_and_a_doubled_column_are_refused() {
        let mut t = table("a;b\n1;2;3\n4;5\n").unwrap();
        let e = t.advance().unwrap_err().to_string();
        assert!(e.contains("has 3 cells, the header has 2"), "{e}");
        assert!(t.advance().unwrap(), "the next row is read all the same");
        assert!(table("a,b,a\n").is_err());
        assert!(table(",b,\n").is_ok(), "unnamed columns may repeat");
    }
}
