//! kmeans: a query is expected to fare as its cluster did.
//!
//! Model: k-means on unit vectors (cluster.rs); p and g of a query are its
//! cluster's mean score and cost of each model, shrunk to the global means:
//! p = (n_c·mean_c + L·mean)/(n_c + L), L by out-of-fold squared error of p
//! among 0, 1, 2, … 128. Fit O(restarts·iterations·N·k·d), a query O(k·d + K).
//! Fails when the embedding does not separate what the models are good at.
//! Source: the clustering router of RouterBench-style evaluations and the
//! starting point of Avengers (Zhang et al. 2025, arXiv 2505.19797).

use crate::file::packed::{Packed32, Packed64};
use crate::file::params::{Flag, Params};
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Router, Shape};
use crate::table::folds::{self, FOLDS};
use crate::table::impute::{self, Targets};
use crate::table::{Batch, Needs, Table};
use ndarray::{Array2, Axis};
use rb_learn::cluster::{self, Config};
use rb_learn::dense;
use rb_record::error::Result;
use serde::{Deserialize, Serialize};

pub const ENTRY: Entry = Entry {
    name: "kmeans",
    about: "Mean score and cost of the query's cluster",
    help: "k-means on unit vectors (greedy k-means++, 3 restarts); expected score and cost \
           are the cluster's means, shrunk to the global means by a strength chosen out of fold.",
    flags: &[
        Flag {
            name: "k",
            value: "N",
            default: "64",
            help: "Clusters",
        },
        Flag {
            name: "restarts",
            value: "N",
            default: "3",
            help: "Restarts; the best inertia is kept",
        },
    ],
    oracle: false,
    needs: |_| Ok(Needs::EMBEDDING),
    fit,
    load,
};

/// The strengths of shrinkage tried, in pseudo-queries.
pub const STRENGTHS: [f64; 9] = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KMeansRouter {
    /// k×d.
    centres: Packed32,
    /// k×K.
    score: Packed64,
    /// k×K, USD.
    cost: Packed64,
    scale: f64,
    shrinkage: f64,
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let config = Config {
        restarts: params.count("restarts", 1)?,
        ..Config::of(params.count("k", 1)?)
    };
    let targets = impute::targets(table);
    let x = dense::normalized(table.x.view());
    let clusters = cluster::fit(x.view(), config, seed)?;
    let k = clusters.centres.nrows();
    let fold = folds::assign(table, FOLDS, seed);
    let shrinkage = choose_strength(&targets, &clusters.labels, k, &fold);
    let means = |values: &Array2<f64>, overall: &[f64]| {
        shrunk_means(values, &clusters.labels, k, overall, shrinkage)
    };
    Ok(Box::new(ByEstimate(KMeansRouter {
        score: Packed64(means(&targets.score, &targets.mean_score)),
        cost: Packed64(means(&targets.cost, &targets.mean_cost)),
        centres: Packed32(clusters.centres),
        scale: targets.scale,
        shrinkage,
    })))
}

/// Sums (k×K) and counts of each cluster over the rows that `keep` admits.
fn sums(
    values: &Array2<f64>,
    labels: &[usize],
    k: usize,
    keep: impl Fn(usize) -> bool,
) -> (Array2<f64>, Vec<f64>) {
    let mut sums = Array2::zeros((k, values.ncols()));
    let mut counts = vec![0.0; k];
    for (i, &c) in labels.iter().enumerate().filter(|(i, _)| keep(*i)) {
        let mut row = sums.row_mut(c);
        row += &values.row(i);
        counts[c] += 1.0;
    }
    (sums, counts)
}

/// (n_c·mean_c + L·mean)/(n_c + L) of each cluster; an empty one has the mean.
pub fn shrunk_means(
    values: &Array2<f64>,
    labels: &[usize],
    k: usize,
    overall: &[f64],
    strength: f64,
) -> Array2<f64> {
    let (sums, counts) = sums(values, labels, k, |_| true);
    shrink(sums, &counts, overall, strength)
}

fn shrink(mut sums: Array2<f64>, counts: &[f64], overall: &[f64], strength: f64) -> Array2<f64> {
    for (mut row, &n) in sums.rows_mut().into_iter().zip(counts) {
        for (v, mean) in row.iter_mut().zip(overall) {
            *v = match n + strength > 0.0 {
                true => (*v + strength * mean) / (n + strength),
                false => *mean,
            };
        }
    }
    sums
}

/// The strength with the least out-of-fold squared error of p; ties to the
/// weaker. With one fold only there is nothing to choose by: the middle one.
pub fn choose_strength(targets: &Targets, labels: &[usize], k: usize, fold: &[usize]) -> f64 {
    let mut error = [0.0f64; STRENGTHS.len()];
    let mut judged = 0;
    for f in 0..FOLDS {
        let (held, rest) = folds::parts(fold, f);
        if held.is_empty() || rest.is_empty() {
            continue;
        }
        judged += held.len();
        let (sums, counts) = sums(&targets.score, labels, k, |i| fold[i] != f);
        let overall: Vec<f64> = sums
            .sum_axis(Axis(0))
            .iter()
            .map(|s| s / rest.len() as f64)
            .collect();
        for (e, strength) in error.iter_mut().zip(STRENGTHS) {
            let p = shrink(sums.clone(), &counts, &overall, strength);
            for &i in &held {
                for (y, p) in targets.score.row(i).iter().zip(p.row(labels[i])) {
                    *e += (y - p) * (y - p);
                }
            }
        }
    }
    if judged == 0 {
        return STRENGTHS[STRENGTHS.len() / 2];
    }
    let mut best = 0;
    for s in 1..STRENGTHS.len() {
        if error[s] < error[best] {
            best = s;
        }
    }
    STRENGTHS[best]
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: KMeansRouter = crate::file::state::read_state(state)?;
    let k = router.centres.0.nrows().max(1);
    router.centres.check("the centres", k, shape.dim)?;
    router.score.check("the scores", k, shape.models)?;
    router.cost.check("the costs", k, shape.models)?;
    crate::file::state::check_finite("the scale", &[router.scale, router.shrinkage])?;
    Ok(Box::new(ByEstimate(router)))
}

impl Estimator for KMeansRouter {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let x = dense::normalized(batch.x);
        let labels = cluster::nearest(x.view(), self.centres.0.view());
        Estimates {
            p: self.score.0.select(Axis(0), &labels),
            g: self.cost.0.select(Axis(0), &labels),
            scale: self.scale,
        }
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}
