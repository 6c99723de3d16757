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
pub mod credibility;
pub mod plan_choice;
pub mod plan_search;
pub mod plans;
pub mod vote;

use crate::file::packed::Packed64;
use crate::kinds::answers::credibility::{Credibility, Learner, Voice};
use crate::kinds::answers::plan_choice::{Care, Outcomes, Worth};
use crate::kinds::answers::plan_search::Wanted;
use crate::kinds::answers::plans::{Next, Plan, Replay, Until};
use crate::kinds::calling::{ByCalling, Caller};
use crate::kinds::linear::domain::{self, Domain};
use crate::kinds::linear::domain_priors;
use crate::router::{Action, Estimates, Estimator, Router, Shape};
use crate::table::impute::{self, Targets};
use crate::table::signals::Heard;
use crate::table::{Batch, Field, Table};
use ndarray::Array2;
use rayon::prelude::*;
use rb_learn::dense;
use rb_learn::folds::{self, Parts, FOLDS};
use rb_record::error::{Error, Result};
use rb_record::policy::Expected;
use serde::{Deserialize, Serialize};

/// Plans are searched on so many train queries at most.
const SEARCHED: usize = 4000;

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

/// What every router that listens to answers learns first.
struct Learnt {
    parts: Parts,
    domain: Domain,
    /// domain's p of each query (n×K) and its likeliest dataset, out of fold.
    p: Array2<f64>,
    dataset: Vec<usize>,
    datasets: usize,
    targets: Targets,
    /// Places in the pool, by ascending mean cost.
    candidates: Vec<usize>,
    credibility: Credibility,
    /// By fits outside each part; at least one.
    fits: Vec<Credibility>,
}

impl Learnt {
    fn of(table: &Table, pool: usize, seed: u64) -> Result<Learnt> {
        let answers = table.grid(Field::Answer);
        if (0..table.k()).all(|m| answers.known(m) == 0) {
            return Err(Error::input(
                "no train outcome has an answer (outcomes.MODEL.answer, a text), which this router reads of the models it calls; rb-import --col-answer or --answer-from gives them, or choose a router that needs none, such as domain",
            ));
        }
        let parts = folds::every(&table.folds(FOLDS, seed), FOLDS);
        let (labels, datasets) = domain::classes_of(table);
        let (domain, guide) = domain::learn_guided(table, seed, None);
        let (p, dataset) = if parts.is_empty() {
            (domain.estimate(&table.batch()).p, labels)
        } else {
            domain_priors::out_of_fold(table, &labels, &parts, seed, &guide)
        };
        let targets = impute::targets(table);
        let candidates = candidates(&targets, pool);
        let learner = Learner {
            table,
            candidates: &candidates,
            p: &p,
            dataset: &dataset,
            datasets,
            seed,
        };
        let (credibility, mut fits) = learner.fit(&parts);
        if fits.is_empty() {
            fits.push(credibility.clone());
        }
        Ok(Learnt {
            parts,
            domain,
            p,
            dataset,
            datasets,
            targets,
            candidates,
            credibility,
            fits,
        })
    }
}

/// At most `most` models, by ascending mean cost: the best single, the cheapest,
/// then by turns the best of the others and the one that is right most often
/// where those chosen are not.
fn candidates(targets: &Targets, most: usize) -> Vec<usize> {
    let k = targets.mean_score.len();
    let cheaper = |a: &usize, b: &usize| {
        let cost = targets.mean_cost[*a].total_cmp(&targets.mean_cost[*b]);
        cost.then(a.cmp(b))
    };
    let mut chosen: Vec<usize> = Vec::new();
    let mut best = vec![0.0f64; targets.score.nrows()];
    while chosen.len() < most.min(k) {
        let free = (0..k).filter(|m| !chosen.contains(m));
        let quality = |&m: &usize| targets.mean_score[m];
        let reach = |&m: &usize| -> f64 {
            let more = targets.score.column(m).into_iter().zip(&best);
            more.map(|(s, b)| s.max(*b)).sum()
        };
        let most_of = |of: &dyn Fn(&usize) -> f64| {
            let valued = free.clone().map(|m| (of(&m), m));
            let order =
                |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(cheaper(&a.1, &b.1));
            valued.min_by(order).map(|(_, m)| m)
        };
        let next = match chosen.len() {
            1 => free.clone().min_by(|a, b| cheaper(a, b)),
            n if n % 2 == 0 => most_of(&quality),
            _ => most_of(&reach),
        };
        let Some(next) = next else { break };
        for (b, s) in best.iter_mut().zip(targets.score.column(next)) {
            *b = b.max(*s);
        }
        chosen.push(next);
    }
    chosen.sort_by(cheaper);
    chosen
}

impl Learnt {
    /// Train as plans are tried on it.
    fn replay(&self, table: &Table) -> Replay<'_> {
        let mut fit = vec![0; table.len()];
        for (place, (held, _)) in self.parts.iter().enumerate() {
            held.iter().for_each(|&i| fit[i] = place);
        }
        let candidates = &self.candidates;
        let confidence = table.grid(Field::Confidence);
        let grid = |of: &dyn Fn(usize, usize) -> f64| {
            Array2::from_shape_fn((table.len(), candidates.len()), |(i, j)| of(i, j))
        };
        Replay {
            strength: grid(&|i, j| {
                let m = candidates[j];
                let sure = confidence.get(i, m);
                self.fits[fit[i]].strength(j, self.p[[i, m]], self.dataset[i], sure)
            }),
            answer: grid(&|i, j| {
                let answer = table.grid(Field::Answer).get(i, candidates[j]);
                answer.unwrap_or(f64::NAN)
            }),
            score: grid(&|i, j| self.targets.score[[i, candidates[j]]]),
            cost: grid(&|i, j| self.targets.cost[[i, candidates[j]]]),
            fits: &self.fits,
            fit,
            dataset: &self.dataset,
        }
    }
}

/// What every plan came to on every query: scores and costs, n×P both.
fn outcomes(replay: &Replay, plans: &[Plan]) -> (Array2<f64>, Array2<f64>) {
    let of_row = |row: usize| -> Vec<(f64, f64)> {
        plans.iter().map(|plan| replay.run(plan, row)).collect()
    };
    let rows: Vec<Vec<(f64, f64)>> = (0..replay.queries()).into_par_iter().map(of_row).collect();
    let dim = (replay.queries(), plans.len());
    (
        Array2::from_shape_fn(dim, |(i, p)| rows[i][p].0),
        Array2::from_shape_fn(dim, |(i, p)| rows[i][p].1),
    )
}

impl Learnt {
    /// What plans came to on train, by their scores and costs.
    fn outcomes<'a>(&'a self, score: &'a Array2<f64>, cost: &'a Array2<f64>) -> Outcomes<'a> {
        Outcomes {
            score,
            cost,
            dataset: &self.dataset,
            datasets: self.datasets,
            scale: self.targets.scale,
            singles: self.candidates.len(),
        }
    }

    /// The plans of one of `families` (what may end calls) and what each is worth:
    /// of the family, and with the care, that did best on parts of train left out.
    fn plans(&self, replay: &Replay, calls: usize, families: &[&[Until]]) -> (Vec<Plan>, Worth) {
        let wanted = |family: usize| Wanted {
            candidates: self.candidates.len(),
            calls,
            until: families[family],
        };
        let found = |rows: &[usize], family: usize| {
            plan_search::search(replay, &thinned(rows), self.datasets, wanted(family))
        };
        let mut tried: Vec<(f64, usize, Care)> = Vec::new();
        for family in 0..families.len() {
            let mut sums = vec![0.0; Care::all().len()];
            for (held, rest) in &self.parts {
                let (score, cost) = outcomes(replay, &found(rest, family));
                let utilities = self.outcomes(&score, &cost).utilities(held, rest);
                sums.iter_mut().zip(utilities).for_each(|(s, u)| *s += u);
            }
            let each = sums.into_iter().zip(Care::all());
            tried.extend(each.map(|(utility, care)| (utility, family, care)));
        }
        // The first of those that do best; sums in another order differ in the last bits.
        let best =
            (1..tried.len()).fold(0, |b, i| if tried[i].0 > tried[b].0 + 1e-9 { i } else { b });
        let (_, family, care) = tried[best];
        let all: Vec<usize> = (0..replay.queries()).collect();
        let plans = found(&all, family);
        let (score, cost) = outcomes(replay, &plans);
        let worth = self.outcomes(&score, &cost).worth(care);
        (plans, worth)
    }
}

/// Rows to search plans on: all, or evenly [`SEARCHED`] of them.
fn thinned(rows: &[usize]) -> Vec<usize> {
    let step = rows.len().div_ceil(SEARCHED).max(1);
    rows.iter().copied().step_by(step).collect()
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

    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}
