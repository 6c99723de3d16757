//! One router on some queries: its figures, and its lines.

pub(crate) mod lines;
pub(crate) mod pairs;
pub(crate) mod score;
pub(crate) mod walk;
