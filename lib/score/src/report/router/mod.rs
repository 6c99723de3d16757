//! One router on some queries: its figures, and its lines.

pub(crate) mod lines;
pub(crate) mod score;
pub(crate) mod walk;
