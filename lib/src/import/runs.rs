//! Lines on disk in sorted runs, and the merge of the runs: by the order of
//! each query's first row, the order in which the queries are written.
//!
//! All runs stand one behind the other in one temporary file. The merge holds
//! one line and 64 KiB of each run.

use super::buckets::{damaged, fault, temporary};
use crate::error::Result;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};

const BUFFER: usize = 1 << 16;

pub(super) struct Runs {
    file: BufWriter<File>,
    /// Where each run ends.
    ends: Vec<u64>,
    at: u64,
}

impl Runs {
    pub fn new() -> Result<Runs> {
        Ok(Runs {
            file: BufWriter::with_capacity(BUFFER, temporary()?),
            ends: Vec::new(),
            at: 0,
        })
    }

    /// Adds a line to the present run; orders must rise within a run.
    pub fn put(&mut self, order: u64, line: &[u8]) -> Result<()> {
        let head = [order, line.len() as u64].map(u64::to_le_bytes).concat();
        let written = self.file.write_all(&head);
        written
            .and_then(|()| self.file.write_all(line))
            .map_err(|e| fault("write", &e))?;
        self.at += (head.len() + line.len()) as u64;
        Ok(())
    }

    /// Ends the present run; the next line begins another.
    pub fn end(&mut self) {
        if self.ends.last().copied().unwrap_or(0) < self.at {
            self.ends.push(self.at);
        }
    }

    /// Hands over the lines of all runs by their orders.
    pub fn merge(self, mut to: impl FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
        let file = self.file.into_inner();
        let mut file = file.map_err(|e| fault("write", e.error()))?;
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        let mut runs = Vec::with_capacity(self.ends.len());
        let mut heap = BinaryHeap::new();
        for (from, to) in starts.zip(&self.ends) {
            let mut run = Run::new(from, *to);
            if let Some(order) = run.next(&mut file)? {
                heap.push(Reverse((order, runs.len())));
            }
            runs.push(run);
        }
        while let Some(Reverse((order, at))) = heap.pop() {
            let run = &mut runs[at];
            to(order, &run.line)?;
            if let Some(order) = run.next(&mut file)? {
                heap.push(Reverse((order, at)));
            }
        }
        Ok(())
    }
}

/// One run being read.
struct Run {
    from: u64,
    to: u64,
    buffer: Vec<u8>,
    at: usize,
    line: Vec<u8>,
}

impl Run {
    fn new(from: u64, to: u64) -> Run {
        Run {
            from,
            to,
            buffer: Vec::new(),
            at: 0,
            line: Vec::new(),
        }
    }

    /// Puts the next line into `line`; its order, or None at the end.
    fn next(&mut self, file: &mut File) -> Result<Option<u64>> {
        if self.at == self.buffer.len() && self.from == self.to {
            return Ok(None);
        }
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        self.read(16, &mut line, file)?;
        let head = line.split_first_chunk::<8>();
        let Some((order, Ok(length))) = head.map(|(o, l)| (o, <[u8; 8]>::try_from(l))) else {
            return Err(damaged());
        };
        let (order, length) = (u64::from_le_bytes(*order), u64::from_le_bytes(length));
        line.clear();
        self.read(length as usize, &mut line, file)?;
        self.line = line;
        Ok(Some(order))
    }

    fn read(&mut self, mut length: usize, out: &mut Vec<u8>, file: &mut File) -> Result<()> {
        while length > 0 {
            if self.at == self.buffer.len() {
                let next = (self.to - self.from).min(BUFFER as u64);
                if next == 0 {
                    return Err(damaged());
                }
                self.buffer.resize(next as usize, 0);
                let read = file.seek(SeekFrom::Start(self.from));
                read.and_then(|_| file.read_exact(&mut self.buffer))
                    .map_err(|e| fault("read", &e))?;
                (self.from, self.at) = (self.from + next, 0);
            }
            let here = length.min(self.buffer.len() - self.at);
            out.extend_from_slice(&self.buffer[self.at..self.at + here]);
            (self.at, length) = (self.at + here, length - here);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_any_length_come_back_as_one_in_order() {
        let line = |order: u64| vec![order as u8; (order * 7919 % 1000) as usize];
        let mut runs = Runs::new().unwrap();
        runs.end();
        // Run r holds the orders that are r modulo 3; a fourth holds one.
        for r in 0..3 {
            for order in (r..6000).step_by(3) {
                runs.put(order, &line(order)).unwrap();
            }
            runs.end();
        }
        runs.put(6000, &vec![1; 5 * BUFFER]).unwrap();
        runs.end();
        runs.end();
        assert_eq!(runs.ends.len(), 4);
        let mut next = 0;
        let merged = runs.merge(|order, bytes| {
            assert_eq!(order, next);
            match order {
                6000 => assert_eq!(bytes.len(), 5 * BUFFER),
                _ => assert_eq!(bytes, line(order)),
            }
            next += 1;
            Ok(())
        });
        merged.unwrap();
        assert_eq!(next, 6001);
        let nothing = Runs::new().unwrap();
        nothing.merge(|_, _| panic!("a line")).unwrap();
    }
}
