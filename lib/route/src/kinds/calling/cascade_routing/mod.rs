//! cascade-routing: one policy that routes and cascades (Dekoninck, Baader and
//! Vechev 2024, arXiv 2410.10347).
//!
//! At each step, with R the models called so far and their confidences known,
//! the router does what maximises expected quality minus λ times the expected
//! cost still to come, up to `--calls` models in all:
//!
//! ```text
//! U(R)  = max( max over R of post_j,  max over b ∉ R of E[U(R + b)] − λ·g_b )
//! λ = (1 − alpha)/(alpha·G), the same at every depth
//! ```
//!
//! At the last depth E[U] = E[max(post_a, post_b)]: the maximum is over
//! posterior means, not over outcomes, since nobody will know which answer is
//! right. Before it, the expectation is the mean over the equally likely
//! innovations of posterior.rs, each with the best that can be done after it: a call
//! may be followed by another only where its answer turns out weak. Priors p
//! and costs g are domain.rs's; posteriors and their spread are posterior.rs's.
//!
//! For each innovation U is a maximum of lines in alpha, so a mean of such is
//! one too, a line for each plan (call b; after this innovation stop, after that
//! one call c): what is expected of a plan and what it is expected to cost. So
//! the steps are exact: an upper envelope (policy.rs) at each node of the tree.
//!
//! Where train has answers, the plans of answers/mod.rs take the place of all this,
//! and confidences are one of the things that make an answer credible. Where it has
//! no confidences, short answers stand in for sure ones; where it has nothing, one
//! model is called, the one that domain chooses.
//!
//! Two calls are to models of a pool (candidates.rs), since what one answer says of
//! another is learnt for each two; a single call may be to any.
//!
//! Fit: six fits of domain (five of them out of fold) and posterior.rs's. A query
//! O(K + pool²·steps). Fails where confidences say nothing about right and wrong: then
//! it routes as domain does. A confidence that a model called did not give
//! says nothing. Differences from the
//! source: it values a set of models by what calling all of it brings, here a
//! plan may stop early; priors and updates are learnt; costs are per query.

pub mod innovation;
pub mod lengths;
pub mod options;
pub mod posterior;

use crate::file::packed::Packed64;
use crate::file::params::{Flag, Params};
use crate::kinds::answers::candidates::candidates;
use crate::kinds::answers::{self, credibility::CALLS};
use crate::kinds::calling::cascade_routing::innovation::{Priors, BINS};
use crate::kinds::calling::cascade_routing::lengths::{short, signals_of};
use crate::kinds::calling::cascade_routing::options::{Options, Query};
use crate::kinds::calling::cascade_routing::posterior::{Innovation, Posterior};
use crate::kinds::calling::{ByCalling, Caller};
use crate::kinds::linear::domain::Domain;
use crate::kinds::linear::domain_priors::{self, DomainPriors};
use crate::router::{Action, Family, FitTime};
use crate::router::{Entry, Estimates, Estimator, Router, Shape};
use crate::table::signals::{Heard, Reads};
use crate::table::{impute, Batch, Field, Needs, Table};
use ndarray::Axis;
use rb_learn::dense;
use rb_learn::folds::{self, FOLDS};
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "cascade-routing",
    family: Family::AfterCall,
    about: "Calls models in turn, guided by domain and by the answers' confidences",
    help: "One policy that routes and cascades: at each step it calls the model, or keeps the \
           answer, that maximises expected quality minus lambda times expected cost, given what \
           the models called so far have told: their answers (outcomes.MODEL.answer), else their \
           confidences (outcomes.MODEL.confidence), else how long they are \
           (outcomes.MODEL.completion_tokens). Priors are those of the router domain; what an \
           answer tells is learnt out of fold.",
    flags: &[
        Flag {
            name: "calls",
            value: "N",
            default: "auto",
            help:
                "The most models called for one query: 1 or 2, with answers up to 5 [auto: 2, with \
                   answers 4]",
        },
        Flag {
            name: "pool",
            value: "N",
            default: "10",
            help:
                "Call a second model after, and choose it from, this many models at most: the best, \
                   the cheapest, and those that are right where these are not; with answers, every \
                   call is to one of them",
        },
    ],
    oracle: false,
    fit_time: FitTime::Slower,
    needs: |_| {
        Ok(Needs {
            embedding: true,
            text: false,
            signals: Reads::Whatever,
        })
    },
    fit,
    load,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CascadeRouting {
    calls: usize,
    domain: Domain,
    /// All models, by mean train cost.
    order: Vec<usize>,
    /// The models that may be the first or the second of two calls, ascending. Empty
    /// in files of before: all.
    #[serde(default)]
    pool: Vec<usize>,
    /// Places in the pool, by mean train cost; made of the two before.
    #[serde(skip)]
    members: Vec<usize>,
    /// Of the models of the pool.
    #[serde(rename = "belief")]
    posterior: Posterior,
    /// 1×K, where no confidence was known: mean lengths, which stand in for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lengths: Option<Packed64>,
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let known = |field: Field| (0..table.k()).any(|m| table.grid(field).known(m) > 0);
    let (auto, most) = if known(Field::Answer) {
        (4, CALLS)
    } else {
        (2, 2)
    };
    let calls = match params.text("calls") {
        "auto" => auto,
        _ => params.count("calls", 1)?,
    };
    if calls > most {
        return Err(Error::usage(format!(
            "--calls is {calls}, expected 1 to {most}{}",
            if most > 2 {
                ""
            } else {
                "; a third call needs answers (outcomes.MODEL.answer)"
            }
        )));
    }
    let pool = params.count("pool", 1)?;
    if known(Field::Answer) {
        return answers::cascade(table, calls, pool, seed);
    }
    let (signals, lengths) = signals_of(table);
    // Nobody tells anything: what is called first is kept.
    let tells = (0..table.k()).any(|m| signals.known(m) > 0);
    let calls = if tells { calls } else { 1 };
    let fold = table.folds(FOLDS, seed);
    let parts = folds::every(&fold, FOLDS);
    let (domain, DomainPriors { p, dataset }) = domain_priors::learn_nested(table, &parts, seed);
    let targets = impute::targets(table);
    let mut members = candidates(&targets, pool);
    members.sort_unstable();
    let priors = Priors {
        p: &p.select(Axis(1), &members),
        dataset: &dataset,
    };
    let score = targets.score.select(Axis(1), &members);
    let places: Vec<Option<usize>> = members.iter().copied().map(Some).collect();
    let signals = signals.over(&places);
    let mut order: Vec<usize> = (0..table.k()).collect();
    order.sort_by(|&a, &b| targets.mean_cost[a].total_cmp(&targets.mean_cost[b]));
    let datasets = domain.classes();
    Ok(Box::new(ByCalling(CascadeRouting {
        calls,
        domain,
        members: placed(&order, &members),
        order,
        posterior: Posterior::fit(&priors, datasets, &score, &signals, &parts),
        pool: members,
        lengths,
    })))
}

/// Places in the pool of those that are in it, in the order of `order`.
fn placed(order: &[usize], pool: &[usize]) -> Vec<usize> {
    let place = |m: &usize| pool.binary_search(m).ok();
    order.iter().filter_map(place).collect()
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    if answers::is_state(state) {
        return answers::load(state, shape);
    }
    let mut router: CascadeRouting = crate::file::state::read_state(state)?;
    router.domain.check(shape)?;
    if router.pool.is_empty() {
        router.pool = (0..shape.models).collect();
    }
    router.members = placed(&router.order, &router.pool);
    router
        .posterior
        .check(router.pool.len(), router.domain.classes())?;
    if let Some(lengths) = &router.lengths {
        lengths.check("the mean lengths", 1, shape.models)?;
    }
    let mut order = router.order.clone();
    order.sort_unstable();
    let sound = order.into_iter().eq(0..shape.models)
        && router.pool.windows(2).all(|w| w[0] < w[1])
        && router.pool.iter().all(|&m| m < shape.models)
        && (1..=2).contains(&router.calls);
    if sound {
        Ok(Box::new(ByCalling(router)))
    } else {
        Err(Error::router_file(
        "the order of the models or the number of calls is out of range; fit and save the router again",
    ))
    }
}

impl CascadeRouting {
    /// What an answer told of itself, 0..1.
    fn told(&self, heard: &Heard) -> Option<f64> {
        match &self.lengths {
            Some(means) => {
                let mean = means.0[[0, heard.model]];
                heard.signal.length.map(|tokens| short(tokens, mean))
            }
            None => heard.signal.confidence,
        }
    }

    /// What may be done after `heard`, fewer calls first.
    fn options(&self, q: &Query, heard: &[Heard]) -> Options {
        let mut options = Options::none(q.scale);
        if heard.is_empty() {
            for &m in &self.order {
                options.add(q.p[m], q.g[m], Action::Call(m));
            }
            if self.calls > 1 {
                for &first in &self.members {
                    self.plans(q, first, &mut options);
                }
            }
            return options;
        }
        let place = |h: &Heard| {
            let place = self.pool.binary_search(&h.model).ok()?;
            let e = self
                .posterior
                .innovation(&q.pool_p, q.dataset, place, self.told(h));
            Some((place, e))
        };
        let Some(mut called) = heard.iter().map(place).collect::<Option<Vec<Innovation>>>() else {
            // Called alone: nobody is called after a model outside the pool.
            options.add(q.p[heard[0].model], 0.0, Action::Keep(heard[0].model));
            return options;
        };
        called.sort_by_key(|c| c.0);
        let post = self.posterior.posterior(&q.pool_p, q.dataset, &called);
        let best = called
            .iter()
            .map(|c| c.0)
            .reduce(|a, b| if post[b] > post[a] { b } else { a });
        if let Some(best) = best {
            options.add(post[best], 0.0, Action::Keep(self.pool[best]));
        }
        if let ([first], true) = (&*called, self.calls > 1) {
            self.second_calls(q, first.0, &post, &mut options);
        }
        options
    }

    /// A second call after that of `first` (a place in the pool), with the posterior
    /// means since.
    fn second_calls(&self, q: &Query, first: usize, post: &[f64], options: &mut Options) {
        for &b in self.members.iter().filter(|&&b| b != first) {
            let value = self.posterior.best_of_two(post, q.dataset, first, b);
            let model = self.pool[b];
            options.add(value, q.g[model], Action::Call(model));
        }
    }

    /// The plans that call `first` (a place in the pool) and then do what is best
    /// after its answer.
    fn plans(&self, q: &Query, first: usize, options: &mut Options) {
        let model = self.pool[first];
        if q.scale <= 0.0 {
            // Without costs only the most valuable plan counts.
            let values = self
                .after(q, first)
                .map(|o| o.value.iter().copied().fold(f64::MIN, f64::max));
            options.add(
                values.iter().sum::<f64>() / BINS as f64,
                0.0,
                Action::Call(model),
            );
            return;
        }
        // Each innovation's best plan changes at alphas of its own.
        let mut changes: Vec<(f64, f64, f64)> = Vec::new();
        for after in self.after(q, first) {
            let (mut value, mut cost) = (0.0, 0.0);
            for step in after.rule().steps() {
                let (v, c) = (after.value[step.model], after.cost[step.model]);
                changes.push((step.alpha, v - value, c - cost));
                (value, cost) = (v, c);
            }
        }
        changes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut value, mut cost) = (0.0, 0.0);
        for (i, (alpha, v, c)) in changes.iter().enumerate() {
            value += v / BINS as f64;
            cost += c / BINS as f64;
            if changes.get(i + 1).is_none_or(|next| next.0 > *alpha) {
                options.add(value, q.g[model] + cost.max(0.0), Action::Call(model));
            }
        }
    }

    /// What may be done after each innovation of `first`.
    fn after(&self, q: &Query, first: usize) -> [Options; BINS] {
        let possible = self.posterior.possible(&q.pool_p, q.dataset, first);
        // The posterior means are lines in the innovation.
        let at = |e| (self.posterior).posterior(&q.pool_p, q.dataset, &[(first, e)]);
        let (at_0, at_1) = (at(0.0), at(1.0));
        possible.map(|e| {
            let post = at_0.iter().zip(&at_1).map(|(l, u)| l + e * (u - l));
            let post: Vec<f64> = post.collect();
            let mut options = Options::none(q.scale);
            options.add(post[first], 0.0, Action::Keep(self.pool[first]));
            self.second_calls(q, first, &post, &mut options);
            options
        })
    }
}

impl Caller for CascadeRouting {
    type Query = Query;

    fn queries(&self, batch: &Batch) -> Vec<Query> {
        let e = self.domain.estimate(batch);
        let x = dense::normalized(batch.x);
        let likeliest = self.domain.likeliest(x.view());
        likeliest
            .into_iter()
            .enumerate()
            .map(|(i, dataset)| Query::of(&e, i, dataset, &self.pool))
            .collect()
    }

    fn next(&self, query: &Query, heard: &[Heard], alpha: f64) -> Action {
        let options = self.options(query, heard);
        options.action[options.rule().decide(alpha)]
    }

    fn actions(&self, query: &Query, heard: &[Heard]) -> Vec<(f64, Action)> {
        let options = self.options(query, heard);
        let mut actions: Vec<(f64, Action)> = Vec::new();
        for step in options.rule().steps() {
            let action = options.action[step.model];
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
        let signals = match &self.lengths {
            _ if self.calls < 2 => Reads::Nothing,
            Some(_) => Reads::Length,
            None => Reads::Confidence,
        };
        Some(Needs {
            embedding: true,
            text: false,
            signals,
        })
    }

    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}

#[cfg(test)]
mod tests;
