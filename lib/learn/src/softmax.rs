//! Multinomial logistic regression: which of D classes a unit vector is of.
//!
//! Model: P(c|x) ∝ exp(w_c·x + b_c). Objective: Σ_i −ln P(c_i|x_i) + λ/2·Σ_c‖w_c‖²,
//! the intercepts unpenalised, minimised by L-BFGS (lbfgs.rs). Convex, so the
//! start does not matter beyond the tolerance; starting from the solution of
//! another λ saves most of the iterations. O(iterations·n·d·D).
//! The matrix products are f32 (dense.rs), the loss and the steps f64. A class
//! without rows only loses weight; one class gives P = 1.

use crate::dense;
use crate::optimise::lbfgs::{self, Stop};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// The gradient that counts as zero, against that of even odds. The posterior
/// is settled to about 0.01 by then; a tenth of it takes twice the time and
/// routes the same.
const TOLERANCE: f64 = 2e-3;

/// A fitted classifier: weights D×d and one intercept a class.
#[derive(Debug, Clone)]
pub struct Softmax {
    /// w_c, D×d.
    pub weights: Array2<f32>,
    /// b_c, D numbers.
    pub intercepts: Vec<f64>,
}

impl Softmax {
    /// All classes alike: where a fit starts that knows nothing better.
    pub fn flat(classes: usize, d: usize) -> Softmax {
        Softmax {
            weights: Array2::zeros((classes, d)),
            intercepts: vec![0.0; classes],
        }
    }

    /// P(c|x), n×D, of rows n×d.
    pub fn posterior(&self, x: ArrayView2<f32>) -> Array2<f64> {
        let mut p = dense::product(x, self.weights.view()).mapv(f64::from);
        for mut row in p.rows_mut() {
            to_posterior(row.as_slice_mut().unwrap_or_default(), &self.intercepts);
        }
        p
    }
}

/// Turns logits without intercepts into P in place; gives ln Σ exp(logit).
fn to_posterior(row: &mut [f64], intercepts: &[f64]) -> f64 {
    row.iter_mut().zip(intercepts).for_each(|(v, b)| *v += b);
    let top = row.iter().copied().fold(f64::MIN, f64::max);
    row.iter_mut().for_each(|v| *v = (*v - top).exp());
    let total: f64 = row.iter().sum();
    row.iter_mut().for_each(|v| *v /= total);
    top + total.ln()
}

/// Fits on rows `x` (n×d) of classes `labels` (each < D, the classes of
/// `start`) with the L2 strength λ.
pub fn fit(x: ArrayView2<f32>, labels: &[usize], strength: f64, start: &Softmax) -> Softmax {
    let (n, d) = x.dim();
    let classes = start.intercepts.len();
    if classes < 2 {
        return start.clone();
    }
    let columns = x.t().as_standard_layout().into_owned();
    let mut from: Vec<f64> = start.weights.iter().map(|&w| f64::from(w)).collect();
    from.extend(&start.intercepts);
    let stop = Stop {
        iterations: 200,
        gradient: TOLERANCE * n as f64 / classes as f64,
    };
    let w = lbfgs::minimise(from, stop, |w, gradient| {
        let at = unpack(w, classes, d);
        let mut p = dense::product(x, at.weights.view()).mapv(f64::from);
        // P minus the truth, row by row; the losses are added in row order.
        let losses: Vec<f64> = match p.as_slice_mut() {
            Some(rows) => rows
                .par_chunks_exact_mut(classes)
                .zip(labels)
                .map(|(row, &own)| {
                    let logit = row[own] + at.intercepts[own];
                    let loss = to_posterior(row, &at.intercepts) - logit;
                    row[own] -= 1.0;
                    loss
                })
                .collect(),
            None => Vec::new(),
        };
        let excess = Array2::from_shape_fn((classes, n), |(c, i)| p[[i, c]] as f32);
        // d×D: so that the longer side is the one shared out over threads.
        let slopes = dense::product(columns.view(), excess.view());
        let mut value: f64 = losses.iter().sum();
        for c in 0..classes {
            for j in 0..d {
                let v = w[c * d + j];
                value += 0.5 * strength * v * v;
                gradient[c * d + j] = f64::from(slopes[[j, c]]) + strength * v;
            }
            gradient[classes * d + c] = p.column(c).sum();
        }
        value
    });
    unpack(&w, classes, d)
}

fn unpack(w: &[f64], classes: usize, d: usize) -> Softmax {
    let (weights, intercepts) = w.split_at(classes * d);
    Softmax {
        weights: Array2::from_shape_fn((classes, d), |(c, j)| weights[c * d + j] as f32),
        intercepts: intercepts.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::hash;

    fn points(n: usize, d: usize) -> (Array2<f32>, Vec<usize>) {
        let x = Array2::from_shape_fn((n, d), |(i, j)| {
            let noise = hash::unit(hash::text(1, "softmax", &format!("{i} {j}"))) as f32 - 0.5;
            noise + if j == i % 3 { 0.4 } else { 0.0 }
        });
        (x, (0..n).map(|i| i % 3).collect())
    }

    fn loss(at: &Softmax, x: &Array2<f32>, labels: &[usize], strength: f64) -> f64 {
        let p = at.posterior(x.view());
        let fit: f64 = labels
            .iter()
            .enumerate()
            .map(|(i, &c)| -p[[i, c]].ln())
            .sum();
        let size: f64 = at.weights.iter().map(|&w| f64::from(w * w)).sum();
        fit + 0.5 * strength * size
    }

    #[test]
    fn the_gradient_is_small_at_the_solution_by_finite_differences() {
        let (x, labels) = points(120, 5);
        let at = fit(x.view(), &labels, 0.3, &Softmax::flat(3, 5));
        let h = 1e-2f32;
        let small = TOLERANCE * 120.0 / 3.0;
        for c in 0..3 {
            for j in 0..5 {
                let moved = |by: f32| {
                    let mut other = at.clone();
                    other.weights[[c, j]] += by;
                    loss(&other, &x, &labels, 0.3)
                };
                let slope = (moved(h) - moved(-h)) / f64::from(2.0 * h);
                assert!(slope.abs() < 1.1 * small, "{c},{j}: {slope}");
            }
        }
    }

    #[test]
    fn separated_classes_are_told_apart_and_any_start_leads_there() {
        let (x, labels) = points(300, 6);
        let cold = fit(x.view(), &labels, 1.0, &Softmax::flat(3, 6));
        let warm = fit(
            x.view(),
            &labels,
            1.0,
            &fit(x.view(), &labels, 0.01, &Softmax::flat(3, 6)),
        );
        let (a, b) = (cold.posterior(x.view()), warm.posterior(x.view()));
        assert!((&a - &b).iter().all(|v| v.abs() < 0.02));
        let right = (0..300).filter(|&i| a[[i, labels[i]]] > 0.5).count();
        assert!(right > 200, "{right}");
        assert!(a.rows().into_iter().all(|r| (r.sum() - 1.0).abs() < 1e-12));
    }

    #[test]
    fn one_class_is_certain_and_an_absent_one_improbable() {
        let (x, _) = points(20, 3);
        let one = fit(x.view(), &[0; 20], 1.0, &Softmax::flat(1, 3));
        assert!(one.posterior(x.view()).iter().all(|&p| p == 1.0));
        let two = fit(x.view(), &[1; 20], 1.0, &Softmax::flat(2, 3));
        assert!(two.posterior(x.view()).column(0).iter().all(|&p| p < 0.01));
    }
}
