//! Which queries a router is fitted on, and which it is scored on.

pub mod hashed;
pub mod like;
pub mod mersenne;
