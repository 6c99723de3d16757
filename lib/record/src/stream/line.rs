//! One line of a stream.

use crate::error::Place;
use std::sync::Arc;

/// One line of input and where it stood.
#[derive(Debug, Clone)]
pub struct Line {
    bytes: Vec<u8>,
    source: Arc<str>,
    number: u64,
}

impl Line {
    /// `bytes` without the line feed; `number` from 1.
    pub fn new(bytes: Vec<u8>, source: Arc<str>, number: u64) -> Line {
        Line {
            bytes,
            source,
            number,
        }
    }
    /// The line without its line feed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// From 1.
    pub fn number(&self) -> u64 {
        self.number
    }
    /// The name of its input.
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }
    /// The place of the byte at `offset`.
    pub fn place(&self, offset: usize) -> Place {
        Place {
            source: self.source.clone(),
            line: self.number,
            column: offset as u64 + 1,
        }
    }
}
