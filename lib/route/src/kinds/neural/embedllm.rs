//! embedllm: a learnt vector a model, multiplied into a projection of the query.
//!
//! Model, x the unit embedding, P_m in R^h the model's vector, ⊙ elementwise:
//!
//! ```text
//! (z_0, z_1) = W2·(P_m ⊙ (W1·x + b1)) + b2,   p(x,m) = e^z_1/(e^z_0 + e^z_1)
//! ```
//!
//! Objective: the mean over (query, model) of −(1 − y)·ln(1 − p) − y·ln p, a
//! graded score y as soft label, unknown scores filled (impute.rs); in training
//! x + e stands for x, e ~ N(0, noise²). Adam (adam.rs) with an L2 penalty of
//! 1e-5. A batch of 2,048 pairs is 2,048/K queries with all their models, which
//! share one draw of the noise, so W1·(x + e) is computed once a query.
//! Expected costs: ridge (heads.rs).
//!
//! Fit O(epochs·N·h·(d + K)), a query O(h·(d + K)). For one model z_1 − z_0 is
//! linear in x, so this is logistic regression of rank h over the models, with
//! the noise as its penalty. Fails on few queries: the rate and length are published for tens of
//! thousands of them.
//! Source: EmbedLLM (Zhuang et al. 2025, arXiv 2410.02223).

use crate::file::packed::Packed32;
use crate::file::params::{Flag, Params};
use crate::guard;
use crate::kinds::guarded;
use crate::kinds::linear::heads::Heads;
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Family, FitTime, Router, Shape};
use crate::table::{impute, Batch, Needs, Table};
use ndarray::{s, Array2, ArrayView2, Zip};
use rand::rngs::StdRng;
use rand::SeedableRng;
use rb_learn::dense;
use rb_learn::linear::{cross_entropy, sigmoid, Design};
use rb_learn::neural::layer;
use rb_learn::neural::noise::Noise;
use rb_learn::optimise::adam::{self, Schedule};
use rb_record::error::Result;
use rb_record::hash;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "embedllm",
    family: Family::Published,
    about: "A learnt vector a model, multiplied into the query's projection",
    help: "Two-class logits are linear in the elementwise product of the model's learnt vector \
           and a projection of the embedding; cross-entropy with graded scores as soft labels, \
           noise on the embedding, Adam; cost by ridge.",
    flags: &[
        Flag {
            name: "dim",
            value: "N",
            default: "232",
            help: "Length of a model's vector",
        },
        Flag {
            name: "epochs",
            value: "N",
            default: "50",
            help: "Passes over train",
        },
        Flag {
            name: "rate",
            value: "R",
            default: "0.0001",
            help: "Adam's learning rate",
        },
        Flag {
            name: "noise",
            value: "S",
            default: "0.05",
            help: "Standard deviation of the noise on each number of the embedding in training",
        },
        guard::OFF,
    ],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::EMBEDDING),
    fit: |table, params, seed| guarded::fit(table, params, seed, fit),
    load: |state, shape| guarded::load(state, shape, load),
};

/// Pairs of a query and a model in a mini-batch.
const BATCH: usize = 2048;
const DECAY: f32 = 1e-5;
const CLASSES: usize = 2;

/// The sizes of the parameters: W1 (h×d), b1 (h), P (K×h), W2 (2×h), b2 (2),
/// one after another.
#[derive(Clone, Copy)]
struct Sizes {
    inputs: usize,
    dim: usize,
    models: usize,
}

/// The parameters as matrices.
struct Parts<'a> {
    w1: ArrayView2<'a, f32>,
    b1: ArrayView2<'a, f32>,
    models: ArrayView2<'a, f32>,
    w2: ArrayView2<'a, f32>,
    b2: ArrayView2<'a, f32>,
}

impl Sizes {
    fn parts(self, at: &[f32]) -> Parts<'_> {
        let mut rest = at;
        Parts {
            w1: layer::take(&mut rest, self.dim, self.inputs),
            b1: layer::take(&mut rest, 1, self.dim),
            models: layer::take(&mut rest, self.models, self.dim),
            w2: layer::take(&mut rest, CLASSES, self.dim),
            b2: layer::take(&mut rest, 1, CLASSES),
        }
    }
}

/// P_m ⊙ W2_c in row 2m + c: what the projection is multiplied by (2K×h).
fn crossed(models: ArrayView2<f32>, w2: ArrayView2<f32>) -> Array2<f32> {
    let mut out = Array2::zeros((models.nrows() * CLASSES, models.ncols()));
    for (r, row) in out.rows_mut().into_iter().enumerate() {
        let factors = (models.row(r / CLASSES), w2.row(r % CLASSES));
        Zip::from(row)
            .and(factors.0)
            .and(factors.1)
            .for_each(|to, a, b| *to = a * b);
    }
    out
}

/// z_1 − z_0 of model m, out of a row of logits without b2.
fn margin(row: ndarray::ArrayView1<f32>, b2: ArrayView2<f32>, m: usize) -> f64 {
    let z = |c: usize| f64::from(row[m * CLASSES + c]) + f64::from(b2[[0, c]]);
    z(1) - z(0)
}

/// What some rows (x r×d, y r×K) add to the objective of a mini-batch of `n` rows without
/// the penalty, and to its gradient; training asks for the gradient alone.
fn objective<const LOSS: bool>(
    sizes: Sizes,
    at: &[f32],
    x: ArrayView2<f32>,
    y: ArrayView2<f32>,
    n: usize,
) -> (f64, Vec<f32>) {
    let parts = sizes.parts(at);
    let pairs = (n * sizes.models).max(1) as f64;
    let projected = layer::forward(x, parts.w1, parts.b1.as_slice().unwrap_or_default());
    let crossed = crossed(parts.models, parts.w2);
    let mut dz = dense::product(projected.view(), crossed.view());
    let mut loss = 0.0f64;
    for (mut row, labels) in dz.rows_mut().into_iter().zip(y.rows()) {
        for (m, &label) in labels.iter().enumerate() {
            let (z, label) = (margin(row.view(), parts.b2, m), f64::from(label));
            if LOSS {
                loss += cross_entropy(z, label);
            }
            let slope = ((sigmoid(z) - label) / pairs) as f32;
            row[m * CLASSES] = -slope;
            row[m * CLASSES + 1] = slope;
        }
    }
    let d_crossed = dense::transposed_product(dz.view(), projected.view());
    let d_projected = layer::backward(dz.view(), crossed.view());
    let mut d_models = Array2::<f32>::zeros(parts.models.dim());
    let mut d_w2 = Array2::<f32>::zeros(parts.w2.dim());
    for (r, row) in d_crossed.rows().into_iter().enumerate() {
        let (m, c) = (r / CLASSES, r % CLASSES);
        let with = |to: ndarray::ArrayViewMut1<f32>, by: ndarray::ArrayView1<f32>| {
            Zip::from(to)
                .and(row)
                .and(by)
                .for_each(|to, g, by| *to += g * by);
        };
        with(d_models.row_mut(m), parts.w2.row(c));
        with(d_w2.row_mut(c), parts.models.row(m));
    }
    let sums = layer::column_sums(dz.view());
    let d_b2 = |c: usize| sums.iter().skip(c).step_by(CLASSES).sum::<f32>();
    let mut gradient = vec![0.0; sizes.dim * (sizes.inputs + 1)];
    layer::slope(d_projected.view(), x, &mut gradient);
    layer::append(&mut gradient, &d_models);
    layer::append(&mut gradient, &d_w2);
    gradient.extend((0..CLASSES).map(d_b2));
    (loss / pairs, gradient)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EmbedLlm {
    /// h×d and 1×h.
    w1: Packed32,
    b1: Packed32,
    /// K×h.
    models: Packed32,
    /// 2×h and 1×2.
    w2: Packed32,
    b2: Packed32,
    cost: Heads,
    scale: f64,
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let sizes = Sizes {
        inputs: table.x.ncols(),
        dim: params.count("dim", 1)?,
        models: table.k(),
    };
    let epochs = params.count("epochs", 1)?;
    let rate = params.number("rate", 0.0, 1.0)?;
    let noise = params.number("noise", 0.0, 10.0)? as f32;
    let targets = impute::targets(table);
    let x = dense::normalized(table.x.view());
    let y = targets.score.mapv(|v| v as f32);

    // Starts as torch does: N(0, 1) for vectors, ±1/√inputs for layers.
    let mut rng = StdRng::seed_from_u64(hash::seed(seed, "embedllm"));
    let bound = |inputs: usize| 1.0 / (inputs.max(1) as f32).sqrt();
    let first = (sizes.inputs + 1) * sizes.dim;
    let mut at = layer::uniform(first, bound(sizes.inputs), &mut rng);
    at.extend(layer::normal(sizes.models * sizes.dim, 1.0, &mut rng));
    at.extend(layer::uniform(
        CLASSES * (sizes.dim + 1),
        bound(sizes.dim),
        &mut rng,
    ));

    let schedule = Schedule {
        epochs,
        rate,
        falls: false,
        decay: DECAY,
    };
    let noise = Noise::new(noise, sizes.inputs, &mut rng);
    let queries = BATCH / sizes.models.max(1);
    adam::train(
        &mut at,
        schedule,
        &mut rng,
        |rng| adam::batches(table.len(), queries, rng),
        |at, rows: Vec<usize>, rng| {
            let (mut x, y) = (dense::rows(x.view(), &rows), dense::rows(y.view(), &rows));
            noise.disturb(&mut x, rng);
            adam::halves(rows.len(), |half| {
                let half = s![half, ..];
                objective::<false>(sizes, at, x.slice(half), y.slice(half), rows.len()).1
            })
        },
        |_| ControlFlow::Continue(()),
    );
    let parts = sizes.parts(&at);
    let packed = |part: ArrayView2<f32>| Packed32(part.to_owned());
    Ok(Box::new(ByEstimate(EmbedLlm {
        w1: packed(parts.w1),
        b1: packed(parts.b1),
        models: packed(parts.models),
        w2: packed(parts.w2),
        b2: packed(parts.b2),
        cost: Heads::costs(&targets, &Design::Dense(x), 1.0),
        scale: targets.scale,
    })))
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: EmbedLlm = crate::file::state::read_state(state)?;
    let dim = router.w1.0.nrows().max(1);
    router.w1.check("W1", dim, shape.dim)?;
    router.b1.check("b1", 1, dim)?;
    router
        .models
        .check("the models' vectors", shape.models, dim)?;
    router.w2.check("W2", CLASSES, dim)?;
    router.b2.check("b2", 1, CLASSES)?;
    router.cost.check_costs(router.scale, shape)?;
    Ok(Box::new(ByEstimate(router)))
}

impl Estimator for EmbedLlm {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let x = dense::normalized(batch.x);
        let projected = layer::forward(x.view(), self.w1.0.view(), &self.b1.row().to_vec());
        let crossed = crossed(self.models.0.view(), self.w2.0.view());
        let logits = dense::product(projected.view(), crossed.view());
        let p = Array2::from_shape_fn((x.nrows(), self.models.0.nrows()), |(i, m)| {
            sigmoid(margin(logits.row(i), self.b2.0.view(), m))
        });
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
        let sizes = Sizes {
            inputs: 4,
            dim: 5,
            models: 3,
        };
        let mut rng = StdRng::seed_from_u64(3);
        let at = layer::normal(25 + 15 + 12, 0.7, &mut rng);
        let mut draw = |n: usize, d: usize| {
            Array2::from_shape_vec((n, d), layer::uniform(n * d, 1.0, &mut rng)).unwrap()
        };
        let (x, y) = (draw(6, 4), draw(6, 3).mapv(f32::abs));
        let n = x.nrows();
        adam::check_gradient(&at, |at| {
            objective::<true>(sizes, at, x.view(), y.view(), n)
        });
    }
}
