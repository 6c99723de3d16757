//! What tests share that hold a network to figures of scripts/neural-figures.py:
//! weights and inputs by formula.

use crate::tape;
use ndarray::Array2;
use rb_learn::dense;

/// Queries, numbers of a query, models.
pub(crate) const N: usize = 5;
pub(crate) const D: usize = 4;
pub(crate) const K: usize = 3;

/// sin(step·i + shift) for the i-th number, row by row.
pub(crate) fn wave(rows: usize, columns: usize, step: f64, shift: f64) -> Array2<f32> {
    let at = |(i, j)| ((i * columns + j) as f64 * step + shift).sin() as f32;
    Array2::from_shape_fn((rows, columns), at)
}

/// Unit rows.
pub(crate) fn unit_rows() -> Array2<f32> {
    dense::normalized(wave(N, D, 0.9, 0.0).view())
}

/// The flat vector of a network's weights.
pub(crate) fn weights(shapes: &[(usize, usize)]) -> Vec<f32> {
    let all = wave(1, tape::count(shapes), 1.7, 0.3);
    all.iter().map(|v| 0.5 * v).collect()
}

/// The first rows of `found` are those that NumPy gave, to their six digits.
pub(crate) fn compare(found: &Array2<f64>, wanted: [[f64; K]; 2]) {
    for (row, wanted) in found.rows().into_iter().zip(wanted) {
        for (p, wanted) in row.iter().zip(wanted) {
            assert!((p - wanted).abs() < 3e-6, "{found} {wanted}");
        }
    }
}
