//! The pools that a grown one is compared with: random ones of its size, or all of
//! them where they are no more than would be drawn.

use crate::pool::objective::Objective;
use crate::pool::part::mean;
use rayon::prelude::*;
use rb_record::hash;
use std::collections::BTreeSet;

/// Pools of one size, and what they get.
#[derive(Debug, Clone, Default)]
pub struct Drawn {
    /// Ascending places each; sorted.
    pub pools: Vec<Vec<usize>>,
    /// Whether these are all pools of the size.
    pub all: bool,
    /// By group, by pool: the mean on train and on test; None: no query.
    pub means: Vec<Vec<[Option<f64>; 2]>>,
}

/// The number of pools of `size` out of `models`; None: more than a u64 holds.
fn binomial(models: usize, size: usize) -> Option<u64> {
    let size = size.min(models - size);
    (0..size as u64).try_fold(1u64, |c, i| {
        Some(c.checked_mul(models as u64 - i)? / (i + 1))
    })
}

/// Every pool of `size` places below `models`.
pub fn every(models: usize, size: usize) -> Vec<Vec<usize>> {
    let mut pools = vec![Vec::new()];
    for _ in 0..size {
        let longer = |pool: Vec<usize>| {
            let from = pool.last().map_or(0, |m| m + 1);
            (from..models).map(move |m| [&pool[..], &[m]].concat())
        };
        pools = pools.into_iter().flat_map(longer).collect();
    }
    pools
}

/// `most` distinct pools of `size` of the models `names`, or all where there are no
/// more. A pool is the models of the smallest hashes in its draw, so that it
/// depends on names and not on their order.
pub fn pools(names: &[String], size: usize, most: usize, seed: u64) -> (Vec<Vec<usize>>, bool) {
    let models = names.len();
    if binomial(models, size).is_some_and(|all| all <= most as u64) {
        return (every(models, size), true);
    }
    let seed = hash::seed(seed, "random pools");
    let mut drawn = BTreeSet::new();
    for draw in 0u64.. {
        if drawn.len() == most {
            break;
        }
        let of_draw = hash::seed(seed, &format!("{size}/{draw}"));
        let mut order: Vec<(u64, usize)> = (names.iter().enumerate())
            .map(|(m, name)| (hash::text(of_draw, "model", name), m))
            .collect();
        order.sort_unstable();
        let mut pool: Vec<usize> = order[..size].iter().map(|(_, m)| *m).collect();
        pool.sort_unstable();
        drawn.insert(pool);
    }
    (drawn.into_iter().collect(), false)
}

/// The pools of one size judged on each group's train and test queries.
pub fn judged(
    objective: &dyn Objective,
    (pools, all): (Vec<Vec<usize>>, bool),
    groups: &[[Vec<usize>; 2]],
) -> Drawn {
    let of_pool: Vec<Vec<[Option<f64>; 2]>> = pools
        .par_iter()
        .map(|pool| {
            let scores = objective.scores(pool);
            let of = |[train, test]: &[Vec<usize>; 2]| {
                [mean(&scores.train, train), mean(&scores.test, test)]
            };
            groups.iter().map(of).collect()
        })
        .collect();
    let of_group = |g: usize| of_pool.iter().map(|means| means[g]).collect();
    Drawn {
        means: (0..groups.len()).map(of_group).collect(),
        pools,
        all,
    }
}
