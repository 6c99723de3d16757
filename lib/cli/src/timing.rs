//! How long fitting and routing took, for `rb-fit --timing`. It goes to a file
//! of its own, because a router file is the same bytes on every machine.

use rb_record::error::{Error, Result};
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// One fit. Seconds are of the wall clock, on all threads together.
#[derive(Debug, Serialize)]
pub struct Timing {
    /// Its name.
    pub router: String,
    /// As in `rb-fit KIND`.
    pub kind: String,
    /// Train queries.
    pub train: usize,
    /// Fitting alone: no reading, no calibration curve.
    pub fit_seconds: f64,
    /// Queries routed.
    pub routed: usize,
    /// How long deciding took: no reading, no writing.
    pub route_seconds: f64,
}

impl Timing {
    /// Adds one JSON line to the file, which is made where there is none.
    pub fn append(&self, path: &Path) -> Result<()> {
        // Numbers and text always serialise.
        let line = serde_json::to_string(self).unwrap_or_default() + "\n";
        let mut options = std::fs::OpenOptions::new();
        let file = options.append(true).create(true).open(path);
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .map_err(|e| Error::io(format_args!("cannot write --timing {}", path.display()), &e))
    }
}
