//! Embedders: a text to a unit vector of f32.
//!
//! [`SOURCES`] lists them all in the order they are asked; [`open`] makes the
//! one a [`Config`] describes; a [`Driver`] runs it over windows of texts, with
//! equal texts embedded once and the [`Cache`] in between.
//!
//! Every vector an embedder returns is finite and has length 1 to f32 rounding.
//! Adding an embedder: one file that implements [`Embedder`], one row in sources.rs.

#[cfg(feature = "api")]
pub mod api;
pub mod built_in;
#[cfg_attr(not(feature = "cache"), path = "no_cache.rs")]
pub mod cache;
pub mod driver;
pub mod embedder;
#[cfg_attr(not(feature = "npy"), path = "given/absent.rs")]
pub mod given;
pub mod sources;
pub mod transformer;
pub mod unknown;

pub use crate::cache::Cache;
pub use crate::driver::{Counts, Driver, WINDOW};
pub use crate::embedder::{Config, EmbedError, Embedder};
pub use crate::given::Given;
pub use crate::sources::{list, open, Source, SOURCES};
pub use crate::transformer::pooling::Pooling;
pub use crate::unknown::Unknown;
