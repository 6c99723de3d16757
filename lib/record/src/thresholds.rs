//! What a difference must reach to count: read by whoever scores, and by
//! whoever tells a person about scores.

/// A difference in quality below which nobody should build on a router.
pub const WORTH: f64 = 0.01;
/// Below this many queries differences of a few points are noise.
pub const FEW: usize = 200;
