//! Numerics that know nothing of routing.

#![warn(missing_docs)]

pub mod axis_ridge;
pub mod bradley_terry;
pub mod cluster;
pub mod conditional_logit;
pub mod dense;
pub mod folds;
pub mod linear;
pub mod matrix;
pub mod neural;
pub mod normal;
pub mod optimise;
pub mod ridge;
pub mod softmax;
pub mod sum;
pub mod text;
