//! `--guard` for routers that leave the choice to the shared rule: what they
//! expect is guarded (guard.rs) by what fits without a fifth of train expect of it.
//! Five fits more than without.

use crate::file::params::Params;
use crate::file::state;
use crate::guard::{self, Guard};
use crate::router::{Estimates, Router, Shape, Steps};
use crate::table::{Batch, Needs, Table};
use crate::unseen::Unseen;
use ndarray::Array2;
use rayon::prelude::*;
use rb_learn::folds::{self, FOLDS};
use rb_record::error::{Error, Result};
use rb_record::policy::Step;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// As in a row of the table of routers.
pub type Fit = fn(&Table, &Params, u64) -> Result<Box<dyn Router>>;
/// As in a row of the table of routers.
pub type Load = fn(&str, Shape) -> Result<Box<dyn Router>>;

/// A router whose expectations are guarded.
struct Guarded {
    guard: Guard,
    router: Box<dyn Router>,
    /// By what it was chosen, in the order of the table; None: read from a file.
    unseen: Option<Estimates>,
}

/// Fits by `fit`, and guards it where the flag says so.
pub fn fit(table: &Table, params: &Params, seed: u64, fit: Fit) -> Result<Box<dyn Router>> {
    let router = fit(table, params, seed)?;
    if !guard::is_on(params)? {
        return Ok(router);
    }
    let unseen = out_of_fold(table, seed, |part| fit(part, params, seed))?;
    let guard = unseen.as_ref().and_then(|e| guard::choose(e, table));
    Ok(match guard {
        Some(guard) => Box::new(Guarded {
            guard,
            router,
            unseen,
        }),
        None => router,
    })
}

/// What routers that have not seen a row expect of it; None: too few prompts to
/// leave any out, or nothing is expected at all.
pub fn out_of_fold(
    table: &Table,
    seed: u64,
    fit: impl Fn(&Table) -> Result<Box<dyn Router>> + Sync,
) -> Result<Option<Estimates>> {
    let parts = folds::every(&table.folds(FOLDS, seed), FOLDS);
    let expected = parts
        .par_iter()
        .map(|(held, rest)| -> Result<Option<Estimates>> {
            let router = fit(&table.select(rest))?;
            Ok(router.estimate(&table.select(held).batch()))
        });
    let expected: Vec<Option<Estimates>> = expected.collect::<Result<_>>()?;
    let Some(expected) = expected.into_iter().collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    let scale = expected.iter().map(|e| e.scale / parts.len() as f64).sum();
    let (p, g): (Vec<Array2<f64>>, Vec<Array2<f64>>) =
        expected.into_iter().map(|e| (e.p, e.g)).unzip();
    let n = table.len();
    Ok((!parts.is_empty()).then(|| Estimates {
        p: folds::scatter(&parts, &p, n),
        g: folds::scatter(&parts, &g, n),
        scale,
    }))
}

/// Reads a state by `load`, guarded or not.
pub fn load(text: &str, shape: Shape, load: Load) -> Result<Box<dyn Router>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wire<'a> {
        guard: Guard,
        #[serde(borrow)]
        router: &'a RawValue,
    }
    if !text.starts_with("{\"guard\":") {
        return load(text, shape);
    }
    let wire: Wire = serde_json::from_str(text).map_err(|e| {
        Error::router_file(format!(
            "the state of a guarded router does not decode: {e}"
        ))
    })?;
    wire.guard.check(shape.models)?;
    Ok(Box::new(Guarded {
        guard: wire.guard,
        router: load(wire.router.get(), shape)?,
        unseen: None,
    }))
}

impl Guarded {
    fn expected(&self, batch: &Batch) -> Option<Estimates> {
        self.router.estimate(batch)
    }
}

impl Router for Guarded {
    fn routes(&self, batch: &Batch) -> Vec<Steps> {
        match self.expected(batch) {
            Some(e) => self.guard.steps(&e),
            None => self.router.routes(batch),
        }
    }
    fn decide(&self, batch: &Batch, alpha: f64) -> Vec<Step<usize>> {
        match self.expected(batch) {
            Some(e) => {
                let chosen = self.guard.decide(&e, alpha).into_iter();
                chosen.map(|m| Step::of(alpha, m)).collect()
            }
            None => self.router.decide(batch, alpha),
        }
    }
    fn estimate(&self, batch: &Batch) -> Option<Estimates> {
        self.expected(batch)
    }
    fn unseen(&self, fitted_on: &Table, seed: u64) -> Option<Vec<Steps>> {
        let unseen = Unseen {
            expected: Cow::Borrowed(self.unseen.as_ref()?),
            is_guarded: true,
        };
        Some(unseen.routes(fitted_on, seed))
    }
    fn rule(&self) -> Option<Option<&Guard>> {
        self.router.rule().map(|_| Some(&self.guard))
    }
    fn state(&self) -> Result<String> {
        let guard = state::write_state(&self.guard)?;
        let router = self.router.state()?;
        Ok(format!("{{\"guard\":{guard},\"router\":{router}}}"))
    }
    fn needs(&self) -> Option<Needs> {
        self.router.needs()
    }
}
