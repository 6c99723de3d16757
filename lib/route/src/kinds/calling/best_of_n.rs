//! Best of n: of the models in a set the answer with the best reward is kept,
//! and all of them are paid for. Which sets are worth calling?
//!
//! Each set of 2 … n rated models has a mean train cost (the sum of its
//! models') and a mean train quality (the score of the answer that its rewards
//! keep). The sets at the corners of the hull of (cost, quality) over all sets
//! and all single models (hull.rs) are returned: every other set is beaten by a
//! mixture of two of those. Without costs the one of the best quality, unless
//! a single model is as good. O(sets·n·N), all sets are tried.

use crate::table::impute::Targets;
use ndarray::Array2;
use rayon::prelude::*;
use rb_record::error::{Error, Result};
use rb_record::hull::{ndch, Point};

/// The most sets that are tried.
const SETS: usize = 20_000;

/// The place of the best of `rewards`; ties go to the first.
pub fn best(rewards: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, reward) in rewards.enumerate() {
        if reward > best.1 {
            best = (place, reward);
        }
    }
    best.0
}

/// The reward and the score of the answer that `set` keeps on each query, from
/// n×K rewards and scores.
pub fn kept(rewards: &Array2<f64>, score: &Array2<f64>, set: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let of = |i: usize| {
        let m = set[best(set.iter().map(|&m| rewards[[i, m]]))];
        (rewards[[i, m]], score[[i, m]])
    };
    (0..rewards.nrows()).map(of).unzip()
}

/// The sets of at least two and at most `most` of the `rated` models that are
/// worth calling, each by mean train cost, the cheapest set first.
pub fn sets(
    rewards: &Array2<f64>,
    targets: &Targets,
    rated: &[usize],
    most: usize,
) -> Result<Vec<Vec<usize>>> {
    let mut order = rated.to_vec();
    order.sort_by(|&a, &b| targets.mean_cost[a].total_cmp(&targets.mean_cost[b]));
    if number(order.len(), most) > SETS {
        return Err(Error::usage(format!(
            "--after-calling {most} of {} models makes more than {SETS} sets; call fewer, or name fewer models with --models",
            order.len()
        )));
    }
    let all = all_sets(&order, most);
    let point = |set: &Vec<usize>| {
        let (_, score) = kept(rewards, &targets.score, set);
        Point {
            cost: set.iter().map(|&m| targets.mean_cost[m]).sum(),
            quality: score.iter().sum::<f64>() / score.len().max(1) as f64,
        }
    };
    let points: Vec<Point> = all.par_iter().map(point).collect();
    // Fewer calls come first, so they win where cost and quality are equal.
    let at = |corner: Point| points.iter().position(|p| *p == corner);
    let corners = ndch(&points).into_iter().filter_map(at);
    Ok(corners
        .map(|i| all[i].clone())
        .filter(|set| set.len() > 1)
        .collect())
}

/// How many sets of 1 … `most` of `models` there are, or some number over [`SETS`].
fn number(models: usize, most: usize) -> usize {
    let (mut sum, mut of_size) = (0usize, 1usize);
    for size in 1..=most.min(models) {
        of_size = of_size.saturating_mul(models - size + 1) / size;
        sum = sum.saturating_add(of_size);
        if sum > SETS {
            break;
        }
    }
    sum
}

/// All sets of 1 … `most` of `order`, by size, each in that order.
fn all_sets(order: &[usize], most: usize) -> Vec<Vec<usize>> {
    let mut all = Vec::new();
    // (set, where in the order its next member may stand)
    let mut last: Vec<(Vec<usize>, usize)> = vec![(Vec::new(), 0)];
    for _ in 0..most.min(order.len()) {
        let mut next = Vec::new();
        for (set, from) in &last {
            for (place, &m) in order.iter().enumerate().skip(*from) {
                next.push(([&set[..], &[m]].concat(), place + 1));
            }
        }
        all.extend(next.iter().map(|(set, _)| set.clone()));
        last = next;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn targets(score: Array2<f64>, mean_cost: Vec<f64>) -> Targets {
        Targets {
            cost: Array2::zeros(score.dim()),
            mean_score: Vec::new(),
            scale: mean_cost.iter().copied().fold(0.0, f64::max),
            score,
            mean_cost,
        }
    }

    #[test]
    fn the_answer_of_the_best_reward_is_kept_and_ties_go_to_the_first() {
        let rewards = array![[1.0, 2.0], [-5.0, -7.0], [3.0, 3.0]];
        let score = array![[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]];
        let (reward, score) = kept(&rewards, &score, &[1, 0]);
        assert_eq!((reward, score), (vec![2.0, -5.0, 3.0], vec![0.2, 0.3, 0.6]));
    }

    #[test]
    fn sets_are_counted_as_they_are_made() {
        for (models, most) in [(1, 3), (5, 2), (6, 6), (7, 1)] {
            let all = all_sets(&(0..models).collect::<Vec<_>>(), most);
            assert_eq!(all.len(), number(models, most));
            assert!(all.iter().all(|s| s.windows(2).all(|w| w[0] < w[1])));
        }
        assert!(number(200, 5) > SETS && number(usize::MAX, 2) > SETS);
    }

    #[test]
    fn only_sets_on_the_hull_are_worth_calling() {
        // Models 0 and 1 are each right on half of the queries and their
        // rewards know it; model 2 is right where 0 is, at ten times its cost.
        let score = array![[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]];
        let rewards = array![[5.0, 1.0, 5.0], [0.0, 2.0, 0.0]];
        let all = targets(score.clone(), vec![2.0, 1.0, 20.0]);
        assert_eq!(sets(&rewards, &all, &[0, 1, 2], 3).unwrap(), [[1, 0]]);
        assert!(sets(&rewards, &all, &[0, 2], 2).unwrap().is_empty());
        let free = targets(score, vec![0.0; 3]);
        assert_eq!(sets(&rewards, &free, &[0, 1, 2], 3).unwrap(), [[0, 1]]);
        let many: Vec<usize> = (0..100).collect();
        let wide = targets(Array2::zeros((1, 100)), vec![1.0; 100]);
        let fault = sets(&Array2::zeros((1, 100)), &wide, &many, 4).unwrap_err();
        assert!(fault.message.contains("--models"), "{fault}");
    }
}
