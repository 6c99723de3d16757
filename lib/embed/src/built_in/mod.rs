//! The built-in embedder: a table of token vectors, and n-grams of letters for
//! the words that it lacks.

pub mod foreign;
pub mod ngrams;
pub mod static_table;
pub mod wordpiece;
