//! Routers that look at one number or word of a query.

pub mod fixed;
pub mod keyword;
pub mod length;
pub mod pair;
pub mod random;
