//! What every tool shares at its edge: flags with one wording, exit codes,
//! warnings on standard error, the number of threads.

#![warn(missing_docs)]

pub mod exit;
pub mod files;
pub mod flags;
pub mod generate;
pub mod help;
pub mod lines;
pub mod progress;
pub mod timing;
pub mod warn;

pub use crate::exit::{main, matches, start};
pub use crate::files::{input, is_shown, output, read_all, say_where_records_go, terminal_columns};
pub use crate::flags::{Common, Memory, OnError};
pub use crate::help::Short;
pub use crate::lines::line_by_line;
pub use crate::progress::grouped;
pub use crate::warn::warn;
