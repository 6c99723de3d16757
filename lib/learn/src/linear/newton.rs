//! Newton's method where there are few columns: the objective's curvature is a small
//! matrix, which takes account of columns that are all but collinear, as confidences
//! and their logarithms are; L-BFGS is slow there.

use super::design::Design;
use super::objective::{line_search, norm, Loss, ITERATIONS};
use crate::matrix::cholesky::Factor;
use crate::matrix::simd::{wide, Work};
use ndarray::Array2;

/// The most columns: a step costs their number squared a row, at most.
pub(super) const FEW: usize = 96;
/// What keeps the factor of a curvature without any data from being 0.
const LEAST: f64 = 1e-9;

/// What one pass over X tells.
struct Shape {
    gradient: Vec<f64>,
    /// (d+1)×(d+1), the lower triangle, the intercept last.
    curvature: Array2<f64>,
}

/// A pass over X at the scores `z`.
struct Look<'a> {
    x: &'a Design,
    y: &'a [f64],
    loss: Loss,
    c: f64,
    at: &'a [f64],
    z: &'a [f64],
}

impl Work for Look<'_> {
    type Output = Shape;
    #[inline(always)]
    fn call(self) -> Shape {
        let d = self.x.columns();
        let mut gradient = self.at.to_vec();
        gradient[d] = 0.0;
        let mut curvature = vec![0.0; (d + 1) * (d + 1)];
        for j in 0..d {
            curvature[j * (d + 1) + j] = 1.0;
        }
        let mut row: Vec<(usize, f64)> = Vec::with_capacity(d + 1);
        for (i, (y, z)) in self.y.iter().zip(self.z).enumerate() {
            let (slope, bend) = self.loss.slopes(*y, *z);
            let (slope, bend) = (self.c * slope, self.c * bend);
            row.clear();
            self.x.each(i, |j, v| row.push((j, v)));
            row.push((d, 1.0));
            for (last, &(j, v)) in row.iter().enumerate() {
                gradient[j] += slope * v;
                let line = &mut curvature[j * (d + 1)..(j + 1) * (d + 1)];
                for &(k, u) in &row[..=last] {
                    line[k] += bend * v * u;
                }
            }
        }
        let curvature = Array2::from_shape_vec((d + 1, d + 1), curvature);
        Shape {
            gradient,
            curvature: curvature.unwrap_or_else(|_| Array2::zeros((0, 0))),
        }
    }
}

/// Weights and intercept from those given on; columns of a row ascend.
pub(super) fn minimise(
    x: &Design,
    y: &[f64],
    loss: Loss,
    c: f64,
    mut at: Vec<f64>,
    goal: f64,
) -> Vec<f64> {
    let mut z = x.scores(&at);
    for _ in 0..ITERATIONS {
        let shape = wide(Look {
            x,
            y,
            loss,
            c,
            at: &at,
            z: &z,
        });
        if norm(&shape.gradient) <= goal {
            break;
        }
        let downhill = shape.gradient.iter().map(|g| -g).collect();
        let direction = Factor::of(shape.curvature.view(), LEAST).solve(downhill);
        let along = x.scores(&direction);
        let t = line_search(y, loss, c, &at, &direction, &z, &along);
        let moved = direction.iter().map(|v| (t * v).abs()).fold(0.0, f64::max);
        // Lost in rounding: nothing more can be gained.
        let size = at.iter().map(|v| v.abs()).fold(1.0, f64::max);
        if !(moved > f64::EPSILON * size && t.is_finite()) {
            break;
        }
        at.iter_mut().zip(&direction).for_each(|(a, v)| *a += t * v);
        z = x.scores(&at);
    }
    at
}
