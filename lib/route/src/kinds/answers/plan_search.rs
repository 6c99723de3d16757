//! The search for plans: those that had the best quality on train under some
//! budget, on all queries or on those of one dataset.
//!
//! Sets grow by one model at a time: from the plans kept of one size every plan
//! that calls one model more is tried, O(KEPT·K'·n) a size. Kept are the plans that
//! no cheaper one reaches, thinned evenly, and of each larger dataset the best.

use crate::kinds::answers::plans::{Plan, Replay};
use rayon::prelude::*;

/// Plans kept of a size, besides those of datasets.
const KEPT: usize = 24;
/// Plans that are handed on, at most: cheapest and best ones among them.
const MOST: usize = 160;
/// Queries of a dataset from which on its own best plan is kept.
const ENOUGH: usize = 30;

/// Which plans are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The candidates, K'.
    pub candidates: usize,
    /// The most calls.
    pub calls: usize,
    /// As [`Plan::agree`].
    pub agree: usize,
}

/// A plan and what it came to.
#[derive(Debug, Clone)]
struct Tried {
    plan: Plan,
    /// Mean score.
    quality: f64,
    /// Mean cost of a query.
    cost: f64,
    /// Sums of scores and costs of each dataset.
    of_dataset: Vec<(f64, f64)>,
}

/// The plans worth choosing among, all single models first; `dataset`: a number
/// below `datasets` a query.
pub fn search(replay: &Replay, dataset: &[usize], datasets: usize, wanted: Wanted) -> Vec<Plan> {
    let try_plan = |plan: Plan| {
        let mut of_dataset = vec![(0.0, 0.0); datasets];
        for (row, &d) in dataset.iter().enumerate() {
            let (score, cost) = replay.run(&plan, row);
            of_dataset[d].0 += score;
            of_dataset[d].1 += cost;
        }
        let n = dataset.len().max(1) as f64;
        Tried {
            quality: of_dataset.iter().map(|s| s.0).sum::<f64>() / n,
            cost: of_dataset.iter().map(|s| s.1).sum::<f64>() / n,
            of_dataset,
            plan,
        }
    };
    let mut size = vec![0; datasets];
    dataset.iter().for_each(|&d| size[d] += 1);
    let singles: Vec<Plan> = (0..wanted.candidates).map(Plan::single).collect();
    let mut grown: Vec<Tried> = singles.clone().into_par_iter().map(try_plan).collect();
    let mut all = grown.clone();
    // Of one model all are grown from.
    for calls in 2..=wanted.calls.min(wanted.candidates) {
        let mut plans: Vec<Plan> = grown
            .iter()
            .flat_map(|t| (0..wanted.candidates).filter_map(|j| longer(&t.plan, j, wanted)))
            .collect();
        plans.sort_unstable();
        plans.dedup();
        let tried: Vec<Tried> = plans.into_par_iter().map(try_plan).collect();
        grown = kept(tried, &size, KEPT);
        all.extend(grown.iter().cloned());
        debug_assert!(grown.iter().all(|t| t.plan.order.len() == calls));
    }
    let several = kept(all, &size, MOST).into_iter().map(|t| t.plan);
    let mut plans = singles;
    plans.extend(several.filter(|plan| plan.order.len() > 1));
    plans
}

/// The plan that calls `candidate` too. Those that call all, and the first two
/// calls of those that do not, are the same in any order: the cheaper first.
fn longer(plan: &Plan, candidate: usize, wanted: Wanted) -> Option<Plan> {
    if plan.order.contains(&candidate) {
        return None;
    }
    let mut order = plan.order.clone();
    order.push(candidate);
    if wanted.agree == 0 || order.len() <= wanted.agree {
        order.sort_unstable();
    }
    Some(Plan {
        order,
        agree: wanted.agree,
    })
}

/// Those that no cheaper one reaches, at most `most`, and the best of each dataset.
fn kept(mut tried: Vec<Tried>, size: &[usize], most: usize) -> Vec<Tried> {
    tried.sort_by(|a, b| {
        let better = b.quality.total_cmp(&a.quality);
        a.cost
            .total_cmp(&b.cost)
            .then(better)
            .then(a.plan.cmp(&b.plan))
    });
    let front = front(tried.iter().map(|t| t.quality));
    let mut places: Vec<usize> = if front.len() > most {
        let last = front.len() - 1;
        let thinned = (0..most).map(|i| front[i * last / (most - 1)]);
        thinned.collect()
    } else {
        front
    };
    for (d, _) in size.iter().enumerate().filter(|(_, n)| **n >= ENOUGH) {
        // The first of those that no other beats.
        let best = (0..tried.len()).reduce(|a, b| {
            let (of_a, of_b) = (tried[a].of_dataset[d], tried[b].of_dataset[d]);
            let better = of_b.0 > of_a.0 + 1e-9 || of_b.0 > of_a.0 - 1e-9 && of_b.1 < of_a.1;
            if better {
                b
            } else {
                a
            }
        });
        places.extend(best);
    }
    places.sort_unstable();
    places.dedup();
    places.into_iter().map(|at| tried[at].clone()).collect()
}

/// Of plans by ascending cost the places of those better than all before them.
fn front(qualities: impl Iterator<Item = f64>) -> Vec<usize> {
    let mut best = f64::NEG_INFINITY;
    let mut places = Vec::new();
    for (at, quality) in qualities.enumerate() {
        // Sums in another order differ in the last bits; that is no difference.
        if quality > best + 1e-12 {
            best = quality;
            places.push(at);
        }
    }
    places
}
