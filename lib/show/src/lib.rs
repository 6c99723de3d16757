//! Score records, compared, tabulated and drawn.

pub mod pareto;
pub mod plot;
pub mod scores;
