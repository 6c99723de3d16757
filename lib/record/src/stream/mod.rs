//! The stream: records come in line by line from files or standard input,
//! compressed or not, and go out whole.
//!
//! Several files are one stream. `-` is standard input. gzip and zstd are known by
//! their first bytes, not by their names. A byte order mark at the start of a
//! file is dropped; blank lines are no records. An output file is written
//! without its name, synced and then named, so that a file under that name is
//! always whole.

mod input;
mod line;
mod output;
pub mod progress;
mod unfinished;

pub use input::{empty_stream, open, open_counted, Input};
pub use line::Line;
pub use output::{can_write, write_file, Output};
