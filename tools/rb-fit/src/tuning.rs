//! `--fine-tune`: where the encoder lies and its checkpoint is kept. Places on this
//! machine stay out of the router file.

use crate::shared::Shared;
use rb_embed::transformer::places;
use rb_record::error::{Error, Result};
use rb_route::file::params::Params;
use rb_route::file::tuning::Tuning;
use rb_route::kinds::encoder::tune_flags::{CHECKPOINT, FINE_TUNE, MODEL_DIR};
use std::path::PathBuf;

/// What the flags say; None: no encoder is tuned.
pub(crate) fn of(params: &mut Params, shared: &Shared) -> Result<Option<Tuning>> {
    let mut taken = |name: &str| {
        let value = params.0.get_mut(name).map(std::mem::take);
        value.filter(|v| !v.is_empty()).map(PathBuf::from)
    };
    let (folder, checkpoint) = (taken(MODEL_DIR.name), taken(CHECKPOINT.name));
    if !params.is_on(FINE_TUNE.name) {
        if folder.is_some() || checkpoint.is_some() {
            return Err(Error::usage(
                "--model-dir and --checkpoint are for --fine-tune; add it, or leave them out",
            ));
        }
        return Ok(None);
    }
    if shared.save.as_ref().is_some_and(|path| is_special(path)) {
        return Err(Error::usage(
            "--save needs the name of a file with --fine-tune: the weights lie beside it",
        ));
    }
    let set_up = || Some(places::setup_folder()?.join("models/all-MiniLM-L6-v2"));
    let folder = folder.or_else(set_up).ok_or_else(|| {
        Error::usage("HOME is not set, so where MiniLM lies is unknown; give --model-dir")
    })?;
    Ok(Some(Tuning { folder, checkpoint }))
}

/// Standard output, a pipe or a device.
fn is_special(path: &std::path::Path) -> bool {
    path.as_os_str() == "-" || std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir())
}

/// The error of a stream on whose queries no curve can be made.
pub(crate) fn no_val() -> Error {
    Error::usage(
        "--save with --fine-tune needs a val split for its calibration curve, which would else tune the encoder on halves of train, twice more; make one with rb-split --val, or leave --save out",
    )
}
