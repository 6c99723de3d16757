//! Products with a matrix of few rows, such as those of a small mini-batch. The tuned
//! kernel (dense.rs) would spend its time on laying out the other matrix for itself;
//! here both are read as they stand, and sums stay in registers.
//!
//! Each number is a sum in an order that the common length alone fixes: eight sums
//! side by side, added in one tree, or the few rows one after another. So it depends
//! neither on threads nor on how many rows are computed at once.

use crate::matrix::simd::{wide, Work};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

const LANES: usize = 8;
/// Rows of C whose products with two rows of X fit the registers.
pub const TILE: usize = 5;
/// Rows of X that a thread takes at a time.
const ROWS: usize = 256;

/// X·Cᵀ where C (k×d) has few rows: n×k from X (n×d).
pub fn product(x: ArrayView2<f32>, c: ArrayView2<f32>) -> Array2<f32> {
    assert_eq!(x.ncols(), c.ncols(), "the matrices have different widths");
    let (n, width, k) = (x.nrows(), x.ncols(), c.nrows());
    let mut out = Array2::zeros((n, k));
    if width == 0 {
        return out;
    }
    let (x, c) = (x.as_standard_layout(), c.as_standard_layout());
    if let (Some(x), Some(c), Some(out)) = (x.as_slice(), c.as_slice(), out.as_slice_mut()) {
        let of = |(rows, to): (&[f32], &mut [f32])| {
            wide(Products {
                rows,
                width,
                c,
                to,
                k,
            })
        };
        if n <= ROWS {
            of((x, out));
        } else {
            let blocks = out.par_chunks_mut((ROWS * k).max(1));
            x.par_chunks(ROWS * width).zip(blocks).for_each(of);
        }
    }
    out
}

/// The products of some rows of X with those of C.
struct Products<'a> {
    rows: &'a [f32],
    width: usize,
    c: &'a [f32],
    to: &'a mut [f32],
    k: usize,
}

impl Work for Products<'_> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let Products {
            rows,
            width,
            c,
            to,
            k,
        } = self;
        if k == 0 {
            return;
        }
        for (tile, c) in c.chunks(TILE * width).enumerate() {
            let first = tile * TILE;
            match c.len() / width {
                1 => tile_of::<1>(rows, width, c, to, k, first),
                2 => tile_of::<2>(rows, width, c, to, k, first),
                3 => tile_of::<3>(rows, width, c, to, k, first),
                4 => tile_of::<4>(rows, width, c, to, k, first),
                _ => tile_of::<TILE>(rows, width, c, to, k, first),
            }
        }
    }
}

/// The products of all rows with R rows of C, which are from `first` on in a row of `to`.
#[inline(always)]
fn tile_of<const R: usize>(
    rows: &[f32],
    width: usize,
    c: &[f32],
    to: &mut [f32],
    k: usize,
    first: usize,
) {
    // Side by side by eight columns, so that one walk finds them all; what is missing of
    // the last eight is 0, there and of X.
    let mut laid = vec![[[0.0f32; LANES]; R]; width.div_ceil(LANES)];
    for (r, row) in c.chunks_exact(width).enumerate() {
        for (laid, block) in laid.iter_mut().zip(row.chunks(LANES)) {
            laid[r][..block.len()].copy_from_slice(block);
        }
    }
    for (pair, to) in rows.chunks(2 * width).zip(to.chunks_mut(2 * k)) {
        let (one, other) = pair.split_at(width);
        // The last of an odd number beside itself.
        let is_pair = !other.is_empty();
        let sums = dots([one, if is_pair { other } else { one }], &laid);
        for (sums, to) in sums.iter().zip(to.chunks_exact_mut(k)) {
            for (sum, to) in sums.iter().zip(&mut to[first..]) {
                *to = tree(sum);
            }
        }
    }
}

/// The dot products of two rows with R others, in eight sums each.
#[inline(always)]
fn dots<const R: usize>(x: [&[f32]; 2], laid: &[[[f32; LANES]; R]]) -> [[[f32; LANES]; R]; 2] {
    let mut sums = [[[0.0f32; LANES]; R]; 2];
    let (one, one_rest) = x[0].as_chunks::<LANES>();
    let (other, other_rest) = x[1].as_chunks::<LANES>();
    for ((one, other), c) in one.iter().zip(other).zip(laid) {
        more(&mut sums, [one, other], c);
    }
    if let (false, Some(c)) = (one_rest.is_empty(), laid.last()) {
        let mut rest = [[0.0; LANES]; 2];
        rest[0][..one_rest.len()].copy_from_slice(one_rest);
        rest[1][..other_rest.len()].copy_from_slice(other_rest);
        more(&mut sums, [&rest[0], &rest[1]], c);
    }
    sums
}

#[inline(always)]
fn more<const R: usize>(
    sums: &mut [[[f32; LANES]; R]; 2],
    x: [&[f32; LANES]; 2],
    c: &[[f32; LANES]; R],
) {
    for r in 0..R {
        for l in 0..LANES {
            sums[0][r][l] += x[0][l] * c[r][l];
        }
        for l in 0..LANES {
            sums[1][r][l] += x[1][l] * c[r][l];
        }
    }
}

#[inline(always)]
fn tree(s: &[f32; LANES]) -> f32 {
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

/// Columns of X whose sums for two columns of A fit the registers.
const SPAN: usize = 32;

/// Aᵀ·X into the h·d numbers of `to`, row by row, where A (n×h) and X (n×d) have few
/// rows: the gradient of a linear layer.
pub fn transposed_product_into(a: ArrayView2<f32>, x: ArrayView2<f32>, to: &mut [f32]) {
    assert_eq!(a.nrows(), x.nrows(), "the matrices have different heights");
    let (height, width) = (a.ncols(), x.ncols());
    assert_eq!(to.len(), height * width, "a number for each column of both");
    let (a, x) = (a.as_standard_layout(), x.as_standard_layout());
    if let (Some(a), Some(x), true) = (a.as_slice(), x.as_slice(), width > 0) {
        wide(Outer {
            a,
            height,
            x,
            width,
            to,
        });
    }
}

/// Σ of the outer products of rows.
struct Outer<'a> {
    a: &'a [f32],
    height: usize,
    x: &'a [f32],
    width: usize,
    to: &'a mut [f32],
}

impl Work for Outer<'_> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let (height, width) = (self.height, self.width);
        let rows = || self.a.chunks_exact(height).zip(self.x.chunks_exact(width));
        for (pair, to) in self.to.chunks_mut(2 * width).enumerate() {
            let (first, is_pair) = (2 * pair, to.len() > width);
            let (one, other) = to.split_at_mut(width);
            for from in (0..width / SPAN * SPAN).step_by(SPAN) {
                let mut sums = [[0.0f32; SPAN]; 2];
                for (a, x) in rows() {
                    let a = [a[first], if is_pair { a[first + 1] } else { 0.0 }];
                    if let Some(x) = x[from..].first_chunk::<SPAN>() {
                        for l in 0..SPAN {
                            sums[0][l] += a[0] * x[l];
                            sums[1][l] += a[1] * x[l];
                        }
                    }
                }
                one[from..from + SPAN].copy_from_slice(&sums[0]);
                if is_pair {
                    other[from..from + SPAN].copy_from_slice(&sums[1]);
                }
            }
            for j in width / SPAN * SPAN..width {
                one[j] = rows().fold(0.0, |sum, (a, x)| sum + a[first] * x[j]);
                if is_pair {
                    other[j] = rows().fold(0.0, |sum, (a, x)| sum + a[first + 1] * x[j]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dense::{self, tests::matrix};
    use ndarray::s;

    fn agree(a: &Array2<f32>, b: &Array2<f32>) {
        assert_eq!(a.dim(), b.dim());
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4));
    }

    #[test]
    fn products_are_the_products_of_any_shape() {
        for (n, k, d) in [
            (1, 1, 1),
            (300, 6, 256),
            (7, 9, 20),
            (5, 16, 8),
            (3, 2, 0),
            (4, 0, 3),
            (0, 3, 40),
            (513, 5, 33),
            (11, 13, 71),
        ] {
            let (x, c) = (matrix(n, d, 1), matrix(k, d, 2));
            agree(
                &product(x.view(), c.view()),
                &dense::product(x.view(), c.view()),
            );
            let (a, x) = (matrix(k, n, 3), matrix(k, d, 4));
            let mut out = Array2::from_elem((n, d), f32::NAN);
            transposed_product_into(a.view(), x.view(), out.as_slice_mut().unwrap());
            agree(&out, &dense::transposed_product(a.view(), x.view()));
        }
    }

    #[test]
    fn a_number_is_the_same_alone_and_among_many() {
        let (x, c) = (matrix(515, 77, 5), matrix(17, 77, 6));
        let all = product(x.view(), c.view());
        for (i, j) in [(0, 0), (1, 16), (514, 11), (256, 5)] {
            let one = product(x.slice(s![i..=i, ..]), c.slice(s![j..=j, ..]));
            assert_eq!(one[[0, 0]], all[[i, j]]);
        }
    }
}
