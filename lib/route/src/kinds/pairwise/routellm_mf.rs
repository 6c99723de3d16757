//! routellm-mf: matrix factorisation of which model wins on which query.
//!
//! Model, x the unit embedding, P_m in R^h the model's vector:
//!
//! ```text
//! d(m,x) = w·(P_m/‖P_m‖ ⊙ W1·x),   P(m beats n | unequal) = σ(d(m,x) − d(n,x))
//! ```
//!
//! Objective: the mean over pairs of models with unequal scores on a train
//! query of −ln σ(d(winner) − d(loser)), at most 10 pairs a query, drawn once (a
//! pair with an unknown score is two, weighed by their chance, comparisons.rs);
//! in training x + e stands for x, e ~ N(0, noise²). `--pairs weighted` weighs a
//! pair by its gap in score over the mean gap; as published all are alike. Adam
//! (adam.rs) with an L2 penalty of 1e-5. A batch is whole queries, as many as
//! make 64 pairs; the pairs of a query share one draw of the noise.
//!
//! With --strong or --weak: P(strong wins) = σ(d(strong) − d(weak)). Otherwise d
//! ranks all models, and expected scores follow from the chances of winning
//! (wins.rs). A model that is in no pair has d = 0. Expected costs: ridge
//! (heads.rs).
//!
//! Fit O(epochs·N·h·d), a query O(h·(d + K)). Fails where ties are most of the
//! data: how often models differ is not learnt, only who wins then.
//! Source: RouteLLM (Ong et al. 2024, arXiv 2406.18665).

use crate::file::packed::Packed32;
use crate::file::params::{Flag, Params, STRONG, WEAK};
use crate::kinds::pairwise::comparisons::Comparisons;
use crate::kinds::pairwise::ratings::{self, Rating};
use crate::router::{Entry, Family, FitTime, Router, Shape};
use crate::table::{Batch, Needs, Table};
use ndarray::{Array1, Array2, ArrayView2};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::SeedableRng;
use rb_learn::dense;
use rb_learn::linear::{cross_entropy, sigmoid};
use rb_learn::matrix::thin;
use rb_learn::neural::layer;
use rb_learn::neural::noise::Noise;
use rb_learn::optimise::adam::{self, Schedule};
use rb_record::error::Result;
use rb_record::hash;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

const PAIRS: [&str; 2] = ["equal", "weighted"];

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "routellm-mf",
    family: Family::Published,
    about: "Matrix factorisation of which model wins on which query",
    help: "Learnt vectors of models and a projection of the embedding rate each model; the \
           chance that one beats another is the logistic function of their difference, fitted \
           on pairs of unequal scores by Adam. With --strong or --weak: a choice between two \
           by P(strong wins); else expected scores from all chances of winning, cost by ridge.",
    flags: &[
        Flag {
            name: "dim",
            value: "N",
            default: "128",
            help: "Length of a model's vector",
        },
        Flag {
            name: "epochs",
            value: "N",
            default: "100",
            help: "Passes over the pairs, at most; as many as make 100,000 batches are enough",
        },
        Flag {
            name: "rate",
            value: "R",
            default: "0.0003",
            help: "Adam's learning rate",
        },
        Flag {
            name: "noise",
            value: "S",
            default: "0.1",
            help: "Standard deviation of the noise on each number of the embedding in training",
        },
        Flag {
            name: "pairs",
            value: "HOW",
            default: "equal",
            help: "equal: every pair counts alike; weighted: by its gap in score",
        },
        Flag {
            help: "Choose between two models by P(strong wins) [default with --weak: the best mean score on train]",
            ..STRONG
        },
        Flag {
            help: "Choose between two models by P(strong wins) [default with --strong: the cheapest on train]",
            ..WEAK
        },
    ],
    oracle: false,
    fit_time: FitTime::Slower,
    needs: |_| Ok(Needs::EMBEDDING),
    fit,
    load: ratings::load::<Ratings>,
};

/// Pairs in a mini-batch, the most of one query, and Adam's L2 penalty.
const BATCH: usize = 64;
const PAIRS_OF_A_QUERY: usize = 10;
const DECAY: f32 = 1e-5;

/// So many batches are enough: the 100 passes of the published training over the
/// 65,000 comparisons it had. More data need fewer passes, never below the least.
const STEPS: usize = 100_000;
const PASSES: usize = 10;

/// The sizes of the parameters: W1 (h×d), P (K×h), w (h), one after another.
#[derive(Clone, Copy)]
struct Sizes {
    inputs: usize,
    dim: usize,
    models: usize,
}

/// One comparison on the query in row `row` of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Duel {
    row: usize,
    winner: usize,
    loser: usize,
    weight: f32,
}

struct Parts<'a> {
    w1: ArrayView2<'a, f32>,
    models: ArrayView2<'a, f32>,
    w: ArrayView2<'a, f32>,
}

impl Sizes {
    fn parts(self, at: &[f32]) -> Parts<'_> {
        let mut rest = at;
        Parts {
            w1: layer::take(&mut rest, self.dim, self.inputs),
            models: layer::take(&mut rest, self.models, self.dim),
            w: layer::take(&mut rest, 1, self.dim),
        }
    }
}

fn length(v: ndarray::ArrayView1<f32>) -> f32 {
    dense::squared_norm(v).sqrt().max(1e-12)
}

/// w ⊙ P_m/‖P_m‖ of each model: what the projection is multiplied by (K×h).
fn directions(parts: &Parts) -> Array2<f32> {
    let mut out = parts.models.to_owned();
    for mut row in out.rows_mut() {
        let norm = length(row.view());
        row.iter_mut()
            .zip(parts.w.row(0))
            .for_each(|(v, w)| *v *= w / norm);
    }
    out
}

/// The objective over the duels of a batch (x n×d), and its gradient; training asks for
/// the gradient alone.
fn objective<const LOSS: bool>(
    sizes: Sizes,
    at: &[f32],
    x: ArrayView2<f32>,
    duels: &[Duel],
) -> (f64, Vec<f32>) {
    let parts = sizes.parts(at);
    let directions = directions(&parts);
    // A batch has few rows, as few as models, or fewer: h×n, and n×K.
    let projected = thin::product(parts.w1, x);
    let ratings = dense::product(projected.t(), directions.view());
    let mut slopes = Array2::<f32>::zeros(ratings.dim());
    let mut loss = 0.0f64;
    let n = duels.len().max(1) as f32;
    for duel in duels {
        let Duel {
            row,
            winner,
            loser,
            weight,
        } = *duel;
        let lead = f64::from(ratings[[row, winner]]) - f64::from(ratings[[row, loser]]);
        if LOSS {
            loss += f64::from(weight) * cross_entropy(lead, 1.0);
        }
        let slope = sigmoid(-lead) as f32 * weight / n;
        slopes[[row, winner]] -= slope;
        slopes[[row, loser]] += slope;
    }
    let d_directions = dense::product(slopes.t(), projected.view());
    let d_projected = layer::backward(slopes.view(), directions.view());
    let mut d_models = Array2::<f32>::zeros(parts.models.dim());
    let mut d_w = Array1::<f32>::zeros(sizes.dim);
    for (m, g) in d_directions.rows().into_iter().enumerate() {
        let vector = parts.models.row(m);
        let norm = length(vector);
        let unit = &vector / norm;
        d_w.scaled_add(1.0, &(&g * &unit));
        // Through P/‖P‖: what lies along P changes nothing.
        let mut slope = &g * &parts.w.row(0);
        slope.scaled_add(-slope.dot(&unit), &unit);
        d_models.row_mut(m).assign(&(slope / norm));
    }
    // One allocation: what grows is copied.
    let mut gradient = vec![0.0; at.len()];
    let (of_w1, rest) = gradient.split_at_mut(sizes.dim * sizes.inputs);
    thin::transposed_product_into(d_projected.view(), x, of_w1);
    let numbers = d_models.iter().chain(&d_w);
    rest.iter_mut().zip(numbers).for_each(|(to, g)| *to = *g);
    (loss / f64::from(n), gradient)
}

/// The duels of each train query that has any; `row` is the table's.
fn duels(
    compared: &Comparisons,
    queries: usize,
    is_weighted: bool,
    rng: &mut StdRng,
) -> Vec<Vec<Duel>> {
    let mut all = Vec::new();
    for row in 0..queries {
        let mut of_query: Vec<Duel> = Vec::new();
        for c in compared.of(row) {
            let ways = [(c.first, c.second, c.won), (c.second, c.first, c.lost)];
            // Where a score is unknown either may win, and a duel counts by its chance.
            let possible = ways.into_iter().filter(|w| w.2 > 0.0);
            of_query.extend(possible.map(|(winner, loser, chance)| Duel {
                row,
                winner,
                loser,
                weight: match c.gap {
                    Some(gap) if is_weighted => gap as f32,
                    _ => chance as f32,
                },
            }));
        }
        of_query.shuffle(rng);
        of_query.truncate(PAIRS_OF_A_QUERY);
        // Of K models a query has K² pairs.
        of_query.shrink_to_fit();
        if !of_query.is_empty() {
            all.push(of_query);
        }
    }
    if is_weighted {
        let weights = || all.iter().flatten().map(|d| f64::from(d.weight));
        let mean = weights().sum::<f64>() / weights().count().max(1) as f64;
        for duel in all.iter_mut().flatten() {
            duel.weight /= mean as f32;
        }
    }
    all
}

/// The projection and the directions, fitted.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ratings {
    /// h×d.
    projection: Packed32,
    /// K×h: w ⊙ P_m/‖P_m‖; zero for a model in no pair.
    directions: Packed32,
}

impl Rating for Ratings {
    fn of(&self, batch: &Batch) -> Array2<f64> {
        let x = dense::normalized(batch.x);
        let projected = layer::forward(x.view(), self.projection.0.view(), &[]);
        dense::product(projected.view(), self.directions.0.view()).mapv(f64::from)
    }

    fn check(&self, shape: Shape) -> Result<()> {
        let dim = self.projection.0.nrows().max(1);
        self.projection.check("the projection", dim, shape.dim)?;
        self.directions
            .check("the models' directions", shape.models, dim)
    }
}

fn train(table: &Table, compared: &Comparisons, params: &Params, seed: u64) -> Result<Ratings> {
    let sizes = Sizes {
        inputs: table.x.ncols(),
        dim: params.count("dim", 1)?,
        models: table.k(),
    };
    let epochs = params.count("epochs", 1)?;
    let rate = params.number("rate", 0.0, 1.0)?;
    let noise = params.number("noise", 0.0, 10.0)? as f32;
    let is_weighted = params.word("pairs", &PAIRS)? == 1;
    let x = dense::normalized(table.x.view());

    // Starts as torch does: N(0, 1) for vectors, ±1/√inputs for layers.
    let mut rng = StdRng::seed_from_u64(hash::seed(seed, "routellm-mf"));
    let bound = |inputs: usize| 1.0 / (inputs.max(1) as f32).sqrt();
    let mut at = layer::uniform(sizes.dim * sizes.inputs, bound(sizes.inputs), &mut rng);
    at.extend(layer::normal(sizes.models * sizes.dim, 1.0, &mut rng));
    at.extend(layer::uniform(sizes.dim, bound(sizes.dim), &mut rng));

    let mut duels = duels(compared, table.len(), is_weighted, &mut rng);
    let pairs: usize = duels.iter().map(Vec::len).sum();
    let enough = (STEPS * BATCH).div_ceil(pairs.max(1)).max(PASSES);
    let schedule = Schedule {
        epochs: epochs.min(enough),
        rate,
        falls: false,
        decay: DECAY,
    };
    let noise = Noise::new(noise, sizes.inputs, &mut rng);
    adam::train(
        &mut at,
        schedule,
        &mut rng,
        |rng| {
            duels.shuffle(rng);
            batches(&duels)
        },
        |at, (rows, batch): (Vec<usize>, Vec<Duel>), rng| {
            let mut x = dense::rows(x.view(), &rows);
            noise.disturb(&mut x, rng);
            objective::<false>(sizes, at, x.view(), &batch).1
        },
        |_| ControlFlow::Continue(()),
    );
    let parts = sizes.parts(&at);
    let mut directions = directions(&parts);
    for (m, mut row) in directions.rows_mut().into_iter().enumerate() {
        let mut all = duels.iter().flatten();
        if !all.any(|d| d.winner == m || d.loser == m) {
            row.fill(0.0);
        }
    }
    Ok(Ratings {
        projection: Packed32(parts.w1.to_owned()),
        directions: Packed32(directions),
    })
}

/// The queries in mini-batches: the table's rows and the duels of each.
fn batches(mut queries: &[Vec<Duel>]) -> Vec<(Vec<usize>, Vec<Duel>)> {
    let mut all = Vec::new();
    while !queries.is_empty() {
        let (rows, batch, left) = first_batch(queries);
        all.push((rows, batch));
        queries = left;
    }
    all
}

/// The table's rows of the first queries that make a batch, their duels by
/// place in the batch, and the queries left.
fn first_batch(queries: &[Vec<Duel>]) -> (Vec<usize>, Vec<Duel>, &[Vec<Duel>]) {
    let (mut rows, mut batch) = (Vec::new(), Vec::new());
    for of_query in queries {
        if !batch.is_empty() && batch.len() + of_query.len() > BATCH {
            break;
        }
        batch.extend(of_query.iter().map(|d| Duel {
            row: rows.len(),
            ..*d
        }));
        rows.push(of_query[0].row);
    }
    let left = &queries[rows.len()..];
    (rows, batch, left)
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    ratings::fit(table, params, |compared| {
        train(table, compared, params, seed)
    })
}

#[cfg(test)]
#[path = "routellm_mf_tests.rs"]
mod tests;
