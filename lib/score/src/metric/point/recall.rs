//! Recall by rarity: how often the answer kept at alpha 1 is right on queries
//! that exactly k models of the pool get right. Li et al. 2026
//! (LLMRouterBench, arXiv 2601.07206).
//!
//! Right is a score of at least `right_at`. Three companions say how much of
//! it is skill: `chance`, a model drawn evenly, k/K; `mix`, the router's own
//! mix dealt out blindly over all queries; `best_single`, one model for all.
//! `rare` takes k = 1..3 together. On queries that only one model gets right,
//! much is lucky guessing: of K models that guess among four answers, one is
//! often right. No router can learn that, so 1 − recall at k = 1, and with it
//! Gap@O, overstates what could be gained.
//!
//! A missing outcome is not right, here as everywhere. Queries that nobody
//! gets right are counted in `none` and are in no recall. A k that no query
//! has is left out.

use crate::metric::measure::{Direction, Report, View};
use serde::Serialize;

/// Up to this many right models a query counts as rare.
const RARE: usize = 3;

/// The row of `recall`.
pub const RECALL: Report = Report {
    name: "recall",
    direction: Direction::Higher,
    definition: "P(the answer at alpha 1 is right | exactly k models are right), by k and for k <= 3, beside chance (k/K), the router's mix dealt out blindly, and best-single",
    source: "Li et al. 2026, arXiv 2601.07206; the companions are this project's",
    of: |v| crate::metric::measure::json(&recall(v)),
};

#[derive(Debug, Serialize)]
struct Recall {
    right_at: f64,
    models: usize,
    /// Queries that no model gets right.
    none: usize,
    by_rarity: Vec<Row>,
    rare: Option<Row>,
}

#[derive(Debug, Clone, Serialize)]
struct Row {
    /// Exactly this many models are right; for `rare` at most this many.
    k: usize,
    n: usize,
    recall: f64,
    chance: f64,
    mix: f64,
    best_single: Option<f64>,
}

/// Sums over the queries of one k.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    n: usize,
    right: usize,
    models: usize,
    /// For each right model the number of queries the router keeps it on.
    mix: usize,
    best_single: usize,
}

impl Sums {
    fn and(self, other: &Sums) -> Sums {
        Sums {
            n: self.n + other.n,
            right: self.right + other.right,
            models: self.models + other.models,
            mix: self.mix + other.mix,
            best_single: self.best_single + other.best_single,
        }
    }

    fn row(&self, k: usize, of: &Of) -> Option<Row> {
        let n = self.n as f64;
        (self.n > 0).then(|| Row {
            k,
            n: self.n,
            recall: self.right as f64 / n,
            chance: self.models as f64 / (n * of.pool as f64),
            mix: self.mix as f64 / (n * of.routed as f64),
            best_single: (of.has_best).then(|| self.best_single as f64 / n),
        })
    }
}

/// What a row is a share of.
struct Of {
    pool: usize,
    routed: usize,
    has_best: bool,
}

fn recall(v: &View) -> Recall {
    let facts = v.replay.facts;
    let pool = facts.models.len();
    let right = |q: usize, m: usize| {
        let score = facts.scored.outcomes.score(q, m);
        score.is_some_and(|s| s >= v.asked.right_at)
    };
    let mut kept = vec![0; pool];
    for (_, path) in v.last.iter() {
        kept[facts.paths[path].kept] += 1;
    }
    let mut by_k = vec![Sums::default(); pool + 1];
    for (q, path) in v.last.iter() {
        let are_right: Vec<usize> = (0..pool).filter(|m| right(q, *m)).collect();
        let sums = &mut by_k[are_right.len()];
        sums.n += 1;
        sums.right += right(q, facts.paths[path].kept) as usize;
        sums.models += are_right.len();
        sums.mix += are_right.iter().map(|m| kept[*m]).sum::<usize>();
        sums.best_single += v.best_single.is_some_and(|m| right(q, m)) as usize;
    }
    let of = Of {
        pool,
        routed: v.last.queries.len(),
        has_best: v.best_single.is_some(),
    };
    let rare = by_k[1..].iter().take(RARE);
    let rare = rare.fold(Sums::default(), |all, s| all.and(s));
    Recall {
        right_at: v.asked.right_at,
        models: pool,
        none: by_k[0].n,
        by_rarity: (1..=pool).filter_map(|k| by_k[k].row(k, &of)).collect(),
        rare: rare.row(RARE.min(pool), &of),
    }
}
