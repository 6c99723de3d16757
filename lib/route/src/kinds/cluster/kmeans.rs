//! kmeans: a query is expected to fare as its cluster did.
//!
//! Model: k-means on unit vectors (cluster.rs); p and g of a query are its
//! cluster's mean score and cost of each model, shrunk to the global means:
//! p = (n_c·mean_c + L·mean)/(n_c + L), L by out-of-fold squared error of p
//! among 0, 1, 2, … 128. Fit O(restarts·iterations·N·k·d), a query O(k·d + K).
//! Fails when the embedding does not separate what the models are good at.
//! `--centroids` takes the centres from elsewhere (centroids.rs) and leaves the
//! clustering out: O(N·k·d).
//! Source: the clustering router of RouterBench-style evaluations and the
//! starting point of Avengers (Zhang et al. 2025, arXiv 2505.19797).

use crate::file::packed::{Packed32, Packed64};
use crate::file::params::{Flag, Params};
use crate::guard;
use crate::kinds::cluster::centroids;
use crate::kinds::guarded;
use crate::kinds::shrinkage::shrunk_means;
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Family, FitTime, Router, Shape};
use crate::summed::strength;
use crate::summed::summing::{self, Summing};
use crate::summed::sums::{Places, Sums};
use crate::table::impute::{self, Targets};
use crate::table::{Batch, Needs, Table};
use crate::unseen::Unseen;
use ndarray::{Array2, Axis};
use rb_learn::cluster::{self, Config};
use rb_learn::dense;
use rb_learn::folds::{self, FOLDS};
use rb_record::error::Result;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "kmeans",
    family: Family::Start,
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
        centroids::FLAG,
        guard::OFF,
    ],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::EMBEDDING),
    fit: |table, params, seed| guarded::fit(table, params, seed, fit),
    load: |state, shape| guarded::load(state, shape, load),
};

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
    if let Some(centres) = centroids::given(params, table.x.ncols())? {
        return summing::fit(&Centres(centres), table, seed);
    }
    let targets = impute::targets(table);
    let x = dense::normalized(table.x.view());
    let clusters = cluster::fit(x.view(), config, seed)?;
    let places = Places {
        place: clusters.labels,
        fold: table.folds(FOLDS, seed),
    };
    let sums = Sums::of(&targets, &places);
    Centres(clusters.centres).finish(&sums, &targets, &table.models)
}

/// Whether the fit is a sum: the centres are known, and no guard needs more.
pub fn is_sum(params: &Params) -> bool {
    params.optional(centroids::FLAG.name).is_some() && guard::is_on(params).is_ok_and(|on| !on)
}

/// The router as a sum over the clusters of centres that are given.
pub fn summing(params: &Params, dim: usize) -> Result<Box<dyn Summing>> {
    params.count("restarts", 1)?;
    params.count("k", 1)?;
    Ok(Box::new(Centres(centroids::required(params, dim)?)))
}

/// k×d.
struct Centres(Array2<f32>);

impl Summing for Centres {
    fn places(&self) -> usize {
        self.0.nrows()
    }
    fn place(&self, table: &Table) -> Vec<usize> {
        let x = dense::normalized(table.x.view());
        cluster::nearest(x.view(), self.0.view())
    }
    fn is_folded(&self) -> bool {
        true
    }
    fn finish(&self, sums: &Sums, means: &Targets, _: &[String]) -> Result<Box<dyn Router>> {
        let (score, cost, shrinkage) = strength::chosen(sums, self.places(), means);
        Ok(Box::new(ByEstimate(KMeansRouter {
            centres: Packed32(self.0.clone()),
            score: Packed64(score),
            cost: Packed64(cost),
            scale: means.scale,
            shrinkage,
        })))
    }
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
    /// The clusters stay: no outcome has gone into them, but for how strongly their
    /// means are drawn together.
    fn unseen(&self, fitted_on: &Table, seed: u64) -> Option<Unseen<'_>> {
        let parts = folds::every(&fitted_on.folds(FOLDS, seed), FOLDS);
        let x = dense::normalized(fitted_on.x.view());
        let (labels, k) = (
            cluster::nearest(x.view(), self.centres.0.view()),
            self.centres.0.nrows(),
        );
        let targets = impute::targets(fitted_on);
        let unseen = |values: &Array2<f64>| {
            let of_part = |(held, rest): &(Vec<usize>, Vec<usize>)| {
                let of =
                    |rows: &[usize]| -> Vec<usize> { rows.iter().map(|i| labels[*i]).collect() };
                let seen = values.select(Axis(0), rest);
                let overall = impute::column_means(&seen);
                shrunk_means(&seen, &of(rest), k, &overall, self.shrinkage)
                    .select(Axis(0), &of(held))
            };
            let of_parts: Vec<_> = parts.iter().map(of_part).collect();
            folds::scatter(&parts, &of_parts, labels.len())
        };
        (!parts.is_empty()).then(|| {
            let expected = Estimates {
                p: unseen(&targets.score),
                g: unseen(&targets.cost),
                scale: self.scale,
            };
            Unseen {
                expected: Cow::Owned(expected),
                is_guarded: false,
            }
        })
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}
