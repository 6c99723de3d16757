//! svm: linear support vector regression of each model's score.
//!
//! Model: p(x,m) = w_m·x + b_m, x the unit embedding; not cut to 0..1, which
//! would make ties of most of it. Objective, for each model, over the scores y of
//! train (unknown ones filled, impute.rs):
//!
//! ```text
//! min ½(‖w‖² + b²) + C·Σ_i max(|y_i − w·x_i − b| − ε, 0)
//! ```
//!
//! which is scikit-learn's LinearSVR: its intercept is penalised too. Solver:
//! dual coordinate descent (Ho and Lin 2012). With β_i in −C..C, z_i = (x_i, 1)
//! and (w, b) = Σ β_i·z_i, each step moves one β_i to the minimum of the dual
//! ½‖Σ β_i z_i‖² − Σ β_i y_i + ε·Σ|β_i|, in a seeded order shuffled anew each
//! pass, until the duality gap is below [`GAP`] of the objective. After each pass
//! over all rows some follow over the few whose β is at no bound that it belongs
//! at (shrinking). f64, one thread a model. Expected costs: ridge (heads.rs).
//!
//! Fit O(passes·N·d·K), a query O(d·K). Fails by its loss: with ε = 0 it
//! estimates the median, not the mean, so a model with binary scores is
//! expected to score nearly 1 wherever it is more often right than wrong, and
//! models that differ by a few points cannot be told apart.
//! Source: the SVM router of RouterBench's and LLMRouterBench's comparisons
//! (Hu et al. 2024, arXiv 2403.12031); Vapnik 1995.

use crate::file::packed::Packed64;
use crate::file::params::{Flag, Params};
use crate::guard;
use crate::kinds::guarded;
use crate::kinds::linear::heads::Heads;
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Family, FitTime, Router, Shape};
use crate::table::{impute, Batch, Needs, Table};
use ndarray::{Array2, ArrayView2};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::SeedableRng;
use rayon::prelude::*;
use rb_learn::linear::Design;
use rb_learn::matrix::simd::{lanes, wide, Work};
use rb_learn::{dense, ridge};
use rb_record::error::Result;
use rb_record::hash;
use serde::{Deserialize, Serialize};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "svm",
    family: Family::Published,
    about: "Linear support vector regression of each model's score",
    help: "For each model a linear support vector regression of its score on the embedding \
           (absolute error beyond epsilon, L2 penalty on weights and intercept), and ridge \
           of its cost.",
    flags: &[
        Flag {
            name: "c",
            value: "C",
            default: "1",
            help: "Weight of the errors against the penalty, as in scikit-learn",
        },
        Flag {
            name: "epsilon",
            value: "E",
            default: "0",
            help: "Errors up to this cost nothing",
        },
        guard::OFF,
    ],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::EMBEDDING),
    fit: |table, params, seed| guarded::fit(table, params, seed, fit),
    load: |state, shape| guarded::load(state, shape, load),
};

/// The duality gap at which a fit has settled, relative to the objective.
const GAP: f64 = 1e-3;
const PASSES: usize = 1000;
/// How many times as many rows are taken from what is unsettled, between two passes
/// over all, and the part of the first pass's movement at which that ends.
const INNER: usize = 2;
const SLOWER: f64 = 0.03;

/// The objective's constants, and when to stop.
#[derive(Clone, Copy)]
struct Config {
    c: f64,
    epsilon: f64,
    gap: f64,
    passes: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Svm {
    /// (d+1)×K, the intercepts last.
    weights: Packed64,
    cost: Heads,
    scale: f64,
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let config = Config {
        c: params.number("c", 1e-6, 1e6)?,
        epsilon: params.number("epsilon", 0.0, 1.0)?,
        gap: GAP,
        passes: PASSES,
    };
    let targets = impute::targets(table);
    let x = dense::normalized(table.x.view());
    let columns: Vec<Vec<f64>> = (0..table.k())
        .into_par_iter()
        .map(|m| {
            let y = targets.score.column(m).to_vec();
            regress(x.view(), &y, config, hash::seed(seed, "svm"))
        })
        .collect();
    let weights = Array2::from_shape_fn((x.ncols() + 1, table.k()), |(j, m)| columns[m][j]);
    Ok(Box::new(ByEstimate(Svm {
        weights: Packed64(weights),
        cost: Heads::costs(&targets, &Design::Dense(x), 1.0),
        scale: targets.scale,
    })))
}

/// (w, b) of one regression, b last.
fn regress(x: ArrayView2<f32>, y: &[f64], config: Config, seed: u64) -> Vec<f64> {
    let x = x.as_standard_layout();
    let (n, d) = x.dim();
    let rows = x.as_slice().unwrap_or_default();
    let mut dual = Dual {
        rows,
        y,
        square: (0..n)
            .map(|i| 1.0 + square(&rows[i * d..(i + 1) * d]))
            .collect(),
        beta: vec![0.0; n],
        weights: vec![0.0; d],
        intercept: 0.0,
        config,
    };
    let mut order: Vec<usize> = (0..n).collect();
    let mut rng = StdRng::seed_from_u64(seed);
    let mut passes = 0;
    while passes < config.passes {
        order.shuffle(&mut rng);
        wide(Pass(&mut dual, &order));
        passes += 1;
        let Some(mut free) = wide(Unsettled(&dual)) else {
            break;
        };
        let mut first = None;
        for _ in 0..(INNER * n).div_ceil(free.len().max(1)) {
            free.shuffle(&mut rng);
            let moved = wide(Pass(&mut dual, &free));
            passes += 1;
            if moved <= SLOWER * *first.get_or_insert(moved) {
                break;
            }
        }
    }
    dual.weights.push(dual.intercept);
    dual.weights
}

/// One regression on its way to the optimum.
struct Dual<'a> {
    /// n×d.
    rows: &'a [f32],
    y: &'a [f64],
    /// ‖z_i‖².
    square: Vec<f64>,
    beta: Vec<f64>,
    weights: Vec<f64>,
    intercept: f64,
    config: Config,
}

struct Pass<'a, 'b>(&'a mut Dual<'b>, &'a [usize]);

impl Work for Pass<'_, '_> {
    type Output = f64;
    #[inline(always)]
    fn call(self) -> f64 {
        self.0.pass(self.1)
    }
}

struct Unsettled<'a, 'b>(&'a Dual<'b>);

impl Work for Unsettled<'_, '_> {
    type Output = Option<Vec<usize>>;
    #[inline(always)]
    fn call(self) -> Option<Vec<usize>> {
        self.0.unsettled()
    }
}

impl Dual<'_> {
    #[inline(always)]
    fn row(&self, i: usize) -> &[f32] {
        let d = self.weights.len();
        &self.rows[i * d..(i + 1) * d]
    }

    /// w·x_i + b − y_i.
    #[inline(always)]
    fn residual(&self, i: usize) -> f64 {
        lanes(self.row(i), &self.weights) + self.intercept - self.y[i]
    }

    /// Moves the β of these rows, in this order; by how much, all together.
    #[inline(always)]
    fn pass(&mut self, order: &[usize]) -> f64 {
        let Config { c, epsilon, .. } = self.config;
        let d = self.weights.len();
        let mut moved = 0.0;
        for &i in order {
            let square = self.square[i];
            // The minimum of ½·q·t² + slope·t + ε|β + t|: soft-thresholding.
            let bare = self.beta[i] - self.residual(i) / square;
            let soft = bare.signum() * (bare.abs() - epsilon / square).max(0.0);
            let new = soft.clamp(-c, c);
            let step = new - self.beta[i];
            if step != 0.0 {
                moved += step.abs();
                self.beta[i] = new;
                self.intercept += step;
                let row = &self.rows[i * d..(i + 1) * d];
                for (w, x) in self.weights.iter_mut().zip(row) {
                    *w += step * f64::from(*x);
                }
            }
        }
        moved
    }

    /// None: the duality gap is small enough. Else the rows whose β the next pass
    /// may move; the others stay at a bound or, within ε, at 0.
    #[inline(always)]
    fn unsettled(&self) -> Option<Vec<usize>> {
        let Config {
            c, epsilon, gap, ..
        } = self.config;
        let squares: f64 = self.weights.iter().map(|w| w * w).sum();
        let half = (squares + self.intercept * self.intercept) / 2.0;
        let (mut loss, mut gain) = (0.0, 0.0);
        let mut free = Vec::new();
        for (i, &beta) in self.beta.iter().enumerate() {
            let residual = self.residual(i);
            loss += (residual.abs() - epsilon).max(0.0);
            gain += beta * self.y[i] - epsilon * beta.abs();
            let settled = (beta >= c && residual < -epsilon)
                || (beta <= -c && residual > epsilon)
                || (beta == 0.0 && residual.abs() < epsilon);
            if !settled {
                free.push(i);
            }
        }
        let primal = half + c * loss;
        let dual = gain - half;
        (primal - dual > gap * primal).then_some(free)
    }
}

#[inline(always)]
fn square(a: &[f32]) -> f64 {
    a.iter().map(|a| f64::from(*a) * f64::from(*a)).sum()
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: Svm = crate::file::state::read_state(state)?;
    router
        .weights
        .check("the weights", shape.dim + 1, shape.models)?;
    router.cost.check_costs(router.scale, shape)?;
    Ok(Box::new(ByEstimate(router)))
}

impl Estimator for Svm {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let x = dense::normalized(batch.x);
        let p = ridge::predict(x.view(), self.weights.0.view());
        self.cost.beside(p, &Design::Dense(x), self.scale)
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    /// scripts/svm-figures.py
    #[derive(Deserialize)]
    struct Figures {
        x: Vec<Vec<f32>>,
        fits: Vec<Expected>,
    }

    #[derive(Deserialize)]
    struct Expected {
        c: f64,
        y: Vec<f64>,
        weights: Vec<f64>,
        intercept: f64,
    }

    fn exact(c: f64, epsilon: f64) -> Config {
        Config {
            c,
            epsilon,
            gap: 1e-10,
            passes: 200_000,
        }
    }

    #[test]
    fn coefficients_equal_those_of_scikit_learn() {
        let f: Figures =
            serde_json::from_str(include_str!("../../../../../tests/data/svm-figures.json"))
                .unwrap();
        let x = Array2::from_shape_fn((f.x.len(), f.x[0].len()), |(i, j)| f.x[i][j]);
        let mut largest = 0.0f64;
        for e in &f.fits {
            let got = regress(x.view(), &e.y, exact(e.c, 0.0), 1);
            let wanted = e.weights.iter().chain([&e.intercept]);
            let off = got.iter().zip(wanted).map(|(a, b)| (a - b).abs());
            let off = off.fold(0.0, f64::max);
            assert!(off < 1e-4, "C {}: off by {off}", e.c);
            largest = largest.max(off);
        }
        assert!(f.fits.len() >= 6 && largest > 0.0);
    }

    #[test]
    fn errors_within_epsilon_cost_nothing() {
        let x = Array2::from_shape_fn((20, 1), |(i, _)| i as f32 / 20.0);
        let y: Vec<f64> = (0..20).map(|i| 0.2 + 0.1 * (i % 2) as f64).collect();
        let w = regress(x.view(), &y, exact(100.0, 0.3), 1);
        assert!(w.iter().all(|w| w.abs() < 1e-12), "{w:?}");
        let w = regress(x.view(), &y, exact(100.0, 0.05), 1);
        assert!((w[1] - 0.25).abs() < 1e-3 && w[0].abs() < 1e-2, "{w:?}");
    }
}
