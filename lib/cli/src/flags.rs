//! The flags that tools share, with one wording.

use crate::progress::How;
use clap::{Args, ValueEnum};
use rb_record::skips::{self, Skips};
use std::path::PathBuf;

/// What to do with a record that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnError {
    /// Stop at the first bad record (exit code 3).
    Stop,
    /// Leave bad records out, report their number, exit with code 1.
    Skip,
}

/// The flags that all tools take.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Write to FILE, which appears only when it is whole
    #[arg(
        short,
        long,
        value_name = "FILE",
        global = true,
        help_heading = "Shared"
    )]
    pub output: Option<PathBuf>,
    /// Seed of everything drawn: the same seed gives the same bytes
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        global = true,
        help_heading = "Shared"
    )]
    pub seed: u64,
    /// Threads to use; 0: one a processor. Results do not depend on it
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        global = true,
        help_heading = "Shared"
    )]
    pub threads: usize,
    /// Say nothing on standard error but errors
    #[arg(long, global = true, help_heading = "Shared")]
    pub quiet: bool,
    /// How far long work is, with what is left, told on standard error after a second
    #[arg(long, value_name = "HOW", value_enum, default_value_t = How::Auto, global = true, help_heading = "Shared")]
    pub progress: How,
    /// A bad record stops the tool, or is skipped and counted
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = OnError::Stop, global = true, help_heading = "Shared")]
    pub on_error: OnError,
}

impl Common {
    /// A count of bad records that does with them what the flag says.
    pub fn skips(&self) -> Skips {
        Skips::new(match self.on_error {
            OnError::Stop => skips::OnError::Stop,
            OnError::Skip => skips::OnError::Skip,
        })
    }
}

/// A tool that may hold much goes on in temporary files beyond this.
#[derive(Debug, Clone, Args)]
pub struct Memory {
    /// Hold at most about SIZE of what is read (a number of bytes, or 500M, 2G);
    /// the rest goes to temporary files (in TMPDIR). Results do not depend on it
    #[arg(long, value_name = "SIZE", default_value = "2G", value_parser = size, help_heading = "Shared")]
    pub memory: usize,
}

/// Bytes, with K, M, G or T for powers of 1,000.
fn size(text: &str) -> std::result::Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: usize = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" => 1,
        "K" | "KB" => 1_000,
        "M" | "MB" => 1_000_000,
        "G" | "GB" => 1_000_000_000,
        "T" | "TB" => 1_000_000_000_000,
        _ => 0,
    };
    let bytes = digits.parse().ok().and_then(|n: usize| n.checked_mul(unit));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| {
        "expected a size that is not 0: bytes, or a whole number with K, M, G or T, for example 2G"
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_whole_number_and_a_power_of_a_thousand() {
        for (text, bytes) in [
            ("1", 1),
            ("64k", 64_000),
            ("2G", 2_000_000_000),
            ("3mb", 3_000_000),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "0", "G", "1.5G", "-1", "2X", "99999999999T", "1 G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
