//! An encoder on its way to be tuned, as the routers that can tune theirs take it.

use super::tune_flags::FINE_TUNE;
use crate::file::params::Params;
use ndarray::Array2;
use rb_neural::encoder::model::Encoder;
use rb_neural::encoder::tuning::{self, Watch};
use rb_neural::head::Head;
use rb_neural::training::Rows;
use rb_record::error::{Error, Result};

/// The encoder to tune, with all that its training needs.
pub(super) struct Tuner<'a> {
    pub(super) encoder: &'a mut Encoder,
    pub(super) plan: tuning::Plan,
    pub(super) watch: &'a dyn Watch,
}

impl Tuner<'_> {
    /// Tunes under `head`, which starts at `start`, on rows of texts with labels y;
    /// the head's parameters, and the vectors of the texts.
    pub(super) fn head(
        &mut self,
        (head, start): (Head, Vec<f32>),
        texts: &[String],
        y: &Array2<f32>,
        rows: &Rows,
    ) -> Result<(Vec<f32>, Array2<f32>)> {
        let start = (&mut *self.encoder, start);
        let weights = head.tune(start, texts, y, rows, self.plan, self.watch);
        Ok((weights.map_err(Error::input)?, self.encoder.embed(texts)))
    }
}

/// Refuses `--fine-tune` where the encoder cannot be had.
pub(super) fn refuse(params: &Params) -> Result<()> {
    if params.is_on(FINE_TUNE.name) {
        return Err(Error::usage(
            "--fine-tune is for a fit by rb-fit alone; leave it out here",
        ));
    }
    Ok(())
}
