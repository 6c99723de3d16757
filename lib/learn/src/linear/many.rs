//! Several fits of the same rows at once: each goes its own way (the objective and
//! the steps of `fit`), but what they ask of X is answered for up to [`LANES`] of
//! them in one pass, since finding a number of X costs more than multiplying it.
//!
//! Squared losses take conjugate gradients (Hestenes and Stiefel 1952), whose steps
//! on a parabola are those of L-BFGS with an exact search, without its memory.
//!
//! Each sum is taken in the order of the rows and columns alone, so a fit does not
//! depend on which others go beside it.

use super::design::Design;
use super::objective::{line_search, norm, Linear, Loss, ITERATIONS, TOLERANCE};
use crate::matrix::simd::{add, dot, wide, Work};
use crate::optimise::lbfgs::Memory;
use rayon::prelude::*;

/// Doubles in a line of the processor's cache.
const LANES: usize = 8;

/// `fit` for each of these targets, one number a row, with its loss.
pub fn fit_many(x: &Design, targets: &[(&[f64], Loss)], c: f64) -> Vec<Linear> {
    let together = targets.par_chunks(LANES);
    let fitted = together.flat_map_iter(|targets| fit_some(x, targets, c));
    fitted.collect()
}

/// One fit on its way.
struct Way<'a> {
    y: &'a [f64],
    loss: Loss,
    /// Weights, then the intercept.
    at: Vec<f64>,
    /// Xw + b.
    z: Vec<f64>,
    gradient: Vec<f64>,
    direction: Vec<f64>,
    step: Vec<f64>,
    /// Of the logistic loss.
    memory: Memory,
    /// ‖gradient‖² at the step before, of the squared loss.
    before: Option<f64>,
    goal: f64,
    is_done: bool,
}

impl<'a> Way<'a> {
    fn start(y: &'a [f64], loss: Loss, x: &Design) -> Way<'a> {
        let at = loss.start(y, x.columns());
        Way {
            y,
            loss,
            z: vec![at[x.columns()]; x.rows()],
            at,
            gradient: Vec::new(),
            direction: Vec::new(),
            step: Vec::new(),
            memory: Memory::default(),
            before: None,
            goal: 0.0,
            is_done: false,
        }
    }

    /// Takes the next direction.
    fn turn(&mut self) {
        if self.loss == Loss::Logistic {
            let first = 1.0 / norm(&self.gradient);
            self.direction = self.memory.direction(&self.gradient, |q, size| {
                let size = size.unwrap_or(first);
                q.iter_mut().for_each(|v| *v *= size);
            });
            return;
        }
        let square = dot(&self.gradient, &self.gradient);
        let kept = self.before.map_or(0.0, |before| square / before);
        self.before = Some(square);
        self.direction.resize(self.gradient.len(), 0.0);
        for (d, g) in self.direction.iter_mut().zip(&self.gradient) {
            *d = kept * *d - g;
        }
    }

    /// Goes along the direction to where the objective is least; `along`: X·direction.
    fn walk(&mut self, c: f64, along: &[f64]) {
        let t = if self.loss == Loss::Logistic {
            let (at, direction) = (&self.at, &self.direction);
            line_search(self.y, self.loss, c, at, direction, &self.z, along)
        } else {
            let weights = &self.direction[..self.direction.len() - 1];
            let bend = dot(weights, weights) + c * dot(along, along);
            -dot(&self.gradient, &self.direction) / bend
        };
        self.step = self.direction.iter().map(|v| t * v).collect();
        add(&mut self.at, 1.0, &self.step);
        add(&mut self.z, t, along);
    }

    /// Takes the gradient after the step.
    fn learn(&mut self, new: Vec<f64>) {
        let old = std::mem::replace(&mut self.gradient, new);
        let change: Vec<f64> = self.gradient.iter().zip(&old).map(|(a, b)| a - b).collect();
        // No curvature: the step was lost in rounding, and nothing more can be gained.
        let curvature = dot(&self.step, &change);
        if !(curvature > 0.0 && (1.0 / curvature).is_finite()) {
            self.is_done = true;
        } else if self.loss == Loss::Logistic {
            let step = std::mem::take(&mut self.step);
            self.memory.push(step, change, curvature);
        }
    }
}

fn fit_some(x: &Design, targets: &[(&[f64], Loss)], c: f64) -> Vec<Linear> {
    let mut ways: Vec<Way> = targets
        .iter()
        .map(|&(y, loss)| Way::start(y, loss, x))
        .collect();
    let mut going: Vec<&mut Way> = ways.iter_mut().collect();
    let gradients = gradients(x, &going, c);
    for (way, gradient) in going.iter_mut().zip(gradients) {
        way.goal = TOLERANCE * norm(&gradient).max(1.0);
        way.gradient = gradient;
    }
    for _ in 0..ITERATIONS {
        going.retain(|way| !way.is_done && norm(&way.gradient) > way.goal);
        if going.is_empty() {
            break;
        }
        going.iter_mut().for_each(|way| way.turn());
        let along = scores(x, &going);
        for (way, along) in going.iter_mut().zip(&along) {
            way.walk(c, along);
        }
        let gradients = self::gradients(x, &going, c);
        for (way, new) in going.iter_mut().zip(gradients) {
            way.learn(new);
        }
    }
    ways.into_iter()
        .map(|mut way| Linear {
            intercept: way.at.pop().unwrap_or(0.0),
            weights: way.at,
        })
        .collect()
}

/// Of each fit X·direction.
fn scores(x: &Design, ways: &[&mut Way]) -> Vec<Vec<f64>> {
    let n = x.rows();
    let mut all = vec![vec![0.0; n]; ways.len()];
    let weights = interleaved(x.columns() + 1, ways, |way| &way.direction);
    wide(Scores {
        x,
        weights: &weights,
        to: &mut all,
    });
    all
}

/// A pass over X for several products with it.
struct Scores<'a> {
    x: &'a Design,
    weights: &'a [[f64; LANES]],
    /// Of each fit one number a row.
    to: &'a mut [Vec<f64>],
}

impl Work for Scores<'_> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for i in 0..self.x.rows() {
            let mut sums = self.weights[self.x.columns()];
            self.x.each(i, |j, v| {
                let w: [f64; LANES] = self.weights[j];
                sums = std::array::from_fn(|lane| sums[lane] + v * w[lane]);
            });
            for (z, sum) in self.to.iter_mut().zip(sums) {
                z[i] = sum;
            }
        }
    }
}

/// Of each fit the objective's gradient.
fn gradients(x: &Design, ways: &[&mut Way], c: f64) -> Vec<Vec<f64>> {
    let d = x.columns();
    let slopes: Vec<Vec<f64>> = ways
        .iter()
        .map(|way| {
            let slope = |(y, z): (&f64, &f64)| c * way.loss.slopes(*y, *z).0;
            way.y.iter().zip(&way.z).map(slope).collect()
        })
        .collect();
    let mut all: Vec<Vec<f64>> = ways.iter().map(|way| way.at.clone()).collect();
    for (all, slopes) in all.iter_mut().zip(&slopes) {
        all[d] = slopes.iter().sum();
    }
    let mut sums = interleaved(d, ways, |way| &way.at);
    wide(Gradients {
        x,
        slopes: &slopes,
        sums: &mut sums,
    });
    for (lane, all) in all.iter_mut().enumerate() {
        for (to, sums) in all.iter_mut().zip(&sums) {
            *to = sums[lane];
        }
    }
    all
}

/// A pass over X for several products with its transpose.
struct Gradients<'a> {
    x: &'a Design,
    /// Of each fit one number a row.
    slopes: &'a [Vec<f64>],
    sums: &'a mut [[f64; LANES]],
}

impl Work for Gradients<'_> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for i in 0..self.x.rows() {
            let mut of_row = [0.0; LANES];
            for (to, slopes) in of_row.iter_mut().zip(self.slopes) {
                *to = slopes[i];
            }
            self.x.each(i, |j, v| {
                let sum: [f64; LANES] = self.sums[j];
                self.sums[j] = std::array::from_fn(|lane| sum[lane] + v * of_row[lane]);
            });
        }
    }
}

/// A vector of each fit side by side, `length` numbers of each.
fn interleaved<'a>(
    length: usize,
    ways: &'a [&mut Way],
    of: impl Fn(&'a Way) -> &'a Vec<f64>,
) -> Vec<[f64; LANES]> {
    let mut out = vec![[0.0; LANES]; length];
    for (lane, way) in ways.iter().enumerate() {
        for (to, v) in out.iter_mut().zip(of(way)) {
            to[lane] = *v;
        }
    }
    out
}
