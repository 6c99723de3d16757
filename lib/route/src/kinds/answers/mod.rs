//! Routers that listen to the answers: several models are called, and where
//! they give the same answer it is likelier to be right.
//!
//! A plan (plans.rs) says which models are called, when that ends, and whose
//! answer is kept: the most credible one (credibility.rs). Plans are searched on
//! train (plan_search.rs) on answers that the weights have not seen; what each is
//! worth, by dataset, is judged on queries that it was not found on
//! (plan_choice.rs). Alpha chooses among plans by the shared rule, for the query's
//! likeliest dataset.
//!
//! Fit: six fits of domain, O(20) conditional logits, and the search, O(plans·n).
//! A query: domain's, then O(plans). vote.rs and agreement.rs say which plans are
//! looked at.

pub mod agreement;
pub mod candidates;
pub mod credibility;
pub mod learnt;
pub mod plan_choice;
pub mod plan_search;
pub mod plans;
pub mod vote;

use crate::file::packed::Packed64;
use crate::kinds::answers::credibility::{Credibility, Voice};
use crate::kinds::answers::learnt::Learnt;
use crate::kinds::answers::plan_choice::Worth;
use crate::kinds::answers::plans::{Next, Plan, Until};
use crate::kinds::calling::{ByCalling, Caller};
use crate::kinds::linear::domain::Domain;
use crate::router::{Account, Action, Estimates, Estimator, Router, Shape, Turn};
use crate::table::signals::{Heard, Reads};
use crate::table::{Batch, Needs, Table};
use ndarray::Array2;
use rb_learn::dense;
use rb_record::error::{Error, Result};
use rb_record::policy::Expected;
use serde::{Deserialize, Serialize};

/// What routers that listen to answers read of a query.
const NEEDS: Needs = Needs {
    embedding: true,
    text: false,
    signals: Reads::Answer,
};

/// A fitted router that listens to answers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answering {
    /// Always true: cascade-routing's other state has none.
    answers: bool,
    domain: Domain,
    /// Places in the pool, by ascending mean train cost.
    candidates: Vec<usize>,
    credibility: Credibility,
    plans: Vec<Plan>,
    /// Datasets × plans: what each is worth, and its mean cost.
    value: Packed64,
    cost: Packed64,
    /// G.
    scale: f64,
}

/// What is known of a query before any call.
struct Query {
    /// K numbers.
    p: Vec<f64>,
    dataset: usize,
}

/// Fits on a table whose outcomes have answers. `pool`: the most candidates.
pub(super) fn fit(
    table: &Table,
    calls: usize,
    families: &[&[Until]],
    pool: usize,
    seed: u64,
) -> Result<Box<dyn Router>> {
    let learnt = Learnt::of(table, pool, seed)?;
    let replay = learnt.replay(table);
    let (plans, worth) = learnt.plans(&replay, calls, families);
    let (plans, worth) = chosen(&plans, &worth, learnt.targets.scale);
    drop(replay);
    Ok(Box::new(ByCalling(Answering {
        answers: true,
        plans,
        value: Packed64(worth.value),
        cost: Packed64(worth.cost),
        scale: learnt.targets.scale,
        domain: learnt.domain,
        candidates: learnt.candidates,
        credibility: learnt.credibility,
    })))
}

/// How sure of an answer to be before the calls end, in cascade-routing.
const SURE: [f64; 7] = [0.6, 0.7, 0.8, 0.87, 0.92, 0.96, 0.98];

/// cascade-routing where there are answers: calls end where two agree, or, if that
/// is better on parts of train left out, also where an answer is believed enough.
pub fn cascade(table: &Table, calls: usize, pool: usize, seed: u64) -> Result<Box<dyn Router>> {
    let agree = Until::Agree(2);
    let either: Vec<Until> = SURE.map(Until::Sure).into_iter().chain([agree]).collect();
    fit(table, calls, &[&[agree], &either], pool, seed)
}

/// Whether a state is of a router that listens to answers.
pub fn is_state(state: &str) -> bool {
    state.starts_with("{\"answers\":")
}

/// Only the plans that some alpha chooses in some dataset.
fn chosen(plans: &[Plan], worth: &Worth, scale: f64) -> (Vec<Plan>, Worth) {
    let datasets = 0..worth.value.nrows();
    let mut places: Vec<usize> = datasets
        .flat_map(|d| worth.rule(d, scale).steps())
        .map(|step| step.model)
        .collect();
    places.sort_unstable();
    places.dedup();
    // Rows are read as slices.
    let of = |grid: &Array2<f64>| {
        let dim = (grid.nrows(), places.len());
        Array2::from_shape_fn(dim, |(d, p)| grid[[d, places[p]]])
    };
    let worth = Worth {
        value: of(&worth.value),
        cost: of(&worth.cost),
    };
    (places.iter().map(|&p| plans[p].clone()).collect(), worth)
}

pub(super) fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: Answering = crate::file::state::read_state(state)?;
    router.domain.check(shape)?;
    let (candidates, datasets) = (router.candidates.len(), router.domain.classes());
    router.credibility.check(candidates, datasets)?;
    let plans = router.plans.len();
    router
        .value
        .check("the worths of the plans", datasets, plans)?;
    router
        .cost
        .check("the costs of the plans", datasets, plans)?;
    crate::file::state::check_finite("the scale", &[router.scale])?;
    let mut distinct = router.candidates.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let sound = distinct.len() == candidates
        && distinct.iter().all(|&m| m < shape.models)
        && plans > 0
        && router.plans.iter().all(|plan| plan.is_sound(candidates));
    if sound {
        Ok(Box::new(ByCalling(router)))
    } else {
        Err(Error::router_file(
            "there is no plan, or a plan's models are out of range; fit and save the router again",
        ))
    }
}

impl Answering {
    /// The shared rule over plans.
    fn rule(&self, dataset: usize) -> Expected<'_> {
        Expected {
            p: row_of(&self.value.0, dataset),
            g: row_of(&self.cost.0, dataset),
            scale: self.scale,
        }
    }

    fn voices(&self, query: &Query, heard: &[Heard]) -> Vec<Voice> {
        let voice = |h: &Heard| {
            let candidate = self.candidates.iter().position(|&m| m == h.model)?;
            let (p, confidence) = (query.p[h.model], h.signal.confidence);
            Some(Voice {
                candidate,
                answer: h.signal.answer,
                strength: (self.credibility).strength(candidate, p, query.dataset, confidence),
            })
        };
        heard.iter().filter_map(voice).collect()
    }

    fn action(&self, plan: &Plan, voices: &[Voice], dataset: usize) -> Action {
        // Another plan's calls are not this one's to go on with.
        let own = voices
            .iter()
            .zip(&plan.order)
            .all(|(v, j)| v.candidate == *j);
        let next = if own && voices.len() <= plan.order.len() {
            plan.next(&self.credibility, voices, dataset)
        } else {
            Next::Keep(self.credibility.kept(voices, dataset))
        };
        match next {
            Next::Call(candidate) => Action::Call(self.candidates[candidate]),
            Next::Keep(at) => Action::Keep(self.candidates[voices[at].candidate]),
        }
    }
}

fn row_of(grid: &Array2<f64>, row: usize) -> &[f64] {
    let columns = grid.ncols();
    &grid.as_slice().unwrap_or_default()[row * columns..(row + 1) * columns]
}

impl Caller for Answering {
    type Query = Query;

    fn queries(&self, batch: &Batch) -> Vec<Query> {
        let p = self.domain.estimate(batch).p;
        let likeliest = self.domain.likeliest(dense::normalized(batch.x).view());
        let query = |(i, dataset): (usize, usize)| Query {
            p: p.row(i).to_vec(),
            dataset,
        };
        likeliest.into_iter().enumerate().map(query).collect()
    }

    fn next(&self, query: &Query, heard: &[Heard], alpha: f64) -> Action {
        let plan = self.rule(query.dataset).decide(alpha);
        let voices = self.voices(query, heard);
        self.action(&self.plans[plan], &voices, query.dataset)
    }

    fn actions(&self, query: &Query, heard: &[Heard]) -> Vec<(f64, Action)> {
        let voices = self.voices(query, heard);
        let mut actions: Vec<(f64, Action)> = Vec::new();
        for step in self.rule(query.dataset).steps() {
            let action = self.action(&self.plans[step.model], &voices, query.dataset);
            if actions.last().is_none_or(|last| last.1 != action) {
                actions.push((step.alpha, action));
            }
        }
        actions
    }

    fn estimate(&self, batch: &Batch) -> Option<Estimates> {
        Some(self.domain.estimate(batch))
    }

    fn needs(&self) -> Option<Needs> {
        Some(NEEDS)
    }

    fn account(&self, query: &Query, heard: &[Heard], alpha: f64) -> Option<Account> {
        let voices = self.voices(query, heard);
        let turn = |at: usize| {
            let so_far = &voices[..=at];
            let same = |v: &&Voice| v.answer.is_some() && v.answer == voices[at].answer;
            let before = voices[..at].iter().filter(same);
            Turn {
                model: self.candidates[voices[at].candidate],
                believed: self.credibility.believed(so_far, query.dataset)[at],
                agrees_with: before.map(|v| self.candidates[v.candidate]).collect(),
            }
        };
        let plan = &self.plans[self.rule(query.dataset).decide(alpha)];
        let why = match plan.until {
            _ if plan.order.len() == 1 => "one model is called",
            _ if voices.len() >= plan.order.len() => "all of the list were called",
            Until::Agree(_) => "enough agree",
            Until::Sure(_) => "the answer is believed enough",
            Until::All => "all of the list were called",
        };
        Some(Account {
            turns: (0..voices.len()).map(turn).collect(),
            why,
        })
    }

    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}
