//! Linear layers over a flat vector of f32 parameters: views of its parts,
//! X·Wᵀ + b and its gradient, and the draws that start a network.

use crate::dense;
use crate::matrix::simd::wide;
use ndarray::{Array2, ArrayView2};
use rand::rngs::StdRng;
use rand::Rng;
use rand_distr::StandardNormal;

/// Takes the next rows×columns numbers off `rest` as a matrix.
pub fn take<'a>(rest: &mut &'a [f32], rows: usize, columns: usize) -> ArrayView2<'a, f32> {
    let (part, left) = rest.split_at(rows * columns);
    *rest = left;
    ArrayView2::from_shape((rows, columns), part).expect("a part has rows times columns numbers")
}

/// X·Wᵀ + b: n×h from X (n×d), W (h×d) and b (h numbers, or none).
pub fn forward(x: ArrayView2<f32>, w: ArrayView2<f32>, b: &[f32]) -> Array2<f32> {
    let mut z = dense::product(x, w);
    if !b.is_empty() {
        let rows = z.as_slice_mut().unwrap_or_default();
        wide(|| {
            for row in rows.chunks_exact_mut(b.len()) {
                row.iter_mut().zip(b).for_each(|(z, b)| *z += b);
            }
        });
    }
    z
}

/// The sum of each column, rows in order.
pub fn column_sums(a: ArrayView2<f32>) -> Vec<f32> {
    let mut sums = vec![0.0; a.ncols()];
    match a.as_slice() {
        Some(a) if !sums.is_empty() => wide(|| {
            for row in a.chunks_exact(sums.len()) {
                sums.iter_mut().zip(row).for_each(|(s, v)| *s += v);
            }
        }),
        _ => {
            for row in a.rows() {
                sums.iter_mut().zip(row).for_each(|(s, v)| *s += v);
            }
        }
    }
    sums
}

/// The gradient in W (h×d) and, where `to` has room for it behind, in b (h), from that in
/// the outputs (`dz` n×h) and the inputs (n×d).
pub fn slope(dz: ArrayView2<f32>, x: ArrayView2<f32>, to: &mut [f32]) {
    let (weights, biases) = to.split_at_mut(dz.ncols() * x.ncols());
    dense::transposed_product_into(dz, x, weights);
    if !biases.is_empty() {
        biases.copy_from_slice(&column_sums(dz));
    }
}

/// Lays the numbers of a matrix behind those of a flat gradient, row by row.
pub fn append(to: &mut Vec<f32>, part: &Array2<f32>) {
    match part.as_slice() {
        Some(part) => to.extend_from_slice(part),
        None => to.extend(part),
    }
}

/// The gradient in X: n×d from the gradient in the outputs (n×h) and W (h×d).
pub fn backward(dz: ArrayView2<f32>, w: ArrayView2<f32>) -> Array2<f32> {
    dense::product(dz, w.t())
}

/// `n` numbers drawn evenly from −bound..bound.
pub fn uniform(n: usize, bound: f32, rng: &mut StdRng) -> Vec<f32> {
    (0..n)
        .map(|_| (2.0 * rng.gen::<f32>() - 1.0) * bound)
        .collect()
}

/// `n` numbers drawn from N(0, deviation²).
pub fn normal(n: usize, deviation: f32, rng: &mut StdRng) -> Vec<f32> {
    let draws = rng.sample_iter::<f32, _>(StandardNormal).take(n);
    draws.map(|z| z * deviation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use rand::SeedableRng;

    #[test]
    fn a_layer_is_the_product_and_the_bias() {
        let w = array![[1.0f32, 2.0], [0.0, -1.0], [3.0, 0.5]];
        let z = forward(array![[2.0f32, 4.0]].view(), w.view(), &[0.5, 0.0, 1.0]);
        assert_eq!(z, array![[10.5, -4.0, 9.0]]);
        let back = backward(array![[1.0f32, 1.0, 2.0]].view(), w.view());
        assert_eq!(back, array![[7.0, 2.0]]);
        assert_eq!(column_sums(w.view()), [4.0, 1.5]);
    }

    #[test]
    fn draws_have_the_spread_asked_for() {
        let mut rng = StdRng::seed_from_u64(3);
        for (draws, wanted) in [
            (normal(20_001, 0.5, &mut rng), 0.25),
            (uniform(20_001, 3.0, &mut rng), 3.0),
        ] {
            assert_eq!(draws.len(), 20_001);
            let n = draws.len() as f32;
            let mean = draws.iter().sum::<f32>() / n;
            let variance = draws.iter().map(|v| v * v).sum::<f32>() / n;
            assert!(mean.abs() < 0.05, "{mean}");
            assert!(
                (variance / wanted - 1.0).abs() < 0.05,
                "{variance} {wanted}"
            );
        }
    }
}
