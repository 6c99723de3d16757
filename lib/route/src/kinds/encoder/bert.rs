//! bert: RouterBench's and RouteLLM's classifier, here a linear head on the
//! embedding.
//!
//! Two forms. For all models: p = σ(W·x·√d + b), a probability a model, cross-entropy
//! with its score (graded ones as they are; unknown ones filled, impute.rs). With
//! `--strong` or `--weak`: softmax over three classes, the strong model wins, both
//! score the same, the weak model wins; P(strong wins) = 1 − p_tie − p_weak. Adam
//! from zero, stopped by a tenth of train held out. Expected costs: ridge (heads.rs).
//!
//! Fit O(epochs·N·d·K), a query O(d·K). Fails as all that see datasets only: what is
//! linear in the embedding is mostly which dataset a query is from.
//! Source: the BERT classifier of RouteLLM (Ong et al. 2024, arXiv 2406.18665) and of
//! RouterBench (Hu et al. 2024, arXiv 2403.12031), which fine-tune the encoder.

use super::plan;
use super::tune_flags;
use super::tuner::{self, Tuner};
use super::two_model_head::{self, Labels};
use crate::file::packed::Packed32;
use crate::file::params::{Params, STRONG_FORM, WEAK_FORM};
use crate::file::state;
use crate::guard;
use crate::kinds::guarded;
use crate::kinds::linear::heads::Heads;
use crate::kinds::single::pair;
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Family, FitTime, Router, Shape};
use crate::table::{impute, Batch, Table};
use rb_learn::dense;
use rb_learn::linear::Design;
use rb_neural::head::{Head, Link};
use rb_neural::tape;
use rb_record::error::Result;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "bert",
    family: Family::Published,
    about: "A classifier's head on the embedding: a probability a model, or who of two wins",
    help: "A linear head on the embedding gives every model's probability to answer well, by \
           cross-entropy with its score; cost by ridge. With --strong or --weak: three classes, \
           the strong model wins, a tie, the weak one wins, and a choice between the two.",
    flags: &[
        STRONG_FORM,
        WEAK_FORM,
        plan::epochs("200"),
        plan::rate("0.001"),
        guard::OFF,
        tune_flags::FINE_TUNE,
        tune_flags::MODEL_DIR,
        tune_flags::MAX_TOKENS,
        tune_flags::epochs("3"),
        tune_flags::RATE,
        tune_flags::batch("16"),
        tune_flags::CHECKPOINT,
    ],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |params| Ok(tune_flags::needs(params)),
    fit: |table, params, seed| {
        tuner::refuse(params)?;
        guarded::fit(table, params, seed, |t, p, s| fit(t, p, s, None))
    },
    load: |text, shape| guarded::load(text, shape, load),
};

const LABELS: Labels = Labels {
    classes: 3,
    strong: |class| class == 0,
};

/// Who wins, as one of the classes.
fn label(strong: f64, weak: f64) -> Vec<f32> {
    let class = match strong.total_cmp(&weak) {
        Ordering::Greater => 0,
        Ordering::Equal => 1,
        Ordering::Less => 2,
    };
    (0..3).map(|c| f32::from(u8::from(c == class))).collect()
}

fn head(shape: Shape) -> Head {
    Head {
        inputs: shape.dim,
        outputs: shape.models,
        link: Link::Sigmoid,
    }
}

pub(super) fn fit(
    table: &Table,
    params: &Params,
    seed: u64,
    tuner: Option<&mut Tuner>,
) -> Result<Box<dyn Router>> {
    if pair::is_asked(params) {
        let what = ("bert", LABELS);
        return two_model_head::fit(table, params, seed, what, label, tuner);
    }
    let plan = plan::of(params, seed, "bert")?;
    let targets = impute::targets(table);
    let x = dense::normalized(table.x.view());
    let shape = Shape {
        models: table.k(),
        dim: x.ncols(),
    };
    let y = plan::narrow(&targets.score);
    let rows = plan::rows(table, seed);
    let weights = head(shape).fit(&x, &y, &rows, plan);
    let (weights, x) = match tuner {
        Some(tuner) => tuner.head((head(shape), weights), &table.text, &y, &rows)?,
        None => (weights, x),
    };
    Ok(Box::new(ByEstimate(Bert {
        weights: Packed32::from_row(weights),
        cost: Heads::costs(&targets, &Design::Dense(x), 1.0),
        scale: targets.scale,
    })))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bert {
    /// W and b of the head, end to end.
    weights: Packed32,
    cost: Heads,
    scale: f64,
}

fn load(text: &str, shape: Shape) -> Result<Box<dyn Router>> {
    // Only the form for two models names them.
    if text.contains("\"strong\":") {
        return two_model_head::load(text, shape, LABELS);
    }
    let router: Bert = state::read_state(text)?;
    router
        .weights
        .check("the weights", 1, tape::count(&head(shape).shapes()))?;
    router.cost.check_costs(router.scale, shape)?;
    Ok(Box::new(ByEstimate(router)))
}

impl Estimator for Bert {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let x = dense::normalized(batch.x);
        let shape = Shape {
            models: self.weights.0.len() / (x.ncols() + 1),
            dim: x.ncols(),
        };
        let weights = self.weights.row().to_vec();
        let p = head(shape).predict(&weights, x.view());
        self.cost.beside(p, &Design::Dense(x), self.scale)
    }
    fn state(&self) -> Result<String> {
        state::write_state(self)
    }
}
