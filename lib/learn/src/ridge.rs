//! Ridge regression of several targets at once, in f64 with one fixed order of
//! summation.
//!
//! Objective, for each target column y and a strength λ > 0, the intercept b
//! unpenalised: min Σ_i (y_i − b − x_i·w)² + λ‖w‖². With x and y centred the
//! solution is (XᵀX + λI)⁻¹Xᵀy, or Xᵀ(XXᵀ + λI)⁻¹y where there are fewer rows
//! than columns (Hoerl and Kennard 1970; the dual form: Saunders, Gammerman
//! and Vovk 1998). One Gram matrix serves all strengths and one Cholesky
//! factor all targets: O(n·d·r + S·r³), r = min(n, d). Every pivot is at least
//! λ in exact arithmetic, so duplicate rows and constant columns need no care;
//! λ = ∞ leaves the mean.

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

/// The solution for each of `strengths` (all > 0, ∞ allowed): (d+1)×K, the intercepts in
/// the last row. `x` is n×d, `y` n×K, n ≥ 1.
pub fn fit(x: ArrayView2<f32>, y: ArrayView2<f64>, strengths: &[f64]) -> Vec<Array2<f64>> {
    let (n, d) = x.dim();
    let mean_x = mean(&x.mapv(f64::from));
    let mean_y = mean(&y.to_owned());
    // Columns of the centred matrices, one after another.
    let xt = Array2::from_shape_fn((d, n), |(j, i)| f64::from(x[[i, j]]) - mean_x[j]);
    let yt = Array2::from_shape_fn((y.ncols(), n), |(m, i)| y[[i, m]] - mean_y[m]);
    let primal = d <= n;
    let (gram, right) = if primal {
        (gram(&xt), products(&yt, &xt, |_| d))
    } else {
        (gram(&xt.t().as_standard_layout().into_owned()), yt)
    };
    strengths
        .par_iter()
        .map(|&strength| {
            let factor = cholesky(&gram, strength);
            let mut weights = Array2::zeros((d + 1, y.ncols()));
            for (m, b) in right.rows().into_iter().enumerate() {
                let solved = solve(&factor, b.to_vec());
                let mut intercept = mean_y[m];
                for j in 0..d {
                    let w = if primal {
                        solved[j]
                    } else {
                        dot(xt.row(j).as_slice().unwrap_or_default(), &solved)
                    };
                    weights[[j, m]] = w;
                    intercept -= w * mean_x[j];
                }
                weights[[d, m]] = intercept;
            }
            weights
        })
        .collect()
}

/// The predictions (n×K) of `weights` ((d+1)×K) for rows `x` (n×d).
pub fn predict(x: ArrayView2<f32>, weights: ArrayView2<f64>) -> Array2<f64> {
    let mut out = Array2::zeros((x.nrows(), weights.ncols()));
    if let Some(rows) = out.as_slice_mut() {
        rows.par_chunks_mut(weights.ncols().max(1))
            .enumerate()
            .for_each(|(i, to)| {
                let terms = x.row(i).into_iter().map(|&v| f64::from(v)).chain([1.0]);
                for (row, v) in weights.rows().into_iter().zip(terms) {
                    to.iter_mut().zip(row).for_each(|(t, w)| *t += v * w);
                }
            });
    }
    out
}

fn mean(values: &Array2<f64>) -> Vec<f64> {
    let n = values.nrows().max(1) as f64;
    values.sum_axis(Axis(0)).iter().map(|s| s / n).collect()
}

/// The lower triangle of a·aᵀ, which is all that is read of it.
fn gram(a: &Array2<f64>) -> Array2<f64> {
    products(a, a, |i| i + 1)
}

/// The first `columns(i)` numbers of each row i of a·bᵀ.
fn products(
    a: &Array2<f64>,
    b: &Array2<f64>,
    columns: impl Fn(usize) -> usize + Sync,
) -> Array2<f64> {
    let row = |m: &Array2<f64>, i: usize, j: usize, o: &Array2<f64>| {
        let (m, o) = (m.row(i), o.row(j));
        dot(
            m.as_slice().unwrap_or_default(),
            o.as_slice().unwrap_or_default(),
        )
    };
    let rows: Vec<Vec<f64>> = (0..a.nrows())
        .into_par_iter()
        .map(|i| (0..columns(i)).map(|j| row(a, i, j, b)).collect())
        .collect();
    let mut out = Array2::zeros((a.nrows(), b.nrows()));
    for (mut to, from) in out.rows_mut().into_iter().zip(rows) {
        to.iter_mut().zip(from).for_each(|(t, f)| *t = f);
    }
    out
}

/// The lower factor L of gram + λI = L·Lᵀ, as rows of growing length.
fn cholesky(gram: &Array2<f64>, strength: f64) -> Vec<Vec<f64>> {
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(gram.nrows());
    for i in 0..gram.nrows() {
        let mut row: Vec<f64> = Vec::with_capacity(i + 1);
        for (j, above) in factor.iter().enumerate() {
            let rest = gram[[i, j]] - dot(&row, &above[..j]);
            row.push(rest / above[j]);
        }
        // Rounding alone could bring a pivot under the strength.
        let pivot = (gram[[i, i]] + strength - dot(&row, &row)).max(strength);
        row.push(pivot.sqrt());
        factor.push(row);
    }
    factor
}

/// Solves L·Lᵀ·v = b.
fn solve(factor: &[Vec<f64>], mut b: Vec<f64>) -> Vec<f64> {
    for (i, row) in factor.iter().enumerate() {
        b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
    }
    for (i, row) in factor.iter().enumerate().rev() {
        b[i] /= row[i];
        let solved = b[i];
        for (v, l) in b[..i].iter_mut().zip(row) {
            *v -= solved * l;
        }
    }
    b
}

/// A dot product over eight lanes that are added in one fixed order.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let mut sum = [0.0f64; LANES];
    let (mut a_blocks, mut b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (x, y) in (&mut a_blocks).zip(&mut b_blocks) {
        for l in 0..LANES {
            sum[l] += x[l] * y[l];
        }
    }
    let rest = a_blocks.remainder().iter().zip(b_blocks.remainder());
    for (s, (x, y)) in sum.iter_mut().zip(rest) {
        *s += x * y;
    }
    ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::hash;

    fn noise(rows: usize, columns: usize, salt: u64) -> Array2<f64> {
        Array2::from_shape_fn((rows, columns), |(i, j)| {
            hash::unit(hash::text(salt, "ridge", &format!("{i} {j}"))) - 0.5
        })
    }

    fn objective(x: &Array2<f32>, y: &Array2<f64>, w: &Array2<f64>, strength: f64) -> f64 {
        let d = x.ncols();
        let mut sum = strength
            * w.rows()
                .into_iter()
                .take(d)
                .flatten()
                .map(|v| v * v)
                .sum::<f64>();
        let off = y - &predict(x.view(), w.view());
        sum += off.iter().map(|v| v * v).sum::<f64>();
        sum
    }

    #[test]
    fn no_step_away_from_the_solution_lowers_the_objective_in_either_form() {
        for (n, d) in [(40, 7), (7, 40), (1, 1), (9, 9)] {
            let x = noise(n, d, 1).mapv(|v| v as f32);
            let y = noise(n, 3, 2);
            for (w, strength) in fit(x.view(), y.view(), &[0.1, 5.0]).iter().zip([0.1, 5.0]) {
                let least = objective(&x, &y, w, strength);
                for (cell, way) in noise(d + 1, 3, 3).indexed_iter() {
                    let mut other = w.clone();
                    other[cell] += 1e-4 * way.signum();
                    assert!(objective(&x, &y, &other, strength) > least - 1e-12);
                }
            }
        }
    }

    #[test]
    fn both_forms_agree_where_rows_and_columns_are_as_many() {
        // One row repeated makes the problem primal (n > d) without changing
        // its solution, once the strength grows in proportion.
        let x = noise(5, 6, 4).mapv(|v| v as f32);
        let y = noise(5, 2, 5);
        let twice = |n: usize| (0..2 * n).map(|i| i % n).collect::<Vec<_>>();
        let dual = &fit(x.view(), y.view(), &[0.5])[0];
        let rows = twice(5);
        let primal = &fit(
            x.select(Axis(0), &rows).view(),
            y.select(Axis(0), &rows).view(),
            &[1.0],
        )[0];
        assert!((dual - primal).iter().all(|v| v.abs() < 1e-10));
    }

    #[test]
    fn an_infinite_strength_leaves_the_mean() {
        let (x, y) = (noise(30, 4, 6).mapv(|v| v as f32), noise(30, 1, 7));
        let w = &fit(x.view(), y.view(), &[f64::INFINITY])[0];
        let p = predict(ndarray::array![[0.3, -0.1, 0.2, 0.4]].view(), w.view());
        assert!((p[[0, 0]] - y.mean().unwrap()).abs() < 1e-15);
    }
}
