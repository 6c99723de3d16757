//! What symmetric matrices are taken apart into, and loops over wide vectors.

pub mod cholesky;
pub mod simd;
pub mod symmetric;
