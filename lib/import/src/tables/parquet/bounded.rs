//! A file whose reader says that it has ended. A damaged Parquet header may claim
//! 2³¹ numbers to be skipped; the crate skips them by copying, which at the end of
//! a file copies nothing and is no error, one at a time.

use bytes::Bytes;
use parquet::errors::Result;
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};

/// A file, for the Parquet reader.
pub(super) struct Bounded(pub(super) File);

impl Length for Bounded {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for Bounded {
    type T = Ending<BufReader<File>>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(Ending {
            inner: self.0.get_read(start)?,
            ended: false,
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        // The crate would allocate a claimed length before it reads.
        let left = self.len().saturating_sub(start);
        if length as u64 > left {
            return Err(parquet::errors::ParquetError::EOF(format!(
                "{length} bytes are claimed at {start}, where {left} are left"
            )));
        }
        self.0.get_bytes(start, length)
    }
}

/// The end of what it reads is told once; to read on after that is an error.
pub(super) struct Ending<R> {
    inner: R,
    ended: bool,
}

impl<R: Read> Read for Ending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            if self.ended {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.ended = true;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_told_once() {
        let mut reader = Ending {
            inner: &b"abc"[..],
            ended: false,
        };
        let mut all = Vec::new();
        assert_eq!(reader.read_to_end(&mut all).ok(), Some(3));
        let again = reader.read(&mut [0; 8]).map_err(|e| e.kind());
        assert_eq!(again, Err(ErrorKind::UnexpectedEof));
    }
}
