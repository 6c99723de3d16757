//! Routers: the table they learn from, their kinds by family, their files.

#![warn(missing_docs)]

pub mod estimates;
pub mod extend;
pub mod file;
pub mod guard;
pub mod kinds;
pub mod restricted;
pub mod router;
pub mod summed;
pub mod table;
#[cfg(test)]
mod tests;
pub mod unseen;
