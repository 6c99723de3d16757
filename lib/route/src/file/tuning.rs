//! What a fit that tunes an encoder takes from the machine: the encoder's folder and the
//! folder of its checkpoint.

use std::path::PathBuf;

/// All of it.
pub struct Tuning {
    /// Holds config.json, tokenizer.json and model.safetensors.
    pub folder: PathBuf,
    /// Where a checkpoint is kept, if one is.
    pub checkpoint: Option<PathBuf>,
}
