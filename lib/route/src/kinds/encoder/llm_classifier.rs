//! llm-classifier: how good will the weak model's answer be, on a scale of five,
//! told by a linear head on the state that a language model ends the prompt in.
//!
//! Model: softmax(W·x·√d + b) over the classes 1 to 5 (head.rs); the label of a
//! query is the weak model's score, 1 + 4·score rounded. The weak model is enough
//! where 4 or 5 comes out: P(strong wins) = p_1 + p_2 + p_3. Objective: cross-entropy,
//! Adam, stopped by a tenth of train held out.
//!
//! x is the last token's state where the embedder is a decoder (`rb-embed --model`
//! with one of fastembed's Qwen3 family); any embedding works. Needs the scores of
//! both models. Fit O(epochs·N·d), a query O(d). Fails where the weak model's score
//! says nothing of whether the strong one would do better.
//! Source: the causal LLM classifier of RouteLLM (Ong et al. 2024, arXiv
//! 2406.18665), whose model was fine-tuned; here it is frozen.

use super::{plan, two_model_head};
use crate::file::params::{STRONG, WEAK};
use crate::router::{Entry, Family, FitTime};
use crate::table::Needs;
use two_model_head::Labels;

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "llm-classifier",
    family: Family::Published,
    about:
        "How good the weak model will be on a scale of five, by the state a language model ends in",
    help: "A linear head of five classes on the embedding, best the last state of a decoder \
           (rb-embed --model); the label is the weak model's score on a scale of 1 to 5, and the \
           strong model is called where 1 to 3 is likely.",
    flags: &[STRONG, WEAK, plan::epochs("200"), plan::rate("0.001")],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::EMBEDDING),
    fit: |table, params, seed| {
        two_model_head::fit(table, params, seed, ("llm-classifier", LABELS), label, None)
    },
    load: |text, shape| two_model_head::load(text, shape, LABELS),
};

const CLASSES: usize = 5;
/// The least class, from 0, at which the weak model is enough.
const ENOUGH: usize = 3;

const LABELS: Labels = Labels {
    classes: CLASSES,
    strong: |class| class < ENOUGH,
};

/// The weak model's score as one of the classes.
fn label(_: f64, weak: f64) -> Vec<f32> {
    let class = (weak * (CLASSES - 1) as f64).round() as usize;
    (0..CLASSES)
        .map(|c| f32::from(u8::from(c == class)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_becomes_one_of_five() {
        for (weak, class) in [
            (0.0, 0),
            (0.12, 0),
            (0.13, 1),
            (0.5, 2),
            (0.87, 3),
            (0.88, 4),
            (1.0, 4),
        ] {
            let label = label(0.3, weak);
            assert_eq!(label.iter().position(|&p| p == 1.0), Some(class), "{weak}");
            assert_eq!(label.iter().sum::<f32>(), 1.0);
        }
        assert!((LABELS.strong)(2) && !(LABELS.strong)(3));
    }
}
