//! The search for cascades: for every budget the ordered list of models, with
//! its thresholds, that had the best quality on train.
//!
//! A cascade calls the models of its list in turn. Answer i is accepted where
//! its doubt d < θ_i, the last one always. θ_i is the (1 − q_i) quantile of d
//! among the queries that no earlier answer was accepted on, so the share q_i
//! of them goes on (more where doubts are equal); the q_i do not decrease and
//! are multiples of 1/40, not 0 (the rest of the list would never be called)
//! and not 1 (the model would be called for nothing).
//!
//! Every list of up to three models and all its q are looked at, as in
//! FrugalGPT (Chen, Zaharia and Zou 2023, arXiv 2305.05176), whose budget is
//! one number; here the lists that are the best under some budget are found in
//! one pass. For an ordered pair (a, b) and q_1 the queries that go on are
//! walked once in the order of b's doubt, from the most doubtful down, with the
//! sums of every third model beside: O(K²·Q·N·K) for Q = 39, parallel over pairs.

use ndarray::{Array2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The q_i are multiples of 1/LEVELS.
pub const LEVELS: usize = 40;

/// What is known of train: each n×K, no gaps.
pub struct Train<'a> {
    /// Out of fold, lower is surer; only its order counts.
    pub doubt: &'a Array2<f64>,
    /// 0..1.
    pub score: &'a Array2<f64>,
    /// In USD, or what quality is traded against.
    pub cost: &'a Array2<f64>,
}

/// A list of models with its thresholds, and what it came to on train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Distinct models in the order they are called.
    pub order: Vec<usize>,
    /// One less than models: answer i is accepted where its doubt is lower.
    pub thresholds: Vec<f64>,
    /// Mean score of the answers kept.
    pub quality: f64,
    /// Mean cost of a query, all calls together: the budget it is the best for.
    pub cost: f64,
}

/// The cascades among `models`, of at most `calls` (1..=3) models each, that
/// are the best under some budget: by ascending cost, quality strictly rising.
/// Equal quality goes to the lower cost, then to the shorter list, then to the
/// earlier models.
pub fn search(train: &Train, models: &[usize], calls: usize) -> Vec<Plan> {
    let n = train.score.nrows();
    if n == 0 {
        return Vec::new();
    }
    let mean = |grid: &Array2<f64>, m: usize| grid.column(m).sum() / n as f64;
    let single = |&m: &usize| Plan {
        order: vec![m],
        thresholds: Vec::new(),
        quality: mean(train.score, m),
        cost: mean(train.cost, m),
    };
    let mut plans: Vec<Plan> = models.iter().map(single).collect();
    if calls > 1 {
        let orders: Vec<Vec<usize>> = models.par_iter().map(|&m| train.by_doubt(m)).collect();
        let places: Vec<usize> = (0..models.len()).collect();
        let of_pairs: Vec<Vec<Plan>> = places
            .par_iter()
            .flat_map(|&a| places.par_iter().map(move |&b| (a, b)))
            .filter(|(a, b)| a != b)
            .map(|(a, b)| {
                best_under_each_budget(pair(train, models, (a, b), [&orders[a], &orders[b]], calls))
            })
            .collect();
        plans.extend(of_pairs.into_iter().flatten());
    }
    best_under_each_budget(plans)
}

impl Train<'_> {
    /// All rows, the surest first.
    fn by_doubt(&self, m: usize) -> Vec<usize> {
        let doubt = self.doubt.column(m);
        let mut rows: Vec<usize> = (0..doubt.len()).collect();
        rows.sort_by(|&a, &b| doubt[a].total_cmp(&doubt[b]).then(a.cmp(&b)));
        rows
    }

    /// For the share level/LEVELS that is to go on: the threshold, and how many
    /// of `rows` (by ascending doubt of `m`) are accepted under it.
    fn threshold(&self, rows: &[usize], m: usize, level: usize) -> (f64, usize) {
        let at = (rows.len() * (LEVELS - level) / LEVELS).min(rows.len() - 1);
        let theta = self.doubt[[rows[at], m]];
        let accepted = rows.partition_point(|&i| self.doubt[[i, m]] < theta);
        (theta, accepted)
    }
}

/// All cascades whose first two models are the a-th and b-th of `models`;
/// `by_doubt` are the rows in the order of their doubts.
fn pair(
    train: &Train,
    models: &[usize],
    (a, b): (usize, usize),
    by_doubt: [&[usize]; 2],
    calls: usize,
) -> Vec<Plan> {
    let n = train.score.nrows();
    let third: Vec<usize> = (0..models.len()).filter(|&c| c != a && c != b).collect();
    let third: Vec<usize> = third.into_iter().map(|c| models[c]).collect();
    let (a, b) = (models[a], models[b]);
    let [rows_a, rows_b] = by_doubt;
    let cost_a = train.cost.column(a).sum();
    let mut plans = Vec::new();
    // By row: accepted from the first model.
    let mut is_accepted = vec![false; n];
    let (mut quality_a, mut before) = (0.0, 0);
    let cuts: Vec<(usize, f64, usize)> = (1..LEVELS)
        .map(|level| (level, train.threshold(rows_a, a, level)))
        .map(|(level, (theta, accepted))| (level, theta, accepted))
        .collect();
    // From few accepted to many, so that sums go on where they stood.
    for (place, &(level, theta, accepted)) in cuts.iter().enumerate().rev() {
        // Without anybody accepted the model is called for nothing; of equal
        // cuts the one of the least q leaves the second q the most room.
        if accepted == 0 || place > 0 && cuts[place - 1].2 == accepted {
            continue;
        }
        for &i in &rows_a[before..accepted] {
            is_accepted[i] = true;
            quality_a += train.score[[i, a]];
        }
        before = accepted;
        let rest: Vec<usize> = rows_b
            .iter()
            .copied()
            .filter(|&i| !is_accepted[i])
            .collect();
        let sum = |grid: &Array2<f64>| rest.iter().map(|&i| grid[[i, b]]).sum::<f64>();
        let cost_b = cost_a + sum(train.cost);
        let plan = |order: Vec<usize>, thresholds: Vec<f64>, quality: f64, cost: f64| Plan {
            order,
            thresholds,
            quality: quality / n as f64,
            cost: cost / n as f64,
        };
        plans.push(plan(
            vec![a, b],
            vec![theta],
            quality_a + sum(train.score),
            cost_b,
        ));
        if calls < 3 || third.is_empty() {
            continue;
        }
        let mut quality_b: Vec<f64> = vec![0.0; rest.len() + 1];
        for (j, &i) in rest.iter().enumerate() {
            quality_b[j + 1] = quality_b[j] + train.score[[i, b]];
        }
        // Scores and costs of the third models on those that go on again.
        let mut last = vec![(0.0, 0.0); third.len()];
        let mut from = rest.len();
        for level in level..LEVELS {
            let (theta_b, accepted) = train.threshold(&rest, b, level);
            for &i in rest[accepted..from].iter().rev() {
                let (score, cost) = (train.score.index_axis(Axis(0), i), train.cost.row(i));
                for (sums, &c) in last.iter_mut().zip(&third) {
                    sums.0 += score[c];
                    sums.1 += cost[c];
                }
            }
            from = accepted;
            if accepted == 0 {
                break;
            }
            for (&(score, cost), &c) in last.iter().zip(&third) {
                plans.push(plan(
                    vec![a, b, c],
                    vec![theta, theta_b],
                    quality_a + quality_b[accepted] + score,
                    cost_b + cost,
                ));
            }
        }
    }
    plans
}

/// Only those that are better than all that cost no more.
fn best_under_each_budget(mut plans: Vec<Plan>) -> Vec<Plan> {
    // Sums in another order differ in the last bits; that is no difference.
    let quality = |p: &Plan| (p.quality * 1e12).round();
    plans.sort_by(|a, b| {
        a.cost
            .total_cmp(&b.cost)
            .then(quality(b).total_cmp(&quality(a)))
            .then(a.order.len().cmp(&b.order.len()))
            .then(a.order.cmp(&b.order))
    });
    let mut kept: Vec<Plan> = Vec::new();
    for plan in plans {
        if kept
            .last()
            .is_none_or(|last| quality(&plan) > quality(last))
        {
            kept.push(plan);
        }
    }
    kept
}

/// At most `most` models to search among (all, if they are no more): the best
/// single of `start`, then the cheapest, then in turn the one that adds most to
/// the mean of the best score among those chosen; ties to the cheaper, then to
/// the earlier. FrugalGPT leaves out lists whose models disagree little for the
/// same reason.
pub fn shortlist(score: &Array2<f64>, mean_cost: &[f64], start: usize, most: usize) -> Vec<usize> {
    let k = mean_cost.len();
    if k <= most {
        return (0..k).collect();
    }
    let cheaper = |a: &usize, b: &usize| mean_cost[*a].total_cmp(&mean_cost[*b]).then(a.cmp(b));
    let mut chosen = vec![start];
    let mut best = score.column(start).to_owned();
    while chosen.len() < most {
        let free = || (0..k).filter(|m| !chosen.contains(m));
        let gain = |m: usize| -> f64 {
            let more = score.column(m).into_iter().zip(&best);
            more.map(|(s, b)| s.max(*b)).sum()
        };
        let next = match chosen.len() {
            1 => free().min_by(|a, b| cheaper(a, b)),
            _ => free()
                .map(|m| (gain(m), m))
                .min_by(|a, b| b.0.total_cmp(&a.0).then(cheaper(&a.1, &b.1)))
                .map(|(_, m)| m),
        };
        let Some(next) = next else { break };
        best.zip_mut_with(&score.column(next), |b, s| *b = b.max(*s));
        chosen.push(next);
    }
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
#[path = "cascade_search_tests.rs"]
mod tests;
