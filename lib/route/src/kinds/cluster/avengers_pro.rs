//! avengers-pro: clusters rank the models by a balance of score and cost.
//!
//! Model: k-means on unit vectors; in each cluster, a the mean score and q the
//! mean cost of each model,
//!
//! ```text
//! ã       = (a − min a)/(max a − min a)        1 where all a are equal
//! thrift  = 1 − q/max q                        --cost-norm max, as the published code
//!         = 1 − (q − min q)/(max q − min q)    --cost-norm minmax, as the paper
//! balance = alpha·ã + (1 − alpha)·thrift
//! ```
//!
//! (thrift 1 where the denominator is 0.) Models are ranked by balance in each
//! cluster; the top_k nearest clusters' reciprocal ranks are mixed as in
//! avengers.rs. Without any cost the ranks are those of ã: one step.
//!
//! Steps are exact. In a cluster each model is a line in alpha, so the ranks
//! change only where two lines cross, each pair once at most; those crossings
//! are worked out once. A query merges the crossings of its top_k clusters and
//! chooses anew after each. Two models are compared by the difference of their
//! lines, alpha·Δã against (1 − alpha)·−Δthrift, because the balances
//! themselves would lose small gaps to rounding. Ties: higher ã, so at a crossing the
//! model that rises holds; then higher thrift; then the standing of avengers.rs.
//!
//! Fit as avengers, plus O(k·K² log K) for the crossings; a query
//! O(k·d + top_k·K³). Fails as avengers does; and ranks make a small gain at a
//! high price look like a large one.
//! Source: Avengers-Pro (Zhang et al. 2025, arXiv 2508.12631) and its
//! published code, which sweeps alpha over a grid and has k = 25 as default
//! where the paper has 64.

use crate::file::packed::Packed64;
use crate::file::params::{Flag, Params};
use crate::kinds::cluster::avengers::{
    check_standing, choose, cluster_means, is_ahead, score, standing,
};
use crate::kinds::cluster::centroids;
use crate::kinds::cluster::leaders::Leaders;
use crate::kinds::cluster::mixture::{Mixture, BETA, RESTARTS};
use crate::router::{Entry, Estimates, Family, FitTime, Router, Shape, Steps};
use crate::table::{impute, Batch, Needs, Table};
use rayon::prelude::*;
use rb_record::error::{Error, Result};
use rb_record::policy::{push_step, Step};
use serde::{Deserialize, Serialize};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "avengers-pro",
    family: Family::Published,
    about: "Clusters rank the models by a balance of score and cost",
    help: "As published: k-means; in each cluster balance = alpha * normalised score + \
           (1 - alpha) * normalised thrift; the top-k nearest clusters' reciprocal ranks \
           mixed by softmax(-beta * distance). Steps are exact, not a grid of alpha.",
    flags: &[
        Flag {
            name: "k",
            value: "N",
            default: "64",
            help: "Clusters",
        },
        Flag {
            name: "top-k",
            value: "N",
            default: "3",
            help: "Nearest clusters that weigh in",
        },
        BETA,
        RESTARTS,
        centroids::FLAG,
        Flag {
            name: "cost-norm",
            value: "HOW",
            default: "max",
            help: "max: 1 - q/max q, as the published code; minmax: as the paper",
        },
    ],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::EMBEDDING),
    fit,
    load,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AvengersPro {
    clusters: Mixture,
    /// k×K, ã of each cluster, 0..1.
    score: Packed64,
    /// k×K, thrift of each cluster, 0..1; all 1 where no cost is known.
    thrift: Packed64,
    standing: Vec<usize>,
    /// Whether costs are known.
    costs: bool,
    /// How the ranks of each cluster change, worked out of the above.
    #[serde(skip)]
    rises: Vec<Rises>,
}

/// The lines of one cluster's models.
#[derive(Clone, Copy)]
struct Lines<'a> {
    score: &'a [f64],
    thrift: &'a [f64],
    standing: &'a [usize],
}

impl Lines<'_> {
    /// Whether model `a` goes before `b` at `alpha`.
    fn before(&self, a: usize, b: usize, alpha: f64) -> bool {
        let gain = alpha * (self.score[a] - self.score[b]);
        let price = (1.0 - alpha) * (self.thrift[b] - self.thrift[a]);
        if gain != price {
            return gain > price;
        }
        self.score[b]
            .total_cmp(&self.score[a])
            .then(self.thrift[b].total_cmp(&self.thrift[a]))
            .then(self.standing[a].cmp(&self.standing[b]))
            .is_lt()
    }

    /// The rank of each model at `alpha`, from 0: how many go before it.
    fn ranks(&self, alpha: f64) -> Vec<usize> {
        let models = 0..self.score.len();
        let before = |m: usize| models.clone().filter(|&o| self.before(o, m, alpha)).count();
        models.clone().map(before).collect()
    }

    /// Where one model rises over another, ascending in alpha.
    fn crossings(&self) -> Vec<Crossing> {
        let mut out = Vec::new();
        for riser in 0..self.score.len() {
            for faller in 0..self.score.len() {
                let gain = self.score[riser] - self.score[faller];
                let price = self.thrift[faller] - self.thrift[riser];
                if gain > 0.0 && price > 0.0 {
                    out.push(Crossing {
                        alpha: price / (gain + price),
                        riser: riser as u32,
                        faller: faller as u32,
                    });
                }
            }
        }
        out.sort_by(|a, b| a.alpha.total_cmp(&b.alpha));
        out
    }
}

/// From `alpha` on the riser goes before the faller; never the other way
/// round, because only the better score gains as alpha does.
#[derive(Debug, Clone, Copy)]
struct Crossing {
    alpha: f64,
    riser: u32,
    faller: u32,
}

/// The ranks of one cluster's models at alpha 0, and their changes.
#[derive(Debug)]
struct Rises {
    ranks: Vec<usize>,
    crossings: Vec<Crossing>,
}

impl AvengersPro {
    fn lines(&self, cluster: usize) -> Lines<'_> {
        let (score, thrift) = (self.score.0.row(cluster), self.thrift.0.row(cluster));
        Lines {
            score: score.to_slice().unwrap_or_default(),
            thrift: thrift.to_slice().unwrap_or_default(),
            standing: &self.standing,
        }
    }

    fn prepared(mut self) -> AvengersPro {
        let rises = |c| {
            let lines = self.lines(c);
            if self.costs {
                Rises {
                    ranks: lines.ranks(0.0),
                    crossings: lines.crossings(),
                }
            } else {
                Rises {
                    ranks: lines.ranks(1.0),
                    crossings: Vec::new(),
                }
            }
        };
        let clusters = (0..self.clusters.k()).into_par_iter();
        self.rises = clusters.map(rises).collect();
        self
    }

    fn steps(&self, near: &[(usize, f64)]) -> Steps {
        let weights: Vec<f64> = near.iter().map(|n| n.1).collect();
        let rises: Vec<&Rises> = near.iter().map(|n| &self.rises[n.0]).collect();
        let mut ranks: Vec<Vec<usize>> = rises.iter().map(|r| r.ranks.clone()).collect();
        let mut to_come: Vec<&[Crossing]> = rises.iter().map(|r| r.crossings.as_slice()).collect();
        let mut scores: Vec<f64> = (0..self.standing.len())
            .map(|m| score(m, &weights, &ranks))
            .collect();
        let mut steps = vec![Step::of(0.0, choose(&weights, &ranks))];
        let mut leaders = Leaders::of(scores.len(), |a, b| is_ahead(&scores, &ranks[0], a, b));
        let mut first = steps[0].model;
        loop {
            let soonest = to_come.iter().filter_map(|c| c.first()).map(|c| c.alpha);
            let Some(alpha) = soonest.min_by(f64::total_cmp) else {
                return steps;
            };
            let mut moved = Vec::new();
            for (ranks, to_come) in ranks.iter_mut().zip(&mut to_come) {
                while let Some((now, later)) = to_come.split_first() {
                    if now.alpha > alpha {
                        break;
                    }
                    let (riser, faller) = (now.riser as usize, now.faller as usize);
                    ranks[riser] -= 1;
                    ranks[faller] += 1;
                    moved.extend([riser, faller]);
                    *to_come = later;
                }
            }
            for &m in &moved {
                scores[m] = score(m, &weights, &ranks);
            }
            let ahead = |a: usize, b: usize| is_ahead(&scores, &ranks[0], a, b);
            moved.iter().for_each(|&m| leaders.update(m, ahead));
            if leaders.first() != first {
                first = leaders.first();
                push_step(&mut steps, Step::of(alpha, first));
            }
        }
    }
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let minmax = params.word("cost-norm", &["max", "minmax"])? == 1;
    let targets = impute::targets(table);
    let (clusters, labels) = Mixture::fit(table, params, seed)?;
    let k = clusters.k();
    let mut score = cluster_means(&targets.score, &labels, k, &targets.mean_score);
    let mut thrift = cluster_means(&targets.cost, &labels, k, &targets.mean_cost);
    for mut row in score.rows_mut() {
        let (low, high) = (least(row.view()), greatest(row.view()));
        row.mapv_inplace(|a| ratio(a - low, high - low, 1.0));
    }
    for mut row in thrift.rows_mut() {
        let low = if minmax { least(row.view()) } else { 0.0 };
        let high = greatest(row.view());
        row.mapv_inplace(|q| 1.0 - ratio(q - low, high - low, 0.0));
    }
    let router = AvengersPro {
        clusters,
        score: Packed64(score),
        thrift: Packed64(thrift),
        standing: standing(&targets),
        costs: targets.scale > 0.0,
        rises: Vec::new(),
    };
    Ok(Box::new(router.prepared()))
}

fn least(row: ndarray::ArrayView1<f64>) -> f64 {
    row.iter().copied().fold(f64::MAX, f64::min)
}

fn greatest(row: ndarray::ArrayView1<f64>) -> f64 {
    row.iter().copied().fold(f64::MIN, f64::max)
}

fn ratio(part: f64, whole: f64, flat: f64) -> f64 {
    if whole > 0.0 {
        part / whole
    } else {
        flat
    }
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: AvengersPro = crate::file::state::read_state(state)?;
    router.clusters.check(shape.dim)?;
    let k = router.clusters.k();
    router.score.check("the scores", k, shape.models)?;
    router.thrift.check("the thrift", k, shape.models)?;
    // Shares of a cluster's range; lines of other numbers need not cross in 0..1.
    let shares = router.score.0.iter().chain(&router.thrift.0);
    if let Some(odd) = shares.copied().find(|v| !(0.0..=1.0).contains(v)) {
        return Err(Error::router_file(format!(
            "a score or thrift of a cluster is {odd}, expected 0..1; fit and save the router again"
        )));
    }
    check_standing(&router.standing, shape.models)?;
    Ok(Box::new(router.prepared()))
}

impl Router for AvengersPro {
    fn routes(&self, batch: &Batch) -> Vec<Steps> {
        let near = self.clusters.weights(batch.x);
        near.par_iter().map(|n| self.steps(n)).collect()
    }
    fn decide(&self, batch: &Batch, alpha: f64) -> Vec<Step<usize>> {
        let at = if self.costs { alpha } else { 1.0 };
        let decide = |near: &Vec<(usize, f64)>| {
            let weights: Vec<f64> = near.iter().map(|n| n.1).collect();
            let ranks: Vec<Vec<usize>> = near.iter().map(|n| self.lines(n.0).ranks(at)).collect();
            Step::of(alpha, choose(&weights, &ranks))
        };
        self.clusters.weights(batch.x).iter().map(decide).collect()
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
    use rb_record::hash;

    /// Ranks as the definition has them: sort by the balance itself.
    fn by_sorting(lines: &Lines, alpha: f64) -> Vec<usize> {
        let balance = |m: usize| alpha * lines.score[m] + (1.0 - alpha) * lines.thrift[m];
        let mut order: Vec<usize> = (0..lines.score.len()).collect();
        order.sort_by(|&a, &b| balance(b).total_cmp(&balance(a)));
        let mut ranks = vec![0; order.len()];
        order.iter().enumerate().for_each(|(r, &m)| ranks[m] = r);
        ranks
    }

    #[test]
    fn the_crossings_lead_to_the_ranks_of_the_balance_at_every_alpha() {
        let standing: Vec<usize> = (0..9).collect();
        let draw = |c: usize, m: usize| hash::unit(hash::text(1, "pro", &format!("{c} {m}")));
        let mut crossings = 0;
        for c in 0..20 {
            let score: Vec<f64> = (0..9).map(|m| draw(c, m)).collect();
            let thrift: Vec<f64> = (10..19).map(|m| draw(c, m)).collect();
            let lines = Lines {
                score: &score,
                thrift: &thrift,
                standing: &standing,
            };
            let mut ranks = lines.ranks(0.0);
            let mut to_come = lines.crossings().into_iter().peekable();
            crossings += to_come.len();
            for i in 0..=1000 {
                let alpha = i as f64 / 1000.0;
                while let Some(now) = to_come.next_if(|c| c.alpha <= alpha) {
                    ranks[now.riser as usize] -= 1;
                    ranks[now.faller as usize] += 1;
                }
                assert_eq!(ranks, by_sorting(&lines, alpha));
                assert_eq!(ranks, lines.ranks(alpha));
            }
        }
        assert!(crossings > 200, "{crossings}");
    }

    #[test]
    fn at_a_crossing_the_better_score_goes_first_and_equal_lines_stand_in_order() {
        let lines = Lines {
            score: &[0.0, 1.0, 0.0, 1.0],
            thrift: &[1.0, 0.0, 1.0, 0.5],
            standing: &[3, 1, 0, 2],
        };
        assert_eq!(lines.ranks(0.5), [3, 1, 2, 0]);
        assert_eq!(lines.ranks(0.0), [1, 3, 0, 2]);
        assert_eq!(lines.ranks(1.0), [3, 1, 2, 0]);
        let alphas: Vec<f64> = lines.crossings().iter().map(|c| c.alpha).collect();
        assert_eq!(alphas, [1.0 / 3.0, 1.0 / 3.0, 0.5, 0.5]);
    }
}
