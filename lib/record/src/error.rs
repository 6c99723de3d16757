//! The one error type: what went wrong, where, and which exit code it means.
//!
//! Exit codes (FORMAT.md): 0 fine; 1 a failed assertion or skipped records;
//! 2 usage; 3 bad input; 4 input/output; 5 a router file that does not fit.

use std::fmt;
use std::sync::Arc;

/// What may fail with an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of failure, which is what the exit code tells a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A failed `--assert`, or records skipped by `--on-error skip`.
    Failed,
    /// The command line asks for something that cannot be.
    Usage,
    /// The input is not what the format asks for.
    Input,
    /// The operating system refused to read or write.
    Io,
    /// A router file is damaged, or does not fit the stream.
    RouterFile,
    /// The reader of our output has gone: not a failure.
    ClosedPipe,
}

impl Kind {
    /// The exit code of this kind of failure.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::ClosedPipe => 0,
            Kind::Failed => 1,
            Kind::Usage => 2,
            Kind::Input => 3,
            Kind::Io => 4,
            Kind::RouterFile => 5,
        }
    }
}

/// A place in an input: the file, its line (from 1) and the byte column (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name of the input: a path, or `stdin`.
    pub source: Arc<str>,
    /// From 1.
    pub line: u64,
    /// In bytes, from 1.
    pub column: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source, self.line, self.column)
    }
}

/// A failure with its place (where it has one) and a message that says what
/// was found, what was expected and what to do about it.
#[derive(Debug, Clone, thiserror::Error)]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// Where; none: it is not of a place.
    pub place: Option<Place>,
    /// What was found, what was expected, and the remedy.
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl Error {
    /// Without a place.
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error {
            kind,
            place: None,
            message: message.into(),
        }
    }
    /// Of the command line.
    pub fn usage(message: impl Into<String>) -> Error {
        Error::new(Kind::Usage, message)
    }
    /// Of the input.
    pub fn input(message: impl Into<String>) -> Error {
        Error::new(Kind::Input, message)
    }
    /// Of a router file.
    pub fn router_file(message: impl Into<String>) -> Error {
        Error::new(Kind::RouterFile, message)
    }
    /// Of the operating system; a broken pipe is a reader that has gone. `what`:
    /// what was tried.
    pub fn io(what: impl fmt::Display, error: &std::io::Error) -> Error {
        let kind = match error.kind() {
            std::io::ErrorKind::BrokenPipe => Kind::ClosedPipe,
            _ => Kind::Io,
        };
        Error::new(kind, format!("{what}: {error}"))
    }
    /// The same at a place.
    pub fn at(mut self, place: Place) -> Error {
        self.place = Some(place);
        self
    }
}

/// `rest` shortened for a message: what was found, never a whole record.
pub fn excerpt(text: &str) -> String {
    const MOST: usize = 40;
    let mut short: String = text.chars().take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short.replace(['\n', '\r', '\t'], " ")
}
