//! What is said beside the data: on standard error, and never under `--quiet`.

use crate::progress;
use std::sync::atomic::{AtomicBool, Ordering};

static QUIET: AtomicBool = AtomicBool::new(false);
static TOOL: std::sync::OnceLock<&'static str> = std::sync::OnceLock::new();

/// Who speaks, and whether at all.
pub(crate) fn set(tool: &'static str, quiet: bool) {
    let _ = TOOL.set(tool);
    QUIET.store(quiet, Ordering::Relaxed);
}

/// Whether nothing is to be said but errors.
pub(crate) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Who speaks.
pub(crate) fn tool() -> &'static str {
    TOOL.get().copied().unwrap_or("rb")
}

/// A line on standard error, unless `--quiet`.
pub fn warn(message: impl std::fmt::Display) {
    if !is_quiet() {
        progress::beside(|| eprintln!("{}: {message}", tool()));
    }
}
