//! What a fit that tunes an encoder takes from the machine: the encoder's folder, the
//! folder of its checkpoint, and who is told how far it is.

use rb_learn::optimise::progress::Progress;
use std::path::PathBuf;

/// All of it.
pub struct Tuning<'a> {
    /// Holds config.json, tokenizer.json and model.safetensors.
    pub folder: PathBuf,
    /// Where a checkpoint is kept, if one is.
    pub checkpoint: Option<PathBuf>,
    /// Hears of each step.
    pub tell: &'a dyn Fn(&Progress),
}
