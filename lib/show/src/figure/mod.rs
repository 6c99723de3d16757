//! Pictures for a paper: a kind a file, [`kinds`] lists them. Each is a pure
//! function from compared groups and the person's wishes to SVG.

pub mod frame;
mod ground;
#[cfg(feature = "images")]
pub mod ink;
pub mod kind;
pub mod kinds;
pub mod pick;
pub mod plane;
pub mod style;
