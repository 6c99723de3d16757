//! hybridllm: will the weak model's answer be as good as the strong one's?
//!
//! Model: softmax over (no, yes) of a linear head on the embedding (head.rs); the
//! weak model is kept where yes is likely. Labels y of a query:
//!
//! ```text
//! det    1 where s_weak ≥ s_strong − margin, else 0
//! prob   the share of pairs of samples in which the weak one is no worse; of scores
//!        that are shares of right samples: 1 − s_strong·(1 − s_weak)
//! trans  det with the margin t* of a grid of 50 from 0 to the largest gap that makes
//!        the labels tell most: it maximises 2·p·(1 − p), p the mean label
//! ```
//!
//! Where every known score of the two is 0 or 1 there is one sample a model: prob
//! would equal det and every margin below 1 gives the labels of det, so both are
//! refused. Objective: cross-entropy with y, Adam, stopped by a tenth of train held
//! out. Fit O(epochs·N·d), a query O(d). Fails where few queries need the strong
//! model. Source: Hybrid LLM (Ding et al. 2024, arXiv 2404.14618), which fine-tunes
//! DeBERTa and has ten samples a model: there trans takes its labels over the
//! samples, here over the scores, whose samples are not kept.

use super::plan;
use super::tune_flags;
use super::tuner::{self, Tuner};
use super::two_model_head::{self, Labels};
use crate::file::params::{Flag, Params, STRONG, WEAK};
use crate::kinds::single::pair;
use crate::router::{Entry, Family, FitTime, Router};
use crate::table::{impute, Table};
use rb_record::error::{Error, Result};

const KINDS: [&str; 3] = ["det", "prob", "trans"];

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "hybridllm",
    family: Family::Published,
    about: "Whether the weak model will be as good as the strong one, by a head on the embedding",
    help: "A linear head on the embedding tells whether the weak model's score will be no less \
           than the strong one's less a margin. --labels prob takes the share of pairs of samples \
           and needs scores that are means of several, --labels trans finds the margin at which \
           the labels tell most and needs graded scores.",
    flags: &[
        STRONG,
        WEAK,
        Flag {
            name: "labels",
            value: "WHICH",
            default: "det",
            help: "What the head learns: det, prob or trans",
        },
        Flag {
            name: "margin",
            value: "T",
            default: "0",
            help: "By how much the weak model's score may be lower (det)",
        },
        plan::epochs("200"),
        plan::rate("0.001"),
        tune_flags::FINE_TUNE,
        tune_flags::MODEL_DIR,
        tune_flags::MAX_TOKENS,
        tune_flags::epochs("5"),
        tune_flags::RATE,
        tune_flags::batch("16"),
        tune_flags::CHECKPOINT,
    ],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |params| {
        params.word("labels", &KINDS)?;
        Ok(tune_flags::needs(params))
    },
    fit: |table, params, seed| {
        tuner::refuse(params)?;
        fit(table, params, seed, None)
    },
    load: |text, shape| two_model_head::load(text, shape, LABELS),
};

/// Points of trans' grid.
const GRID: usize = 50;

const LABELS: Labels = Labels {
    classes: 2,
    strong: |class| class == 0,
};

/// (no, yes) of how likely yes is.
fn shares(yes: f64) -> Vec<f32> {
    vec![(1.0 - yes) as f32, yes as f32]
}

pub(super) fn fit(
    table: &Table,
    params: &Params,
    seed: u64,
    tuner: Option<&mut Tuner>,
) -> Result<Box<dyn Router>> {
    let margin = params.number("margin", 0.0, 1.0)?;
    let targets = impute::targets(table);
    let (strong, weak) = pair::strong_and_weak(table, &targets, params)?;
    let known: Vec<(f64, f64)> = two_model_head::both_known(table, strong, weak)
        .map(|(_, s, w)| (s, w))
        .collect();
    let kind = KINDS[params.word("labels", &KINDS)?];
    if kind != "det"
        && known
            .iter()
            .all(|(s, w)| s.fract() == 0.0 && w.fract() == 0.0)
    {
        let why = match kind {
            "prob" => "there is one sample a model, and prob would equal det; join several runs with rb-import --repeats mean",
            _ => "every margin below 1 gives the labels of det",
        };
        return Err(Error::input(format!(
            "all scores of {} and {} are 0 or 1: {why}, or take --labels det",
            table.models[strong], table.models[weak]
        )));
    }
    let mut tuner = tuner;
    let mut learn = |label: &dyn Fn(f64, f64) -> f64| {
        let label = |s, w| shares(label(s, w));
        let what = ("hybridllm", LABELS);
        two_model_head::fit(table, params, seed, what, label, tuner.take())
    };
    match kind {
        "prob" => learn(&|s, w| 1.0 - s * (1.0 - w)),
        "trans" => {
            let t = most_telling(&known);
            learn(&|s, w| enough(s, w, t))
        }
        _ => learn(&|s, w| enough(s, w, margin)),
    }
}

/// 1 where the weak model is no worse than `margin` below, in numbers that JSON
/// writes and reads: a gap of the margin itself is allowed.
fn enough(strong: f64, weak: f64, margin: f64) -> f64 {
    f64::from(u8::from(weak >= strong - margin - 1e-9))
}

/// The margin at which the mean label p maximises 2·p·(1 − p); the least of equals.
fn most_telling(known: &[(f64, f64)]) -> f64 {
    let largest = known.iter().map(|(s, w)| s - w).fold(0.0, f64::max);
    let mut best = (f64::MIN, 0.0);
    for step in 0..GRID {
        let t = largest * step as f64 / (GRID - 1) as f64;
        let labels: f64 = known.iter().map(|&(s, w)| enough(s, w, t)).sum();
        let p = labels / known.len().max(1) as f64;
        if 2.0 * p * (1.0 - p) > best.0 + 1e-12 {
            best = (2.0 * p * (1.0 - p), t);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margin_that_tells_most_halves_the_labels() {
        // Gaps 0.1 to 0.8: half of them are at most 0.4.
        let known: Vec<(f64, f64)> = (1..=8).map(|i| (0.9, 0.9 - f64::from(i) / 10.0)).collect();
        let t = most_telling(&known);
        assert!((0.4 - 1e-9..0.5).contains(&t), "{t}");
        let mean = known.iter().map(|&(s, w)| enough(s, w, t)).sum::<f64>() / 8.0;
        assert_eq!(mean, 0.5);
    }
}
