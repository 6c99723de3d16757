//! Routers by linear models.

pub mod dataset_classifier;
pub mod distance;
pub mod domain;
pub mod domain_priors;
pub mod heads;
pub mod logistic;
pub mod svm;
