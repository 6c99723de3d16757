//! Operations stay on the thread that asks for them.
//!
//! candle shares out element-wise operations over a pool of its own, whose threads
//! spin while they wait for each other, and gemm shares out products. Networks of our
//! size wait longer than they compute: graphrouter took 27 s of processor time on
//! 3,870 queries instead of 8. Results do not depend on it.

use std::sync::Once;

static ONCE: Once = Once::new();

/// Tells candle and gemm so, before the first operation.
pub(crate) fn keep_whole() {
    ONCE.call_once(|| {
        // Read once, when the pool is made.
        std::env::set_var("CANDLE_NUM_THREADS", "1");
        gemm::set_threading_threshold(usize::MAX);
    });
}
