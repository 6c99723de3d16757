//! Multinomial logistic regression: which of D classes a unit vector is of.
//!
//! Model: P(c|x) ∝ exp(w_c·x + b_c). Objective: Σ_i −ln P(c_i|x_i) + λ/2·Σ_c‖w_c‖²,
//! the intercepts unpenalised, minimised by L-BFGS (lbfgs.rs). Convex, so the
//! start does not matter beyond the tolerance; starting from the solution of
//! another λ, or of more rows, saves most of the iterations. Steps are scaled by a
//! guess at the curvature ([`Curvature`]), which saves most of the rest.
//! O(iterations·(n·d·D + D·d²) + D·d³).
//! The matrix products are f32 (dense.rs), the loss and the steps f64. A class
//! without rows only loses weight; one class gives P = 1.

use crate::dense;
use crate::matrix::cholesky::Factor;
use crate::matrix::thin;
use crate::optimise::lbfgs::{self, Precondition, Stop};
use crate::ridge;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// The gradient that counts as zero, against that of even odds. The posterior
/// is settled to about 0.01 by then; a tenth of it routes the same.
pub const TOLERANCE: f64 = 2e-3;

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

/// A guess at the curvature of the objective: for each class λI + κ_c·Σ x·xᵀ, with
/// κ_c half of f_c(1 − f_c), f_c the share of its rows. One that was made of more
/// rows of the same kind serves as well.
pub struct Curvature {
    factors: Vec<Factor>,
    /// One over that of the intercepts.
    intercepts: Vec<f64>,
    rows: f64,
}

/// Wider vectors have no guess: it would cost more than it saves.
const WIDEST: usize = 1024;

impl Curvature {
    /// Of rows `x` (n×d) of `classes` classes, one for each λ of `strengths`; none
    /// where it would not pay.
    pub fn of(
        x: ArrayView2<f32>,
        labels: &[usize],
        classes: usize,
        strengths: &[f64],
    ) -> Vec<Curvature> {
        let (n, d) = x.dim();
        if classes < 2 || d > WIDEST || n < d {
            return Vec::new();
        }
        let gram = ridge::Moments::of(x, Array2::zeros((n, 0)).view()).uncentred();
        let mut counts = vec![0.0; classes];
        labels.iter().for_each(|&c| counts[c] += 1.0);
        let share = |c: f64| (c / n as f64).clamp(1e-4, 1.0 - 1e-4);
        let kappa = |c: &f64| 0.5 * share(*c) * (1.0 - share(*c));
        let of = |&strength: &f64| Curvature {
            factors: counts
                .par_iter()
                .map(|c| Factor::of((&gram * kappa(c)).view(), strength))
                .collect(),
            intercepts: counts.iter().map(|c| 1.0 / (kappa(c) * n as f64)).collect(),
            rows: n as f64,
        };
        strengths.iter().map(of).collect()
    }

    /// Multiplies by the inverse, for a fit on `n` rows.
    fn precondition(&self, v: &mut [f64], n: usize) {
        let (classes, size) = (self.factors.len(), self.rows / n as f64);
        let (weights, intercepts) = v.split_at_mut(v.len() - classes);
        let d = weights.len() / classes;
        for (v, factor) in weights.chunks_exact_mut(d.max(1)).zip(&self.factors) {
            let solved = factor.solve(v.to_vec());
            v.iter_mut().zip(solved).for_each(|(v, s)| *v = s * size);
        }
        let own = intercepts.iter_mut().zip(&self.intercepts);
        own.for_each(|(v, i)| *v *= i * size);
    }
}

/// Fits on rows `x` (n×d) of classes `labels` (each < D, the classes of
/// `start`) with the L2 strength λ.
pub fn fit(x: ArrayView2<f32>, labels: &[usize], strength: f64, start: &Softmax) -> Softmax {
    fit_guided(x, labels, strength, start, None, TOLERANCE)
}

/// [`fit`] with a guess at the curvature, until the gradient is below `tolerance`
/// of n/D.
pub fn fit_guided(
    x: ArrayView2<f32>,
    labels: &[usize],
    strength: f64,
    start: &Softmax,
    curvature: Option<&Curvature>,
    tolerance: f64,
) -> Softmax {
    let (n, d) = x.dim();
    let classes = start.intercepts.len();
    if classes < 2 {
        return start.clone();
    }
    let mut from: Vec<f64> = start.weights.iter().map(|&w| f64::from(w)).collect();
    from.extend(&start.intercepts);
    let stop = Stop {
        iterations: 200,
        gradient: tolerance * n as f64 / classes as f64,
    };
    let guess = curvature.map(|c| move |v: &mut [f64]| c.precondition(v, n));
    let guess = guess.as_ref().map(|g| g as &Precondition);
    let w = lbfgs::minimise(from, stop, guess, |w, gradient| {
        let at = unpack(w, classes, d);
        // Logits become the excess of P over the label.
        let mut excess = match classes {
            ..=FEW => thin::product(x, at.weights.view()),
            _ => dense::product(x, at.weights.view()),
        };
        let parts: Vec<(f64, Vec<f64>)> = match excess.as_slice_mut() {
            Some(rows) => rows
                .par_chunks_mut(BLOCK * classes)
                .zip(labels.par_chunks(BLOCK))
                .map(|(rows, labels)| excess_of(rows, labels, &at.intercepts))
                .collect(),
            None => Vec::new(),
        };
        // d×D by a sum over rows, each block in its order.
        let slopes = dense::transposed_product(excess.view(), x);
        let mut value: f64 = parts.iter().map(|p| p.0).sum();
        for ((to, slope), w) in gradient.iter_mut().zip(&slopes).zip(&w[..classes * d]) {
            value += 0.5 * strength * w * w;
            *to = f64::from(*slope) + strength * w;
        }
        for (c, to) in gradient[classes * d..].iter_mut().enumerate() {
            *to = parts.iter().map(|p| p.1[c]).sum();
        }
        value
    });
    unpack(&w, classes, d)
}

/// A product with the weights of no more classes is thin.
const FEW: usize = 2 * thin::TILE;

/// Rows of which losses are summed together.
const BLOCK: usize = 512;

/// Turns rows of logits into P less 1 at the label; gives Σ −ln P(label) and the
/// sum of each column.
fn excess_of(rows: &mut [f32], labels: &[usize], intercepts: &[f64]) -> (f64, Vec<f64>) {
    let mut sums = vec![0.0; intercepts.len()];
    let mut loss = 0.0;
    let mut p = vec![0.0; intercepts.len()];
    for (row, &own) in rows.chunks_exact_mut(intercepts.len()).zip(labels) {
        p.iter_mut()
            .zip(&*row)
            .for_each(|(p, v)| *p = f64::from(*v));
        let logit = p[own] + intercepts[own];
        loss += to_posterior(&mut p, intercepts) - logit;
        p[own] -= 1.0;
        for ((to, p), sum) in row.iter_mut().zip(&p).zip(&mut sums) {
            *to = *p as f32;
            *sum += p;
        }
    }
    (loss, sums)
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

    fn plain(x: &Array2<f32>, labels: &[usize], strength: f64, start: &Softmax) -> Softmax {
        fit(x.view(), labels, strength, start)
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
        let at = plain(&x, &labels, 0.3, &Softmax::flat(3, 5));
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
        let flat = Softmax::flat(3, 6);
        let cold = plain(&x, &labels, 1.0, &flat);
        let warm = plain(&x, &labels, 1.0, &plain(&x, &labels, 0.01, &flat));
        let curvature = Curvature::of(x.view(), &labels, 3, &[1.0]);
        assert_eq!(curvature.len(), 1);
        let guided = fit_guided(x.view(), &labels, 1.0, &flat, curvature.first(), 1e-5);
        let exact = fit_guided(x.view(), &labels, 1.0, &flat, None, 1e-5);
        let (a, b) = (guided.posterior(x.view()), exact.posterior(x.view()));
        assert!((&a - &b).iter().all(|v| v.abs() < 1e-4));
        let (a, b) = (cold.posterior(x.view()), warm.posterior(x.view()));
        assert!((&a - &b).iter().all(|v| v.abs() < 0.02));
        let right = (0..300).filter(|&i| a[[i, labels[i]]] > 0.5).count();
        assert!(right > 200, "{right}");
        assert!(a.rows().into_iter().all(|r| (r.sum() - 1.0).abs() < 1e-12));
    }

    #[test]
    fn one_class_is_certain_and_an_absent_one_improbable() {
        let (x, _) = points(20, 3);
        let one = plain(&x, &[0; 20], 1.0, &Softmax::flat(1, 3));
        assert!(one.posterior(x.view()).iter().all(|&p| p == 1.0));
        let two = plain(&x, &[1; 20], 1.0, &Softmax::flat(2, 3));
        assert!(two.posterior(x.view()).column(0).iter().all(|&p| p < 0.01));
    }
}
