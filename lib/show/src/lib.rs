//! Score records, compared, tabulated and drawn.
//!
//! Every output is a pure function from compared groups to text ([`output`]);
//! [`outputs`] lists them in the order in which they are printed. Adding one is
//! a file, a row there and a flag of rb-pareto; a picture for a paper is a file and a
//! row in [`figure`]. All show quality in points of
//! 100 and cost in USD per 1,000 queries, while the records keep 0..1 and USD
//! per query.

#![warn(missing_docs)]

pub mod brief;
pub mod export;
pub mod few;
pub mod figure;
pub mod natural;
pub mod output;
pub mod outputs;
pub mod page;
pub mod panel;
pub mod pareto;
pub mod plain;
pub mod plot;
pub mod scores;
pub mod sentences;
pub mod table;
pub mod text;
pub mod unit;
