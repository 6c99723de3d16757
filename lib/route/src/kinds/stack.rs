//! stack: other routers' expectations, added up with weights that are not negative.
//!
//! ```text
//! p(x,m) = p̄(x) + Σ_r w_r·(p_r(x,m) − mean over models of p_r(x,·))
//! w      = argmin over w ≥ 0 of Σ (s(x,m) − s̄(x) − Σ_r w_r·(p_r(x,m) − p̄_r(x)))²
//! ```
//!
//! Fitted on differences between models, since these alone decide a route: that a
//! query is hard is shared by all. p_r are those of fits that have not seen the
//! query. p̄ and the costs are the routers' own, in proportion to w. Stacked
//! regressions are Breiman's (1996, "Stacked regressions", weights that are not
//! negative among them); the differences are ours. Guarded (guard.rs) by default.
//!
//! Six fits of each router. Fails where its routers do: it cannot be better than
//! what they tell apart.

use crate::file::params::{Flag, Params};
use crate::file::state::{check_finite, read_state, write_state};
use crate::guard::{self, Guard};
use crate::kinds::cluster::{hiershrink, kmeans, knn};
use crate::kinds::guarded::out_of_fold;
use crate::kinds::linear::{domain, logistic, svm};
use crate::kinds::neural::{embedllm, irt, mlp};
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Family, FitTime, Router, Shape};
use crate::table::signals::Reads;
use crate::table::{impute, Batch, Needs, Table};
use crate::unseen::Unseen;
use ndarray::{Array1, Array2, Axis};
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "stack",
    family: Family::Start,
    about: "Adds up what other routers expect, with weights learnt out of fold",
    help: "Expected scores are a sum of the named routers', with weights that are not negative, \
           fitted out of fold on the differences between models. A router is named with its \
           flags: logistic:c=0.3.",
    flags: &[
        Flag {
            name: "of",
            value: "ROUTERS",
            default: "domain,logistic:c=0.3",
            help: "Routers that expect a score of each model, by commas; flags by colons \
                   (NAME:FLAG=VALUE)",
        },
        guard::FLAG,
    ],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |params| {
        let mut needs = Needs::default();
        for part in parts(params)? {
            let own = (part.entry.needs)(&part.params)?;
            needs.embedding |= own.embedding;
            needs.text |= own.text;
        }
        Ok(needs)
    },
    fit,
    load,
};

/// The routers that can be stacked: they expect a score of each model.
const STACKED: [&Entry; 9] = [
    &domain::ENTRY,
    &logistic::ENTRY,
    &hiershrink::ENTRY,
    &kmeans::ENTRY,
    &knn::ENTRY,
    &svm::ENTRY,
    &irt::ENTRY,
    &mlp::ENTRY,
    &embedllm::ENTRY,
];

/// One of the routers, and how it is fitted.
struct Part {
    entry: &'static Entry,
    params: Params,
}

struct Stack {
    parts: Vec<(Part, Box<dyn Router>)>,
    /// w, one a part.
    weights: Vec<f64>,
    guard: Option<Guard>,
    /// What was expected of the rows of train without them; None: nothing was, or it
    /// was read from a file.
    unseen: Option<Estimates>,
    /// Whether a guard was looked for.
    seeks_guard: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WirePart {
    kind: String,
    params: Params,
    state: Box<RawValue>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    of: Vec<WirePart>,
    weights: Vec<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guard: Option<Guard>,
}

fn named(name: &str) -> Option<&'static Entry> {
    STACKED.into_iter().find(|entry| entry.name == name)
}

/// `--of`, read.
fn parts(params: &Params) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for text in params.text("of").split(',') {
        let mut words = text.split(':').map(str::trim);
        let name = words.next().unwrap_or_default();
        let entry = named(name).ok_or_else(|| {
            let names = STACKED.map(|e| e.name).join(", ");
            Error::usage(format!(
                "--of names {name:?}, expected some of {names}, by commas"
            ))
        })?;
        let mut own = Params::defaults(entry.flags);
        // Guarded as a whole.
        own.0.insert(guard::FLAG.name.into(), "off".into());
        for word in words {
            let (flag, value) = word.split_once('=').unwrap_or((word, ""));
            if own.0.insert(flag.into(), value.into()).is_none() || value.is_empty() {
                let flags: Vec<&str> = entry.flags.iter().map(|f| f.name).collect();
                return Err(Error::usage(format!(
                    "--of has {word:?} for {name}, expected FLAG=VALUE with one of {}",
                    flags.join(", ")
                )));
            }
        }
        let needs = (entry.needs)(&own)?;
        debug_assert_eq!(needs.signals, Reads::Nothing);
        parts.push(Part { entry, params: own });
    }
    Ok(parts)
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let parts = parts(params)?;
    let no_scores = |part: &Part| {
        Error::usage(format!(
            "--of: {} chooses between two models with these flags and expects no score of each; leave them out",
            part.entry.name
        ))
    };
    let mut fitted = Vec::new();
    let mut expected = Vec::new();
    let mut is_unseen = true;
    for part in parts {
        let own = |table: &Table| (part.entry.fit)(table, &part.params, seed);
        let router = own(table)?;
        let seen = router
            .estimate(&table.batch())
            .ok_or_else(|| no_scores(&part))?;
        let unseen = out_of_fold(table, seed, own)?;
        is_unseen &= unseen.is_some();
        expected.push(unseen.unwrap_or(seen));
        fitted.push((part, router));
    }
    let weights = weights(&expected, &impute::targets(table).score);
    let expected = stacked(&expected, &weights);
    let seeks_guard = guard::is_on(params)?;
    let guard = if seeks_guard {
        guard::choose(&expected, table)
    } else {
        None
    };
    Ok(Box::new(ByEstimate(Stack {
        parts: fitted,
        weights,
        guard,
        unseen: is_unseen.then_some(expected),
        seeks_guard,
    })))
}

/// What sets each model apart on a query: values (n×K) less their mean.
fn differences(values: &Array2<f64>) -> Array2<f64> {
    let mean = row_means(values);
    values - &mean.insert_axis(Axis(1))
}

fn row_means(values: &Array2<f64>) -> Array1<f64> {
    values.sum_axis(Axis(1)) / values.ncols().max(1) as f64
}

/// w ≥ 0 by coordinate descent on the normal equations, a few numbers; where
/// nothing tells models apart, 1 for each.
fn weights(unseen: &[Estimates], score: &Array2<f64>) -> Vec<f64> {
    let wanted = differences(score);
    let d: Vec<Array2<f64>> = unseen.iter().map(|e| differences(&e.p)).collect();
    let product = |a: &Array2<f64>, b: &Array2<f64>| (a * b).sum();
    let gram: Vec<Vec<f64>> = d
        .iter()
        .map(|a| d.iter().map(|b| product(a, b)).collect())
        .collect();
    let right: Vec<f64> = d.iter().map(|a| product(a, &wanted)).collect();
    let mut w = vec![0.0; d.len()];
    for _ in 0..10_000 {
        let mut moved = 0.0f64;
        for r in 0..w.len() {
            if gram[r][r] <= 1e-12 {
                continue;
            }
            let others: f64 = (0..w.len())
                .filter(|&q| q != r)
                .map(|q| gram[r][q] * w[q])
                .sum();
            let new = ((right[r] - others) / gram[r][r]).max(0.0);
            moved = moved.max((new - w[r]).abs());
            w[r] = new;
        }
        if moved < 1e-12 {
            break;
        }
    }
    if w.iter().all(|w| *w <= 0.0) {
        w.fill(1.0 / d.len().max(1) as f64);
    }
    w
}

/// The weighted sum of expectations of the same queries.
fn stacked(of: &[Estimates], weights: &[f64]) -> Estimates {
    let all: f64 = weights.iter().sum();
    let mut sum = Estimates {
        p: Array2::zeros(of[0].p.dim()),
        g: Array2::zeros(of[0].p.dim()),
        scale: of[0].scale,
    };
    for (e, w) in of.iter().zip(weights).filter(|(_, w)| **w > 0.0) {
        let share = w / all;
        let level = row_means(&e.p) * share;
        sum.p += &(differences(&e.p) * *w + level.insert_axis(Axis(1)));
        sum.g += &(&e.g * share);
    }
    sum
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let wire: Wire = read_state(state)?;
    let fault = |what: String| Error::router_file(format!("{what}; fit and save the router again"));
    check_finite("a weight", &wire.weights)?;
    let sound = wire.weights.len() == wire.of.len()
        && wire.weights.iter().all(|w| *w >= 0.0)
        && wire.weights.iter().sum::<f64>() > 0.0;
    if !sound {
        return Err(fault("the weights of the routers are out of range".into()));
    }
    let mut parts = Vec::new();
    for part in wire.of {
        let entry = named(&part.kind)
            .ok_or_else(|| fault(format!("a router inside is {:?}", part.kind)))?;
        let own = Part {
            entry,
            params: part.params,
        };
        let reads = (entry.needs)(&own.params)
            .map_err(|e| fault(format!("{}: {}", entry.name, e.message)))?;
        let own_shape = Shape {
            dim: if reads.embedding { shape.dim } else { 0 },
            ..shape
        };
        let router = (entry.load)(part.state.get(), own_shape)?;
        parts.push((own, router));
    }
    if let Some(guard) = &wire.guard {
        guard.check(shape.models)?;
    }
    Ok(Box::new(ByEstimate(Stack {
        parts,
        weights: wire.weights,
        guard: wire.guard,
        unseen: None,
        seeks_guard: false,
    })))
}

impl Estimator for Stack {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let nothing = Array2::zeros((batch.len(), 0));
        let of: Vec<Estimates> = self
            .parts
            .iter()
            .map(|(part, router)| {
                let reads = (part.entry.needs)(&part.params).is_ok_and(|n| n.embedding);
                let own = if reads {
                    *batch
                } else {
                    Batch {
                        x: batch.x.slice_move(ndarray::s![.., 0..0]),
                        ..*batch
                    }
                };
                router.estimate(&own).unwrap_or_else(|| Estimates {
                    p: nothing.clone(),
                    g: nothing.clone(),
                    scale: 0.0,
                })
            })
            .collect();
        stacked(&of, &self.weights)
    }
    fn state(&self) -> Result<String> {
        let of = self.parts.iter().map(|(part, router)| {
            let state = RawValue::from_string(router.state()?)
                .map_err(|e| Error::router_file(format!("a state is no JSON: {e}")))?;
            Ok(WirePart {
                kind: part.entry.name.into(),
                params: part.params.clone(),
                state,
            })
        });
        write_state(&Wire {
            of: of.collect::<Result<_>>()?,
            weights: self.weights.clone(),
            guard: self.guard.clone(),
        })
    }
    fn guard(&self) -> Option<&Guard> {
        self.guard.as_ref()
    }
    fn unseen(&self, _: &Table, _: u64) -> Option<Unseen<'_>> {
        Some(Unseen {
            expected: Cow::Borrowed(self.unseen.as_ref()?),
            is_guarded: self.seeks_guard,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn expected(p: Array2<f64>) -> Estimates {
        Estimates {
            g: Array2::zeros(p.dim()),
            p,
            scale: 0.0,
        }
    }

    #[test]
    fn weights_are_those_of_least_squares_on_differences_and_never_negative() {
        // By hand: differences (1, −1)/2 and (1, 1)/2·(−1)^i, at right angles.
        let a = expected(array![[0.9, 0.1], [0.8, 0.0]]);
        let b = expected(array![[0.5, 0.1], [0.1, 0.5]]);
        let score = array![[1.0, 0.2], [0.4, 0.2]];
        let w = weights(&[a, b], &score);
        // s: ±.4 and ±.1; a: ±.4, ±.4; b: ±.2, ∓.2.
        assert!((w[0] - 0.625).abs() < 1e-9, "{w:?}");
        assert!((w[1] - 0.75).abs() < 1e-9, "{w:?}");
        let against = expected(array![[0.1, 0.9], [0.0, 0.8]]);
        let good = expected(array![[0.9, 0.1], [0.8, 0.0]]);
        assert_eq!(weights(&[against, good], &score)[0], 0.0);
        // Nothing told apart: the mean of all.
        let flat = || expected(array![[0.5, 0.5], [0.5, 0.5]]);
        assert_eq!(weights(&[flat(), flat()], &score), [0.5, 0.5]);
    }

    #[test]
    fn what_is_named_wrongly_is_told() {
        let with = |of: &str| {
            let mut params = Params::defaults(ENTRY.flags);
            params.0.insert("of".into(), of.into());
            parts(&params).map(|p| p.len())
        };
        assert_eq!(with("domain, knn:k=5").unwrap(), 2);
        for odd in ["", "stack", "domain,", "knn:k", "knn:z=1", "vote"] {
            let told = with(odd).unwrap_err().message;
            assert!(told.contains("--of"), "{odd}: {told}");
        }
    }
}
