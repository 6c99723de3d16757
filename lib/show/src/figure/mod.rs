//! Pictures for a paper: a kind a file, [`kinds`] lists them. Each is a pure
//! function from compared groups and the person's wishes to SVG.

mod entries;
pub mod frame;
pub mod frontier;
pub mod kind;
pub mod kinds;
mod multiples;
mod naming;
mod pane;
pub mod pick;
pub mod style;
