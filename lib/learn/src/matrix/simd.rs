//! Loops over plain slices, compiled for the widest vectors of the processor that
//! runs them. The numbers stay the same: sums keep their order, and a product and a
//! sum are never rounded as one.

use pulp::Arch;
pub use pulp::NullaryFnOnce as Work;
use std::sync::OnceLock;

const LANES: usize = 8;

/// The dot product of two vectors of one length, in eight sums side by side that are
/// added in one order.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    wide(|| lanes(a, b))
}

/// [`dot`], also of single numbers with doubles, within a loop that is wide already.
#[inline(always)]
pub fn lanes<T: Into<f64> + Copy>(a: &[T], b: &[f64]) -> f64 {
    let mut sum = [0.0; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_blocks.remainder().iter().zip(b_blocks.remainder());
    let rest: f64 = rest.map(|(x, y)| (*x).into() * y).sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        for l in 0..LANES {
            sum[l] += x[l].into() * y[l];
        }
    }
    sum.iter().sum::<f64>() + rest
}

/// to += t·v.
pub fn add(to: &mut [f64], t: f64, v: &[f64]) {
    wide(|| to.iter_mut().zip(v).for_each(|(to, v)| *to += t * v));
}

/// Runs `work`, whose loops are compiled for each kind of processor. What is longer
/// than a loop or two is [`Work`] of its own, whose `call` is always inlined.
#[inline(always)]
pub fn wide<W: Work>(work: W) -> W::Output {
    static ARCH: OnceLock<Arch> = OnceLock::new();
    ARCH.get_or_init(Arch::new).dispatch(work)
}
