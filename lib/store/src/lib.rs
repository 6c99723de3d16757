//! Data beyond memory: what a tool holds up to `--memory`, and in temporary
//! files without a name beyond.

pub mod column;
pub mod pages;
pub mod sorter;
pub mod spool;
pub mod temporary;
