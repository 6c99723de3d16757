//! How long and on which rows the neural routers train: their flags, and a tenth of
//! train held out to stop by, by prompt and stratified by dataset.

use crate::file::params::{Flag, Params};
use crate::table::Table;
use ndarray::Array2;
use rb_learn::folds;
use rb_neural::training::{Plan, Rows};
use rb_record::error::Result;
use rb_record::hash;

const HELD_OUT: usize = 10;
/// Passes without a gain that end the training.
const PATIENCE: usize = 10;
/// Queries of a mini-batch.
const BATCH: usize = 64;

/// `--epochs`, with its default.
pub(super) const fn epochs(default: &'static str) -> Flag {
    Flag {
        name: "epochs",
        value: "N",
        default,
        help: "The most passes over train; they end when ten in a row gain nothing on a tenth held out",
    }
}

/// `--rate`, with its default.
pub(super) const fn rate(default: &'static str) -> Flag {
    Flag {
        name: "rate",
        value: "R",
        default,
        help: "Adam's learning rate",
    }
}

/// By the flags; `name` keeps the draws of routers apart.
pub(super) fn of(params: &Params, seed: u64, name: &str) -> Result<Plan> {
    plan(params, seed, name, params.count("epochs", 1)?)
}

fn plan(params: &Params, seed: u64, name: &str, epochs: usize) -> Result<Plan> {
    Ok(Plan {
        epochs,
        rate: params.number("rate", 0.0, 1.0)?,
        batch: BATCH,
        patience: PATIENCE,
        seed: hash::seed(seed, name),
    })
}

/// All rows train where none can be held out.
pub(super) fn rows(table: &Table, seed: u64) -> Rows {
    let fold = table.folds(HELD_OUT, hash::seed(seed, "neural held out"));
    let (held, train) = folds::parts(&fold, 0);
    if held.is_empty() || train.is_empty() {
        Rows {
            train: (0..table.len()).collect(),
            held: Vec::new(),
        }
    } else {
        Rows { train, held }
    }
}

/// Scores as the networks take them.
pub(super) fn narrow(scores: &Array2<f64>) -> Array2<f32> {
    scores.mapv(|v| v as f32)
}

/// The same for a number of mini-batches rather than of passes, over `rows`.
pub(super) fn by_steps(
    params: &Params,
    seed: u64,
    name: &str,
    steps: usize,
    rows: usize,
) -> Result<Plan> {
    let a_pass = rows.div_ceil(BATCH).max(1);
    plan(params, seed, name, steps.div_ceil(a_pass))
}
