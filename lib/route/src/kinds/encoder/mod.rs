//! The neural routers of the two benchmarks, on frozen embeddings, three also with
//! an encoder that they tune. They need the
//! crate rb-neural (feature `neural`); a build without it lists them and says so.

#[cfg(feature = "neural")]
pub mod bert;
#[cfg(feature = "neural")]
pub mod graphrouter;
#[cfg(feature = "neural")]
pub mod hybridllm;
#[cfg(feature = "neural")]
pub mod llm_classifier;
#[cfg(feature = "neural")]
pub mod model_sat;
#[cfg(feature = "neural")]
mod plan;
#[cfg(all(test, feature = "neural"))]
mod planted_tests;
#[cfg(feature = "neural")]
pub mod routerdc;
pub mod tune_flags;
#[cfg_attr(not(feature = "neural"), path = "absent.rs")]
pub mod tuned;
#[cfg(feature = "neural")]
mod tuner;
#[cfg(feature = "neural")]
mod two_model_head;

#[cfg(feature = "neural")]
use crate::router::Entry;

/// Their rows in the table of routers.
#[cfg(feature = "neural")]
pub const ROWS: [&Entry; 6] = [
    &bert::ENTRY,
    &llm_classifier::ENTRY,
    &hybridllm::ENTRY,
    &routerdc::ENTRY,
    &graphrouter::ENTRY,
    &model_sat::ENTRY,
];
#[cfg(not(feature = "neural"))]
pub use tuned::ROWS;
