//! avengers: the model ranked first in the query's cluster. Performance only.
//!
//! Model: k-means on unit vectors (cluster.rs); in each cluster the models are
//! ranked by mean train score. For a unit vector x the clusters are at distance
//! 1 − x·C_j (the centres as k-means left them, **not** scaled to length 1);
//! the top_k nearest weigh in by softmax(−beta·distance), and model m scores
//! Σ_j weight_j/(rank_j(m) + 1), ranks from 0: reciprocal ranks, not accuracy.
//! The greatest is called, whatever alpha: one step at alpha 0.
//! Ties: equal mean scores in a cluster are ranked by mean score on all of
//! train, then lower mean cost, then name; equal sums go to the better rank in
//! the nearest cluster. Clusters at one distance: the earlier first.
//! Fit O(restarts·iterations·N·k·d), a query O(k·d + top_k·K). Fails where
//! clusters are small: the rank of means over a handful of queries is noise,
//! and a rank does not know by how much it leads.
//! Source: Avengers (Zhang et al. 2025, arXiv 2505.19797) and its published
//! code, whose distance and mixing these are.

use crate::file::packed::Packed64;
use crate::file::params::{Flag, Params};
use crate::kinds::cluster::centroids;
use crate::kinds::cluster::mixture::{Mixture, BETA, RESTARTS};
use crate::kinds::shrinkage::shrunk_means;
use crate::router::{Entry, Estimates, Family, FitTime, Router, Shape, Steps};
use crate::summed::strength;
use crate::summed::summing::{self, Summing};
use crate::summed::sums::{Places, Sums};
use crate::table::impute::{self, Targets};
use crate::table::{Batch, Needs, Table};
use ndarray::Array2;
use rb_learn::cluster;
use rb_learn::dense;
use rb_record::error::{Error, Result};
use rb_record::policy::Step;
use serde::{Deserialize, Serialize};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "avengers",
    family: Family::Published,
    about: "The model ranked first in the query's cluster; costs are not looked at",
    help: "As published: k-means, models ranked by mean score in each cluster, the top-k \
           nearest clusters' reciprocal ranks mixed by softmax(-beta * distance), distance \
           1 - x.c with centres not scaled to length 1. One step: the same model at every alpha.",
    flags: &[
        Flag {
            name: "k",
            value: "N",
            default: "32",
            help: "Clusters",
        },
        Flag {
            name: "top-k",
            value: "N",
            default: "1",
            help: "Nearest clusters that weigh in",
        },
        BETA,
        RESTARTS,
        centroids::FLAG,
    ],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::EMBEDDING),
    fit,
    load,
};

/// Σ weight/(rank + 1) of model `m`, given the ranks in each of the near
/// clusters, the nearest first.
pub fn score<R: AsRef<[usize]>>(m: usize, weights: &[f64], ranks: &[R]) -> f64 {
    let terms = weights.iter().zip(ranks);
    terms.map(|(w, r)| w / (r.as_ref()[m] + 1) as f64).sum()
}

/// Whether model `a` has the greater score than `b`; ties to the better rank in
/// the nearest cluster.
pub fn is_ahead(scores: &[f64], nearest: &[usize], a: usize, b: usize) -> bool {
    if scores[a] == scores[b] {
        nearest[a] < nearest[b]
    } else {
        scores[a] > scores[b]
    }
}

/// The model that is ahead of all others; ties to the earlier.
fn best(scores: &[f64], nearest: &[usize]) -> usize {
    let ahead = |b, m| {
        if is_ahead(scores, nearest, m, b) {
            m
        } else {
            b
        }
    };
    (1..scores.len()).fold(0, ahead)
}

/// The model that the near clusters choose together.
pub fn choose<R: AsRef<[usize]>>(weights: &[f64], ranks: &[R]) -> usize {
    let Some(nearest) = ranks.first().map(AsRef::as_ref) else {
        return 0;
    };
    let scores: Vec<f64> = (0..nearest.len())
        .map(|m| score(m, weights, ranks))
        .collect();
    best(&scores, nearest)
}

/// The places of the models in the order that settles ties: higher mean score
/// on all of train, lower mean cost, name. `out[m]` is m's place, from 0.
pub fn standing(targets: &Targets) -> Vec<usize> {
    let (score, cost) = (&targets.mean_score, &targets.mean_cost);
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|&a, &b| {
        score[b]
            .total_cmp(&score[a])
            .then(cost[a].total_cmp(&cost[b]))
            .then(a.cmp(&b))
    });
    places(&order)
}

fn places(order: &[usize]) -> Vec<usize> {
    let mut place = vec![0; order.len()];
    for (p, &m) in order.iter().enumerate() {
        place[m] = p;
    }
    place
}

/// Refuses what is not an order of `models` models.
pub fn check_standing(standing: &[usize], models: usize) -> Result<()> {
    let mut sorted = standing.to_vec();
    sorted.sort_unstable();
    if sorted.into_iter().eq(0..models) {
        Ok(())
    } else {
        Err(Error::router_file(format!(
            "the standing of the models is not an order of {models}; fit and save the router again"
        )))
    }
}

/// Each cluster's mean (k×K); an empty cluster has the overall mean.
pub fn cluster_means(
    values: &Array2<f64>,
    labels: &[usize],
    k: usize,
    overall: &[f64],
) -> Array2<f64> {
    shrunk_means(values, labels, k, overall, 0.0)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Avengers {
    clusters: Mixture,
    /// k×K, mean score in each cluster.
    score: Packed64,
    standing: Vec<usize>,
    /// Ranks of the models in each cluster, worked out of the above.
    #[serde(skip)]
    ranks: Vec<Vec<usize>>,
}

impl Avengers {
    fn ranked(mut self) -> Avengers {
        let rank = |row: &[f64]| {
            let mut order: Vec<usize> = (0..row.len()).collect();
            order.sort_by(|&a, &b| {
                row[b]
                    .total_cmp(&row[a])
                    .then(self.standing[a].cmp(&self.standing[b]))
            });
            places(&order)
        };
        let rows = self.score.0.rows().into_iter();
        self.ranks = rows
            .map(|row| rank(row.as_slice().unwrap_or_default()))
            .collect();
        self
    }

    fn model(&self, near: &[(usize, f64)]) -> usize {
        let ranks: Vec<&[usize]> = near.iter().map(|n| self.ranks[n.0].as_slice()).collect();
        let weights: Vec<f64> = near.iter().map(|n| n.1).collect();
        choose(&weights, &ranks)
    }
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    if is_sum(params) {
        return summing::fit(&*summing(params, table.x.ncols())?, table, seed);
    }
    let targets = impute::targets(table);
    let (clusters, place) = Mixture::fit(table, params, seed)?;
    let places = Places {
        fold: vec![0; place.len()],
        place,
    };
    let sums = Sums::of(&targets, &places);
    Clustered(clusters).finish(&sums, &targets, &table.models)
}

/// Whether the fit is a sum: the centres are known.
pub fn is_sum(params: &Params) -> bool {
    params.optional(centroids::FLAG.name).is_some()
}

/// The router as a sum over the clusters of centres that are given.
pub fn summing(params: &Params, dim: usize) -> Result<Box<dyn Summing>> {
    let centres = centroids::required(params, dim)?;
    Ok(Box::new(Clustered(Mixture::given(centres, params)?)))
}

struct Clustered(Mixture);

impl Summing for Clustered {
    fn places(&self) -> usize {
        self.0.k()
    }
    fn place(&self, table: &Table) -> Vec<usize> {
        let x = dense::normalized(table.x.view());
        cluster::nearest(x.view(), self.0.centres.0.view())
    }
    fn finish(&self, sums: &Sums, means: &Targets, _: &[String]) -> Result<Box<dyn Router>> {
        let overall = (&*means.mean_score, &*means.mean_cost);
        let (score, _) = strength::means(sums, self.places(), overall, 0.0);
        let router = Avengers {
            clusters: self.0.clone(),
            score: Packed64(score),
            standing: standing(means),
            ranks: Vec::new(),
        };
        Ok(Box::new(router.ranked()))
    }
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: Avengers = crate::file::state::read_state(state)?;
    router.clusters.check(shape.dim)?;
    let k = router.clusters.k();
    router.score.check("the scores", k, shape.models)?;
    check_standing(&router.standing, shape.models)?;
    Ok(Box::new(router.ranked()))
}

impl Router for Avengers {
    fn routes(&self, batch: &Batch) -> Vec<Steps> {
        let near = self.clusters.weights(batch.x);
        near.iter()
            .map(|n| vec![Step::of(0.0, self.model(n))])
            .collect()
    }
    fn decide(&self, batch: &Batch, alpha: f64) -> Vec<Step<usize>> {
        let near = self.clusters.weights(batch.x);
        near.iter()
            .map(|n| Step::of(alpha, self.model(n)))
            .collect()
    }
    fn estimate(&self, _: &Batch) -> Option<Estimates> {
        None
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::packed::Packed32;

    fn router(top_k: usize, beta: f64) -> Avengers {
        Avengers {
            // The second centre points the query's way but is short.
            clusters: Mixture {
                centres: Packed32(ndarray::array![[0.6, 0.6], [0.5, 0.0], [0.0, 1.0]]),
                top_k,
                beta,
            },
            score: Packed64(ndarray::array![
                [0.1, 0.9, 0.5],
                [0.9, 0.1, 0.5],
                [0.2, 0.2, 0.1]
            ]),
            standing: vec![1, 0, 2],
            ranks: Vec::new(),
        }
        .ranked()
    }

    fn model(r: &Avengers, x: [f32; 2]) -> usize {
        let x = ndarray::Array2::from_shape_vec((1, 2), x.to_vec()).unwrap();
        let batch = Batch {
            x: x.view(),
            text: &[],
            unit: &[0],
            signals: Default::default(),
            truth: None,
        };
        r.routes(&batch)[0][0].model
    }

    #[test]
    fn a_short_centre_is_further_away_than_its_direction_says() {
        // x·C: 0.6 for the first, 0.5 for the second, though the second's
        // direction is the query's own.
        assert_eq!(model(&router(1, 9.0), [2.0, 0.0]), 1);
    }

    #[test]
    fn equal_means_are_ranked_by_the_standing() {
        assert_eq!(model(&router(1, 9.0), [0.0, 1.0]), 1);
        assert_eq!(router(1, 9.0).ranks[2], [1, 0, 2]);
    }

    #[test]
    fn reciprocal_ranks_are_mixed_by_weight() {
        // Weights 1, e^(−0.1·beta), e^(−0.6·beta). At beta 0 model 0 has
        // 1/3 + 1 + 1/2, model 1 has 1 + 1/3 + 1, model 2 the rest.
        assert_eq!(model(&router(3, 0.0), [1.0, 0.0]), 1);
        let w = router(2, 9.0)
            .clusters
            .weights(ndarray::array![[1.0, 0.0]].view());
        assert_eq!((w[0][0].0, w[0][1].0), (0, 1));
        assert!((w[0][1].1 - (-0.9f64).exp()).abs() < 1e-6);
        assert_eq!(choose(&[1.0, 0.5], &[&[0, 1, 2], &[2, 0, 1]]), 0);
        assert_eq!(choose(&[0.5, 0.9], &[&[0, 1, 2], &[2, 0, 1]]), 1);
        assert_eq!(choose(&[1.0, 1.0], &[&[1, 0], &[0, 1]]), 1);
    }
}
