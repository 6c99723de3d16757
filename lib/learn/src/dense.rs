//! Dense f32 arithmetic with one fixed order of summation.
//!
//! A dot product runs over 32 lanes, each a multiply and then an add, and the
//! lanes are added in one fixed tree. So a value does not depend on how many
//! rows are computed at once, on threads, or on which vector instructions the
//! processor has (no fused multiply-add is chosen at run time).
//!
//! This is the only file of the library with `unsafe`: it runs the same
//! portable loops compiled for AVX2 where the processor has it.

use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;

const LANES: usize = 32;

#[inline(always)]
fn lanes(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sum = [0.0f32; LANES];
    let mut a_blocks = a.chunks_exact(LANES);
    let mut b_blocks = b.chunks_exact(LANES);
    for (x, y) in (&mut a_blocks).zip(&mut b_blocks) {
        for l in 0..LANES {
            sum[l] += term(x[l], y[l]);
        }
    }
    for (l, (x, y)) in a_blocks
        .remainder()
        .iter()
        .zip(b_blocks.remainder())
        .enumerate()
    {
        sum[l] += term(*x, *y);
    }
    folded(sum)
}

/// The lanes added in the one fixed tree.
#[inline(always)]
fn folded(mut sum: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for l in 0..width {
            sum[l] += sum[l + width];
        }
        width /= 2;
    }
    sum[0]
}

/// Two dot products with `x` at once, each summed exactly as [`lanes`] does:
/// one alone waits for its own additions half of the time.
#[inline(always)]
fn dot_of_two(x: &[f32], a: &[f32], b: &[f32]) -> [f32; 2] {
    let mut sum = [[0.0f32; LANES]; 2];
    let mut x_blocks = x.chunks_exact(LANES);
    let mut a_blocks = a.chunks_exact(LANES);
    let mut b_blocks = b.chunks_exact(LANES);
    for ((x, a), b) in (&mut x_blocks).zip(&mut a_blocks).zip(&mut b_blocks) {
        for l in 0..LANES {
            sum[0][l] += x[l] * a[l];
            sum[1][l] += x[l] * b[l];
        }
    }
    let rest = a_blocks.remainder().iter().zip(b_blocks.remainder());
    for (l, (x, (a, b))) in x_blocks.remainder().iter().zip(rest).enumerate() {
        sum[0][l] += x * a;
        sum[1][l] += x * b;
    }
    sum.map(folded)
}

#[inline(always)]
fn product_into(x: &[f32], rows: &[f32], d: usize, out: &mut [f32]) {
    let mut pairs = rows.chunks_exact(2 * d);
    let mut outs = out.chunks_exact_mut(2);
    for (pair, o) in (&mut pairs).zip(&mut outs) {
        let (a, b) = pair.split_at(d);
        o.copy_from_slice(&dot_of_two(x, a, b));
    }
    let last = pairs.remainder().chunks_exact(d);
    for (row, o) in last.zip(outs.into_remainder()) {
        *o = lanes(x, row, |a, b| a * b);
    }
}

#[inline(always)]
fn squared_distance_any(a: &[f32], b: &[f32]) -> f32 {
    lanes(a, b, |a, b| (a - b) * (a - b))
}

/// `out[h] += Σ_i a[h, i]·x[i]` over a block of rows of x (each of length d),
/// four rows at a time; `a` holds one row of `n` factors for each row of out.
#[inline(always)]
fn accumulate_any(a: &[f32], n: usize, first: usize, x: &[f32], d: usize, out: &mut [f32]) {
    for (a, out) in a.chunks_exact(n).zip(out.chunks_exact_mut(d)) {
        let mut fours = x.chunks_exact(4 * d);
        let mut at = first;
        for four in &mut fours {
            let (x0, rest) = four.split_at(d);
            let (x1, rest) = rest.split_at(d);
            let (x2, x3) = rest.split_at(d);
            let (a0, a1, a2, a3) = (a[at], a[at + 1], a[at + 2], a[at + 3]);
            for ((((o, x0), x1), x2), x3) in out.iter_mut().zip(x0).zip(x1).zip(x2).zip(x3) {
                *o += (a0 * x0 + a1 * x1) + (a2 * x2 + a3 * x3);
            }
            at += 4;
        }
        for x in fours.remainder().chunks_exact(d) {
            out.iter_mut().zip(x).for_each(|(o, x)| *o += a[at] * x);
            at += 1;
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    //! The portable loops again, for AVX2.

    /// # Safety
    /// The processor must have AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn product_into(x: &[f32], rows: &[f32], d: usize, out: &mut [f32]) {
        crate::dense::product_into(x, rows, d, out)
    }

    /// # Safety
    /// The processor must have AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
        use std::arch::x86_64::*;
        // By hand, because the compiler spills the lanes of the portable loop.
        // The order of the sums is that of `lanes`, to the bit.
        let n = a.len().min(b.len());
        let blocks = n - n % crate::dense::LANES;
        let mut sum = [_mm256_setzero_ps(); 4];
        let mut i = 0;
        while i < blocks {
            for (q, sum) in sum.iter_mut().enumerate() {
                // SAFETY: i + 8q + 8 ≤ blocks ≤ the length of both slices.
                let (x, y) = unsafe {
                    (
                        _mm256_loadu_ps(a.as_ptr().add(i + 8 * q)),
                        _mm256_loadu_ps(b.as_ptr().add(i + 8 * q)),
                    )
                };
                let d = _mm256_sub_ps(x, y);
                *sum = _mm256_add_ps(*sum, _mm256_mul_ps(d, d));
            }
            i += crate::dense::LANES;
        }
        if blocks < n {
            let mut lanes = [0.0f32; crate::dense::LANES];
            for (q, sum) in sum.iter().enumerate() {
                // SAFETY: 8q + 8 ≤ 32, the length of `lanes`.
                unsafe { _mm256_storeu_ps(lanes.as_mut_ptr().add(8 * q), *sum) };
            }
            for (lane, (x, y)) in lanes.iter_mut().zip(a[blocks..n].iter().zip(&b[blocks..n])) {
                *lane += (x - y) * (x - y);
            }
            for (q, sum) in sum.iter_mut().enumerate() {
                // SAFETY: as above.
                *sum = unsafe { _mm256_loadu_ps(lanes.as_ptr().add(8 * q)) };
            }
        }
        let half = _mm256_add_ps(_mm256_add_ps(sum[0], sum[2]), _mm256_add_ps(sum[1], sum[3]));
        let four = _mm_add_ps(
            _mm256_castps256_ps128(half),
            _mm256_extractf128_ps::<1>(half),
        );
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
    }

    /// # Safety
    /// The processor must have AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn accumulate(
        a: &[f32],
        n: usize,
        first: usize,
        x: &[f32],
        d: usize,
        out: &mut [f32],
    ) {
        crate::dense::accumulate_any(a, n, first, x, d, out)
    }
}

/// `out[j] = x · rows[j]`, rows of length d one after another.
fn products(x: &[f32], rows: &[f32], d: usize, out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 was detected on the line above.
        unsafe { wide::product_into(x, rows, d, out) };
        return;
    }
    product_into(x, rows, d, out)
}

/// The dot product of two vectors of one length.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    debug_assert_eq!(a.len(), b.len());
    if b.is_empty() {
        return 0.0;
    }
    let mut out = [0.0];
    products(a, b, b.len(), &mut out);
    out[0]
}

/// The squared Euclidean distance of two vectors of one length.
pub fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    debug_assert_eq!(a.len(), b.len());
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 was detected on the line above.
        return unsafe { wide::squared_distance(a, b) };
    }
    squared_distance_any(a, b)
}

/// The matrix product X·Cᵀ: n×k from X (n×d) and C (k×d), both in standard
/// layout. Rows in parallel; C is walked in tiles that stay in the cache.
pub fn product(x: ArrayView2<f32>, c: ArrayView2<f32>) -> Array2<f32> {
    let (n, k, d) = (x.nrows(), c.nrows(), x.ncols());
    assert_eq!(d, c.ncols(), "the matrices have different widths");
    let mut out = Array2::<f32>::zeros((n, k));
    if n == 0 || k == 0 || d == 0 {
        return out;
    }
    let x = x.as_standard_layout();
    let c = c.as_standard_layout();
    let (Some(xs), Some(cs)) = (x.as_slice(), c.as_slice()) else {
        return out;
    };
    const BLOCK: usize = 16;
    let tile = (32 * 1024 / d).max(1);
    if let Some(os) = out.as_slice_mut() {
        os.par_chunks_mut(BLOCK * k)
            .zip(xs.par_chunks(BLOCK * d))
            .for_each(|(out, x)| {
                for (t, rows) in cs.chunks(tile * d).enumerate() {
                    for (x, out) in x.chunks_exact(d).zip(out.chunks_exact_mut(k)) {
                        products(x, rows, d, &mut out[t * tile..][..rows.len() / d]);
                    }
                }
            });
    }
    out
}

fn accumulate(a: &[f32], n: usize, first: usize, x: &[f32], d: usize, out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 was detected on the line above.
        unsafe { wide::accumulate(a, n, first, x, d, out) };
        return;
    }
    accumulate_any(a, n, first, x, d, out)
}

/// The matrix product Aᵀ·X: h×d from A (n×h) and X (n×d), the gradient of a
/// linear layer. Each number is summed over the rows in one fixed order.
pub fn transposed_product(a: ArrayView2<f32>, x: ArrayView2<f32>) -> Array2<f32> {
    let (n, h, d) = (a.nrows(), a.ncols(), x.ncols());
    assert_eq!(n, x.nrows(), "the matrices have different heights");
    let mut out = Array2::<f32>::zeros((h, d));
    if n == 0 || h == 0 || d == 0 {
        return out;
    }
    let a = a.t().as_standard_layout().into_owned();
    let x = x.as_standard_layout();
    let (Some(a), Some(x), Some(out_slice)) = (a.as_slice(), x.as_slice(), out.as_slice_mut())
    else {
        return out;
    };
    // Eight rows of out and sixteen of X stay in the nearest cache together.
    const ROWS: usize = 8;
    const BLOCK: usize = 16;
    let part = |(a, out): (&[f32], &mut [f32])| {
        for (b, x) in x.chunks(BLOCK * d).enumerate() {
            accumulate(a, n, b * BLOCK, x, d, out);
        }
    };
    // A small product is done before a second thread has woken.
    if n * h * d < 1 << 19 {
        part((a, out_slice))
    } else {
        out_slice
            .par_chunks_mut(ROWS * d)
            .zip(a.par_chunks(ROWS * n))
            .for_each(|(out, a)| part((a, out)))
    }
    out
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
mod tests {
    use super::*;

    fn matrix(n: usize, d: usize, salt: u64) -> Array2<f32> {
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
    fn the_transposed_product_equals_the_textbook_sum_whatever_the_threads() {
        for (n, h, d) in [(1, 1, 1), (7, 3, 5), (37, 20, 33), (200, 100, 64)] {
            let (a, x) = (matrix(n, h, 5), matrix(n, d, 6));
            let got = transposed_product(a.view(), x.view());
            for i in 0..h {
                for j in 0..d {
                    let want: f64 = (0..n).map(|t| a[[t, i]] as f64 * x[[t, j]] as f64).sum();
                    assert!((got[[i, j]] as f64 - want).abs() < 1e-4);
                }
            }
            // A row of the product does not depend on how many there are.
            let one = transposed_product(a.slice(ndarray::s![.., 0..1]), x.view());
            assert_eq!(one.row(0), got.row(0));
        }
    }

    #[test]
    fn one_row_gives_the_same_bits_as_many_and_avx2_as_the_portable_loop() {
        let (x, c) = (matrix(40, 100, 3), matrix(30, 100, 4));
        let all = product(x.view(), c.view());
        for i in 0..40 {
            let one = product(x.slice(ndarray::s![i..i + 1, ..]), c.view());
            for j in 0..30 {
                assert_eq!(one[[0, j]].to_bits(), all[[i, j]].to_bits());
                let (a, b) = (x.row(i).to_vec(), c.row(j).to_vec());
                let mut portable = [0.0];
                product_into(&a, &b, 100, &mut portable);
                assert_eq!(portable[0].to_bits(), all[[i, j]].to_bits());
                assert_eq!(
                    squared_distance(&a, &b).to_bits(),
                    squared_distance_any(&a, &b).to_bits()
                );
            }
        }
    }
}
