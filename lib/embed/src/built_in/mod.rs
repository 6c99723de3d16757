//! The built-in embedder: a table of token vectors.

pub mod static_table;
pub mod wordpiece;
