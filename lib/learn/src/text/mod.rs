//! Features of texts.

pub mod tfidf;
pub mod tokens;
