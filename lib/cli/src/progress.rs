//! A progress bar.

use crate::warn;

/// How far long work has come, on standard error: only where that is a
/// terminal, and never under `--quiet`.
pub struct Progress(Option<indicatif::ProgressBar>);

impl Progress {
    /// `long`: whether the work is worth showing.
    pub fn new(long: bool) -> Progress {
        use std::io::IsTerminal;
        let shown = long && !warn::is_quiet() && std::io::stderr().is_terminal();
        let bar = shown.then(|| {
            let bar = indicatif::ProgressBar::new_spinner();
            let style = "{spinner} {human_pos} texts embedded, {per_sec}, {elapsed}";
            if let Ok(style) = indicatif::ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar
        });
        Progress(bar)
    }
    /// So many more texts are done.
    pub fn add(&self, n: usize) {
        if let Some(bar) = &self.0 {
            bar.inc(n as u64);
        }
    }
    /// The work is done, and the bar goes.
    pub fn done(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
