//! routerdc: queries and models in one space, by two contrastive losses
//! (contrast.rs has them).
//!
//! s_m = cos(W·x, k_m); at alpha 1 the nearest model is called, as published. For the
//! other alphas p = a + b·s, least squares of the scores over all of train's queries
//! and models with b ≥ 0: it changes no order. Expected costs: ridge (heads.rs).
//!
//! Clusters of the sample–sample loss: k-means on the embeddings. Fit O(steps·64·(d² +
//! d·K)), a query O(d² + d·K). Fails where models differ in how good they are more
//! than in what they are good at: the loss sees only the order within a query.
//! Source: RouterDC (Chen et al. 2024, arXiv 2409.19886), which fine-tunes
//! mDeBERTa-v3; here the encoder is frozen and W, from the identity, is what can turn.
//! Published: 3 best against 3 worst, k_m ~ N(0, 0.78²), 1,000 steps at 5e-5, and the
//! sample–sample loss off by default though its paper has it on.

use super::plan;
use super::tune_flags;
use super::tuner::{self, Tuner};
use crate::file::packed::Packed32;
use crate::file::params::{Flag, Params};
use crate::file::state;
use crate::guard;
use crate::kinds::guarded;
use crate::kinds::linear::heads::Heads;
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Family, FitTime, Router, Shape};
use crate::table::{impute, Batch, Table};
use ndarray::Array2;
use rb_learn::cluster;
use rb_learn::dense;
use rb_learn::linear::Design;
use rb_neural::contrast::Contrast;
use rb_neural::tape;
use rb_record::error::{Error, Result};
use rb_record::hash;
use serde::{Deserialize, Serialize};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "routerdc",
    family: Family::Published,
    about: "Queries near the models that answer them well, by two contrastive losses",
    help: "A turn of the embedding and a vector a model, trained so that a query is nearer to \
           the models that answer it best than to the worst, and nearer to queries of its cluster \
           than to others; the nearest model is called. Cost by ridge.",
    flags: &[
        Flag {
            name: "ends",
            value: "N",
            default: "3",
            help: "How many best and worst models of a query are told apart; at most half of them",
        },
        Flag {
            name: "samples",
            value: "W",
            default: "1",
            help: "Weight of the loss between queries; 0: none",
        },
        Flag {
            name: "clusters",
            value: "K",
            default: "5",
            help: "Clusters of queries",
        },
        Flag {
            name: "steps",
            value: "N",
            default: "1000",
            help: "The most mini-batches",
        },
        plan::rate("0.00005"),
        guard::OFF,
        tune_flags::FINE_TUNE,
        tune_flags::MODEL_DIR,
        tune_flags::MAX_TOKENS,
        tune_flags::epochs("17"),
        tune_flags::RATE,
        tune_flags::batch("64"),
        tune_flags::CHECKPOINT,
    ],
    oracle: false,
    fit_time: FitTime::Slower,
    needs: |params| Ok(tune_flags::needs(params)),
    fit: |table, params, seed| {
        tuner::refuse(params)?;
        guarded::fit(table, params, seed, |t, p, s| fit(t, p, s, None))
    },
    load: |text, shape| guarded::load(text, shape, load),
};

/// Of the start of k_m.
const DEVIATION: f32 = 0.78;

fn network(shape: Shape, ends: usize, samples: f64) -> Contrast {
    Contrast {
        inputs: shape.dim,
        models: shape.models,
        ends,
        samples,
        deviation: DEVIATION,
    }
}

pub(super) fn fit(
    table: &Table,
    params: &Params,
    seed: u64,
    tuner: Option<&mut Tuner>,
) -> Result<Box<dyn Router>> {
    let shape = Shape {
        models: table.k(),
        dim: table.x.ncols(),
    };
    let samples = params.number("samples", 0.0, 100.0)?;
    let net = network(shape, params.count("ends", 1)?, samples);
    let steps = params.count("steps", 1)?;
    let rows = plan::rows(table, seed);
    let plan = plan::by_steps(params, seed, "routerdc", steps, rows.train.len())?;
    let targets = impute::targets(table);
    let x = dense::normalized(table.x.view());
    let k = params.count("clusters", 1)?.min(table.len());
    let clusters = cluster::fit(
        x.view(),
        cluster::Config::of(k),
        hash::seed(seed, "routerdc clusters"),
    )?;
    let cluster = cluster::nearest(x.view(), clusters.centres.view());
    let ends = net.ends(&targets.score);
    let mut weights = net.fit(&x, &ends, &cluster, &rows, plan);
    let mut x = x;
    if let Some(t) = tuner {
        let (start, known) = ((&mut *t.encoder, weights), (&ends, &cluster[..]));
        weights = net
            .tune(start, &table.text, known, &rows, t.plan, t.watch)
            .map_err(Error::input)?;
        x = t.encoder.embed(&table.text);
    }
    let (intercept, slope) = line(&net.predict(&weights, x.view()), &targets.score);
    Ok(Box::new(ByEstimate(RouterDc {
        weights: Packed32::from_row(weights),
        intercept,
        slope,
        cost: Heads::costs(&targets, &Design::Dense(x), 1.0),
        scale: targets.scale,
    })))
}

/// a and b of y = a + b·s by least squares over all numbers; b is not negative, and
/// never 0, so that an order stays.
fn line(s: &Array2<f64>, y: &Array2<f64>) -> (f64, f64) {
    const LEAST: f64 = 1e-6;
    let (mean_s, mean_y) = (s.mean().unwrap_or(0.0), y.mean().unwrap_or(0.0));
    let (mut along, mut square) = (0.0, 0.0);
    for (s, y) in s.iter().zip(y) {
        along += (s - mean_s) * (y - mean_y);
        square += (s - mean_s) * (s - mean_s);
    }
    let slope = if square > 0.0 {
        (along / square).max(LEAST)
    } else {
        LEAST
    };
    (mean_y - slope * mean_s, slope)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RouterDc {
    /// W (d×d) and k (K×d), end to end.
    weights: Packed32,
    /// a and b.
    intercept: f64,
    slope: f64,
    cost: Heads,
    scale: f64,
}

fn load(text: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: RouterDc = state::read_state(text)?;
    router.weights.check(
        "the weights",
        1,
        tape::count(&network(shape, 0, 0.0).shapes()),
    )?;
    if !(router.intercept.is_finite() && router.slope.is_finite() && router.slope > 0.0) {
        return Err(Error::router_file(
            "intercept and slope are no numbers of a rising line; fit and save the router again",
        ));
    }
    router.cost.check_costs(router.scale, shape)?;
    Ok(Box::new(ByEstimate(router)))
}

impl Estimator for RouterDc {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let x = dense::normalized(batch.x);
        let d = x.ncols().max(1);
        let shape = Shape {
            models: self.weights.0.len() / d - d,
            dim: d,
        };
        let weights = self.weights.row().to_vec();
        let s = network(shape, 0, 0.0).predict(&weights, x.view());
        let p = s.mapv(|s| self.intercept + self.slope * s);
        self.cost.beside(p, &Design::Dense(x), self.scale)
    }
    fn state(&self) -> Result<String> {
        state::write_state(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_line_rises_even_where_the_data_fall() {
        let s = array![[0.0, 1.0], [2.0, 3.0]];
        let (a, b) = line(&s, &array![[0.1, 0.3], [0.5, 0.7]]);
        assert!((a - 0.1).abs() < 1e-12 && (b - 0.2).abs() < 1e-12);
        assert_eq!(line(&s, &array![[3.0, 2.0], [1.0, 0.0]]).1, 1e-6);
        assert_eq!(line(&array![[1.0, 1.0]], &array![[0.0, 1.0]]).1, 1e-6);
    }
}
