//! fixed M: always the model M. The yardstick that every router must beat.

use crate::file::params::{Flag, Params};
use crate::kinds::single::pair;
use crate::router::{Entry, Estimates, Family, FitTime, Router, Shape, Steps};
use crate::summed::summing::{self, Summing};
use crate::summed::sums::Sums;
use crate::table::impute::Targets;
use crate::table::{Batch, Needs, Table};
use rb_record::error::{Error, Result};
use rb_record::policy::Step;
use serde::{Deserialize, Serialize};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "fixed",
    family: Family::Bound,
    about: "Always one model",
    help: "Answers every query with one model: --model M, or by default the one with the \
           best mean score on train (the best single).",
    flags: &[Flag {
        name: "model",
        value: "MODEL",
        default: "",
        help: "The model [default: the best mean score on train]",
    }],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::default()),
    fit,
    load,
};

#[derive(Debug, Serialize, Deserialize)]
struct Fixed {
    model: usize,
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    summing::fit(&ByMean(params.clone()), table, seed)
}

/// The router as a sum: the models' means tell the best single one.
pub fn summing(params: &Params, _: usize) -> Result<Box<dyn Summing>> {
    Ok(Box::new(ByMean(params.clone())))
}

struct ByMean(Params);

impl Summing for ByMean {
    fn places(&self) -> usize {
        1
    }
    fn finish(&self, _: &Sums, means: &Targets, models: &[String]) -> Result<Box<dyn Router>> {
        let model = match self.0.model("model", models)? {
            Some(model) => model,
            None => pair::best_on_train(means),
        };
        Ok(Box::new(Fixed { model }))
    }
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let fixed: Fixed = crate::file::state::read_state(state)?;
    if fixed.model >= shape.models {
        return Err(Error::router_file(format!(
            "the model's place is {}, expected less than {}",
            fixed.model, shape.models
        )));
    }
    Ok(Box::new(fixed))
}

impl Router for Fixed {
    fn routes(&self, batch: &Batch) -> Vec<Steps> {
        vec![vec![Step::of(0.0, self.model)]; batch.len()]
    }
    fn decide(&self, batch: &Batch, alpha: f64) -> Vec<Step<usize>> {
        vec![Step::of(alpha, self.model); batch.len()]
    }
    fn estimate(&self, _: &Batch) -> Option<Estimates> {
        None
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}
