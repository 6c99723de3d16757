//! Ridge regression of several targets at once, in f64 with one fixed order of
//! summation.
//!
//! Objective, for each target column y and a strength λ > 0, the intercept b
//! unpenalised: min Σ_i (y_i − b − x_i·w)² + λ‖w‖². With x and y centred the
//! solution is (XᵀX + λI)⁻¹Xᵀy, or Xᵀ(XXᵀ + λI)⁻¹y where there are fewer rows
//! than columns (Hoerl and Kennard 1970; the dual form: Saunders, Gammerman
//! and Vovk 1998). One Gram matrix serves all strengths and one Cholesky
//! factor all targets: O(n·d·r + S·r³), r = min(n, d). The moments of rows left
//! out are taken off those of all, so folds cost no more than one fit. Every
//! pivot is at least λ in exact arithmetic, so duplicate rows and constant
//! columns need no care; λ = ∞ leaves the mean.

use crate::dense;
use crate::matrix::cholesky::Factor;
use ndarray::{s, Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

/// Rows whose products are summed at once.
const BLOCK: usize = 2048;

/// What a ridge regression needs of its rows.
#[derive(Debug, Clone)]
pub struct Moments {
    n: f64,
    /// Σ x and Σ y.
    x: Array1<f64>,
    y: Array1<f64>,
    /// Σ x·xᵀ (d×d) and Σ y·xᵀ (K×d).
    xx: Array2<f64>,
    yx: Array2<f64>,
}

impl Moments {
    /// Those of rows `x` (n×d) with targets `y` (n×K).
    pub fn of(x: ArrayView2<f32>, y: ArrayView2<f64>) -> Moments {
        let (n, d) = x.dim();
        let mut sum = Moments {
            n: n as f64,
            x: Array1::zeros(d),
            y: y.sum_axis(Axis(0)),
            xx: Array2::zeros((d, d)),
            yx: Array2::zeros((y.ncols(), d)),
        };
        for start in (0..n).step_by(BLOCK) {
            let rows = s![start..(start + BLOCK).min(n), ..];
            let block = x.slice(rows).mapv(f64::from);
            sum.x += &block.sum_axis(Axis(0));
            sum.xx += &dense::transposed_product(block.view(), block.view());
            sum.yx += &dense::transposed_product(y.slice(rows), block.view());
        }
        sum
    }

    /// Those of the rows that are not in `part`, some of these.
    pub fn without(&self, part: &Moments) -> Moments {
        Moments {
            n: self.n - part.n,
            x: &self.x - &part.x,
            y: &self.y - &part.y,
            xx: &self.xx - &part.xx,
            yx: &self.yx - &part.yx,
        }
    }

    /// Σ x·xᵀ.
    pub fn uncentred(self) -> Array2<f64> {
        self.xx
    }

    /// Σ (x − x̄)·(x − x̄)ᵀ.
    pub fn gram(&self) -> Array2<f64> {
        let means = &self.x / self.n.max(1.0);
        let mut gram = self.xx.clone();
        for (mut row, x) in gram.rows_mut().into_iter().zip(&self.x) {
            row.scaled_add(-x, &means);
        }
        gram
    }

    /// The solution for each of `strengths` (all > 0, ∞ allowed): (d+1)×K, the
    /// intercepts in the last row.
    pub fn fit(&self, strengths: &[f64]) -> Vec<Array2<f64>> {
        let means = (&self.x / self.n.max(1.0), &self.y / self.n.max(1.0));
        let gram = self.gram();
        let mut right = self.yx.clone();
        for (mut row, y) in right.rows_mut().into_iter().zip(&self.y) {
            row.scaled_add(-y, &means.0);
        }
        strengths
            .par_iter()
            .map(|&strength| {
                let factor = Factor::of(gram.view(), strength);
                let solved = right.rows().into_iter().map(|b| factor.solve(b.to_vec()));
                with_intercepts(solved.collect(), &means)
            })
            .collect()
    }
}

/// Weights a target each, as one matrix with the intercepts last.
fn with_intercepts(weights: Vec<Vec<f64>>, means: &(Array1<f64>, Array1<f64>)) -> Array2<f64> {
    let d = means.0.len();
    let mut out = Array2::zeros((d + 1, weights.len()));
    for ((mut column, weights), y) in out.columns_mut().into_iter().zip(&weights).zip(&means.1) {
        let mut intercept = *y;
        for ((to, w), x) in column.iter_mut().zip(weights).zip(&means.0) {
            *to = *w;
            intercept -= w * x;
        }
        column[d] = intercept;
    }
    out
}

/// The solution for each of `strengths` (all > 0, ∞ allowed): (d+1)×K, the intercepts in
/// the last row. `x` is n×d, `y` n×K, n ≥ 1.
pub fn fit(x: ArrayView2<f32>, y: ArrayView2<f64>, strengths: &[f64]) -> Vec<Array2<f64>> {
    let (n, d) = x.dim();
    if d <= n {
        return Moments::of(x, y).fit(strengths);
    }
    let x = x.mapv(f64::from);
    let mean = |m: ArrayView2<f64>| m.sum_axis(Axis(0)) / m.nrows().max(1) as f64;
    let means = (mean(x.view()), mean(y));
    let (x, y) = (&x - &means.0, &y - &means.1);
    let gram = dense::product(x.view(), x.view());
    strengths
        .par_iter()
        .map(|&strength| {
            let factor = Factor::of(gram.view(), strength);
            let mut solved = y.t().as_standard_layout().into_owned();
            for mut target in solved.rows_mut() {
                let found = factor.solve(target.to_vec());
                target.assign(&Array1::from_vec(found));
            }
            let weights = dense::product(solved.view(), x.t());
            let weights = weights.rows().into_iter().map(|w| w.to_vec());
            with_intercepts(weights.collect(), &means)
        })
        .collect()
}

/// The predictions (n×K) of `weights` ((d+1)×K) for rows `x` (n×d).
pub fn predict(x: ArrayView2<f32>, weights: ArrayView2<f64>) -> Array2<f64> {
    let (n, d) = x.dim();
    let (slopes, intercepts) = weights.split_at(Axis(0), d);
    let mut out = Array2::zeros((n, weights.ncols()));
    for start in (0..n).step_by(BLOCK) {
        let rows = s![start..(start + BLOCK).min(n), ..];
        let block = x.slice(rows).mapv(f64::from);
        let mut to = out.slice_mut(rows);
        to.assign(&dense::product(block.view(), slopes.t()));
        to += &intercepts.row(0);
    }
    out
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
