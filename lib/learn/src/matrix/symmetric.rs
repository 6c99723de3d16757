//! Eigenvectors of small symmetric matrices by cyclic Jacobi rotations, and the
//! principal axes that they are.

use crate::dense;
use ndarray::{Array2, ArrayView2, Axis};

/// Eigenvalues, and eigenvectors in the columns of an orthogonal matrix, of a
/// symmetric `a` (r×r). O(r³) a sweep, some ten of them.
pub fn eigen(mut a: Array2<f64>) -> (Vec<f64>, Array2<f64>) {
    let r = a.ncols();
    // Rows are turned, since they lie together; so these are the vectors' rows.
    let mut vectors = Array2::eye(r);
    let whole = a.iter().map(|v| v * v).sum::<f64>();
    const SWEEPS: usize = 50;
    for _ in 0..SWEEPS {
        let rest: f64 = a
            .indexed_iter()
            .filter(|((i, j), _)| i != j)
            .map(|(_, v)| v * v)
            .sum();
        if rest <= 1e-24 * whole {
            break;
        }
        for i in 0..r {
            for j in i + 1..r {
                if a[[i, j]] != 0.0 {
                    // The smaller angle that makes a[i, j] zero.
                    let ratio = (a[[j, j]] - a[[i, i]]) / (2.0 * a[[i, j]]);
                    let tangent = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
                    let cosine = 1.0 / tangent.hypot(1.0);
                    let angle = (cosine, tangent * cosine);
                    rotate_columns(&mut a, i, j, angle);
                    rotate_rows(&mut a, i, j, angle);
                    rotate_rows(&mut vectors, i, j, angle);
                }
            }
        }
    }
    (a.diag().to_vec(), vectors.reversed_axes())
}

/// Turns rows i < j of `m` by the angle of this cosine and sine.
fn rotate_rows(m: &mut Array2<f64>, i: usize, j: usize, (cosine, sine): (f64, f64)) {
    let (mut above, mut below) = m.view_mut().split_at(Axis(0), j);
    let (mut first, mut second) = (above.row_mut(i), below.row_mut(0));
    for (a, b) in first.iter_mut().zip(second.iter_mut()) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

fn rotate_columns(m: &mut Array2<f64>, i: usize, j: usize, (cosine, sine): (f64, f64)) {
    for mut row in m.rows_mut() {
        let (a, b) = (row[i], row[j]);
        row[i] = cosine * a - sine * b;
        row[j] = sine * a + cosine * b;
    }
}

/// The principal axes of `rows` (n×K), which are centred: orthonormal columns,
/// all K of them, or where there are fewer rows those along which anything lies.
pub fn principal_axes(rows: ArrayView2<f64>) -> Array2<f64> {
    let (n, k) = rows.dim();
    if k <= n {
        return eigen(dense::transposed_product(rows, rows)).1;
    }
    let (squares, vectors) = eigen(dense::product(rows, rows));
    let most = squares.iter().copied().fold(0.0, f64::max);
    let kept: Vec<usize> = (0..n).filter(|&q| squares[q] > 1e-12 * most).collect();
    let mut axes = rows.t().dot(&vectors.select(Axis(1), &kept));
    for (mut axis, &q) in axes.columns_mut().into_iter().zip(&kept) {
        axis /= squares[q].sqrt();
    }
    axes
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::hash;

    fn centred(rows: usize, columns: usize) -> Array2<f64> {
        let values = Array2::from_shape_fn((rows, columns), |(i, j)| {
            hash::unit(hash::text(1, "axis", &format!("{i} {j}"))) - 0.5
        });
        &values - &(values.sum_axis(Axis(0)) / rows as f64)
    }

    #[test]
    fn the_axes_are_orthonormal_and_turn_the_covariance_diagonal() {
        for (n, k) in [(40, 1), (40, 2), (40, 9), (9, 40)] {
            let values = centred(n, k);
            let q = principal_axes(values.view());
            let alike = q.t().dot(&q) - Array2::<f64>::eye(q.ncols());
            assert!(alike.iter().all(|v| v.abs() < 1e-9));
            let turned = q.t().dot(&values.t().dot(&values)).dot(&q);
            for ((i, j), v) in turned.indexed_iter() {
                assert!(i == j || v.abs() < 1e-9, "{i},{j}: {v}");
            }
            // Nothing lies beside them.
            let all = values.iter().map(|v| v * v).sum::<f64>();
            assert!((turned.diag().sum() - all).abs() < 1e-9);
        }
        let none = Array2::<f64>::zeros((5, 3));
        assert_eq!(principal_axes(none.view()), Array2::<f64>::eye(3));
    }
}
