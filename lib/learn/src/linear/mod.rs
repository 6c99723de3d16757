//! Linear models with an L2 penalty: logistic regression and ridge.
//!
//! With z = Xw + b, targets y and strength C, minimised over w and b:
//!
//! ```text
//! ½‖w‖² + C·Σ_i loss(y_i, z_i)
//! logistic  loss = ln(1 + e^z) − y·z      y in 0..1 (a graded y is a soft label)
//! squared   loss = ½(y − z)²
//! ```
//!
//! b is not penalised. So logistic is scikit-learn's LogisticRegression(C=C)
//! and squared is its Ridge(alpha=1/C).
//!
//! Solver: Newton's method where there are few columns, else L-BFGS (Nocedal 1980;
//! 10 pairs), with a Newton search along the line, which costs O(n) a try since z is
//! linear in the step. The gradient costs two passes over X: O(nnz) an iteration. The objective is 1-strongly convex in
//! w, so at the end ‖w − w*‖ ≤ ‖gradient‖ ≤ [`TOLERANCE`]·max(1, ‖gradient at
//! the start‖). One thread, one order of summation: the same bits every time.

mod design;
mod many;
mod newton;
mod objective;

pub use design::{Csr, Design};
pub use many::fit_many;
pub use objective::{cross_entropy, sigmoid, Linear, Loss};

use crate::matrix::cholesky::Factor;
use crate::matrix::simd::dot;
use crate::optimise::lbfgs::Memory;
use ndarray::ArrayView2;
use objective::{line_search, norm, ITERATIONS, TOLERANCE};

/// A guess at the curvature of the objective: I + C·κ·Σ x·xᵀ over the first
/// columns, a diagonal over those that follow, which are standardised.
pub struct Curvature {
    factor: Factor,
    columns: usize,
    /// C·κ·n.
    others: f64,
}

impl Curvature {
    /// `gram`: Σ x·xᵀ of the first columns over `n` rows; κ: what the loss curves
    /// by, on average.
    pub fn of(gram: ArrayView2<f64>, n: usize, c: f64, kappa: f64) -> Curvature {
        Curvature {
            factor: Factor::of((&gram * (c * kappa)).view(), 1.0),
            columns: gram.nrows(),
            others: c * kappa * n as f64,
        }
    }

    /// Multiplies by the inverse, in place; the intercept is last.
    fn precondition(&self, v: &mut [f64]) {
        let solved = self.factor.solve(v[..self.columns].to_vec());
        v[..self.columns].copy_from_slice(&solved);
        let last = v.len() - 1;
        for v in &mut v[self.columns..last] {
            *v /= self.others + 1.0;
        }
        v[last] /= self.others;
    }
}

/// What makes a fit faster and changes nothing that it finds.
#[derive(Clone, Copy, Default)]
pub struct Aid<'a> {
    /// Weights, then the intercept, of a similar fit.
    pub start: Option<&'a [f64]>,
    /// A guess at the curvature.
    pub curvature: Option<&'a Curvature>,
}

/// Minimises the objective above. For `Loss::Logistic` the mean of `y` must lie
/// strictly between 0 and 1 (else b has no minimum); `y` has one entry a row.
pub fn fit(x: &Design, y: &[f64], loss: Loss, c: f64) -> Linear {
    fit_with(x, y, loss, c, Aid::default())
}

/// [`fit`] with an aid.
pub fn fit_with(x: &Design, y: &[f64], loss: Loss, c: f64, aid: Aid) -> Linear {
    debug_assert_eq!(x.rows(), y.len());
    let d = x.columns();
    let mut at = loss.start(y, d);
    let mut z = x.scores(&at);
    let mut gradient = gradient_at(x, y, loss, c, &at, &z);
    let goal = TOLERANCE * norm(&gradient).max(1.0);
    if let Some(start) = aid.start.filter(|s| s.len() == at.len()) {
        at.copy_from_slice(start);
        z = x.scores(&at);
        gradient = gradient_at(x, y, loss, c, &at, &z);
    }
    if d <= newton::FEW && aid.curvature.is_none() {
        let mut at = newton::minimise(x, y, loss, c, at, goal);
        return Linear {
            intercept: at.pop().unwrap_or(0.0),
            weights: at,
        };
    }
    let mut memory = Memory::default();
    for _ in 0..ITERATIONS {
        if norm(&gradient) <= goal {
            break;
        }
        let direction = memory.direction(&gradient, |q, size| match aid.curvature {
            Some(curvature) => curvature.precondition(q),
            None => {
                let size = size.unwrap_or(1.0 / norm(&gradient));
                q.iter_mut().for_each(|v| *v *= size);
            }
        });
        let along = x.scores(&direction);
        let t = line_search(y, loss, c, &at, &direction, &z, &along);
        let step: Vec<f64> = direction.iter().map(|v| t * v).collect();
        at.iter_mut().zip(&step).for_each(|(a, s)| *a += s);
        z.iter_mut().zip(&along).for_each(|(z, a)| *z += t * a);
        let new = gradient_at(x, y, loss, c, &at, &z);
        let change: Vec<f64> = new.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        gradient = new;
        // No curvature: the step was lost in rounding, and nothing more can be gained.
        let curvature = dot(&step, &change);
        if !(curvature > 0.0 && (1.0 / curvature).is_finite()) {
            break;
        }
        memory.push(step, change, curvature);
    }
    let intercept = at.pop().unwrap_or(0.0);
    Linear {
        weights: at,
        intercept,
    }
}

fn gradient_at(x: &Design, y: &[f64], loss: Loss, c: f64, at: &[f64], z: &[f64]) -> Vec<f64> {
    let d = x.columns();
    let mut gradient = at.to_vec();
    let slope = |(y, z): (&f64, &f64)| c * loss.slopes(*y, *z).0;
    let slopes: Vec<f64> = y.iter().zip(z).map(slope).collect();
    for (g, sum) in gradient.iter_mut().zip(x.weighted_sum(&slopes)) {
        *g += sum;
    }
    gradient[d] = slopes.iter().sum();
    gradient
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use serde::Deserialize;

    /// scripts/linear-figures.py
    #[derive(Deserialize)]
    struct Figures {
        x: Vec<Vec<f32>>,
        fits: Vec<Expected>,
    }

    #[derive(Deserialize)]
    struct Expected {
        loss: String,
        c: f64,
        y: Vec<f64>,
        weights: Vec<f64>,
        intercept: f64,
    }

    fn figures() -> (Array2<f32>, Vec<Expected>) {
        let f: Figures =
            serde_json::from_str(include_str!("../../../../tests/data/linear-figures.json"))
                .unwrap();
        let x = Array2::from_shape_fn((f.x.len(), f.x[0].len()), |(i, j)| f.x[i][j]);
        (x, f.fits)
    }

    fn sparse(x: &Array2<f32>) -> Design {
        let rows = x
            .rows()
            .into_iter()
            .map(|r| {
                (0..)
                    .zip(r)
                    .filter(|(_, v)| **v != 0.0)
                    .map(|(j, v)| (j, *v as f64))
                    .collect()
            })
            .collect();
        Design::Sparse(Csr::of(rows, x.ncols()))
    }

    #[test]
    fn coefficients_equal_those_of_scikit_learn() {
        let (x, fits) = figures();
        let mut largest = 0.0f64;
        for e in &fits {
            let loss = match e.loss.as_str() {
                "logistic" => Loss::Logistic,
                _ => Loss::Squared,
            };
            let designs = [sparse(&x), Design::Dense(x.clone())];
            let alone = designs.each_ref().map(|x| fit(x, &e.y, loss, e.c));
            // Beside others, and as the last of more than go together.
            let others: Vec<(&[f64], Loss)> =
                fits.iter().map(|e| (&e.y[..], Loss::Squared)).collect();
            let targets = [&others[..], &[(&e.y[..], loss)], &others[..3]].concat();
            let beside = designs
                .each_ref()
                .map(|x| fit_many(x, &targets, e.c).swap_remove(others.len()));
            for got in alone.into_iter().chain(beside) {
                let off = got
                    .weights
                    .iter()
                    .zip(&e.weights)
                    .map(|(a, b)| (a - b).abs())
                    .fold((got.intercept - e.intercept).abs(), f64::max);
                assert!(off < 1e-5, "{} C {}: off by {off}", e.loss, e.c);
                largest = largest.max(off);
            }
        }
        assert!(fits.len() >= 6, "{}", fits.len());
        assert!(largest > 0.0, "compared with itself");
    }

    fn objective(x: &Design, y: &[f64], loss: Loss, c: f64, at: &[f64]) -> f64 {
        let d = x.columns();
        let each = |(y, z): (&f64, f64)| match loss {
            Loss::Logistic => z.max(0.0) + (-z.abs()).exp().ln_1p() - y * z,
            Loss::Squared => (y - z) * (y - z) / 2.0,
        };
        let sum: f64 = y.iter().zip(x.scores(at)).map(each).sum();
        dot(&at[..d], &at[..d]) / 2.0 + c * sum
    }

    #[test]
    fn the_gradient_agrees_with_finite_differences() {
        let (x, _) = figures();
        let x = sparse(&x);
        let y: Vec<f64> = (0..x.rows()).map(|i| (i % 5) as f64 / 4.0).collect();
        for loss in [Loss::Logistic, Loss::Squared] {
            let at: Vec<f64> = (0..=x.columns()).map(|j| (j as f64).sin()).collect();
            let gradient = gradient_at(&x, &y, loss, 0.7, &at, &x.scores(&at));
            for j in 0..at.len() {
                let moved = |h: f64| {
                    let mut at = at.clone();
                    at[j] += h;
                    objective(&x, &y, loss, 0.7, &at)
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!(
                    (slope - gradient[j]).abs() < 1e-5,
                    "{slope} {}",
                    gradient[j]
                );
            }
        }
    }

    #[test]
    fn no_columns_and_soft_labels_give_the_mean() {
        let x = Design::Dense(Array2::zeros((4, 0)));
        let y = [0.0, 0.25, 0.5, 1.0];
        let logistic = fit(&x, &y, Loss::Logistic, 1.0);
        assert!((sigmoid(logistic.intercept) - 0.4375).abs() < 1e-12);
        assert_eq!(fit(&x, &y, Loss::Squared, 1.0).intercept, 0.4375);
        assert_eq!(fit(&x, &[3.0; 4], Loss::Squared, 1e6).intercept, 3.0);
    }

    #[test]
    fn repeated_rows_separable_rows_and_a_huge_c_stay_finite() {
        let rows = (0..40)
            .map(|i| vec![(0, (i % 2) as f64 * 2.0 - 1.0), (1, 1.0)])
            .collect();
        let x = Design::Sparse(Csr::of(rows, 2));
        let y: Vec<f64> = (0..40).map(|i| (i % 2) as f64).collect();
        for c in [1e-6, 1.0, 1e6] {
            let got = fit(&x, &y, Loss::Logistic, c);
            let z = x.scores(&[got.weights.clone(), vec![got.intercept]].concat());
            assert!(z.iter().all(|z| z.is_finite()), "{z:?}");
            assert!(
                z.iter().zip(&y).all(|(z, y)| (*z > 0.0) == (*y > 0.5)),
                "{c}: {z:?}"
            );
        }
    }

    #[test]
    fn an_aid_leads_to_the_same_place() {
        let (x, fits) = figures();
        let wide = x.mapv(f64::from);
        let gram = wide.t().dot(&wide);
        for e in fits.iter().filter(|e| e.loss == "logistic") {
            let design = Design::Dense(x.clone());
            let plain = fit(&design, &e.y, Loss::Logistic, e.c);
            let curvature = Curvature::of(gram.view(), x.nrows(), e.c, 0.2);
            let start = vec![0.1; x.ncols() + 1];
            let aid = Aid {
                start: Some(&start),
                curvature: Some(&curvature),
            };
            let aided = fit_with(&design, &e.y, Loss::Logistic, e.c, aid);
            let pairs = aided.weights.iter().zip(&plain.weights);
            assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }
}
