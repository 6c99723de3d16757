//! A saved router under new prices, without a new fit: what it expects of a call's
//! cost is multiplied, what it expects of an answer stays, and it chooses anew.

use crate::file::header::Calibration;
use crate::file::Saved;
use crate::guard::Guard;
use crate::router::{ByEstimate, Estimates, Estimator, Router};
use crate::table::{Batch, Needs};
use rb_record::error::{Error, Result};

/// What a call of each model costs now, in terms of what it cost.
struct Repriced {
    router: Box<dyn Router>,
    /// One a model, above 0.
    factors: Vec<f64>,
}

impl Estimator for Repriced {
    fn estimate(&self, batch: &Batch) -> Estimates {
        // Checked when it was made: a router with a rule has expectations.
        let mut e = self.router.estimate(batch).unwrap_or_else(|| Estimates {
            p: ndarray::Array2::zeros((batch.len(), self.factors.len())),
            g: ndarray::Array2::zeros((batch.len(), self.factors.len())),
            scale: 0.0,
        });
        for (mut column, factor) in e.g.columns_mut().into_iter().zip(&self.factors) {
            column *= *factor;
        }
        e
    }
    fn state(&self) -> Result<String> {
        self.router.state()
    }
    fn needs(&self) -> Option<Needs> {
        self.router.needs()
    }
    fn guard(&self) -> Option<&Guard> {
        self.router.rule().flatten()
    }
}

impl Saved {
    /// The router where a call of a named model costs its old price times a factor
    /// (above 0). G stays, so alpha means what it meant; the calibration curve, which
    /// holds the old prices, goes. Usage errors: a model that the router does not
    /// know, or a router that does not choose by what it expects alone.
    pub fn repriced(self, prices: &[(String, f64)]) -> Result<Saved> {
        let models = &self.header.models;
        let mut factors = vec![1.0; models.len()];
        for (model, factor) in prices {
            let place = models
                .iter()
                .position(|known| known == model)
                .ok_or_else(|| {
                    Error::usage(format!(
                        "--prices names {model:?}, which the router does not know; it knows {}",
                        models.join(", ")
                    ))
                })?;
            factors[place] = *factor;
        }
        if self.router.rule().is_none() {
            return Err(Error::usage(format!(
                "{} ({}) does not choose by the expected costs of single calls, so --prices cannot change its choice; fit it again on records with the new costs",
                self.header.name, self.header.kind
            )));
        }
        if self.header.scale.is_none() {
            return Err(Error::usage(format!(
                "{} was fitted without costs, so --prices has nothing to multiply",
                self.header.name
            )));
        }
        let mut header = self.header;
        header.calibration = Calibration::none();
        Ok(Saved {
            header,
            router: Box::new(ByEstimate(Repriced {
                router: self.router,
                factors,
            })),
            ..self
        })
    }
}
