//! What the answers say at alpha 1: where several models were called, how often
//! another of them gave the answer that is kept, and how good that answer is then
//! and otherwise.
//!
//! ```text
//! agreed      = queries on which another called model gave the answer kept / n
//! unanimous   = queries on which all called gave one answer / n
//! quality_*   = mean score of the answer kept, over the queries of each kind
//! ```
//!
//! n counts the queries on which at least two models were called. A model without
//! an answer agrees with nobody. Null where no query has an answer, or no query
//! calls two models; a mean over no query is null too. How far agreement can be
//! trusted is what cascades on agreement rest on (arXiv 2407.02348).

use crate::metric::measure::{Direction, Report, View};
use crate::statistics::sum::Sum;
use serde::Serialize;

/// The row of `answers`.
pub const ANSWERS: Report = Report {
    name: "answers",
    direction: Direction::Neither,
    definition: "where several models are called at alpha 1: how often another of them gives the answer that is kept, how often all agree, and the mean score of the answer kept where it is so and where not",
    source: "this project; on agreement, Kolawole et al. 2024, arXiv 2407.02348",
    of: |v| crate::metric::measure::json(&answers(v)),
};

#[derive(Debug, Serialize)]
struct Answers {
    /// Queries on which at least two models are called.
    n: usize,
    agreed: f64,
    unanimous: f64,
    quality_agreed: Option<f64>,
    quality_not_agreed: Option<f64>,
}

fn answers(v: &View) -> Option<Answers> {
    let facts = v.replay.facts;
    let outcomes = &facts.scored.outcomes;
    if !outcomes.has_answers() {
        return None;
    }
    let (mut n, mut unanimous) = (0, 0);
    // Where nobody agreed, and where somebody did: queries, known scores, their sum.
    let mut kinds = [(0, 0, Sum::default()); 2];
    for (q, path) in v.last.iter() {
        let path = &facts.paths[path];
        let mut others: Vec<usize> = path.called.clone();
        others.sort_unstable();
        others.dedup();
        others.retain(|m| *m != path.kept);
        if others.is_empty() {
            continue;
        }
        n += 1;
        let kept = outcomes.answer(q, path.kept);
        let agrees = |m: &&usize| kept.is_some() && outcomes.answer(q, **m) == kept;
        let agree = others.iter().filter(agrees).count();
        unanimous += usize::from(agree == others.len());
        let (queries, known, sum) = &mut kinds[usize::from(agree > 0)];
        *queries += 1;
        if let Some(score) = outcomes.score(q, path.kept) {
            *known += 1;
            sum.add(score);
        }
    }
    let share = |part: usize| part as f64 / n as f64;
    let [not_agreed, agreed] = kinds;
    let mean =
        |(_, known, sum): (usize, usize, Sum)| (known > 0).then(|| sum.value() / known as f64);
    (n > 0).then(|| Answers {
        n,
        agreed: share(agreed.0),
        unanimous: share(unanimous),
        quality_agreed: mean(agreed),
        quality_not_agreed: mean(not_agreed),
    })
}
