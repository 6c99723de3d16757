//! length: the longer the prompt, the sooner the strong model.
//!
//! The length of a prompt is its number of tokens (tokens.rs: words, signs,
//! and characters of scripts without spaces; no tokenizer of any model).
//! P(strong wins) is the rank of the length among the train prompts, a tie
//! counting half:
//!
//! ```text
//! p = (#{train shorter} + #{train equal}/2) / N        strong from alpha = 1 − p on
//! ```
//!
//! so at alpha about the share alpha of queries like the train ones is strong.
//! Fit O(N log N), a query O(its length + log N). Fails where long is not
//! hard: templates, quoted documents. The usual heuristic baseline.

use crate::file::params::{Flag, Params, STRONG, WEAK};
use crate::kinds::single::pair;
use crate::router::{ByThreshold, Entry, Family, FitTime, Router, Shape, TwoModel};
use crate::summed::summing::{self, Summing};
use crate::summed::sums::Sums;
use crate::table::impute::Targets;
use crate::table::signals::Reads;
use crate::table::{Batch, Needs, Table};
use rayon::prelude::*;
use rb_learn::text::tokens;
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FLAGS: &[Flag] = &[STRONG, WEAK];

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "length",
    family: Family::Bound,
    about: "The longer the prompt, the sooner the strong model",
    help: "Counts a prompt's tokens (words and signs) and takes their rank among the train \
           prompts for P(strong wins): the longest queries go to the strong model first.",
    flags: FLAGS,
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| {
        Ok(Needs {
            embedding: false,
            text: true,
            signals: Reads::Nothing,
        })
    },
    fit,
    load,
};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Length {
    strong: usize,
    weak: usize,
    /// The distinct lengths of the train prompts, ascending.
    lengths: Vec<u64>,
    /// How many train prompts are at most as long, one a length, ascending.
    up_to: Vec<u64>,
}

impl Length {
    /// `counts`: how many prompts have each length.
    fn new(strong: usize, weak: usize, counts: BTreeMap<u64, u64>) -> Length {
        let mut sum = 0;
        Length {
            strong,
            weak,
            lengths: counts.keys().copied().collect(),
            up_to: counts
                .values()
                .map(|n| {
                    sum += n;
                    sum
                })
                .collect(),
        }
    }

    fn rank(&self, length: u64) -> f64 {
        let place = self.lengths.partition_point(|l| *l < length);
        let below = if place > 0 { self.up_to[place - 1] } else { 0 };
        let up_to = match self.lengths.get(place) {
            Some(l) if *l == length => self.up_to[place],
            _ => below,
        };
        let n = self.up_to.last().copied().unwrap_or(1);
        (below as f64 + up_to as f64) / 2.0 / n as f64
    }
}

fn length_of(text: &str) -> u64 {
    tokens::tokens(text).count() as u64
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    summing::fit(&Lengths(params.clone()), table, seed)
}

/// The router as a sum: how many prompts have each length, and the models' means.
pub fn summing(params: &Params, _: usize) -> Result<Box<dyn Summing>> {
    Ok(Box::new(Lengths(params.clone())))
}

struct Lengths(Params);

impl Summing for Lengths {
    fn places(&self) -> usize {
        1
    }
    fn lengths(&self, table: &Table) -> Vec<u64> {
        table.text.par_iter().map(|t| length_of(t)).collect()
    }
    fn finish(&self, sums: &Sums, means: &Targets, models: &[String]) -> Result<Box<dyn Router>> {
        let (strong, weak) = pair::strong_and_weak_of(models, means, &self.0)?;
        let length = Length::new(strong, weak, sums.lengths.clone());
        Ok(Box::new(ByThreshold(length)))
    }
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let length: Length = crate::file::state::read_state(state)?;
    pair::check(length.strong, length.weak, shape)?;
    let ascending = |v: &[u64]| v.windows(2).all(|w| w[0] < w[1]);
    let sound = length.lengths.len() == length.up_to.len()
        && ascending(&length.lengths)
        && ascending(&length.up_to)
        && length.up_to.first().is_some_and(|n| *n > 0);
    if sound {
        Ok(Box::new(ByThreshold(length)))
    } else {
        Err(Error::router_file(
            "the lengths of the train prompts are not in order; fit and save the router again",
        ))
    }
}

impl TwoModel for Length {
    fn p_strong(&self, batch: &Batch) -> Vec<f64> {
        batch.text.iter().map(|t| self.rank(length_of(t))).collect()
    }
    fn pair(&self) -> (usize, usize) {
        (self.strong, self.weak)
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rank_is_the_middle_of_the_ties() {
        let r = Length::new(1, 0, BTreeMap::from([(2, 1), (5, 2), (9, 1)]));
        let ranks: Vec<f64> = [1, 2, 3, 5, 9, 10].iter().map(|l| r.rank(*l)).collect();
        assert_eq!(ranks, [0.0, 0.125, 0.25, 0.5, 0.875, 1.0]);
    }

    #[test]
    fn longer_prompts_are_strong_at_lower_alphas() {
        let r = Length::new(1, 0, BTreeMap::from([(1, 1), (2, 1), (3, 1), (4, 1)]));
        let text: Vec<String> = ["one", "a b", "a, b"].map(String::from).to_vec();
        let x = ndarray::Array2::<f32>::zeros((3, 0));
        let batch = Batch {
            x: x.view(),
            text: &text,
            unit: &[1, 2, 3],
            signals: Default::default(),
            truth: None,
        };
        assert_eq!(r.p_strong(&batch), [0.125, 0.375, 0.625]);
        let strong = ByThreshold(r).decide(&batch, 0.5);
        let strong: Vec<usize> = strong.iter().map(|s| s.model).collect();
        assert_eq!(strong, [0, 0, 1]);
    }

    #[test]
    fn lengths_out_of_order_are_refused() {
        let shape = Shape { models: 2, dim: 0 };
        for state in [
            r#"{"strong":1,"weak":0,"lengths":[2,1],"up_to":[1,2]}"#,
            r#"{"strong":1,"weak":0,"lengths":[1,2],"up_to":[1]}"#,
            r#"{"strong":1,"weak":0,"lengths":[1,2],"up_to":[0,2]}"#,
            r#"{"strong":1,"weak":0,"lengths":[],"up_to":[]}"#,
            r#"{"strong":2,"weak":0,"lengths":[1],"up_to":[1]}"#,
        ] {
            assert!(load(state, shape).is_err(), "{state}");
        }
        assert!(load(
            r#"{"strong":1,"weak":0,"lengths":[1,2],"up_to":[1,2]}"#,
            shape
        )
        .is_ok());
    }
}
