//! Routers by neighbours and clusters of embeddings.

pub mod avengers;
pub mod avengers_pro;
pub mod centroids;
pub mod hiershrink;
pub mod kmeans;
pub mod knn;
pub mod leaders;
pub mod mixture;
