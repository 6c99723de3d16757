//! Parts of a benchmark that is scored in parts.

mod line;
mod merge;

pub use line::{fact_line, options_line, parse, Entry, FORMAT};
pub use merge::Merge;

#[cfg(test)]
mod tests;
