//! agreement: models are called one after another until answers agree
//! (agreement-based cascading: Kolawole et al. 2024, arXiv 2407.02348).
//!
//! An ordered list of up to `--calls` models; as soon as `--agree` of those called
//! have given the same answer it is kept, the cheapest model that gave it standing
//! for it. At the end of the list the most credible answer is kept, by the weights
//! of credibility.rs. Lists are searched on train for all budgets at once.
//! Differences from the source: its levels are ensembles of fixed models with one
//! threshold each, here lists are searched, by dataset where that holds on
//! held-out queries, and the end is a weighted vote.
//!
//! Fails where answers are free text, of which no two are alike, and where models
//! fail together.

use crate::file::params::Flag;
use crate::kinds::answers::plans::Until;
use crate::kinds::answers::vote::{calls, CALLS_FLAG, POOL_FLAG};
use crate::router::{Entry, Family, FitTime};
use rb_record::error::Error;

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "agreement",
    family: Family::AfterCall,
    about: "Calls models in turn until some give the same answer",
    help: "Calls models in turn until --agree of them have given the same answer \
           (outcomes.MODEL.answer; equal texts are equal answers), else keeps the most credible \
           one, by weights learnt out of fold. Lists are the best under each budget on train, by \
           dataset where that holds on held-out queries.",
    flags: &[
        CALLS_FLAG,
        Flag {
            name: "agree",
            value: "N",
            default: "2",
            help: "So many equal answers end the calls: 2 to 5",
        },
        POOL_FLAG,
    ],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(super::NEEDS),
    fit: |table, params, seed| {
        let agree = params.count("agree", 2)?;
        if agree > 5 {
            return Err(Error::usage(format!("--agree is {agree}, expected 2 to 5")));
        }
        super::fit(
            table,
            calls(params)?,
            &[&[Until::Agree(agree)]],
            params.count("pool", 1)?,
            seed,
        )
    },
    load: super::load,
};
