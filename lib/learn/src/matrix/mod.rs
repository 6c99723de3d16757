//! What symmetric matrices are taken apart into, products with few rows, and loops over
//! wide vectors.

pub mod cholesky;
pub mod simd;
pub mod symmetric;
pub mod thin;
