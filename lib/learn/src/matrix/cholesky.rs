//! Cholesky's factor of a positive definite matrix, in f64 with one fixed order
//! of summation.

use crate::matrix::simd::{add, dot, lanes, wide, Work};
use ndarray::{ArrayView1, ArrayView2};

/// L of A + λI = L·Lᵀ, as rows of growing length.
#[derive(Debug, Clone)]
pub struct Factor(Vec<Vec<f64>>);

impl Factor {
    /// Of a symmetric `a` without negative eigenvalues (d×d, the lower triangle
    /// is read) and λ > 0, ∞ allowed. O(d³).
    pub fn of(a: ArrayView2<f64>, strength: f64) -> Factor {
        Factor(wide(Factored { a, strength }))
    }

    /// v of L·Lᵀ·v = b, d numbers each.
    pub fn solve(&self, mut b: Vec<f64>) -> Vec<f64> {
        for (i, row) in self.0.iter().enumerate() {
            b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
        }
        for (i, row) in self.0.iter().enumerate().rev() {
            b[i] /= row[i];
            let solved = b[i];
            add(&mut b[..i], -solved, &row[..i]);
        }
        b
    }

    /// Lᵀ·v.
    pub fn transposed_times(&self, v: ArrayView1<f64>) -> Vec<f64> {
        let mut out = vec![0.0; self.0.len()];
        for (row, v) in self.0.iter().zip(v) {
            out.iter_mut().zip(row).for_each(|(o, l)| *o += l * v);
        }
        out
    }
}

/// The factor of a + λI.
struct Factored<'a> {
    a: ArrayView2<'a, f64>,
    strength: f64,
}

impl Work for Factored<'_> {
    type Output = Vec<Vec<f64>>;
    #[inline(always)]
    fn call(self) -> Vec<Vec<f64>> {
        let Factored { a, strength } = self;
        let mut factor: Vec<Vec<f64>> = Vec::with_capacity(a.nrows());
        for i in 0..a.nrows() {
            let mut row: Vec<f64> = Vec::with_capacity(i + 1);
            for (j, above) in factor.iter().enumerate() {
                let rest = a[[i, j]] - lanes(&row, &above[..j]);
                row.push(rest / above[j]);
            }
            // Rounding alone could bring a pivot under the strength.
            let pivot = (a[[i, i]] + strength - lanes(&row, &row)).max(strength);
            row.push(pivot.sqrt());
            factor.push(row);
        }
        factor
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, Array1};

    #[test]
    fn what_is_solved_multiplies_back() {
        let a = array![[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]];
        let factor = Factor::of(a.view(), 0.5);
        let v = Array1::from_vec(factor.solve(vec![1.0, -2.0, 0.3]));
        let back = a.dot(&v) + &v * 0.5;
        for (b, wanted) in back.iter().zip([1.0, -2.0, 0.3]) {
            assert!((b - wanted).abs() < 1e-12);
        }
        let lt = Array1::from_vec(factor.transposed_times(v.view()));
        assert!((lt.dot(&lt) - v.dot(&back)).abs() < 1e-12);
    }
}
