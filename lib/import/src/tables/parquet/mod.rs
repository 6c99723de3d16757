//! Parquet, where this build can read it.

#[cfg(feature = "parquet")]
mod arrowschema;
#[cfg(feature = "parquet")]
mod bounded;
#[cfg(feature = "parquet")]
mod caught;
#[cfg_attr(not(feature = "parquet"), path = "absent.rs")]
mod table;

pub(crate) use table::open;
