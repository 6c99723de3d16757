//! Dense products by ndarray's kernel (matrixmultiply), rows or columns shared
//! out over threads.
//!
//! The kernel sums each number of a product in an order that the common length
//! alone fixes: in blocks of it, each from the first to the last. So a number
//! depends neither on how many rows are computed at once, nor on threads; it
//! may differ between processors, whose kernels differ (fused multiply-add).
//! Dot products of single vectors run over 32 lanes that are added in one tree.

use ndarray::linalg::general_mat_mul;
use ndarray::{s, Array2, ArrayView1, ArrayView2, ArrayViewMut2, Axis, LinalgScalar};
use rayon::prelude::*;

/// Rows that are worked on and summed together, by whoever shares out rows.
pub const BLOCK: usize = 1024;
const LANES: usize = 32;
/// A product of fewer multiplications takes less time than to share it out, or is that
/// of a mini-batch, whose halves are shared out as a whole.
const SMALL: usize = 1 << 23;

/// The dot product of two vectors of one length.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    debug_assert_eq!(a.len(), b.len());
    lanes(a, b, |a, b| a * b)
}

/// The squared Euclidean distance of two vectors of one length.
pub fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    debug_assert_eq!(a.len(), b.len());
    lanes(a, b, |a, b| (a - b) * (a - b))
}

fn lanes(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sum = [0.0f32; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_blocks.remainder().iter().zip(b_blocks.remainder());
    for (x, y) in a_blocks.zip(b_blocks) {
        for l in 0..LANES {
            sum[l] += term(x[l], y[l]);
        }
    }
    for (sum, (x, y)) in sum.iter_mut().zip(rest) {
        *sum += term(*x, *y);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for l in 0..width {
            sum[l] += sum[l + width];
        }
        width /= 2;
    }
    sum[0]
}

/// The matrix product X·Cᵀ: n×k from X (n×d) and C (k×d).
pub fn product<T: LinalgScalar + Send + Sync>(x: ArrayView2<T>, c: ArrayView2<T>) -> Array2<T> {
    assert_eq!(x.ncols(), c.ncols(), "the matrices have different widths");
    let mut out = Array2::zeros((x.nrows(), c.nrows()));
    by_rows(x, c.t(), out.view_mut());
    out
}

/// The matrix product Aᵀ·X: h×d from A (n×h) and X (n×d), the gradient of a
/// linear layer.
pub fn transposed_product<T: LinalgScalar + Send + Sync>(
    a: ArrayView2<T>,
    x: ArrayView2<T>,
) -> Array2<T> {
    assert_eq!(a.nrows(), x.nrows(), "the matrices have different heights");
    let mut out = Array2::zeros((a.ncols(), x.ncols()));
    by_rows(a.t(), x, out.view_mut());
    out
}

/// [`transposed_product`] into the h·d numbers of `out`, row by row.
pub fn transposed_product_into(a: ArrayView2<f32>, x: ArrayView2<f32>, out: &mut [f32]) {
    assert_eq!(a.nrows(), x.nrows(), "the matrices have different heights");
    let out = ArrayViewMut2::from_shape((a.ncols(), x.ncols()), out);
    by_rows(
        a.t(),
        x,
        out.expect("a number for each of h rows and d columns"),
    );
}

/// A·B into `out`, in standard layout.
fn by_rows<T: LinalgScalar + Send + Sync>(
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    mut out: ArrayViewMut2<T>,
) {
    let (n, k) = out.dim();
    if n == 0 || k == 0 || a.ncols() == 0 {
        return;
    }
    let threads = if n * k * a.ncols() < SMALL {
        1
    } else {
        rayon::current_num_threads()
    };
    // Whole tiles of the kernel, whatever its height.
    let part = |n: usize| n.div_ceil(threads).next_multiple_of(16);
    if part(n.max(k)) >= n.max(k) {
        general_mat_mul(T::one(), &a, &b, T::zero(), &mut out);
        return;
    }
    // The longer side is shared out: each thread lays out all of the other.
    if k > n {
        let width = part(k);
        let columns = out.axis_chunks_iter_mut(Axis(1), width).into_par_iter();
        let b = b.axis_chunks_iter(Axis(1), width).into_par_iter();
        columns.zip(b).for_each(|(mut out, b)| {
            general_mat_mul(T::one(), &a, &b, T::zero(), &mut out);
        });
        return;
    }
    let height = part(n);
    if let Some(rows) = out.as_slice_mut() {
        rows.par_chunks_mut(height * k)
            .enumerate()
            .for_each(|(i, rows)| {
                let n = rows.len() / k;
                let a = a.slice(s![i * height..i * height + n, ..]);
                if let Ok(mut out) = ArrayViewMut2::from_shape((n, k), rows) {
                    general_mat_mul(T::one(), &a, &b, T::zero(), &mut out);
                }
            });
    }
}

/// Some rows of `x`, in the order asked for; ndarray's own `select` copies number by
/// number.
pub fn rows<T: Copy>(x: ArrayView2<T>, rows: &[usize]) -> Array2<T> {
    let mut out = Vec::with_capacity(rows.len() * x.ncols());
    for &row in rows {
        let row = x.row(row);
        match row.to_slice() {
            Some(row) => out.extend_from_slice(row),
            None => out.extend(row.iter().copied()),
        }
    }
    Array2::from_shape_vec((rows.len(), x.ncols()), out)
        .expect("as many numbers as rows times columns")
}

/// The same rows scaled to length 1; a zero row stays zero.
pub fn normalized(x: ArrayView2<f32>) -> Array2<f32> {
    let mut out = x.as_standard_layout().into_owned();
    for mut row in out.rows_mut() {
        if let Some(row) = row.as_slice_mut() {
            normalize(row);
        }
    }
    out
}

/// Scales a vector to length 1 in place; a zero vector stays zero.
pub fn normalize(v: &mut [f32]) {
    let norm = dot(v, v).sqrt();
    if norm > 0.0 && norm.is_finite() {
        v.iter_mut().for_each(|x| *x /= norm);
    }
}

/// Squared length of a row.
pub fn squared_norm(row: ArrayView1<f32>) -> f32 {
    match row.as_slice() {
        Some(row) => dot(row, row),
        None => dot(&row.to_vec(), &row.to_vec()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn matrix(n: usize, d: usize, salt: u64) -> Array2<f32> {
        Array2::from_shape_fn((n, d), |(i, j)| {
            let h = rb_record::hash::text(salt, "m", &format!("{i},{j}"));
            rb_record::hash::unit(h) as f32 - 0.5
        })
    }

    #[test]
    fn the_product_equals_the_textbook_sum() {
        for d in [1, 5, 31, 32, 33, 256, 300] {
            let (x, c) = (matrix(37, d, 1), matrix(70, d, 2));
            let got = product(x.view(), c.view());
            for i in 0..37 {
                for j in 0..70 {
                    let want: f64 = (0..d).map(|t| x[[i, t]] as f64 * c[[j, t]] as f64).sum();
                    assert!((got[[i, j]] as f64 - want).abs() < 1e-4);
                }
            }
        }
    }

    #[test]
    fn the_transposed_product_equals_the_textbook_sum() {
        for (n, h, d) in [(1, 1, 1), (7, 3, 5), (37, 20, 33), (200, 100, 64)] {
            let (a, x) = (matrix(n, h, 5), matrix(n, d, 6));
            let got = transposed_product(a.view(), x.view());
            for i in 0..h {
                for j in 0..d {
                    let want: f64 = (0..n).map(|t| a[[t, i]] as f64 * x[[t, j]] as f64).sum();
                    assert!((got[[i, j]] as f64 - want).abs() < 1e-4);
                }
            }
        }
    }

    #[test]
    fn a_row_has_the_same_bits_alone_and_among_many_whatever_the_threads() {
        // Below and above the length of the kernel's blocks, tiny and parallel.
        for (n, k, d) in [(3, 2, 2), (40, 30, 100), (200, 65, 700), (1000, 64, 256)] {
            let (x, c) = (matrix(n, d, 3), matrix(k, d, 4));
            let many = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
                pool.build()
                    .unwrap()
                    .install(|| product(x.view(), c.view()))
            };
            let all = many(1);
            assert_eq!(all, many(2));
            assert_eq!(all, many(3));
            for i in [0, n / 2, n - 1] {
                let one = product(x.slice(s![i..=i, ..]), c.view());
                assert_eq!(one.row(0), all.row(i), "{n} {k} {d}");
                let cell = product(x.slice(s![i..=i, ..]), c.slice(s![1..2, ..]));
                assert_eq!(cell[[0, 0]], all[[i, 1]]);
            }
        }
        let (a, x) = (matrix(3000, 40, 5), matrix(3000, 64, 6));
        let all = transposed_product(a.view(), x.view());
        let one = transposed_product(a.slice(s![.., 7..8]), x.view());
        assert_eq!(one.row(0), all.row(7));
    }
}
