//! What symmetric matrices are taken apart into.

pub mod cholesky;
pub mod symmetric;
