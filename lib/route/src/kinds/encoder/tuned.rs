//! Routers whose encoder was tuned: they read prompts, make vectors of them, and are
//! in all else the router on frozen vectors.
//!
//! A fit first trains the head on the vectors of the encoder as it came, then both
//! together (Kumar et al. 2022, arXiv 2202.10054: linear probing, then fine-tuning);
//! costs by ridge on the tuned vectors.

use super::tuner::Tuner;
use super::{bert, hybridllm, routerdc, tune_flags};
use crate::file::params::Params;
use crate::file::tuning::Tuning;
use crate::guard::{self, Guard};
use crate::router::{Account, Action, Entry, Estimates, Router, Shape, Steps};
use crate::table::{Batch, Table};
use rb_neural::encoder::model::Encoder;
use rb_neural::encoder::tuning;
use rb_record::error::{Error, Result};
use rb_record::hash;
use rb_record::policy::Step;

/// Fits on a table whose vectors are those of the encoder as it is, and tunes it.
type Tune = fn(&Table, &Params, u64, Option<&mut Tuner>) -> Result<Box<dyn Router>>;

/// The routers that can tune their encoder.
const TUNED: [(&str, Tune); 3] = [
    ("bert", bert::fit),
    ("hybridllm", hybridllm::fit),
    ("routerdc", routerdc::fit),
];

/// Fits a router of the row `entry`, and tunes its encoder.
pub fn fit(
    entry: &Entry,
    table: &Table,
    params: &Params,
    seed: u64,
    tuning: &Tuning,
) -> Result<Box<dyn Router>> {
    let Some((_, tune)) = TUNED.iter().find(|(name, _)| *name == entry.name) else {
        let all = TUNED.map(|(name, _)| name).join(", ");
        return Err(Error::usage(format!(
            "{} has no encoder to tune, only {all} have",
            entry.name
        )));
    };
    if params.optional(guard::OFF.name).is_some() && guard::is_on(params)? {
        return Err(Error::usage(
            "--guard would tune the encoder five times more; leave it or --fine-tune out",
        ));
    }
    let most = params.count(tune_flags::MAX_TOKENS.name, 3)?;
    let (mut encoder, base) = tuning.encoder(most)?;
    let plan = tuning::Plan {
        epochs: params.count("tune-epochs", 1)?,
        rate: params.number(tune_flags::RATE.name, 0.0, 1.0)?,
        batch: params.count("tune-batch", 1)?,
        seed: hash::seed(seed, "fine-tune"),
    };
    let all = format!("{} {seed} {base} {params:?} {}", entry.name, table.digest());
    let watch = tuning.watch(hash::digest(all.as_bytes()))?;
    let x = encoder.embed(&table.text);
    let table = Table { x, ..table.clone() };
    let mut tuner = Tuner {
        encoder: &mut encoder,
        plan,
        watch: &watch,
    };
    let router = tune(&table, params, seed, Some(&mut tuner))?;
    Ok(Box::new(Tuned { encoder, router }))
}

/// Reads a router of the row `entry` with the bytes of its encoder's file.
pub fn load(entry: &Entry, state: &str, models: usize, bytes: &[u8]) -> Result<Box<dyn Router>> {
    let encoder = Encoder::read(bytes).map_err(Error::router_file)?;
    let shape = Shape {
        models,
        dim: encoder.width(),
    };
    let router = (entry.load)(state, shape)?;
    Ok(Box::new(Tuned { encoder, router }))
}

struct Tuned {
    encoder: Encoder,
    /// On the encoder's vectors.
    router: Box<dyn Router>,
}

impl Tuned {
    fn seen<T>(&self, batch: &Batch, see: impl FnOnce(&dyn Router, &Batch) -> T) -> T {
        let x = self.encoder.embed(batch.text);
        let batch = Batch {
            x: x.view(),
            ..*batch
        };
        see(&*self.router, &batch)
    }
}

impl Router for Tuned {
    fn routes(&self, batch: &Batch) -> Vec<Steps> {
        self.seen(batch, |router, batch| router.routes(batch))
    }
    fn decide(&self, batch: &Batch, alpha: f64) -> Vec<Step<usize>> {
        self.seen(batch, |router, batch| router.decide(batch, alpha))
    }
    fn converse(&self, batch: &Batch, alpha: f64, answered: &[Vec<bool>]) -> Vec<Action> {
        self.seen(batch, |router, batch| {
            router.converse(batch, alpha, answered)
        })
    }
    fn estimate(&self, batch: &Batch) -> Option<Estimates> {
        self.seen(batch, |router, batch| router.estimate(batch))
    }
    fn rule(&self) -> Option<Option<&Guard>> {
        self.router.rule()
    }
    fn accounts(&self, batch: &Batch, alpha: f64) -> Option<Vec<Account>> {
        self.seen(batch, |router, batch| router.accounts(batch, alpha))
    }
    fn state(&self) -> Result<String> {
        self.router.state()
    }
    fn beside(&self) -> Option<Vec<u8>> {
        Some(self.encoder.file())
    }
}
