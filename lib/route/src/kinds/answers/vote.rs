//! vote: several models are called, and the answer with the most weight is kept.
//!
//! Sets of up to `--calls` models; the models' weights are those of
//! credibility.rs, learnt out of fold, so a vote of two that fail together counts
//! less than one of two that fail apart, and a model alone may outweigh several.
//! Of those that gave the answer kept, the cheapest stands for it. Plurality among
//! samples of one model is self-consistency (Wang et al. 2023, arXiv 2203.11171);
//! weights by log odds are those of Nitzan and Paroush (1982, "Optimal decision
//! rules in uncertain dichotomous choice situations").
//!
//! All calls are paid for on every query: dear where one model is good enough.
//! Fails where answers are free text, of which no two are alike.

use crate::file::params::{Flag, Params};
use crate::kinds::answers::credibility::CALLS;
use crate::kinds::answers::plans::Until;
use crate::router::{Entry, Family, FitTime};
use rb_record::error::{Error, Result};

/// How many models may be called.
pub(super) const CALLS_FLAG: Flag = Flag {
    name: "calls",
    value: "N",
    default: "5",
    help: "The most models called for one query: 1 to 5",
};

/// How many models plans are searched among.
pub(super) const POOL_FLAG: Flag = Flag {
    name: "pool",
    value: "N",
    default: "16",
    help: "Search among this many models at most: the best, the cheapest, and those that are \
           right where these are not",
};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "vote",
    family: Family::AfterCall,
    about: "Calls several models and keeps the answer with the most weight",
    help: "Calls a set of models and keeps the answer (outcomes.MODEL.answer; equal texts are \
           equal answers) with the most weight: each model's weight, and what two models' \
           agreeing adds, are learnt out of fold. Sets are the best under each budget on train, \
           by dataset where that holds on held-out queries.",
    flags: &[CALLS_FLAG, POOL_FLAG],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(super::NEEDS),
    fit: |table, params, seed| {
        super::fit(
            table,
            calls(params)?,
            &[&[Until::All]],
            params.count("pool", 1)?,
            seed,
        )
    },
    load: super::load,
};

/// `--calls`.
pub(super) fn calls(params: &Params) -> Result<usize> {
    match params.count("calls", 1)? {
        calls if calls <= CALLS => Ok(calls),
        calls => Err(Error::usage(format!(
            "--calls is {calls}, expected 1 to {CALLS}"
        ))),
    }
}
