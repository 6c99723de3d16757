//! irt: multidimensional item response theory, whose items are predicted.
//!
//! Model, for a unit vector x and models m with abilities θ_m in R^D:
//!
//! ```text
//! p(x,m) = σ(a(x)·θ_m − b(x)),   a(x) = A·x + a0 in R^D,   b(x) = B·x + b0
//! ```
//!
//! a says which abilities a query asks for, b how hard it is. θ is centred:
//! Σ_m θ_m = 0, so b is the difficulty for the mean model. With D = 1 and one
//! sign of a, every query would rank the models alike; hence D many. Minimised
//! over A, a0, B, b0, θ, scores y as soft labels (unknown ones filled,
//! impute.rs):
//!
//! ```text
//! Σ_{i,m} [ln(1 + e^z) − y·z] + λ/2·(‖A‖² + ‖B‖² + ‖θ‖²),   z = a(x_i)·θ_m − b(x_i)
//! ```
//!
//! (the penalties on A and θ together are a nuclear norm of θ·A, so few of the
//! D abilities stay). Adam (adam.rs) in mini-batches with a learning rate that
//! falls to 0. Expected costs: ridge (heads.rs).
//!
//! Fit O(epochs·N·D·(d + K)), a query O(D·(d + K)). Fails where what sets the
//! models apart is little beside what makes queries hard for all: the gaps
//! between models are then mostly penalty.
//! Source: item response theory (Reckase 2009); as a router IRT-Router (Song et
//! al. 2025, arXiv 2506.01048).

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
use rb_learn::linear::{cross_entropy, sigmoid, Design};
use rb_learn::matrix::simd::wide;
use rb_learn::neural::layer;
use rb_learn::optimise::adam::{self, Schedule};
use rb_record::error::Result;
use rb_record::hash;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "irt",
    family: Family::Published,
    about: "Item response theory: abilities of models, demands of queries",
    help: "The chance of success is the logistic function of the query's demands times the \
           model's abilities, less the query's difficulty; demands and difficulty are linear \
           in the embedding. Fitted by Adam; cost by ridge.",
    flags: &[
        Flag {
            name: "dim",
            value: "D",
            default: "25",
            help: "Abilities of a model",
        },
        Flag {
            name: "l2",
            value: "L",
            default: "10",
            help: "Penalty on demands, difficulty and abilities",
        },
        Flag {
            name: "epochs",
            value: "N",
            default: "100",
            help: "Passes over train",
        },
        Flag {
            name: "rate",
            value: "R",
            default: "0.01",
            help: "Adam's learning rate at the start; it falls to 0",
        },
        guard::OFF,
    ],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::EMBEDDING),
    fit: |table, params, seed| guarded::fit(table, params, seed, fit),
    load: |state, shape| guarded::load(state, shape, load),
};

/// Queries in a mini-batch.
const BATCH: usize = 256;

/// The sizes of the parameters: [A; B] ((D+1)×d), [a0; b0] (D+1), θ (K×D), one
/// after another.
#[derive(Clone, Copy)]
struct Sizes {
    inputs: usize,
    dim: usize,
    models: usize,
}

impl Sizes {
    fn count(self) -> usize {
        (self.dim + 1) * (self.inputs + 1) + self.models * self.dim
    }
}

/// Centres the abilities: Σ_m θ_m = 0.
fn centred(theta: ArrayView2<f32>) -> Array2<f32> {
    let mut theta = theta.to_owned();
    for mut ability in theta.columns_mut() {
        let mean = ability.sum() / ability.len().max(1) as f32;
        ability.iter_mut().for_each(|v| *v -= mean);
    }
    theta
}

/// z (n×K) of demands and difficulties (n×(D+1)) and centred abilities.
fn scores(items: &Array2<f32>, theta: &Array2<f32>) -> Array2<f32> {
    // −b as one more demand, of which every model has 1.
    let mut wide = Array2::from_elem((theta.nrows(), theta.ncols() + 1), -1.0);
    for (mut to, from) in wide.rows_mut().into_iter().zip(theta.rows()) {
        to.iter_mut().zip(from).for_each(|(t, f)| *t = *f);
    }
    dense::product(items.view(), wide.view())
}

/// What some rows (x r×d, y r×K) add to the mean objective of a mini-batch of `n` rows,
/// with λ/N given as `penalty`, and to its gradient; training asks for the gradient alone.
fn objective<const LOSS: bool>(
    sizes: Sizes,
    at: &[f32],
    x: ArrayView2<f32>,
    y: ArrayView2<f32>,
    n: usize,
    penalty: f32,
) -> (f64, Vec<f32>) {
    let Sizes {
        inputs,
        dim,
        models,
    } = sizes;
    let n = n.max(1) as f32;
    // Each row's part of it.
    let penalty = penalty * (x.nrows() as f32 / n);
    let mut rest = at;
    let w = layer::take(&mut rest, dim + 1, inputs);
    let b = layer::take(&mut rest, 1, dim + 1);
    let theta = layer::take(&mut rest, models, dim);
    let abilities = centred(theta);
    let items = layer::forward(x, w, &b.iter().copied().collect::<Vec<_>>());
    let mut dz = scores(&items, &abilities);
    let mut loss = 0.0f64;
    dz.zip_mut_with(&y, |z, y| {
        let (wide, label) = (f64::from(*z), f64::from(*y));
        if LOSS {
            loss += cross_entropy(wide, label);
        }
        *z = (sigmoid(wide) - label) as f32 / n;
    });
    // Demands: dz·θ; difficulty: −Σ_m dz.
    let demands = layer::backward(dz.view(), abilities.view());
    let mut d_items = Array2::zeros((x.nrows(), dim + 1));
    for ((mut to, from), dz) in d_items
        .rows_mut()
        .into_iter()
        .zip(demands.rows())
        .zip(dz.rows())
    {
        to.iter_mut().zip(from).for_each(|(t, f)| *t = *f);
        to[dim] = -dz.sum();
    }
    let d_abilities = dense::transposed_product(dz.view(), items.view());
    let d_theta = centred(d_abilities.slice(ndarray::s![.., ..dim]));
    let mut gradient = vec![0.0; (dim + 1) * (inputs + 1)];
    layer::slope(d_items.view(), x, &mut gradient);
    layer::append(&mut gradient, &d_theta);
    let penalised = |range: std::ops::Range<usize>, gradient: &mut [f32]| -> f64 {
        let own = &at[range.clone()];
        wide(|| (gradient[range].iter_mut().zip(own)).for_each(|(g, at)| *g += penalty * at));
        if LOSS {
            let squares = own.iter().map(|v| f64::from(*v).powi(2));
            squares.sum::<f64>() * f64::from(penalty) / 2.0
        } else {
            0.0
        }
    };
    let slopes = (dim + 1) * inputs;
    let extra =
        penalised(0..slopes, &mut gradient) + penalised(slopes + dim + 1..at.len(), &mut gradient);
    (loss / f64::from(n) + extra, gradient)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Irt {
    /// (D+1)×d: what each ability is asked for by, and difficulty last.
    demands: Packed32,
    /// 1×(D+1).
    intercepts: Packed32,
    /// K×D, centred.
    abilities: Packed32,
    cost: Heads,
    scale: f64,
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let sizes = Sizes {
        inputs: table.x.ncols(),
        dim: params.count("dim", 1)?,
        models: table.k(),
    };
    let l2 = params.number("l2", 0.0, 1e9)?;
    let epochs = params.count("epochs", 1)?;
    let rate = params.number("rate", 0.0, 1.0)?;
    let targets = impute::targets(table);
    let x = dense::normalized(table.x.view());
    let y = targets.score.mapv(|v| v as f32);
    let n = table.len();

    let mut rng = StdRng::seed_from_u64(hash::seed(seed, "irt"));
    let mut at = layer::uniform((sizes.dim + 1) * sizes.inputs, 0.1, &mut rng);
    at.extend(vec![0.0; sizes.dim + 1]);
    at.extend(layer::normal(sizes.models * sizes.dim, 0.3, &mut rng));
    // Difficulty starts at the mean score's.
    let mean =
        (targets.mean_score.iter().sum::<f64>() / sizes.models.max(1) as f64).clamp(0.01, 0.99);
    at[(sizes.dim + 1) * (sizes.inputs + 1) - 1] = ((1.0 - mean) / mean).ln() as f32;
    debug_assert_eq!(at.len(), sizes.count());

    let penalty = (l2 / n as f64) as f32;
    let schedule = Schedule {
        epochs,
        rate,
        falls: true,
        decay: 0.0,
    };
    adam::train(
        &mut at,
        schedule,
        &mut rng,
        |rng| adam::batches(n, BATCH, rng),
        |at, rows: Vec<usize>, _| {
            adam::halves(rows.len(), |half| {
                let half = &rows[half];
                let (x, y) = (dense::rows(x.view(), half), dense::rows(y.view(), half));
                objective::<false>(sizes, at, x.view(), y.view(), rows.len(), penalty).1
            })
        },
        |_| ControlFlow::Continue(()),
    );
    let mut rest = at.as_slice();
    Ok(Box::new(ByEstimate(Irt {
        demands: Packed32(layer::take(&mut rest, sizes.dim + 1, sizes.inputs).to_owned()),
        intercepts: Packed32(layer::take(&mut rest, 1, sizes.dim + 1).to_owned()),
        abilities: Packed32(centred(layer::take(&mut rest, sizes.models, sizes.dim))),
        cost: Heads::costs(&targets, &Design::Dense(x), 1.0),
        scale: targets.scale,
    })))
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: Irt = crate::file::state::read_state(state)?;
    let rows = router.demands.0.nrows().max(1);
    router.demands.check("the demands", rows, shape.dim)?;
    router.intercepts.check("the intercepts", 1, rows)?;
    router
        .abilities
        .check("the abilities", shape.models, rows - 1)?;
    router.cost.check_costs(router.scale, shape)?;
    Ok(Box::new(ByEstimate(router)))
}

impl Estimator for Irt {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let x = dense::normalized(batch.x);
        let items = layer::forward(
            x.view(),
            self.demands.0.view(),
            &self.intercepts.row().to_vec(),
        );
        let z = scores(&items, &self.abilities.0);
        let p = z.mapv(|z| sigmoid(f64::from(z)));
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
            dim: 3,
            models: 5,
        };
        let mut rng = StdRng::seed_from_u64(1);
        let at = layer::normal(sizes.count(), 0.7, &mut rng);
        let draw = |n: usize, d: usize, rng: &mut StdRng| {
            Array2::from_shape_vec((n, d), layer::uniform(n * d, 1.0, rng)).unwrap()
        };
        let x = draw(6, 4, &mut rng);
        let y = draw(6, 5, &mut rng).mapv(f32::abs);
        adam::check_gradient(&at, |at| {
            objective::<true>(sizes, at, x.view(), y.view(), 6, 0.3)
        });
    }
}
