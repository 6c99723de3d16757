//! Lines held back until they can be passed on: in memory up to a limit, from
//! there on in a temporary file.
//!
//! A line costs its bytes and 20 more.

use crate::temporary::{self, fault};
use rb_record::error::Result;
use rb_record::interner::Sources;
use rb_record::stream::Line;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::sync::Arc;

/// Bytes of memory taken at a time.
const BLOCK: usize = 1 << 20;
/// Length, number and source of a line.
const HEAD: usize = 20;

/// Lines in the order in which they came.
#[derive(Debug)]
pub struct Spool {
    limit: usize,
    held: usize,
    blocks: Vec<Vec<u8>>,
    file: Option<BufWriter<File>>,
    sources: Sources,
    lines: usize,
}

impl Spool {
    /// Holds at most about `limit` bytes in memory.
    pub fn new(limit: usize) -> Spool {
        Spool {
            limit,
            held: 0,
            blocks: Vec::new(),
            file: None,
            sources: Sources::default(),
            lines: 0,
        }
    }

    /// How many lines are held.
    pub fn len(&self) -> usize {
        self.lines
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// Takes the next line. Errors: a temporary file cannot be written.
    pub fn push(&mut self, line: &Line) -> Result<()> {
        let source = self.sources.number(line.source());
        let mut head = [0; HEAD];
        head[..8].copy_from_slice(&(line.bytes().len() as u64).to_le_bytes());
        head[8..16].copy_from_slice(&line.number().to_le_bytes());
        head[16..].copy_from_slice(&source.to_le_bytes());
        self.lines += 1;
        let size = HEAD + line.bytes().len();
        if self.file.is_none() && self.held + size > self.limit {
            self.file = Some(BufWriter::with_capacity(BLOCK, temporary::file()?));
        }
        if let Some(file) = &mut self.file {
            return (file.write_all(&head))
                .and_then(|()| file.write_all(line.bytes()))
                .map_err(|e| fault("write", &e));
        }
        self.held += size;
        let fits = |b: &Vec<u8>| b.capacity() - b.len() >= size;
        if !self.blocks.last().is_some_and(fits) {
            self.blocks.push(Vec::with_capacity(size.max(BLOCK)));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.extend_from_slice(&head);
            block.extend_from_slice(line.bytes());
        }
        Ok(())
    }

    /// Hands the lines out again; memory is given back on the way.
    pub fn read(self) -> Result<Lines> {
        let file = match self.file {
            None => None,
            Some(writer) => {
                let mut file = writer.into_inner().map_err(|e| fault("write", e.error()))?;
                file.rewind().map_err(|e| fault("read", &e))?;
                Some(BufReader::with_capacity(BLOCK, file))
            }
        };
        Ok(Lines {
            blocks: self.blocks.into_iter(),
            block: Vec::new(),
            at: 0,
            file,
            sources: self.sources.names,
            left: self.lines,
        })
    }
}

/// The lines of a spool, in order.
#[derive(Debug)]
pub struct Lines {
    blocks: std::vec::IntoIter<Vec<u8>>,
    block: Vec<u8>,
    at: usize,
    file: Option<BufReader<File>>,
    sources: Vec<Arc<str>>,
    left: usize,
}

impl Lines {
    /// The next line; None: that was all.
    pub fn next_line(&mut self) -> Result<Option<Line>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let head = self.take(HEAD)?;
        let word = |from: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&head[from..from + 8]);
            u64::from_le_bytes(bytes)
        };
        let source = u32::from_le_bytes([head[16], head[17], head[18], head[19]]);
        let bytes = self.take(word(0) as usize)?;
        let source = self.sources[source as usize].clone();
        Ok(Some(Line::new(bytes, source, word(8))))
    }

    /// Up to `most` lines, fewer where they come to `bytes` before. Empty: that
    /// was all.
    pub fn next_lines(&mut self, most: usize, bytes: usize) -> Result<Vec<Line>> {
        let mut lines = Vec::with_capacity(most.min(self.left));
        let mut held = 0;
        while lines.len() < most && held < bytes {
            match self.next_line()? {
                Some(line) => {
                    held += line.bytes().len();
                    lines.push(line);
                }
                None => break,
            }
        }
        Ok(lines)
    }

    fn take(&mut self, n: usize) -> Result<Vec<u8>> {
        while self.at == self.block.len() {
            match self.blocks.next() {
                Some(block) => (self.block, self.at) = (block, 0),
                None => {
                    let mut bytes = vec![0; n];
                    let Some(file) = &mut self.file else {
                        return Ok(bytes);
                    };
                    return (file.read_exact(&mut bytes))
                        .map(|()| bytes)
                        .map_err(|e| fault("read", &e));
                }
            }
        }
        self.at += n;
        Ok(self.block[self.at - n..self.at].to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_as_they_went_in_wherever_they_were_held() {
        let line = |i: u64| {
            let source: Arc<str> = ["a", "b", "b"][i as usize % 3].into();
            let bytes = match i {
                7 => vec![b'x'; 3 * BLOCK],
                8 => Vec::new(),
                _ => format!("{i} \u{e9}").repeat(i as usize * 50).into_bytes(),
            };
            Line::new(bytes, source, i)
        };
        for limit in [0, 1, 40, 20_000, 4 * BLOCK, usize::MAX] {
            let mut spool = Spool::new(limit);
            (1..200).for_each(|i| spool.push(&line(i)).unwrap());
            assert_eq!(spool.len(), 199);
            assert_eq!(spool.file.is_some(), limit < usize::MAX);
            assert!(spool.held <= limit);
            let mut lines = spool.read().unwrap();
            // Line 7 alone is more than the bytes asked for.
            let some = lines.next_lines(100, 2 * BLOCK).unwrap();
            assert_eq!(some.len(), 7);
            assert_eq!(some[6].bytes(), line(7).bytes());
            for i in 8..200 {
                let (got, want) = (lines.next_line().unwrap().unwrap(), line(i));
                assert_eq!(got.bytes(), want.bytes(), "{limit} {i}");
                assert_eq!((got.source(), got.number()), (want.source(), i));
            }
            assert!(lines.next_line().unwrap().is_none());
        }
    }
}
