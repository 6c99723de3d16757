//! Bad records under `--on-error`: the first stops a tool, or each is left out
//! and counted.

use crate::error::{Error, Kind, Result};

/// What to do with a record that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// Stop at the first bad record (exit code 3).
    Stop,
    /// Leave bad records out, report their number, exit with code 1.
    Skip,
}

/// Counts skipped records under `--on-error skip`.
#[derive(Debug)]
pub struct Skips {
    policy: OnError,
    skipped: u64,
    /// The one that comes first, and its order.
    first: Option<(u64, String)>,
}

impl Skips {
    /// None yet.
    pub fn new(policy: OnError) -> Skips {
        Skips {
            policy,
            skipped: 0,
            first: None,
        }
    }

    /// Passes on what was read; a bad record is an error or, under `skip`, nothing.
    pub fn keep<T>(&mut self, read: Result<T>) -> Result<Option<T>> {
        self.keep_at(u64::MAX, read)
    }

    /// [`keep`](Skips::keep) for records that come in another order than their
    /// own: the first that is told of is the one with the lowest `order`.
    pub fn keep_at<T>(&mut self, order: u64, read: Result<T>) -> Result<Option<T>> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(e) if self.policy == OnError::Skip && e.kind == Kind::Input => {
                self.skipped += 1;
                if self.first.as_ref().is_none_or(|(first, _)| order < *first) {
                    self.first = Some((order, e.to_string()));
                }
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    /// How many records were skipped.
    pub fn count(&self) -> u64 {
        self.skipped
    }

    /// At the end: an error with exit code 1 if records were skipped.
    pub fn finish(self) -> Result<()> {
        match self.first {
            None => Ok(()),
            Some((_, first)) => Err(Error::new(
                Kind::Failed,
                format!("skipped {} bad records; the first: {first}", self.skipped),
            )),
        }
    }
}
