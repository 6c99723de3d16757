//! The clusters of avengers and avengers-pro, and how those near a query weigh in: by
//! softmax(−beta·distance) at distance 1 − x·C_j, the centres as k-means left them,
//! not scaled to length 1.

use crate::file::packed::Packed32;
use crate::file::params::{Flag, Params};
use crate::kinds::cluster::centroids;
use crate::table::Table;
use ndarray::{Array2, ArrayView2};
use rb_learn::cluster::{self, Config};
use rb_learn::dense;
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// `--beta`, shared with avengers-pro.
pub const BETA: Flag = Flag {
    name: "beta",
    value: "B",
    default: "9",
    help: "How fast a cluster's weight falls with its distance",
};

/// `--restarts`, shared with avengers-pro.
pub const RESTARTS: Flag = Flag {
    name: "restarts",
    value: "N",
    default: "3",
    help: "Restarts of k-means; the best inertia is kept",
};

/// The clusters and how a query's nearest ones weigh in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mixture {
    /// k×d, not scaled.
    pub(super) centres: Packed32,
    pub(super) top_k: usize,
    pub(super) beta: f64,
}

impl Mixture {
    /// Centres that are given, by the flags top-k and beta.
    pub(super) fn given(centres: Array2<f32>, params: &Params) -> Result<Mixture> {
        params.count("restarts", 1)?;
        params.count("k", 1)?;
        Ok(Mixture {
            centres: Packed32(centres),
            top_k: params.count("top-k", 1)?,
            beta: params.number("beta", 0.0, f64::MAX)?,
        })
    }

    /// Clusters the table's vectors by the flags k, restarts, centroids, top-k and beta;
    /// also gives the cluster of each row.
    pub fn fit(table: &Table, params: &Params, seed: u64) -> Result<(Mixture, Vec<usize>)> {
        let config = Config {
            restarts: params.count("restarts", 1)?,
            // As published: every restart runs to its end.
            trial: u64::MAX,
            ..Config::of(params.count("k", 1)?)
        };
        let (top_k, beta) = (
            params.count("top-k", 1)?,
            params.number("beta", 0.0, f64::MAX)?,
        );
        let x = dense::normalized(table.x.view());
        let clusters = match centroids::given(params, x.ncols())? {
            Some(centres) => cluster::by_centres(x.view(), centres),
            None => cluster::fit(x.view(), config, seed)?,
        };
        let mixture = Mixture {
            centres: Packed32(clusters.centres),
            top_k,
            beta,
        };
        Ok((mixture, clusters.labels))
    }

    /// k, the number of clusters.
    pub fn k(&self) -> usize {
        self.centres.0.nrows()
    }

    /// Refuses what does not fit a pool of vectors of width `dim`.
    pub fn check(&self, dim: usize) -> Result<()> {
        self.centres.check("the centres", self.k().max(1), dim)?;
        crate::file::state::check_finite("beta", &[self.beta])?;
        if self.top_k >= 1 && self.beta >= 0.0 {
            Ok(())
        } else {
            Err(Error::router_file(format!(
                "top_k is {} and beta {}, expected at least 1 and 0; fit and save the router again",
                self.top_k, self.beta
            )))
        }
    }

    /// For each row the nearest clusters and their weights, the nearest first.
    /// The weights are relative to the nearest's: a common factor cannot
    /// change which model scores most.
    pub fn weights(&self, x: ArrayView2<f32>) -> Vec<Vec<(usize, f64)>> {
        let product = dense::product(dense::normalized(x).view(), self.centres.0.view());
        let weigh = |row: &[f32]| {
            let mut near: Vec<(usize, f64)> = row
                .iter()
                .map(|&v| 1.0 - f64::from(v))
                .enumerate()
                .collect();
            near.sort_by(|a, b| a.1.total_cmp(&b.1));
            near.truncate(self.top_k);
            let least = near.first().map_or(0.0, |n| n.1);
            near.iter_mut()
                .for_each(|n| n.1 = (-self.beta * (n.1 - least)).exp());
            near
        };
        product
            .rows()
            .into_iter()
            .map(|row| weigh(row.as_slice().unwrap_or_default()))
            .collect()
    }
}
