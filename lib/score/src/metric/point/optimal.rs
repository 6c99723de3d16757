//! RouterArena's optimality at alpha 1: of the queries that some model of the pool
//! gets right, on how many the router is right too, on how many it called the
//! cheapest right model and no other, and what it would have cost to know that
//! model. Lu et al. 2025 (arXiv 2510.00202).
//!
//! ```text
//! accuracy  = right / n                      n: queries that some model gets right
//! selection = called only the cheapest right model / n
//! cost      = Σ cost of the cheapest right model / Σ cost of the calls made
//!             over the queries on which the router is right
//! ```
//!
//! Right is a score of at least `right_at`; RouterArena asks for 1. A model as cheap
//! as the cheapest right one is that one. Their scorer counted `selection` over the
//! queries that the router gets right (and `accuracy` too, until it was mended in
//! 2026: then it is always 1); here both are over all n, as the paper has it.
//! Queries on which a cost is missing, of a right model or of a call, are in neither
//! `selection` nor `cost`, and not in the n of these, `priced`. Null without costs.

use crate::metric::measure::{Direction, Report, View};
use serde::Serialize;

/// The row of `optimal`.
pub const OPTIMAL: Report = Report {
    name: "optimal",
    direction: Direction::Higher,
    definition: "of the queries that some model gets right, the shares on which the router is right and on which it called only the cheapest right model, and the cost of that model over its own where it is right, at alpha 1",
    source: "Lu et al. 2025, arXiv 2510.00202",
    of: |v| crate::metric::measure::json(&optimal(v)),
};

#[derive(Debug, Serialize)]
struct Optimal {
    right_at: f64,
    /// Queries that some model gets right.
    n: usize,
    /// Those of them on which the costs that count are known.
    priced: usize,
    accuracy: Option<f64>,
    selection: Option<f64>,
    cost: Option<f64>,
}

fn optimal(v: &View) -> Optimal {
    let facts = v.replay.facts;
    let outcomes = &facts.scored.outcomes;
    let is_right = |q: usize, m: usize| {
        let score = outcomes.score(q, m);
        score.is_some_and(|s| s >= v.asked.right_at)
    };
    let (mut n, mut right, mut priced, mut selected) = (0, 0, 0, 0);
    let (mut least, mut spent) = (0.0, 0.0);
    for (q, path) in v.last.iter() {
        let are_right: Vec<usize> = (0..facts.models.len())
            .filter(|&m| is_right(q, m))
            .collect();
        if are_right.is_empty() {
            continue;
        }
        n += 1;
        let path = &facts.paths[path];
        let kept = is_right(q, path.kept);
        right += usize::from(kept);
        let sum =
            |models: &[usize]| -> Option<f64> { models.iter().map(|&m| outcomes.cost(q, m)).sum() };
        let cheapest = are_right
            .iter()
            .map(|&m| outcomes.cost(q, m))
            .try_fold(f64::INFINITY, |least, cost| Some(least.min(cost?)));
        let (Some(cheapest), Some(paid)) = (cheapest, sum(&path.called)) else {
            continue;
        };
        priced += 1;
        selected += usize::from(kept && path.called.len() == 1 && paid <= cheapest);
        if kept {
            least += cheapest;
            spent += paid;
        }
    }
    let share = |part: usize, of: usize| (of > 0).then(|| part as f64 / of as f64);
    Optimal {
        right_at: v.asked.right_at,
        n,
        priced,
        accuracy: share(right, n),
        selection: share(selected, priced),
        cost: (spent > 0.0).then(|| least / spent),
    }
}
