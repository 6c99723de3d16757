//! mlp: one network from the embedding to the scores of all models.
//!
//! Model: a_0 = x (unit embedding), a_l = max(0, W_l·a_{l−1} + b_l) for the
//! hidden layers, p = W·a_L + b, one output a model. Objective, for mini-batches
//! of n rows with scores y (unknown ones filled, impute.rs):
//!
//! ```text
//! 1/(2n)·Σ_i ‖p(x_i) − y_i‖² + α/(2n)·Σ_l ‖W_l‖²,   α = 1e-4
//! ```
//!
//! Adam (adam.rs), at most `epochs` passes. A tenth of train (by prompt,
//! stratified by dataset) is held out; the weights with the least squared error
//! there are kept, and the passes end when ten in a row have not lowered it by
//! 1e-4. Where nothing can be held out all passes are made. p is not cut to
//! 0..1, which would make ties. Expected costs: ridge (heads.rs).
//!
//! Fit O(epochs·N·(d·h + h·K)), a query O(d·h + h·K). Fails on few rows: it
//! learns the datasets, and what is left to tell the models apart within them
//! is mostly noise, which it fits until stopped.
//! Source: the MLP router of RouterBench (Hu et al. 2024, arXiv 2403.12031),
//! with the defaults of scikit-learn's MLPRegressor.

use crate::file::packed::Packed32;
use crate::file::params::{Flag, Params};
use crate::guard;
use crate::kinds::guarded;
use crate::kinds::linear::heads::Heads;
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Family, FitTime, Router, Shape};
use crate::table::{impute, Batch, Needs, Table};
use ndarray::{Array2, ArrayView2};
use rand::rngs::StdRng;
use rand::SeedableRng;
use rb_learn::dense;
use rb_learn::folds;
use rb_learn::linear::Design;
use rb_learn::matrix::simd::wide;
use rb_learn::neural::layer;
use rb_learn::optimise::adam::{self, Schedule};
use rb_learn::optimise::early_stop::EarlyStop;
use rb_record::error::{Error, Result};
use rb_record::hash;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "mlp",
    family: Family::Published,
    about: "A small neural network from the embedding to every model's score",
    help: "Hidden layers of rectified units on the embedding, one output a model, least \
           squares by Adam, stopped where a held-out tenth of train no longer gains; cost by \
           ridge.",
    flags: &[
        Flag {
            name: "hidden",
            value: "N,N",
            default: "100",
            help: "Units of each hidden layer",
        },
        Flag {
            name: "epochs",
            value: "N",
            default: "200",
            help: "The most passes over train",
        },
        Flag {
            name: "rate",
            value: "R",
            default: "0.001",
            help: "Adam's learning rate",
        },
        guard::OFF,
    ],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |params| {
        hidden(params)?;
        Ok(Needs::EMBEDDING)
    },
    fit: |table, params, seed| guarded::fit(table, params, seed, fit),
    load: |state, shape| guarded::load(state, shape, load),
};

/// α, the batch and the stopping rule of scikit-learn's MLPRegressor.
const PENALTY: f32 = 1e-4;
const BATCH: usize = 200;
const HELD_OUT: usize = 10;
const PATIENCE: usize = 10;
const LEAST_GAIN: f64 = 1e-4;

/// The widths of the hidden layers.
fn hidden(params: &Params) -> Result<Vec<usize>> {
    let text = params.text("hidden");
    let widths: Vec<usize> = text.split(',').filter_map(|w| w.parse().ok()).collect();
    if widths.len() == text.split(',').count() && widths.iter().all(|w| (1..=4096).contains(w)) {
        Ok(widths)
    } else {
        Err(Error::usage(format!(
            "--hidden is {text:?}, expected widths of 1 to 4096 such as 100 or 100,100"
        )))
    }
}

/// Weights (outputs×inputs) and biases of each layer, out of the flat vector
/// in which they stand one after another. `widths` from d to K.
fn layers<'a>(widths: &[usize], at: &'a [f32]) -> Vec<(ArrayView2<'a, f32>, &'a [f32])> {
    let mut rest = at;
    widths
        .windows(2)
        .map(|w| {
            let weights = layer::take(&mut rest, w[1], w[0]);
            let (biases, left) = rest.split_at(w[1]);
            rest = left;
            (weights, biases)
        })
        .collect()
}

/// The outputs of every layer, the last of them p.
fn activations(layers: &[(ArrayView2<f32>, &[f32])], x: ArrayView2<f32>) -> Vec<Array2<f32>> {
    let mut all: Vec<Array2<f32>> = Vec::with_capacity(layers.len());
    for (l, (w, b)) in layers.iter().enumerate() {
        let mut a = match l {
            0 => layer::forward(x, *w, b),
            _ => layer::forward(all[l - 1].view(), *w, b),
        };
        if l + 1 < layers.len() {
            let numbers = a.as_slice_mut().unwrap_or_default();
            wide(|| numbers.iter_mut().for_each(|v| *v = v.max(0.0)));
        }
        all.push(a);
    }
    all
}

/// What some rows (x r×d, y r×K) add to the objective of a mini-batch of `n` rows, and to
/// its gradient; training asks for the gradient alone.
fn objective<const LOSS: bool>(
    widths: &[usize],
    at: &[f32],
    x: ArrayView2<f32>,
    y: ArrayView2<f32>,
    n: usize,
) -> (f64, Vec<f32>) {
    let n = n.max(1) as f32;
    let layers = layers(widths, at);
    let mut outputs = activations(&layers, x);
    let mut delta = outputs.pop().unwrap_or_else(|| Array2::zeros((0, 0)));
    let mut loss = 0.0f64;
    delta.zip_mut_with(&y, |p, y| {
        let off = *p - y;
        if LOSS {
            loss += f64::from(off) * f64::from(off);
        }
        *p = off / n;
    });
    // Each row's part of the penalty.
    let penalty = PENALTY / n * (x.nrows() as f32 / n);
    let mut squares = 0.0f64;
    let mut gradient = vec![0.0; at.len()];
    let mut left = gradient.as_mut_slice();
    // From the last layer to the first.
    for (l, (w, b)) in layers.iter().enumerate().rev() {
        let (before, own) = left.split_at_mut(left.len() - w.len() - b.len());
        left = before;
        let input = match l {
            0 => x.view(),
            _ => outputs[l - 1].view(),
        };
        layer::slope(delta.view(), input, own);
        let w_numbers = w.as_slice().unwrap_or_default();
        wide(|| (own.iter_mut().zip(w_numbers)).for_each(|(g, w)| *g += penalty * w));
        if LOSS {
            squares += w.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>();
        }
        if l > 0 {
            delta = layer::backward(delta.view(), *w);
            let active = outputs[l - 1].as_slice().unwrap_or_default();
            let delta = delta.as_slice_mut().unwrap_or_default();
            wide(|| {
                for (d, a) in delta.iter_mut().zip(active) {
                    *d = if *a > 0.0 { *d } else { 0.0 };
                }
            });
        }
    }
    let loss = loss / (2.0 * f64::from(n)) + f64::from(penalty) * squares / 2.0;
    (loss, gradient)
}

/// Half the mean squared error of rows, summed over the models.
fn error(widths: &[usize], at: &[f32], x: &Array2<f32>, y: &Array2<f32>) -> f64 {
    let outputs = activations(&layers(widths, at), x.view());
    let p = &outputs[outputs.len() - 1];
    let squares = p.iter().zip(y).map(|(p, y)| f64::from(p - y).powi(2));
    squares.sum::<f64>() / (2.0 * x.nrows().max(1) as f64)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    /// Outputs×inputs.
    weights: Packed32,
    /// 1×outputs.
    biases: Packed32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mlp {
    layers: Vec<Layer>,
    cost: Heads,
    scale: f64,
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let epochs = params.count("epochs", 1)?;
    let rate = params.number("rate", 0.0, 1.0)?;
    let targets = impute::targets(table);
    let x = dense::normalized(table.x.view());
    let y = targets.score.mapv(|v| v as f32);
    let mut widths = vec![x.ncols()];
    widths.extend(hidden(params)?);
    widths.push(table.k());

    let mut rng = StdRng::seed_from_u64(hash::seed(seed, "mlp"));
    let mut at = Vec::new();
    for w in widths.windows(2) {
        // Glorot and Bengio's bound for rectified units, as scikit-learn has it.
        let bound = (6.0 / (w[0] + w[1]) as f32).sqrt();
        at.extend(layer::uniform(w[0] * w[1] + w[1], bound, &mut rng));
    }
    // The outputs start at the mean scores.
    let outputs = at.len() - table.k()..;
    for (b, mean) in at[outputs].iter_mut().zip(&targets.mean_score) {
        *b = *mean as f32;
    }

    let fold = table.folds(HELD_OUT, hash::seed(seed, "mlp held out"));
    let (held, rest) = folds::parts(&fold, 0);
    let stops = !held.is_empty() && !rest.is_empty();
    let rest = if stops {
        rest
    } else {
        (0..table.len()).collect()
    };
    let (held_x, held_y) = (dense::rows(x.view(), &held), dense::rows(y.view(), &held));
    let mut stop = EarlyStop::new(&at, PATIENCE, LEAST_GAIN);
    let schedule = Schedule {
        epochs,
        rate,
        falls: false,
        decay: 0.0,
    };
    adam::train(
        &mut at,
        schedule,
        &mut rng,
        |rng| adam::batches(rest.len(), BATCH, rng),
        |at, rows: Vec<usize>, _| {
            let rows: Vec<usize> = rows.into_iter().map(|r| rest[r]).collect();
            adam::halves(rows.len(), |half| {
                let half = &rows[half];
                let (x, y) = (dense::rows(x.view(), half), dense::rows(y.view(), half));
                objective::<false>(&widths, at, x.view(), y.view(), rows.len()).1
            })
        },
        |at| {
            if !stops {
                return ControlFlow::Continue(());
            }
            stop.judge(at, error(&widths, at, &held_x, &held_y))
        },
    );
    if stops {
        at = stop.best();
    }
    let layers = layers(&widths, &at)
        .into_iter()
        .map(|(w, b)| Layer {
            weights: Packed32(w.to_owned()),
            biases: Packed32::from_row(b.to_vec()),
        })
        .collect();
    Ok(Box::new(ByEstimate(Mlp {
        layers,
        cost: Heads::costs(&targets, &Design::Dense(x), 1.0),
        scale: targets.scale,
    })))
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: Mlp = crate::file::state::read_state(state)?;
    let mut inputs = shape.dim;
    for (l, layer) in router.layers.iter().enumerate() {
        let outputs = if l + 1 == router.layers.len() {
            shape.models
        } else {
            layer.weights.0.nrows().max(1)
        };
        layer.weights.check("a layer's weights", outputs, inputs)?;
        layer.biases.check("a layer's biases", 1, outputs)?;
        inputs = outputs;
    }
    if router.layers.is_empty() {
        return Err(Error::router_file(
            "the network has no layers; fit and save the router again",
        ));
    }
    router.cost.check_costs(router.scale, shape)?;
    Ok(Box::new(ByEstimate(router)))
}

impl Estimator for Mlp {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let x = dense::normalized(batch.x);
        let biases: Vec<Vec<f32>> = self
            .layers
            .iter()
            .map(|l| l.biases.row().to_vec())
            .collect();
        let layers: Vec<(ArrayView2<f32>, &[f32])> = self
            .layers
            .iter()
            .zip(&biases)
            .map(|(l, b)| (l.weights.0.view(), b.as_slice()))
            .collect();
        let p = activations(&layers, x.view()).pop().unwrap_or_default();
        let p = p.mapv(f64::from);
        self.cost.beside(p, &Design::Dense(x), self.scale)
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_agrees_with_finite_differences() {
        for widths in [vec![4, 6, 3], vec![4, 5, 7, 3]] {
            let mut rng = StdRng::seed_from_u64(2);
            let count: usize = widths.windows(2).map(|w| (w[0] + 1) * w[1]).sum();
            let at = layer::normal(count, 0.7, &mut rng);
            let mut draw = |n: usize, d: usize| {
                Array2::from_shape_vec((n, d), layer::uniform(n * d, 1.0, &mut rng)).unwrap()
            };
            let (x, y) = (draw(9, 4), draw(9, 3));
            adam::check_gradient(&at, |at| {
                objective::<true>(&widths, at, x.view(), y.view(), 9)
            });
        }
    }

    #[test]
    fn widths_are_read_or_refused() {
        let of = |text: &str| {
            let mut params = Params::defaults(ENTRY.flags);
            params.0.insert("hidden".into(), text.into());
            hidden(&params).ok()
        };
        assert_eq!(of("100"), Some(vec![100]));
        assert_eq!(of("100,50"), Some(vec![100, 50]));
        for wrong in ["", "0", "10,", "a", "1e3", "99999"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
