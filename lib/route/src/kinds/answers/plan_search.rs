//! The search for plans: those that had the best quality on train under some
//! budget, on all queries or on those of one dataset.
//!
//! Sets grow by one model at a time: from the plans kept of one size every plan
//! that calls one model more is tried, O(KEPT·K'·n) a size. Kept are the plans that
//! no cheaper one reaches, thinned evenly, and of each larger dataset the best.

use crate::kinds::answers::plans::{Plan, Replay, Until};
use rayon::prelude::*;
use std::cmp::Ordering;

/// Plans kept of a size, besides those of datasets.
const KEPT: usize = 24;
/// Plans that are handed on, at most: cheapest and best ones among them.
const MOST: usize = 160;
/// Queries of a dataset from which on its own best plan is kept.
const ENOUGH: usize = 30;

/// Which plans are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The candidates, K'.
    pub candidates: usize,
    /// The most calls.
    pub calls: usize,
    /// What may end the calls of a plan.
    pub until: &'a [Until],
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

/// The plans worth choosing among by what `rows` tell, all single models first;
/// `datasets`: how many are told apart.
pub fn search(replay: &Replay, rows: &[usize], datasets: usize, wanted: Wanted) -> Vec<Plan> {
    let dataset = replay.dataset;
    let try_plan = |plan: Plan| {
        let mut of_dataset = vec![(0.0, 0.0); datasets];
        for &row in rows {
            let (score, cost) = replay.run(&plan, row);
            let d = dataset[row];
            of_dataset[d].0 += score;
            of_dataset[d].1 += cost;
        }
        let n = rows.len().max(1) as f64;
        Tried {
            quality: of_dataset.iter().map(|s| s.0).sum::<f64>() / n,
            cost: of_dataset.iter().map(|s| s.1).sum::<f64>() / n,
            of_dataset,
            plan,
        }
    };
    let mut size = vec![0; datasets];
    rows.iter().for_each(|&i| size[dataset[i]] += 1);
    let singles: Vec<Plan> = (0..wanted.candidates).map(Plan::single).collect();
    let mut grown: Vec<Tried> = singles.clone().into_par_iter().map(try_plan).collect();
    let mut all = grown.clone();
    // Of one model all are grown from.
    for calls in 2..=wanted.calls.min(wanted.candidates) {
        let mut plans: Vec<Plan> = grown
            .iter()
            .flat_map(|t| (0..wanted.candidates).flat_map(|j| longer(&t.plan, j, wanted.until)))
            .collect();
        plans.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
        plans.dedup();
        let tried: Vec<Tried> = plans.into_par_iter().map(try_plan).collect();
        // Each kind by itself: of two who wait to agree nothing is seen before a third.
        let is_sure = |t: &Tried| matches!(t.plan.until, Until::Sure(_));
        let (sure, others): (Vec<Tried>, Vec<Tried>) = tried.into_iter().partition(is_sure);
        grown = kept(sure, &size, KEPT);
        grown.extend(kept(others, &size, KEPT));
        all.extend(grown.iter().cloned());
        debug_assert!(grown.iter().all(|t| t.plan.order.len() == calls));
    }
    let several = kept(all, &size, MOST).into_iter().map(|t| t.plan);
    let mut plans = singles;
    plans.extend(several.filter(|plan| plan.order.len() > 1));
    plans
}

/// The plans that call `candidate` too. Those that call all, and the first calls of
/// those that wait for some to agree, are the same in any order: the cheaper first.
fn longer(plan: &Plan, candidate: usize, until: &[Until]) -> Vec<Plan> {
    if plan.order.contains(&candidate) {
        return Vec::new();
    }
    let mut order = plan.order.clone();
    order.push(candidate);
    // One model alone may be the beginning of any.
    let ends = if plan.order.len() == 1 {
        until
    } else {
        &[plan.until]
    };
    let of = |&until: &Until| {
        let mut order = order.clone();
        let waits = match until {
            Until::All => usize::MAX,
            Until::Agree(n) => n,
            Until::Sure(_) => 0,
        };
        if order.len() <= waits {
            order.sort_unstable();
        }
        Plan { order, until }
    };
    ends.iter().map(of).collect()
}

/// Those that no cheaper one reaches, at most `most`, and the best of each dataset.
fn kept(mut tried: Vec<Tried>, size: &[usize], most: usize) -> Vec<Tried> {
    tried.sort_by(|a, b| {
        let better = b.quality.total_cmp(&a.quality);
        a.cost
            .total_cmp(&b.cost)
            .then(better)
            .then(a.plan.partial_cmp(&b.plan).unwrap_or(Ordering::Equal))
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
