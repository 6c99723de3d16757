//! uncertainty: the weak model answers first, and the strong one is called
//! where the weak one is not sure of its answer.
//!
//! With c the weak model's confidence and its rank among the train queries, a
//! tie counting half:
//!
//! ```text
//! r = (#{train lower} + #{train equal}/2) / N      strong, after weak, from alpha = r on
//! ```
//!
//! so at alpha about the share alpha of queries like the train ones is
//! escalated, the least confident first. An escalated query pays for both. An
//! answer without a confidence has the middle rank 1/2: nothing is known of
//! it. Fit O(N log N), a query O(log N). Fails where a model is as sure of its
//! wrong answers as of its right ones, and where confidences of different
//! datasets mean different things: the rank is taken over all of train. The
//! usual cascade of two models by confidence (Varshney and Baral 2022,
//! arXiv 2210.05528, for language models).

use crate::file::packed::Packed64;
use crate::file::params::{Flag, Params, STRONG, WEAK};
use crate::kinds::calling::{ByCalling, Caller};
use crate::kinds::single::pair;
use crate::router::{Action, Family, FitTime};
use crate::router::{Entry, Estimates, Router, Shape};
use crate::table::signals::{Heard, Reads};
use crate::table::{Batch, Field, Needs, Table};
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};

const FLAGS: &[Flag] = &[STRONG, WEAK];

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "uncertainty",
    family: Family::AfterCall,
    about: "Weak first; strong too where weak is unsure",
    help: "Calls the weak model, then the strong one where the weak model's confidence \
           (outcomes.MODEL.confidence) has a low rank among its train confidences; an escalated \
           query pays for both. An answer without a confidence has the middle rank.",
    flags: FLAGS,
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| {
        Ok(Needs {
            embedding: false,
            text: false,
            signals: Reads::Confidence,
        })
    },
    fit,
    load,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Uncertainty {
    strong: usize,
    weak: usize,
    /// The weak model's train confidences, ascending.
    confidences: Packed64,
}

fn fit(table: &Table, params: &Params, _: u64) -> Result<Box<dyn Router>> {
    let targets = crate::table::impute::targets(table);
    let (strong, weak) = pair::strong_and_weak(table, &targets, params)?;
    let known = table.grid(Field::Confidence);
    let mut confidences: Vec<f64> = (0..table.len())
        .filter_map(|i| known.get(i, weak))
        .collect();
    if confidences.is_empty() {
        return Err(Error::input(format!(
            "no train query has outcomes.{}.confidence, which this router escalates by; import it, or name another model with --weak",
            table.models[weak]
        )));
    }
    confidences.sort_by(f64::total_cmp);
    Ok(Box::new(ByCalling(Uncertainty {
        strong,
        weak,
        confidences: Packed64::from_row(confidences),
    })))
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: Uncertainty = crate::file::state::read_state(state)?;
    pair::check(router.strong, router.weak, shape)?;
    let n = router.confidences.0.ncols();
    router.confidences.check("the confidences", 1, n)?;
    let row = router.confidences.row();
    let sorted = row.iter().zip(row.iter().skip(1)).all(|(a, b)| a <= b);
    if n > 0 && sorted {
        Ok(Box::new(ByCalling(router)))
    } else {
        Err(Error::router_file(
            "the confidences are none or not in order; fit and save the router again",
        ))
    }
}

impl Uncertainty {
    /// The alpha from which the query is escalated.
    fn rank(&self, confidence: Option<f64>) -> f64 {
        let (Some(c), Some(all)) = (confidence, self.confidences.0.as_slice()) else {
            return 0.5;
        };
        let lower = all.partition_point(|v| *v < c);
        let up_to = all.partition_point(|v| *v <= c);
        (lower + up_to) as f64 / 2.0 / all.len() as f64
    }
}

impl Caller for Uncertainty {
    type Query = ();

    fn queries(&self, batch: &Batch) -> Vec<()> {
        vec![(); batch.len()]
    }

    fn next(&self, _: &(), heard: &[Heard], alpha: f64) -> Action {
        match heard {
            [] => Action::Call(self.weak),
            [weak] if self.weak == self.strong || alpha < self.rank(weak.signal.confidence) => {
                Action::Keep(self.weak)
            }
            [_] => Action::Call(self.strong),
            _ => Action::Keep(self.strong),
        }
    }

    fn actions(&self, _: &(), heard: &[Heard]) -> Vec<(f64, Action)> {
        match heard {
            [] => vec![(0.0, Action::Call(self.weak))],
            [_] if self.weak == self.strong => vec![(0.0, Action::Keep(self.weak))],
            [weak] => match self.rank(weak.signal.confidence) {
                0.0 => vec![(0.0, Action::Call(self.strong))],
                from => vec![
                    (0.0, Action::Keep(self.weak)),
                    (from, Action::Call(self.strong)),
                ],
            },
            _ => vec![(0.0, Action::Keep(self.strong))],
        }
    }

    fn estimate(&self, _: &Batch) -> Option<Estimates> {
        None
    }

    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::table_builder::{self, Row};
    use rb_record::record::Outcome;

    /// The weak model is right where it is sure; the strong one always is.
    fn table() -> Table {
        let rows = (0..40).map(|i| {
            let (score, confidence) = (
                f64::from(i % 2),
                0.1 + 0.4 * f64::from(i % 2) + 0.01 * f64::from(i),
            );
            let outcome = |score, cost, confidence| Outcome {
                score: Some(score),
                cost: Some(cost),
                confidence,
                ..Outcome::default()
            };
            Row {
                id: format!("q{i:02}"),
                dataset: String::new(),
                unit: i as u64,
                text: String::new(),
                x: Vec::new(),
                outcomes: vec![
                    ("strong".into(), outcome(1.0, 5.0, None)),
                    (
                        "weak".into(),
                        outcome(score, 1.0, (i != 7).then_some(confidence)),
                    ),
                ],
            }
        });
        table_builder::table(rows.collect())
    }

    fn params() -> Params {
        Params::defaults(FLAGS)
    }

    #[test]
    fn where_confidence_tells_right_from_wrong_half_the_escalations_bring_all_the_gain() {
        let table = table();
        let router = fit(&table, &params(), 0).unwrap();
        let steps = router.decide(&table.batch(), 0.5);
        let right = (0..40).filter(|&i| table.score().get(i, steps[i].model) == Some(1.0));
        // Only the answer without a confidence is escalated for nothing.
        assert_eq!(right.count(), 40);
        let both = steps.iter().filter(|s| s.calls() == [1, 0]).count();
        assert_eq!(both, 20 + 1);
        assert!(steps.iter().all(|s| s.calls()[0] == 1));
    }

    #[test]
    fn without_confidences_of_the_weak_model_there_is_nothing_to_fit() {
        let mut params = params();
        params.0.insert("weak".into(), "strong".into());
        let fault = fit(&table(), &params, 0).err().unwrap();
        assert!(
            fault.message.contains("outcomes.strong.confidence"),
            "{fault}"
        );
    }
}
