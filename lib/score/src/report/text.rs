//! Lines that wait for their turn: the routers are scored side by side, their
//! lines come one router after the other. With a point at every change they are
//! many, and then wait in a temporary file.

use rb_record::error::Result;
use rb_store::pages::must;
use rb_store::temporary::{self, fault};
use std::fs::File;
use std::io::{Read, Seek, Write};

/// Bytes held in memory.
const HELD: usize = 1 << 20;

/// Whole lines.
#[derive(Debug, Default)]
pub(crate) struct Text {
    /// The last ones.
    held: String,
    file: Option<File>,
    /// The lengths of what is in the file, each of whole lines.
    lengths: Vec<usize>,
}

impl Text {
    /// Where the next lines are written; what is there already may go to a
    /// file first, so every call finds whole lines.
    pub(crate) fn next(&mut self) -> &mut String {
        if self.held.len() > HELD {
            must(self.file_away());
        }
        &mut self.held
    }

    fn file_away(&mut self) -> Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(temporary::file()?),
        };
        (file.write_all(self.held.as_bytes())).map_err(|e| fault("write", &e))?;
        self.lengths.push(self.held.len());
        self.held.clear();
        Ok(())
    }

    /// Hands all lines over, some at a time.
    pub(crate) fn pass(self, sink: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        if let Some(mut file) = self.file {
            file.rewind().map_err(|e| fault("read", &e))?;
            let mut bytes = Vec::new();
            for length in self.lengths {
                bytes.resize(length, 0);
                (file.read_exact(&mut bytes)).map_err(|e| fault("read", &e))?;
                sink(std::str::from_utf8(&bytes).map_err(|_| temporary::damaged())?)?;
            }
        }
        sink(&self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_whole_and_in_order_wherever_they_waited() {
        let line = |i: usize| format!("{i} \u{e9}\n").repeat(1 + i % 3);
        for n in [0, 5, 400_000] {
            let mut text = Text::default();
            (0..n).for_each(|i| text.next().push_str(&line(i)));
            assert_eq!(text.file.is_some(), n > 5);
            let (mut got, mut calls) = (String::new(), 0);
            let mut sink = |lines: &str| {
                assert!(lines.is_empty() || lines.ends_with('\n'));
                got.push_str(lines);
                calls += 1;
                Ok(())
            };
            text.pass(&mut sink).unwrap();
            assert_eq!(calls > 1, n > 5);
            assert_eq!(got, (0..n).map(line).collect::<String>());
        }
    }
}
