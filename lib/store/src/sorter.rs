//! Sorting by a key: in memory up to a limit, beyond it in sorted runs in one
//! temporary file, which are merged at the end.
//!
//! Keys are compared as bytes; what has equal keys stays in the order in which
//! it came. Memory: the bytes of keys and values and 24 an entry.

use crate::temporary::{self, fault};
use rb_record::error::{Error, Result};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};

/// No run is shorter, whatever the limit.
const LEAST: usize = 1 << 16;
/// Bytes before an entry: the lengths of key and value.
const HEAD: usize = 8;

/// Where an entry stands; its key's first bytes decide most comparisons.
#[derive(Debug, Clone, Copy)]
struct At {
    prefix: u64,
    at: usize,
}

/// Takes entries in any order.
#[derive(Debug)]
pub struct Sorter {
    limit: usize,
    bytes: Vec<u8>,
    index: Vec<At>,
    file: Option<File>,
    /// The runs' ends in the file.
    ends: Vec<u64>,
    entries: usize,
}

fn lengths(entry: &[u8]) -> (usize, usize) {
    let word = |at: usize| {
        u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]) as usize
    };
    (word(0), word(4))
}

/// Key and value of the entry at the start of `bytes`.
fn entry(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (key, value) = lengths(bytes);
    bytes[HEAD..HEAD + key + value].split_at(key)
}

impl Sorter {
    /// Holds at most about `limit` bytes in memory (and never less than 64 KB).
    pub fn new(limit: usize) -> Sorter {
        Sorter {
            limit: limit.max(LEAST),
            bytes: Vec::new(),
            index: Vec::new(),
            file: None,
            ends: Vec::new(),
            entries: 0,
        }
    }

    /// How many entries went in.
    pub fn len(&self) -> usize {
        self.entries
    }
    /// Whether nothing was pushed.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Errors: key or value is longer than 4 GB; a temporary file cannot be
    /// written.
    pub fn push(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        let long = |bytes: &[u8]| u32::try_from(bytes.len());
        let (Ok(key_length), Ok(value_length)) = (long(key), long(value)) else {
            return Err(Error::input(format!(
                "a query takes {} bytes, expected less than 4 GB; leave it out",
                key.len().max(value.len())
            )));
        };
        let mut prefix = [0; 8];
        let head = key.len().min(8);
        prefix[..head].copy_from_slice(&key[..head]);
        self.index.push(At {
            prefix: u64::from_be_bytes(prefix),
            at: self.bytes.len(),
        });
        self.bytes.extend(key_length.to_le_bytes());
        self.bytes.extend(value_length.to_le_bytes());
        self.bytes.extend(key);
        self.bytes.extend(value);
        self.entries += 1;
        let held = self.bytes.len() + self.index.len() * std::mem::size_of::<At>();
        if held > self.limit {
            self.spill()
        } else {
            Ok(())
        }
    }

    fn sort(&mut self) {
        let bytes = &self.bytes;
        let key = |e: &At| entry(&bytes[e.at..]).0;
        // Entries lie in the order in which they came.
        self.index.sort_unstable_by(|a, b| {
            (a.prefix.cmp(&b.prefix))
                .then_with(|| key(a).cmp(key(b)))
                .then(a.at.cmp(&b.at))
        });
    }

    /// Writes what is held as a run.
    fn spill(&mut self) -> Result<()> {
        self.sort();
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(temporary::file()?),
        };
        let mut writer = BufWriter::with_capacity(LEAST, &*file);
        for e in &self.index {
            let (key, value) = lengths(&self.bytes[e.at..]);
            let whole = &self.bytes[e.at..e.at + HEAD + key + value];
            writer.write_all(whole).map_err(|e| fault("write", &e))?;
        }
        writer.flush().map_err(|e| fault("write", &e))?;
        drop(writer);
        self.ends
            .push(file.stream_position().map_err(|e| fault("write", &e))?);
        self.bytes.clear();
        self.index.clear();
        Ok(())
    }

    /// All entries by ascending key.
    pub fn sorted(mut self) -> Result<Sorted> {
        if self.file.is_none() {
            self.sort();
            return Ok(Sorted {
                held: self.bytes,
                index: self.index.into_iter(),
                merge: None,
            });
        }
        if !self.index.is_empty() {
            self.spill()?;
        }
        let buffer = (self.limit / self.ends.len().max(1)).clamp(1 << 12, 1 << 18);
        // What was held is given back before the runs are read.
        (self.bytes, self.index) = (Vec::new(), Vec::new());
        let merge = match self.file {
            Some(file) => Some(Merge::new(file, &self.ends, buffer)?),
            None => None,
        };
        Ok(Sorted {
            held: Vec::new(),
            index: Vec::new().into_iter(),
            merge,
        })
    }
}

/// Entries by ascending key.
#[derive(Debug)]
pub struct Sorted {
    held: Vec<u8>,
    index: std::vec::IntoIter<At>,
    merge: Option<Merge>,
}

impl Sorted {
    /// About how many bytes of memory this holds.
    pub fn held(&self) -> usize {
        let merged = self.merge.as_ref().map_or(0, |m| m.runs.len() * m.buffer);
        let index = self.index.len() * std::mem::size_of::<At>();
        self.held.capacity() + index + merged
    }

    /// Puts the next entry in the place of what `key` and `value` hold; false:
    /// that was all.
    pub fn next_into(&mut self, key: &mut Vec<u8>, value: &mut Vec<u8>) -> Result<bool> {
        if let Some(merge) = &mut self.merge {
            return merge.next_into(key, value);
        }
        let Some(at) = self.index.next() else {
            return Ok(false);
        };
        let (k, v) = entry(&self.held[at.at..]);
        key.clear();
        key.extend(k);
        value.clear();
        value.extend(v);
        Ok(true)
    }
}

/// A run: what is read of it, and what is left in the file.
#[derive(Debug)]
struct Run {
    from: u64,
    end: u64,
    bytes: Vec<u8>,
    at: usize,
}

#[derive(Debug)]
struct Merge {
    file: File,
    buffer: usize,
    runs: Vec<Run>,
    /// The runs' next keys. Equal ones by run, which is by when they came.
    next: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
}

impl Merge {
    fn new(file: File, ends: &[u64], buffer: usize) -> Result<Merge> {
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let run = |(from, end)| Run {
            from,
            end,
            bytes: Vec::new(),
            at: 0,
        };
        let mut merge = Merge {
            file,
            buffer,
            runs: starts.zip(ends.iter().copied()).map(run).collect(),
            next: BinaryHeap::new(),
        };
        for r in 0..merge.runs.len() {
            merge.announce(r, Vec::new())?;
        }
        Ok(merge)
    }

    /// Reads on until `n` bytes of run `r` are at hand, or all that is left.
    fn fill(&mut self, r: usize, n: usize) -> Result<()> {
        let run = &mut self.runs[r];
        let held = run.bytes.len() - run.at;
        if held >= n {
            return Ok(());
        }
        run.bytes.drain(..run.at);
        run.at = 0;
        let more = self.buffer.max(n - held).min((run.end - run.from) as usize);
        run.bytes.resize(held + more, 0);
        (self.file.seek(SeekFrom::Start(run.from)))
            .and_then(|_| self.file.read_exact(&mut run.bytes[held..]))
            .map_err(|e| fault("read", &e))?;
        run.from += more as u64;
        Ok(())
    }

    /// Announces the next key of run `r`, if there is one; `key` is overwritten.
    fn announce(&mut self, r: usize, mut key: Vec<u8>) -> Result<()> {
        self.fill(r, HEAD)?;
        let run = &self.runs[r];
        if run.at == run.bytes.len() {
            return Ok(());
        }
        let (k, _) = lengths(&run.bytes[run.at..]);
        // The value may be long, and those of all runs would be held.
        self.fill(r, HEAD + k)?;
        let run = &self.runs[r];
        key.clear();
        key.extend(&run.bytes[run.at + HEAD..run.at + HEAD + k]);
        self.next.push(Reverse((key, r)));
        Ok(())
    }

    fn next_into(&mut self, key: &mut Vec<u8>, value: &mut Vec<u8>) -> Result<bool> {
        let Some(Reverse((mut next, r))) = self.next.pop() else {
            return Ok(false);
        };
        std::mem::swap(key, &mut next);
        let at = self.runs[r].at;
        let (k, v) = lengths(&self.runs[r].bytes[at..]);
        self.fill(r, HEAD + k + v)?;
        let run = &mut self.runs[r];
        value.clear();
        value.extend(entry(&run.bytes[run.at..]).1);
        run.at += HEAD + k + v;
        if run.bytes.capacity() > 2 * self.buffer {
            run.bytes.drain(..run.at);
            run.at = 0;
            run.bytes.shrink_to(self.buffer);
        }
        self.announce(r, next)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::hash;

    #[test]
    fn of_runs_that_are_merged_only_one_value_at_a_time_is_held() {
        let long = vec![b'v'; 1 << 20];
        let mut sorter = Sorter::new(0);
        for i in 0..20u32 {
            sorter.push(&i.to_be_bytes(), &long).unwrap();
        }
        assert_eq!(sorter.ends.len(), 20);
        let mut sorted = sorter.sorted().unwrap();
        let held = |sorted: &Sorted| {
            let runs = &sorted.merge.as_ref().unwrap().runs;
            runs.iter().map(|r| r.bytes.capacity()).sum::<usize>()
        };
        let (mut key, mut value) = (Vec::new(), Vec::new());
        for i in 0..20u32 {
            assert!(held(&sorted) < long.len() / 4, "{}", held(&sorted));
            assert!(sorted.next_into(&mut key, &mut value).unwrap());
            assert_eq!((&key[..], value == long), (&i.to_be_bytes()[..], true));
        }
    }

    #[test]
    fn entries_come_out_sorted_and_equal_keys_in_the_order_they_came() {
        let key = |i: usize| {
            let h = hash::text(1, "key", &i.to_string());
            match h % 5 {
                0 => Vec::new(),
                1 => b"the same beginning".to_vec(),
                2 => format!("the same beginning, {}", h % 50).into_bytes(),
                _ => h.to_be_bytes().to_vec(),
            }
        };
        let value = |i: usize| i.to_string().repeat(i % 90).into_bytes();
        let mut want: Vec<(Vec<u8>, usize)> = (0..20_000).map(|i| (key(i), i)).collect();
        want.sort();
        for limit in [0, 300_000, usize::MAX] {
            let mut sorter = Sorter::new(limit);
            for i in 0..20_000 {
                sorter.push(&key(i), &value(i)).unwrap();
            }
            assert_eq!(sorter.len(), 20_000);
            assert_eq!(sorter.ends.len() > 10, limit < 1_000_000, "{limit}");
            let mut sorted = sorter.sorted().unwrap();
            let (mut k, mut v) = (Vec::new(), Vec::new());
            for (key, i) in &want {
                assert!(sorted.next_into(&mut k, &mut v).unwrap());
                assert_eq!((&k, &v), (key, &value(*i)), "{limit}");
            }
            assert!(!sorted.next_into(&mut k, &mut v).unwrap());
        }
    }
}
