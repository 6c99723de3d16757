//! Entries on disk, sorted into 64 buckets by their ids: all that is about one
//! query stands in one bucket, in the order in which it came.
//!
//! One temporary file without a name holds all buckets, so that open files stay
//! few. It is cut into blocks of 64 KiB; each begins with the number of the
//! block in which its bucket goes on. In memory are the last block of each
//! bucket, which may be in the making, and one block being read.

use rb_record::error::Result;
use rb_record::hash;
use rb_store::temporary::{self, damaged, fault};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

/// How many buckets there are.
pub(crate) const BUCKETS: usize = 64;
const BLOCK: usize = 1 << 16;
/// What a block holds besides the number of the next one.
const ROOM: usize = BLOCK - 8;

pub(crate) struct Buckets {
    file: File,
    chains: Vec<Chain>,
    /// How many blocks were given out.
    blocks: u64,
    level: u64,
}

/// The blocks of one bucket.
#[derive(Default)]
struct Chain {
    first: u64,
    /// The block that the bytes in `last` will stand in.
    now: u64,
    full: u64,
    last: Vec<u8>,
}

impl Buckets {
    /// Buckets of another `level` divide the ids in another way.
    pub(crate) fn new(level: u64) -> Result<Buckets> {
        Ok(Buckets {
            file: temporary::file()?,
            chains: (0..BUCKETS).map(|_| Chain::default()).collect(),
            blocks: 0,
            level,
        })
    }

    pub(crate) fn level(&self) -> u64 {
        self.level
    }

    /// Appends an entry to the bucket of its id.
    pub(crate) fn put(&mut self, id: &str, entry: &[u8]) -> Result<()> {
        let bucket = hash::text(self.level, "import bucket", id) as usize % BUCKETS;
        self.append(bucket, &(entry.len() as u64).to_le_bytes())?;
        self.append(bucket, entry)
    }

    fn append(&mut self, bucket: usize, mut bytes: &[u8]) -> Result<()> {
        let chain = &mut self.chains[bucket];
        if chain.last.capacity() == 0 {
            chain.last.reserve_exact(BLOCK);
            (chain.first, chain.now) = (self.blocks, self.blocks);
            self.blocks += 1;
        }
        while !bytes.is_empty() {
            let (here, rest) = bytes.split_at(bytes.len().min(ROOM - chain.last.len()));
            chain.last.extend_from_slice(here);
            bytes = rest;
            if chain.last.len() == ROOM {
                let next = self.blocks;
                self.blocks += 1;
                chain.last.extend_from_slice(&next.to_le_bytes());
                let from = SeekFrom::Start(chain.now * BLOCK as u64);
                let written = self.file.seek(from);
                written
                    .and_then(|_| self.file.write_all(&chain.last))
                    .map_err(|e| fault("write", &e))?;
                chain.last.clear();
                (chain.now, chain.full) = (next, chain.full + 1);
            }
        }
        Ok(())
    }

    /// The entries of one bucket, which is empty afterwards.
    pub(crate) fn take(&mut self, bucket: usize) -> Entries<'_> {
        let chain = std::mem::take(&mut self.chains[bucket]);
        Entries {
            file: &mut self.file,
            chain,
            block: Vec::new(),
            at: 0,
        }
    }
}

/// The entries of a bucket, one after another.
pub(crate) struct Entries<'a> {
    file: &'a mut File,
    chain: Chain,
    block: Vec<u8>,
    at: usize,
}

impl Entries<'_> {
    /// Puts the next entry into `entry`; false at the end.
    pub(crate) fn next(&mut self, entry: &mut Vec<u8>) -> Result<bool> {
        let mut length = [0; 8];
        entry.clear();
        if !self.read(&mut length)? {
            return Ok(false);
        }
        let mut rest = u64::from_le_bytes(length) as usize;
        while rest > 0 {
            if !self.fill()? {
                return Err(damaged());
            }
            let here = rest.min(self.block.len() - self.at);
            entry.extend_from_slice(&self.block[self.at..self.at + here]);
            (self.at, rest) = (self.at + here, rest - here);
        }
        Ok(true)
    }

    fn read(&mut self, out: &mut [u8]) -> Result<bool> {
        for (i, byte) in out.iter_mut().enumerate() {
            if !self.fill()? {
                return match i {
                    0 => Ok(false),
                    _ => Err(damaged()),
                };
            }
            *byte = self.block[self.at];
            self.at += 1;
        }
        Ok(true)
    }

    /// Makes sure that a byte is there; false at the end.
    fn fill(&mut self) -> Result<bool> {
        if self.at < self.block.len() {
            return Ok(true);
        }
        self.at = 0;
        if self.chain.full == 0 {
            self.block = std::mem::take(&mut self.chain.last);
            return Ok(!self.block.is_empty());
        }
        self.block.resize(BLOCK, 0);
        let from = SeekFrom::Start(self.chain.first * BLOCK as u64);
        let read = self.file.seek(from);
        read.and_then(|_| self.file.read_exact(&mut self.block))
            .map_err(|e| fault("read", &e))?;
        let next = self.block.split_off(ROOM);
        self.chain.first = u64::from_le_bytes(next.try_into().unwrap_or_default());
        self.chain.full -= 1;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bucket_gives_back_its_entries_in_their_order() {
        let mut buckets = Buckets::new(0).unwrap();
        let long = vec![7u8; 3 * BLOCK];
        let entry = |i: usize| match i % 500 {
            0 => [&i.to_le_bytes()[..], &long].concat(),
            1 => Vec::new(),
            _ => [&i.to_le_bytes()[..], &vec![i as u8; i % 999]].concat(),
        };
        for i in 0..5000 {
            buckets.put(&format!("q{}", i % 700), &entry(i)).unwrap();
        }
        let (mut seen, mut got) = (0, Vec::new());
        for bucket in 0..BUCKETS {
            let of_bucket = |i: &usize| {
                let id = format!("q{}", i % 700);
                hash::text(0, "import bucket", &id) as usize % BUCKETS == bucket
            };
            let mut entries = buckets.take(bucket);
            for i in (0..5000).filter(of_bucket) {
                assert!(entries.next(&mut got).unwrap());
                assert_eq!(got, entry(i), "{i}");
                seen += 1;
            }
            assert!(!entries.next(&mut got).unwrap());
        }
        assert_eq!(seen, 5000);
        assert!(!buckets.take(0).next(&mut got).unwrap(), "taken is gone");
    }

    #[test]
    fn what_is_one_bucket_on_one_level_is_divided_on_the_next() {
        let bucket = |level, i: u32| hash::text(level, "import bucket", &i.to_string()) % 64;
        let same: Vec<u32> = (0..64_000).filter(|i| bucket(0, *i) == 0).collect();
        for b in 0..64 {
            let n = same.iter().filter(|i| bucket(1, **i) == b).count();
            assert!((1..60).contains(&n), "{b}: {n} of {}", same.len());
        }
    }
}
