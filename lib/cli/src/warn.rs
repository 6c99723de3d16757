//! What is said beside the data: on standard error, and never under `--quiet`. At a
//! terminal the last line may be one that renews itself, above which all else is said.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::atomic::{AtomicBool, Ordering};

static QUIET: AtomicBool = AtomicBool::new(false);
/// The line that renews itself.
static LAST: std::sync::OnceLock<ProgressBar> = std::sync::OnceLock::new();
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
fn tool() -> &'static str {
    TOOL.get().copied().unwrap_or("rb")
}

/// A line on standard error, unless `--quiet`.
pub fn warn(message: impl std::fmt::Display) {
    if !is_quiet() {
        let say = || eprintln!("{}: {message}", tool());
        match LAST.get() {
            Some(last) => last.suspend(say),
            None => say(),
        }
    }
}

/// The last line of the terminal from now on; None: an empty one, if there is one.
pub(crate) fn renew(line: Option<String>) {
    if line.is_none() && LAST.get().is_none() {
        return;
    }
    let last = LAST.get_or_init(|| {
        let bar = ProgressBar::new_spinner();
        match ProgressStyle::with_template("{wide_msg}") {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    });
    last.set_message(line.map_or(String::new(), |line| format!("{}: {line}", tool())));
    last.tick();
}

/// The line that renews itself goes.
pub(crate) fn clear() {
    if let Some(last) = LAST.get() {
        last.finish_and_clear();
    }
}
