//! model-sat: a query and what a model is good at, judged together (aptitude.rs has
//! the network).
//!
//! A model's aptitudes are its mean scores on each dataset of train, less the mean
//! over models there, and its mean over all: D + 1 numbers, each in units of the
//! spread over models. p = σ(f(x, aptitudes)). Trained first by order, then by the
//! score, stopped by a tenth of train held out. Expected costs: ridge (heads.rs).
//!
//! Published, a model is a text that says its accuracy on 50 tasks, embedded and
//! projected into a language model. Here the numbers themselves are projected, made
//! from train alone: an embedder of words knows no numbers. Fit
//! O(epochs·N·K·r·h), a query O(d·r + K·r·h). Fails where models differ little
//! within datasets. Source: Model-SAT (Zhang et al. 2025, arXiv 2502.17282).

use super::plan;
use crate::file::packed::Packed32;
use crate::file::params::{Flag, Params};
use crate::file::state;
use crate::guard;
use crate::kinds::guarded;
use crate::kinds::linear::domain::classes_of;
use crate::kinds::linear::heads::Heads;
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Family, FitTime, Router, Shape};
use crate::table::{impute, Batch, Needs, Table};
use ndarray::Array2;
use rb_learn::dense;
use rb_learn::linear::Design;
use rb_neural::aptitude::Aptitude;
use rb_neural::tape;
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "model-sat",
    family: Family::Published,
    about: "A query and what each model is good at, judged together by a small network",
    help: "A model is its mean scores by dataset; a small network of the embedding, these and \
           their products tells how likely it answers well, trained first to order two models, \
           then by the score. Cost by ridge.",
    flags: &[
        Flag {
            name: "rank",
            value: "N",
            default: "32",
            help: "Numbers to which queries and models are brought down",
        },
        Flag {
            name: "hidden",
            value: "N",
            default: "64",
            help: "Units between",
        },
        plan::epochs("50"),
        plan::rate("0.001"),
        guard::OFF,
    ],
    oracle: false,
    fit_time: FitTime::Slower,
    needs: |_| Ok(Needs::EMBEDDING),
    fit: |table, params, seed| guarded::fit(table, params, seed, fit),
    load: |text, shape| guarded::load(text, shape, load),
};

/// K×(D+1): by dataset the mean score less that of all models, last the mean of
/// those, all over their spread.
fn aptitudes(score: &Array2<f64>, task: &[usize], tasks: usize) -> Array2<f32> {
    let k = score.ncols();
    let mut sums = Array2::<f64>::zeros((k, tasks));
    let mut counts = vec![0.0; tasks];
    for (row, &t) in score.rows().into_iter().zip(task) {
        counts[t] += 1.0;
        row.iter().enumerate().for_each(|(m, s)| sums[[m, t]] += s);
    }
    let mut all = Array2::<f64>::zeros((k, tasks + 1));
    for t in 0..tasks {
        let mean = sums.column(t).sum() / k as f64;
        for m in 0..k {
            all[[m, t]] = (sums[[m, t]] - mean) / f64::max(counts[t], 1.0);
            all[[m, tasks]] += all[[m, t]] / tasks as f64;
        }
    }
    let spread = (all.iter().map(|v| v * v).sum::<f64>() / all.len().max(1) as f64).sqrt();
    all.mapv(|v| {
        if spread > 0.0 {
            (v / spread) as f32
        } else {
            0.0
        }
    })
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let plan = plan::of(params, seed, "model-sat")?;
    let rank = params.count("rank", 1)?;
    let hidden = params.count("hidden", 1)?;
    let targets = impute::targets(table);
    let x = dense::normalized(table.x.view());
    let (task, tasks) = classes_of(table);
    let models = aptitudes(&targets.score, &task, tasks);
    let net = network(x.ncols(), models.ncols(), rank, hidden);
    let y = plan::narrow(&targets.score);
    let weights = net.fit(&x, &models, &y, &plan::rows(table, seed), plan);
    Ok(Box::new(ByEstimate(ModelSat {
        rank,
        hidden,
        models: Packed32(models),
        weights: Packed32::from_row(weights),
        cost: Heads::costs(&targets, &Design::Dense(x), 1.0),
        scale: targets.scale,
    })))
}

fn network(inputs: usize, aptitudes: usize, rank: usize, hidden: usize) -> Aptitude {
    Aptitude {
        inputs,
        aptitudes,
        rank,
        hidden,
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelSat {
    rank: usize,
    hidden: usize,
    /// Aptitudes, K×(D+1).
    models: Packed32,
    /// The network's, end to end (aptitude.rs).
    weights: Packed32,
    cost: Heads,
    scale: f64,
}

impl ModelSat {
    fn network(&self, inputs: usize) -> Aptitude {
        network(inputs, self.models.0.ncols(), self.rank, self.hidden)
    }
}

/// More is no size that this program writes.
const MOST: usize = 1 << 16;

fn load(text: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: ModelSat = state::read_state(text)?;
    if router.rank > MOST || router.hidden > MOST {
        return Err(Error::router_file(format!(
            "rank and hidden are {} and {}, expected at most {MOST}; fit and save the router again",
            router.rank, router.hidden
        )));
    }
    let width = router.models.0.ncols().max(1);
    router.models.check("the aptitudes", shape.models, width)?;
    let wanted = tape::count(&router.network(shape.dim).shapes());
    router.weights.check("the weights", 1, wanted)?;
    router.cost.check_costs(router.scale, shape)?;
    Ok(Box::new(ByEstimate(router)))
}

impl Estimator for ModelSat {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let x = dense::normalized(batch.x);
        let weights = self.weights.row().to_vec();
        let net = self.network(x.ncols());
        let p = net.predict(&weights, x.view(), self.models.0.view());
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
    fn aptitudes_are_relative_to_the_other_models() {
        let score = array![[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]];
        let a = aptitudes(&score, &[0, 0, 1], 2);
        // By dataset: 0.75 and 0.25, 0 and 1: ±0.25, ∓0.5, mean ∓0.125.
        let spread = ((0.25f64.powi(2) + 0.5f64.powi(2) + 0.125f64.powi(2)) / 3.0).sqrt();
        for (found, wanted) in a.row(0).iter().zip([0.25, -0.5, -0.125]) {
            assert!((f64::from(*found) - wanted / spread).abs() < 1e-6);
        }
        assert_eq!(a.row(0).mapv(|v| -v), a.row(1));
        assert!(aptitudes(&array![[1.0, 1.0]], &[0], 1)
            .iter()
            .all(|&v| v == 0.0));
    }
}
