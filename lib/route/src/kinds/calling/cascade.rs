//! cascade: models are called one after another until an answer is accepted
//! (FrugalGPT: Chen, Zaharia and Zou 2023, arXiv 2305.05176).
//!
//! ```text
//! plan = (order of up to three models, θ)      the same for all queries
//! answer i is kept where its doubt d_i < θ_i, the last one always
//! ```
//!
//! Doubts are acceptance.rs's, on train out of fold, since the plans are chosen by
//! them. cascade_search.rs finds the best plan under every budget. Each such
//! plan has a quality and a cost on train, and alpha chooses among them by the
//! shared rule, argmax alpha·quality − (1 − alpha)·cost/G: the plans on the
//! upper hull, from the cheapest to the best; only these are kept. So steps are
//! at the same alphas for all queries, and differ in where a query stops.
//!
//! Fit: six fits of the scorer and O(K³·Q·N) for the search; a query O(K·dim +
//! plans). Fails where the best order depends on the query (every query starts
//! with the same model) and where signals say nothing of right and wrong.

use crate::file::params::{Flag, Params};
use crate::kinds::calling::acceptance::{Accept, Kind, Learner, KINDS};
use crate::kinds::calling::cascade_search::{search, shortlist, Plan, Train};
use crate::kinds::calling::{ByCalling, Caller};
use crate::kinds::single::pair;
use crate::router::{Action, Family, FitTime};
use crate::router::{Entry, Estimates, Router, Shape};
use crate::table::signals::Heard;
use crate::table::{impute, Batch, Needs, Table};
use rb_learn::dense;
use rb_learn::folds::{self, FOLDS};
use rb_record::error::{Error, Result};
use rb_record::policy::Expected;
use serde::{Deserialize, Serialize};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "cascade",
    family: Family::AfterCall,
    about: "FrugalGPT: calls up to three models in turn until an answer is accepted",
    help: "One ordered list of models for all queries; an answer is kept where its accept score \
           is high enough, else the next model is called too. Lists and thresholds are the best \
           under each budget on train. The accept score is a logistic scorer on the embedding \
           and on the confidence (outcomes.MODEL.confidence) and length \
           (outcomes.MODEL.completion_tokens) of the answer, fitted out of fold, or the \
           confidence itself.",
    flags: &[
        Flag {
            name: "accept",
            value: "WHAT",
            default: "both",
            help: "The accept score: both (scorer on embedding, confidence, length), scorer \
                   (embedding, length) or confidence (as it stands)",
        },
        Flag {
            name: "calls",
            value: "N",
            default: "3",
            help: "The most models called for one query: 1, 2 or 3",
        },
        Flag {
            name: "pool",
            value: "N",
            default: "16",
            help: "Search among this many models at most: the best, the cheapest, and those that \
                   are right where these are not",
        },
    ],
    oracle: false,
    fit_time: FitTime::Slower,
    needs: |params| {
        let kind = kind(params)?;
        Ok(Needs {
            embedding: kind != Kind::Confidence,
            text: false,
            signals: kind.reads(),
        })
    },
    fit,
    load,
};

/// The most models in a list.
const CALLS: usize = 3;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cascade {
    accept: Accept,
    /// By ascending cost and quality.
    plans: Vec<Plan>,
    /// G.
    scale: f64,
}

fn kind(params: &Params) -> Result<Kind> {
    let place = params.word("accept", &KINDS.map(|(name, _)| name))?;
    Ok(KINDS[place].1)
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let calls = params.count("calls", 1)?;
    if calls > CALLS {
        return Err(Error::usage(format!(
            "--calls is {calls}, expected 1, 2 or 3"
        )));
    }
    let targets = impute::targets(table);
    let learner = Learner::new(kind(params)?, table, &targets.score)?;
    let fold = table.folds(FOLDS, seed);
    let parts = folds::every(&fold, FOLDS);
    let accept = learner.fit(&(0..table.len()).collect::<Vec<_>>(), None);
    let doubt = learner.out_of_fold(&accept, &parts);
    let best = pair::best_on_train(&targets);
    let models = shortlist(
        &targets.score,
        &targets.mean_cost,
        best,
        params.count("pool", 1)?,
    );
    let train = Train {
        doubt: &doubt,
        score: &targets.score,
        cost: &targets.cost,
    };
    let mut cascade = Cascade {
        accept,
        plans: search(&train, &models, calls),
        scale: targets.scale,
    };
    // Only those on the hull are ever chosen.
    let (quality, cost) = cascade.expected();
    let steps = cascade.rule(&quality, &cost).steps();
    cascade.plans = steps
        .iter()
        .map(|step| cascade.plans[step.model].clone())
        .collect();
    Ok(Box::new(ByCalling(cascade)))
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: Cascade = crate::file::state::read_state(state)?;
    router.accept.check(shape.models, shape.dim)?;
    let sound = |plan: &Plan| {
        let mut distinct = plan.order.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let numbers = [plan.quality, plan.cost];
        (1..=CALLS).contains(&plan.order.len())
            && distinct.len() == plan.order.len()
            && distinct.iter().all(|&m| m < shape.models)
            && plan.thresholds.len() + 1 == plan.order.len()
            && plan
                .thresholds
                .iter()
                .chain(&numbers)
                .all(|v| v.is_finite())
    };
    if !router.plans.is_empty() && router.plans.iter().all(sound) && router.scale.is_finite() {
        Ok(Box::new(ByCalling(router)))
    } else {
        Err(Error::router_file(
        "there is no plan, or a plan's models or numbers are out of range; fit and save the router again",
    ))
    }
}

impl Cascade {
    /// Quality and cost of each plan.
    fn expected(&self) -> (Vec<f64>, Vec<f64>) {
        self.plans.iter().map(|p| (p.quality, p.cost)).unzip()
    }

    /// The shared rule, over plans.
    fn rule<'a>(&self, quality: &'a [f64], cost: &'a [f64]) -> Expected<'a> {
        Expected {
            p: quality,
            g: cost,
            scale: self.scale,
        }
    }

    /// What `plan` does after `heard`.
    fn action(&self, plan: &Plan, query: &[f64], heard: &[Heard]) -> Action {
        let Some(last) = heard.last() else {
            return Action::Call(plan.order[0]);
        };
        let accepted = match plan.thresholds.get(heard.len() - 1) {
            Some(theta) => self.accept.doubt(query, last.model, last.signal) < *theta,
            None => true,
        };
        // Another plan's calls are not this one's to go on with.
        let own = heard.iter().zip(&plan.order).all(|(h, m)| h.model == *m);
        match plan.order.get(heard.len()) {
            Some(&next) if own && !accepted => Action::Call(next),
            _ => Action::Keep(last.model),
        }
    }
}

impl Caller for Cascade {
    type Query = Vec<f64>;

    fn queries(&self, batch: &Batch) -> Vec<Vec<f64>> {
        match &self.accept {
            Accept::Confidence { .. } => vec![Vec::new(); batch.len()],
            scorer => scorer.of_queries(dense::normalized(batch.x).view()),
        }
    }

    fn next(&self, query: &Vec<f64>, heard: &[Heard], alpha: f64) -> Action {
        let (quality, cost) = self.expected();
        let plan = self.rule(&quality, &cost).decide(alpha);
        self.action(&self.plans[plan], query, heard)
    }

    fn actions(&self, query: &Vec<f64>, heard: &[Heard]) -> Vec<(f64, Action)> {
        let (quality, cost) = self.expected();
        let mut actions: Vec<(f64, Action)> = Vec::new();
        for step in self.rule(&quality, &cost).steps() {
            let action = self.action(&self.plans[step.model], query, heard);
            if actions.last().is_none_or(|last| last.1 != action) {
                actions.push((step.alpha, action));
            }
        }
        actions
    }

    fn estimate(&self, _: &Batch) -> Option<Estimates> {
        None
    }

    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}
