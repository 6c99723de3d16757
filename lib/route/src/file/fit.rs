//! Fits one router of the table of routers, and makes its header.

use crate::file::calibrate;
use crate::file::header::{Calibration, EmbedderTag, Header, Train};
use crate::file::params::Params;
use crate::file::tuning::Tuning;
use crate::kinds::encoder::tuned;
use crate::router::{Entry, Router};
use crate::table::{impute, Table};
use rb_record::error::Result;
use rb_record::record::resource::Resource;
use rb_record::stream::progress::Step;

/// A router with everything its file says of it.
pub struct Fitted {
    /// What its file will say beside the state.
    pub header: Header,
    /// The router itself.
    pub router: Box<dyn Router>,
}

/// What to fit.
pub struct Config<'a> {
    /// The row of the table of routers.
    pub entry: &'static Entry,
    /// Its flags' values.
    pub params: &'a Params,
    /// The name of its routes.
    pub name: &'a str,
    /// The embedder's name where the router reads vectors.
    pub embedder: Option<&'a str>,
    /// Of everything drawn.
    pub seed: u64,
    /// What stands in the place of cost in the tables.
    pub against: Resource,
    /// Where `--fine-tune` is on: what that needs.
    pub tuning: Option<&'a Tuning>,
}

/// Fits on `train` (at least one row and one model).
pub fn fit(config: &Config, train: &Table) -> Result<Fitted> {
    let _step = Step::new(&format!("fitting {}", config.entry.name), "", None);
    let router = match config.tuning {
        Some(tuning) => {
            let (params, seed) = (config.params, config.seed);
            tuned::fit(config.entry, train, params, seed, tuning)?
        }
        None => (config.entry.fit)(train, config.params, config.seed)?,
    };
    let scale = impute::scale(train);
    let header = Header {
        kind: config.entry.name.into(),
        name: config.name.into(),
        models: train.models.clone(),
        against: config.against,
        scale: (scale > 0.0).then_some(scale),
        embedder: config.embedder.map(|model| EmbedderTag {
            model: model.into(),
            dim: train.x.ncols(),
        }),
        seed: config.seed,
        params: config.params.clone(),
        train: Train {
            n: train.len(),
            digest: train.digest(),
        },
        calibration: Calibration::none(),
    };
    Ok(Fitted { header, router })
}

impl Fitted {
    /// Adds the calibration curve from `val`, over the models of the header;
    /// without val queries there is none.
    pub fn calibrate_on(&mut self, val: &Table) {
        let val = val.over(&self.header.models);
        if let Some(known) = calibrate::on_val(&*self.router, &val, &val.batch()) {
            self.header.calibration = known;
        }
    }

    /// Adds the calibration curve, which costs further fits without val.
    pub fn calibrate(&mut self, config: &Config, train: &Table, val: Option<&Table>) -> Result<()> {
        self.header.calibration = calibrate::calibrate(
            config.entry,
            &*self.router,
            train,
            val,
            config.params,
            config.seed,
        )?;
        Ok(())
    }
}
