//! Temporary files, which go on where memory ends: without a name, so that they
//! are gone with the process, in the folder that TMPDIR names.

use rb_record::error::{Error, Result};
use std::fs::File;
use std::io;

/// An error of such a file; `what` was tried: make, write or read.
pub fn fault(what: &str, e: &io::Error) -> Error {
    Error::io(
        format_args!(
            "cannot {what} a temporary file in {}, which holds what is beyond --memory (set TMPDIR to a folder with room, or raise --memory)",
            std::env::temp_dir().display()
        ),
        e,
    )
}

/// A new one. Errors: it cannot be made.
pub fn file() -> Result<File> {
    tempfile::tempfile().map_err(|e| fault("make", &e))
}

/// What comes back is not what was written.
pub fn damaged() -> Error {
    let e = io::Error::other("it does not hold what was written to it");
    fault("read", &e)
}
