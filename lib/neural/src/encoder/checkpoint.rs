//! Where a run of the tuning stands, as bytes: from them it goes on to the same
//! weights as if it had never stopped.

use super::weights;
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

/// Everything but the large vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    /// Of all that the run depends on.
    pub(crate) digest: String,
    /// Mini-batches done, of all passes.
    pub(crate) steps: usize,
    /// The sum of their losses since the pass began.
    pub(crate) loss: f64,
    /// 0.9^t and 0.999^t.
    pub(crate) powers: (f64, f64),
    /// The least error on the rows held out, that to fall below, and the passes waited;
    /// None before the first pass: JSON has no infinity.
    pub(crate) stop: Option<(f64, f64, usize)>,
    /// Whether the passes are over.
    pub(crate) is_done: bool,
}

/// A position with the parameters there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checkpoint {
    pub(crate) position: Position,
    /// Parameters, moments of the gradients and of their squares, best parameters.
    pub(crate) vectors: [Vec<f32>; 4],
}

const NAMES: [&str; 4] = ["at", "mean", "square", "best"];

/// As a safetensors file.
pub(crate) fn write(position: &Position, vectors: [&[f32]; 4]) -> Vec<u8> {
    let note = serde_json::to_string(position).expect("numbers and a digest can be written");
    let named = NAMES.iter().zip(vectors);
    let tensors: Vec<_> = named
        .map(|(name, v)| ((*name).to_owned(), vec![v.len()], v))
        .collect();
    weights::file(&tensors, note)
}

/// Reads a checkpoint of the run `digest` over `n` parameters; any other is refused.
pub(crate) fn read(bytes: &[u8], digest: &str, n: usize) -> Result<Checkpoint, String> {
    let damaged = |e: String| format!("the checkpoint is damaged ({e}); remove it to begin anew");
    let note = weights::note(bytes).map_err(damaged)?;
    let position: Position = serde_json::from_str(&note).map_err(|e| damaged(e.to_string()))?;
    if position.digest != digest {
        return Err(
            "the checkpoint is of another fit: the train queries, the flags, the seed or the encoder differ; name another folder, or empty this one"
                .into(),
        );
    }
    let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(e.to_string()))?;
    let mut vectors: [Vec<f32>; 4] = Default::default();
    for (name, vector) in NAMES.iter().zip(&mut vectors) {
        *vector = weights::numbers(&file, name).map_err(damaged)?;
        if vector.len() != n {
            return Err(damaged(format!(
                "{name} has {} numbers, expected {n}",
                vector.len()
            )));
        }
    }
    Ok(Checkpoint { position, vectors })
}
