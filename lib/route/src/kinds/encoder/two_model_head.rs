//! A linear head on the embedding that tells how likely the strong model wins:
//! what llm-classifier, hybridllm and bert's form for two models share.

use super::plan;
use super::tuner::Tuner;
use crate::file::packed::Packed32;
use crate::file::params::Params;
use crate::file::state;
use crate::kinds::single::pair;
use crate::router::{ByThreshold, Router, Shape, TwoModel};
use crate::table::{impute, Batch, Table};
use ndarray::Array2;
use rb_learn::dense;
use rb_neural::head::{Head, Link};
use rb_neural::tape;
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The classes of a label, and which of them say that the strong model wins.
#[derive(Clone, Copy)]
pub(super) struct Labels {
    /// How many.
    pub(super) classes: usize,
    /// Whether a class says that the strong model wins.
    pub(super) strong: fn(usize) -> bool,
}

/// Trains on the queries on which both models' scores are known; `label`: from the
/// scores of the strong and the weak model to shares of the classes.
pub(super) fn fit(
    table: &Table,
    params: &Params,
    seed: u64,
    (name, labels): (&'static str, Labels),
    label: impl Fn(f64, f64) -> Vec<f32>,
    tuner: Option<&mut Tuner>,
) -> Result<Box<dyn Router>> {
    let plan = plan::of(params, seed, name)?;
    let targets = impute::targets(table);
    let (strong, weak) = pair::strong_and_weak(table, &targets, params)?;
    let both: Vec<usize> = both_known(table, strong, weak).map(|(i, _, _)| i).collect();
    let y: Vec<f32> = both_known(table, strong, weak)
        .flat_map(|(_, s, w)| label(s, w))
        .collect();
    if both.is_empty() {
        return Err(Error::input(format!(
            "no train query has the scores of both {} and {}; name other models with --strong and --weak",
            table.models[strong], table.models[weak]
        )));
    }
    let y = Array2::from_shape_vec((both.len(), labels.classes), y)
        .expect("a label has a number for each class");
    let both = table.select(&both);
    let head = Head {
        inputs: table.x.ncols(),
        outputs: labels.classes,
        link: Link::Softmax,
    };
    let x = dense::normalized(both.x.view());
    let rows = plan::rows(&both, seed);
    let mut weights = head.fit(&x, &y, &rows, plan);
    if let Some(tuner) = tuner {
        weights = tuner.head((head, weights), &both.text, &y, &rows)?.0;
    }
    Ok(Box::new(ByThreshold(TwoModelHead {
        state: State {
            strong,
            weak,
            weights: Packed32::from_row(weights),
        },
        labels,
        head,
    })))
}

/// Train queries on which both are known: row, score of the strong, of the weak.
pub(super) fn both_known(
    table: &Table,
    strong: usize,
    weak: usize,
) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
    let score = |i: usize, m: usize| table.score().get(i, m);
    (0..table.len()).filter_map(move |i| Some((i, score(i, strong)?, score(i, weak)?)))
}

/// Reads the state of such a router.
pub(super) fn load(text: &str, shape: Shape, labels: Labels) -> Result<Box<dyn Router>> {
    let state: State = state::read_state(text)?;
    pair::check(state.strong, state.weak, shape)?;
    let head = Head {
        inputs: shape.dim,
        outputs: labels.classes,
        link: Link::Softmax,
    };
    state
        .weights
        .check("the weights", 1, tape::count(&head.shapes()))?;
    Ok(Box::new(ByThreshold(TwoModelHead {
        state,
        labels,
        head,
    })))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    strong: usize,
    weak: usize,
    /// W and b of the head, end to end.
    weights: Packed32,
}

struct TwoModelHead {
    state: State,
    labels: Labels,
    head: Head,
}

impl TwoModel for TwoModelHead {
    fn p_strong(&self, batch: &Batch) -> Vec<f64> {
        let x = dense::normalized(batch.x);
        let weights = self.state.weights.row().to_vec();
        let p = self.head.predict(&weights, x.view());
        let wins = |row: ndarray::ArrayView1<f64>| -> f64 {
            let won = row
                .iter()
                .enumerate()
                .filter(|(c, _)| (self.labels.strong)(*c));
            won.map(|(_, p)| p).sum()
        };
        p.rows()
            .into_iter()
            .map(|r| wins(r).clamp(0.0, 1.0))
            .collect()
    }
    fn pair(&self) -> (usize, usize) {
        (self.state.strong, self.state.weak)
    }
    fn state(&self) -> Result<String> {
        state::write_state(&self.state)
    }
}
