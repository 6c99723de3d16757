//! hybrid: the weak model answers first; what the query looks like and how
//! sure the weak model is of its answer decide together whether to call the
//! strong one.
//!
//! p are the scores that domain (domain.rs) expects, out of fold on train, d
//! the likeliest dataset, c the weak model's confidence, and L = −ln(1 − c +
//! 1e−6)/ln 1e6. One logistic regression gives the gain of calling on:
//!
//! ```text
//! (1 + gain)/2 = σ(b + f·u + f·u_d)     f = (1, logit p_w, c, L, L², logit (1 + p_s − p_w)/2)
//! min ½‖u‖² + C·Σ loss(y, z)            y = (1 + s_strong − s_weak)/2, a soft label
//! strong, after weak, from alpha = k/(k + gain) on where gain > 0        k = g_s/G
//! ```
//!
//! which is the shared rule for what is still to be paid: gain against g_s, so
//! the answers are taken up in the order of gain for each dollar. Where the
//! weak model is expected to be no worse its answer is kept at every alpha. An
//! escalated query pays for both. Without costs k = 1: in the order of the
//! gain. C is the one of 0.01, 0.1, 1 with the least squared error of the gain
//! out of fold; b is not penalised, and u_d is shrunk to nothing where a dataset
//! has few queries.
//!
//! A confidence that is not known says nothing: gain = p_s − p_w; so for all
//! queries where train has one prompt only. No confidence of the weak model on
//! train at all is refused. Fit: domain's, which has expected something of
//! each train row without it, and O(iterations·N); a query costs what domain's does.
//! Fails where the weak model is useless, since it is always paid for. Source: our
//! own, of the usual two (a classifier before, a confidence after); no published
//! code.

use crate::file::packed::Packed64;
use crate::file::params::{Flag, Params, STRONG, WEAK};
use crate::kinds::calling::cascade_routing::innovation::{logit, own_features, OWN};
use crate::kinds::calling::{ByCalling, Caller};
use crate::kinds::linear::domain::Domain;
use crate::kinds::linear::domain_priors::{self, DomainPriors};
use crate::kinds::single::pair;
use crate::router::{Action, Family, FitTime};
use crate::router::{Entry, Estimates, Estimator, Router, Shape};
use crate::table::signals::{Heard, Reads};
use crate::table::{impute, Batch, Field, Needs, Table};
use rb_learn::axis_ridge::least;
use rb_learn::dense;
use rb_learn::folds::{self, FOLDS};
use rb_learn::linear::{self, Csr, Design, Loss};
use rb_record::error::{Error, Result};
use rb_record::policy::Expected;
use serde::{Deserialize, Serialize};

const FLAGS: &[Flag] = &[STRONG, WEAK];

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "hybrid",
    family: Family::AfterCall,
    about: "Weak first; strong too where domain and confidence together say so",
    help: "Calls the weak model; a logistic regression on what the router domain expects of both \
           models and on the weak model's confidence (outcomes.MODEL.confidence) tells how much \
           better the strong model will be, and it is called where that is worth its expected \
           cost. An escalated query pays for both. An answer without a confidence is judged by \
           domain alone.",
    oracle: false,
    fit_time: FitTime::Slower,
    flags: FLAGS,
    needs: |_| {
        Ok(Needs {
            embedding: true,
            text: false,
            signals: Reads::Confidence,
        })
    },
    fit,
    load,
};

/// The strengths C tried, the strongest penalty first.
const STRENGTHS: [f64; 3] = [0.01, 0.1, 1.0];
/// Features of the weak model's answer and of the strong model.
const WIDTH: usize = OWN + 1;
/// A label that is the same for all is taken to be no surer than this.
const SURE: f64 = 1e-3;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hybrid {
    strong: usize,
    weak: usize,
    domain: Domain,
    /// 1 × WIDTH·(1 + D): b, u, then u_d of each dataset. null: nothing was
    /// learnt beside domain.
    answer: Option<Packed64>,
}

/// What is known of a query before the weak model's answer.
struct Query {
    p_strong: f64,
    p_weak: f64,
    dataset: usize,
    /// What the strong model costs, in units of G.
    k: f64,
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let targets = impute::targets(table);
    let (strong, weak) = pair::strong_and_weak(table, &targets, params)?;
    let known = table.grid(Field::Confidence);
    if known.known(weak) == 0 {
        return Err(Error::input(format!(
            "no train query has outcomes.{}.confidence, which this router escalates by; import it, or name another model with --weak",
            table.models[weak]
        )));
    }
    let fold = table.folds(FOLDS, seed);
    let has_folds = !folds::every(&fold, FOLDS).is_empty();
    let (domain, DomainPriors { p, dataset }) = domain_priors::learn(table, seed);
    let answer = (has_folds && weak != strong).then(|| {
        let mut answers = Answers {
            datasets: domain.classes(),
            ..Answers::default()
        };
        for (i, (&dataset, &fold)) in dataset.iter().zip(&fold).enumerate() {
            let Some(c) = known.get(i, weak) else {
                continue;
            };
            let (strong, weak) = ([i, strong], [i, weak]);
            answers.features.push(features(p[strong], p[weak], c));
            answers.dataset.push(dataset);
            answers.fold.push(fold);
            let gain = targets.score[strong] - targets.score[weak];
            answers.label.push((1.0 + gain) / 2.0);
        }
        Packed64::from_row(answers.learn())
    });
    Ok(Box::new(ByCalling(Hybrid {
        strong,
        weak,
        domain,
        answer,
    })))
}

fn features(p_strong: f64, p_weak: f64, c: f64) -> [f64; WIDTH] {
    let [one, weak, c, l, square] = own_features(p_weak, c);
    [
        one,
        weak,
        c,
        l,
        square,
        logit((1.0 + p_strong - p_weak) / 2.0),
    ]
}

/// f·(u + u_d) of weights b, u, u_d.
fn logit_of(f: &[f64; WIDTH], dataset: usize, u: &[f64]) -> f64 {
    let own = &u[WIDTH * (1 + dataset)..];
    f.iter()
        .zip(u.iter().zip(own))
        .map(|(f, (u, d))| f * (u + d))
        .sum()
}

/// The weak model's train answers that told a confidence.
#[derive(Default)]
struct Answers {
    features: Vec<[f64; WIDTH]>,
    dataset: Vec<usize>,
    datasets: usize,
    label: Vec<f64>,
    /// The fold of each.
    fold: Vec<usize>,
}

impl Answers {
    /// b, u and u_d at the strength that errs least out of fold.
    fn learn(&self) -> Vec<f64> {
        let all: Vec<usize> = (0..self.label.len()).collect();
        let errors = STRENGTHS.map(|c| {
            let of_fold = |(held, rest): &(Vec<usize>, Vec<usize>)| {
                let u = self.fit(rest, c);
                let off = |&i: &usize| {
                    let z = logit_of(&self.features[i], self.dataset[i], &u);
                    (linear::sigmoid(z) - self.label[i]).powi(2)
                };
                held.iter().map(off).sum::<f64>()
            };
            folds::every(&self.fold, FOLDS)
                .iter()
                .map(of_fold)
                .sum::<f64>()
        });
        self.fit(&all, STRENGTHS[least(&errors)])
    }

    fn fit(&self, rows: &[usize], c: f64) -> Vec<f64> {
        let label: Vec<f64> = rows.iter().map(|&i| self.label[i]).collect();
        let width = WIDTH * (1 + self.datasets);
        if label.iter().all(|v| *v == label[0]) {
            let mut alike = vec![0.0; width];
            let label = label[0].clamp(SURE, 1.0 - SURE);
            alike[0] = (label / (1.0 - label)).ln();
            return alike;
        }
        let sparse = |&i: &usize| {
            let own = WIDTH * (1 + self.dataset[i]);
            // The constant of all is the intercept, which is not penalised.
            let places = (1..WIDTH).chain(own..own + WIDTH);
            places
                .map(|j| (j as u32, self.features[i][j % WIDTH]))
                .collect()
        };
        let x = Design::Sparse(Csr::of(rows.iter().map(sparse).collect(), width));
        let mut fitted = linear::fit(&x, &label, Loss::Logistic, c);
        fitted.weights[0] = fitted.intercept;
        fitted.weights
    }
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: Hybrid = crate::file::state::read_state(state)?;
    pair::check(router.strong, router.weak, shape)?;
    router.domain.check(shape)?;
    if let Some(answer) = &router.answer {
        let width = WIDTH * (1 + router.domain.classes());
        answer.check("the weights of the confidence", 1, width)?;
    }
    Ok(Box::new(ByCalling(router)))
}

impl Hybrid {
    /// How much better the strong model is expected to be, −1..1, once the
    /// weak one has told its confidence.
    fn gain(&self, q: &Query, confidence: Option<f64>) -> f64 {
        let learnt = self.answer.as_ref().and_then(|a| a.0.as_slice());
        let (Some(c), Some(u)) = (confidence, learnt) else {
            return q.p_strong - q.p_weak;
        };
        let f = features(q.p_strong, q.p_weak, c);
        2.0 * linear::sigmoid(logit_of(&f, q.dataset, u)) - 1.0
    }

    /// What may be done once the weak model has answered: nothing, or more.
    fn options(&self, q: &Query, weak: &Heard) -> ([f64; 2], [f64; 2]) {
        ([0.0, self.gain(q, weak.signal.confidence)], [0.0, q.k])
    }

    fn action(&self, option: usize) -> Action {
        match option {
            0 => Action::Keep(self.weak),
            _ => Action::Call(self.strong),
        }
    }
}

fn rule<'a>((p, g): &'a ([f64; 2], [f64; 2])) -> Expected<'a> {
    Expected { p, g, scale: 1.0 }
}

impl Caller for Hybrid {
    type Query = Query;

    fn queries(&self, batch: &Batch) -> Vec<Query> {
        let e = self.domain.estimate(batch);
        let likeliest = self.domain.likeliest(dense::normalized(batch.x).view());
        let of = |(i, dataset): (usize, usize)| Query {
            p_strong: e.p[[i, self.strong]],
            p_weak: e.p[[i, self.weak]],
            dataset,
            k: if e.scale > 0.0 {
                e.g[[i, self.strong]] / e.scale
            } else {
                1.0
            },
        };
        likeliest.into_iter().enumerate().map(of).collect()
    }

    fn next(&self, query: &Query, heard: &[Heard], alpha: f64) -> Action {
        match heard {
            [] => Action::Call(self.weak),
            [_] if self.weak == self.strong => Action::Keep(self.weak),
            [weak] => self.action(rule(&self.options(query, weak)).decide(alpha)),
            _ => Action::Keep(self.strong),
        }
    }

    fn actions(&self, query: &Query, heard: &[Heard]) -> Vec<(f64, Action)> {
        match heard {
            [weak] if self.weak != self.strong => rule(&self.options(query, weak))
                .steps()
                .iter()
                .map(|s| (s.alpha, self.action(s.model)))
                .collect(),
            // Before and after, the same at every alpha.
            _ => vec![(0.0, self.next(query, heard, 0.0))],
        }
    }

    fn estimate(&self, batch: &Batch) -> Option<Estimates> {
        Some(self.domain.estimate(batch))
    }

    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}

#[cfg(test)]
#[path = "hybrid_tests.rs"]
mod tests;
