//! Where k-means starts: greedy k-means++ (Arthur and Vassilvitskii 2007, greedy as
//! in scikit-learn). Each next centre is the best of 2 + ln k candidates drawn in
//! proportion to the squared distance from the centres so far.

use crate::dense::{self, BLOCK};
use crate::matrix::thin;
use ndarray::{Array2, ArrayView2};
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

/// `k` rows of `x` (n×d), n ≥ 1.
pub(super) fn centres(x: ArrayView2<f32>, k: usize, seed: u64) -> Array2<f32> {
    let n = x.nrows();
    let mut rng = rand::rngs::StdRng::seed_from_u64(seed);
    let candidates = 2 + (k as f64).ln() as usize;
    let norms: Vec<f32> = x.rows().into_iter().map(dense::squared_norm).collect();
    let mut chosen = vec![rng.gen_range(0..n)];
    let mut closest = vec![f32::INFINITY; n];
    let first = Reach::new(x, &norms, &chosen, &closest);
    first.lower(0, &mut closest);
    while chosen.len() < k {
        let mut cumulative = Vec::with_capacity(n);
        let mut total = 0.0f64;
        for &v in &closest {
            total += f64::from(v);
            cumulative.push(total);
        }
        let draws: Vec<usize> = (0..candidates)
            .map(|_| {
                let at = rng.gen::<f64>() * total;
                cumulative.partition_point(|&c| c <= at).min(n - 1)
            })
            .collect();
        let reach = Reach::new(x, &norms, &draws, &closest);
        let mut best = 0;
        for c in 1..candidates {
            if reach.potential[c] < reach.potential[best] {
                best = c;
            }
        }
        reach.lower(best, &mut closest);
        chosen.push(draws[best]);
    }
    dense::rows(x, &chosen)
}

/// How near some rows are to all.
struct Reach {
    /// Squared distances, n×|to|.
    squared: Array2<f32>,
    /// By row of `to`: Σ squared distances to the closest centre, if it were one.
    potential: Vec<f64>,
}

impl Reach {
    /// `norms`: the squared lengths of the rows of `x`; `closest`: their squared
    /// distances from the centres so far.
    fn new(x: ArrayView2<f32>, norms: &[f32], to: &[usize], closest: &[f32]) -> Reach {
        let k = to.len();
        let mut squared = thin::product(x, dense::rows(x, to).view());
        for (c, &t) in to.iter().enumerate() {
            // A row is at no distance from itself, whatever the rounding.
            squared[[t, c]] = norms[t];
        }
        let of = |((rows, norms_of), closest): ((&mut [f32], &[f32]), &[f32])| {
            let mut sums = vec![0.0f64; k];
            for ((row, norm), closest) in rows.chunks_mut(k).zip(norms_of).zip(closest) {
                for ((v, &t), sum) in row.iter_mut().zip(to).zip(&mut sums) {
                    *v = (norms[t] + norm - 2.0 * *v).max(0.0);
                    *sum += f64::from(v.min(*closest));
                }
            }
            sums
        };
        let mut potential = vec![0.0; k];
        if let Some(rows) = squared.as_slice_mut() {
            let blocks: Vec<Vec<f64>> = (rows.par_chunks_mut(BLOCK * k))
                .zip(norms.par_chunks(BLOCK))
                .zip(closest.par_chunks(BLOCK))
                .map(of)
                .collect();
            for block in blocks {
                potential.iter_mut().zip(block).for_each(|(to, v)| *to += v);
            }
        }
        Reach { squared, potential }
    }

    /// The distances after the row at a place of `to` became a centre.
    fn lower(&self, place: usize, closest: &mut [f32]) {
        for (old, new) in closest.iter_mut().zip(self.squared.column(place)) {
            *old = old.min(*new);
        }
    }
}
