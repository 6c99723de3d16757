//! cascade-routing on answers: which model to call next, and when to stop, from
//! what has been answered so far (look_ahead.rs).
//!
//! Fit: as agreement's but for the search of plans, and the trust in looking ahead:
//! that of 0, ½, ¾ and 1 whose routes had the most utility on train queries that
//! the weights have not seen, over alphas; of several alike the least. At 0 one
//! model is called. A query: O(K'³) states of up to three answers.

use crate::kinds::answers::credibility::{Credibility, Voice};
use crate::kinds::answers::echo::Echo;
use crate::kinds::answers::experience::Experience;
use crate::kinds::answers::look_ahead::{Query, Rule};
use crate::kinds::answers::plans::Replay;
use crate::kinds::answers::Learnt;
use crate::kinds::calling::{ByCalling, Caller};
use crate::kinds::linear::domain::Domain;
use crate::router::{Action, Estimates, Estimator, Router, Shape};
use crate::table::signals::Heard;
use crate::table::{Batch, Table};
use ndarray::Array2;
use rayon::prelude::*;
use rb_learn::dense;
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Trusts tried, the most careful first.
const TRUSTS: [f64; 4] = [0.0, 0.5, 0.75, 1.0];
/// Where they are compared: quality counts most.
const ALPHAS: [f64; 8] = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0, 1.0];
/// Train queries they are compared on, at most.
const COMPARED: usize = 1500;

/// A fitted cascade-routing that listens to answers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Turns {
    /// Says which state this is; always true.
    answers: bool,
    calls: usize,
    trust: f64,
    domain: Domain,
    /// Places in the pool, by ascending mean train cost.
    candidates: Vec<usize>,
    credibility: Credibility,
    echo: Echo,
    experience: Experience,
}

/// Fits on a table whose outcomes have answers; `calls`: 1 to 3.
pub fn fit(table: &Table, calls: usize, pool: usize, seed: u64) -> Result<Box<dyn Router>> {
    let learnt = Learnt::of(table, pool, seed)?;
    let replay = learnt.replay(table);
    let p = Array2::from_shape_fn((table.len(), learnt.candidates.len()), |(i, j)| {
        learnt.p[[i, learnt.candidates[j]]]
    });
    let (dataset, datasets) = (&learnt.dataset, learnt.datasets);
    let echo = Echo::fit(&replay, &p, dataset, datasets, &table.ids, seed);
    let experience = Experience::fit(&replay, learnt.candidates.len(), datasets);
    let e = learnt.domain.estimate(&table.batch());
    let query = |i: usize| Query {
        p: p.row(i).to_vec(),
        g: learnt.candidates.iter().map(|&m| e.g[[i, m]]).collect(),
        dataset: dataset[i],
        scale: e.scale,
    };
    let rows: Vec<usize> = (0..table.len())
        .step_by(table.len().div_ceil(COMPARED).max(1))
        .collect();
    let queries: Vec<(usize, Query)> = rows.into_iter().map(|i| (i, query(i))).collect();
    let utility = |trust: f64| -> f64 {
        let of = |(i, q): &(usize, Query)| {
            let rule = Rule {
                credibility: replay.fit_of(*i),
                echo: &echo,
                experience: &experience,
                calls,
                trust,
            };
            let each = ALPHAS.iter().map(|&alpha| {
                let (score, cost) = follow(&rule, q, &replay, *i, alpha);
                let cost = if e.scale > 0.0 { cost / e.scale } else { 0.0 };
                alpha * score - (1.0 - alpha) * cost
            });
            each.sum::<f64>()
        };
        let all: Vec<f64> = queries.par_iter().map(of).collect();
        all.iter().sum()
    };
    let tried = TRUSTS.map(utility);
    let best = (1..TRUSTS.len()).fold(0, |b, t| if tried[t] > tried[b] + 1e-9 { t } else { b });
    Ok(Box::new(ByCalling(Turns {
        answers: true,
        calls,
        trust: TRUSTS[best],
        domain: learnt.domain,
        candidates: learnt.candidates,
        credibility: learnt.credibility,
        echo,
        experience,
    })))
}

/// The score kept on a train query and what the calls cost.
fn follow(rule: &Rule, q: &Query, replay: &Replay, row: usize, alpha: f64) -> (f64, f64) {
    let mut voices: Vec<Voice> = Vec::new();
    let mut cost = 0.0;
    while let Some(next) = rule.options(q, &voices).decide(alpha) {
        cost += replay.cost[[row, next]];
        voices.push(replay.voice(row, next));
    }
    let kept = voices[rule.credibility.kept(&voices, q.dataset)].candidate;
    (replay.score[[row, kept]], cost)
}

/// Whether a state of cascade-routing is this one.
pub fn is_state(state: &str) -> bool {
    state.starts_with("{\"answers\":")
}

/// Reads a state back.
pub fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: Turns = crate::file::state::read_state(state)?;
    router.domain.check(shape)?;
    let (candidates, datasets) = (router.candidates.len(), router.domain.classes());
    router.credibility.check(candidates, datasets)?;
    router.echo.check(candidates, datasets)?;
    router.experience.check(candidates, datasets)?;
    let mut distinct = router.candidates.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let sound = distinct.len() == candidates
        && candidates > 0
        && distinct.iter().all(|&m| m < shape.models)
        && (1..=3).contains(&router.calls)
        && (0.0..=1.0).contains(&router.trust);
    if sound {
        Ok(Box::new(ByCalling(router)))
    } else {
        Err(Error::router_file(
            "the models, the trust or the number of calls is out of range; fit and save the router again",
        ))
    }
}

impl Turns {
    fn rule(&self) -> Rule<'_> {
        Rule {
            credibility: &self.credibility,
            echo: &self.echo,
            experience: &self.experience,
            calls: self.calls,
            trust: self.trust,
        }
    }

    fn voices(&self, query: &Query, heard: &[Heard]) -> Vec<Voice> {
        let voice = |h: &Heard| {
            let candidate = self.candidates.iter().position(|&m| m == h.model)?;
            let confidence = h.signal.confidence;
            let (p, dataset) = (query.p[candidate], query.dataset);
            Some(Voice {
                candidate,
                answer: h.signal.answer,
                strength: (self.credibility).strength(candidate, p, dataset, confidence),
            })
        };
        heard.iter().filter_map(voice).collect()
    }

    fn action(&self, next: Option<usize>, voices: &[Voice], dataset: usize) -> Action {
        match next {
            Some(candidate) => Action::Call(self.candidates[candidate]),
            None => {
                let kept = voices[self.credibility.kept(voices, dataset)].candidate;
                Action::Keep(self.candidates[kept])
            }
        }
    }
}

impl Caller for Turns {
    type Query = Query;

    fn queries(&self, batch: &Batch) -> Vec<Query> {
        let e = self.domain.estimate(batch);
        let likeliest = self.domain.likeliest(dense::normalized(batch.x).view());
        let query = |(i, dataset): (usize, usize)| {
            let own = |grid: &Array2<f64>| self.candidates.iter().map(|&m| grid[[i, m]]).collect();
            Query {
                p: own(&e.p),
                g: own(&e.g),
                dataset,
                scale: e.scale,
            }
        };
        likeliest.into_iter().enumerate().map(query).collect()
    }

    fn next(&self, query: &Query, heard: &[Heard], alpha: f64) -> Action {
        let voices = self.voices(query, heard);
        let next = self.rule().options(query, &voices).decide(alpha);
        self.action(next, &voices, query.dataset)
    }

    fn actions(&self, query: &Query, heard: &[Heard]) -> Vec<(f64, Action)> {
        let voices = self.voices(query, heard);
        let mut actions: Vec<(f64, Action)> = Vec::new();
        for (alpha, next) in self.rule().options(query, &voices).steps() {
            let action = self.action(next, &voices, query.dataset);
            if actions.last().is_none_or(|last| last.1 != action) {
                actions.push((alpha, action));
            }
        }
        actions
    }

    fn estimate(&self, batch: &Batch) -> Option<Estimates> {
        Some(self.domain.estimate(batch))
    }

    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}
