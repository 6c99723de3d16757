//! The stream: records come in line by line from files or standard input,
//! compressed or not, and go out whole.
//!
//! Several files are one stream. `-` is standard input. gzip and zstd are known by
//! their first bytes, not by their names. A byte order mark at the start of a
//! file is dropped; blank lines are no records. An output file is written
//! beside its final name, synced and renamed, so that a file under the final
//! name is always whole.

mod input;
mod line;
mod output;
pub mod progress;

pub use input::{empty_stream, open, open_counted, Input};
pub use line::Line;
pub use output::{can_write, write_file, Output};
