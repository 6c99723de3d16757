//! A router with models added: the saved one whole, and what is expected of each
//! new model beside it (mod.rs has the model).

use crate::file::header::{Header, Saved};
use crate::file::packed::Packed64;
use crate::file::state::{check_finite, read_state, write_state};
use crate::router::{ByEstimate, Estimates, Estimator, Router, Shape};
use crate::table::seen::Asked;
use crate::table::signals::Reads;
use crate::table::{Batch, Needs};
use ndarray::{Array1, Array2, Axis};
use rb_learn::ridge;
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The kind of router, as its file names it.
pub const NAME: &str = "extended";

/// How many extended routers may stand in one another: each is read with all
/// that stand in it, so a deep file would take the square of its length.
const MOST_LAYERS: usize = 16;

/// What is expected of one new model.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Added {
    /// w over the old models, then the rest of the sum.
    pub(super) weights: Packed64,
    /// Cost over the mean of the old models' expected costs; null: unknown.
    pub(super) cost: Option<f64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    /// The saved router, whole.
    base: Box<RawValue>,
    added: Vec<Added>,
    /// For each model of the pool, by name: its place among the old models and,
    /// after those, the added ones.
    order: Vec<usize>,
}

struct Extended {
    base: Saved,
    wire: Wire,
}

/// Reads the bytes of a router file.
pub type Reader = fn(&[u8]) -> Result<Saved>;

/// A router as saved, with the text of its file.
pub struct Base {
    pub(super) saved: Saved,
    text: Box<RawValue>,
}

impl Base {
    /// Reads a router file; one whose router expects no scores is refused.
    pub(super) fn read_by(read: Reader, bytes: &[u8]) -> Result<Base> {
        let text = String::from_utf8_lossy(bytes).trim_end().to_string();
        if layers(&text) >= MOST_LAYERS {
            return Err(Error::router_file(format!(
                "the router was extended {MOST_LAYERS} times or more, one upon the other; fit it anew on all models"
            )));
        }
        let text = RawValue::from_string(text)
            .map_err(|e| Error::router_file(format!("not a router file ({e})")))?;
        let saved = read(text.get().as_bytes())?;
        let header = &saved.header;
        let width = header.embedder.as_ref().map_or(0, |e| e.dim);
        // One query of nothing shows whether the router estimates at all.
        let nothing = Array2::zeros((1, width));
        let asked = Batch {
            x: nothing.view(),
            text: &[String::new()],
            unit: &[0],
            signals: Default::default(),
            truth: None,
        };
        if saved.needs.signals != Reads::Nothing || saved.router.estimate(&asked).is_none() {
            return Err(Error::usage(format!(
                "{} does not say what it expects of each model, so none can be added to it; fit it anew on all models, or extend a router that does, such as kmeans or domain",
                header.kind
            )));
        }
        Ok(Base { saved, text })
    }

    /// What its file says of the saved router.
    pub fn header(&self) -> &Header {
        &self.saved.header
    }

    /// What the saved router reads of a query.
    pub fn asked(&self) -> Asked {
        self.saved.asked()
    }
}

/// How many extended routers stand in one another in `text`, itself one of
/// them; counted up to [`MOST_LAYERS`], and no further than they can be read.
fn layers(text: &str) -> usize {
    #[derive(Deserialize)]
    struct Layer<'a> {
        kind: String,
        #[serde(borrow)]
        state: &'a RawValue,
    }
    #[derive(Deserialize)]
    struct State<'a> {
        #[serde(borrow)]
        base: &'a RawValue,
    }
    let mut inside = text;
    for found in 0..MOST_LAYERS {
        let base = match serde_json::from_str::<Layer>(inside) {
            Ok(layer) if layer.kind == NAME => serde_json::from_str::<State>(layer.state.get()),
            _ => return found,
        };
        match base {
            Ok(state) => inside = state.base.get(),
            Err(_) => return found,
        }
    }
    MOST_LAYERS
}

/// The router of `base` and what is expected of the models `added` to it;
/// `order`: for each model of the pool its place among the old models and,
/// after those, the added ones.
pub(super) fn router(base: Base, added: Vec<Added>, order: Vec<usize>) -> Box<dyn Router> {
    let wire = Wire {
        base: base.text,
        added,
        order,
    };
    Box::new(ByEstimate(Extended {
        base: base.saved,
        wire,
    }))
}

/// The mean of every row.
pub(super) fn row_means(values: &Array2<f64>) -> Array1<f64> {
    values.sum_axis(Axis(1)) / values.ncols().max(1) as f64
}

/// Reads an extended router back; `read` reads the one inside.
pub fn load(state: &str, shape: Shape, read: Reader) -> Result<Box<dyn Router>> {
    let wire: Wire = read_state(state)?;
    let base = Base::read_by(read, wire.base.get().as_bytes())?.saved;
    let fault = |what: &str| {
        Err(Error::router_file(format!(
            "{what}; extend and save the router again"
        )))
    };
    let k = base.header.models.len();
    if k + wire.added.len() != shape.models {
        return fault("the models added do not agree with the pool");
    }
    if base.header.embedder.as_ref().map_or(0, |e| e.dim) != shape.dim {
        return fault("the embedder is not that of the router inside");
    }
    let mut places = wire.order.clone();
    places.sort_unstable();
    if places.into_iter().ne(0..shape.models) {
        return fault("the order of the models is damaged");
    }
    for added in &wire.added {
        added.weights.check("the weights", k + 1, 1)?;
        check_finite("an added model", &[added.cost.unwrap_or(0.0)])?;
        if added.cost.is_some_and(|c| c < 0.0) {
            return fault("an added model has a negative cost");
        }
    }
    Ok(Box::new(ByEstimate(Extended { base, wire })))
}

impl Estimator for Extended {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let k = self.base.header.models.len();
        let all = k + self.wire.added.len();
        // Refused when it was read, where it does not estimate.
        let old = self
            .base
            .router
            .estimate(batch)
            .unwrap_or_else(|| Estimates {
                p: Array2::zeros((batch.len(), k)),
                g: Array2::zeros((batch.len(), k)),
                scale: 0.0,
            });
        let (e, usual) = (row_means(&old.p), row_means(&old.g));
        let features = old.p.mapv(|v| v as f32);
        let mut p = Array2::zeros((batch.len(), all));
        let mut g = Array2::zeros((batch.len(), all));
        let mut columns: Vec<(Array1<f64>, Array1<f64>)> = (0..k)
            .map(|m| (old.p.column(m).to_owned(), old.g.column(m).to_owned()))
            .collect();
        for added in &self.wire.added {
            let shape = ridge::predict(features.view(), added.weights.0.view());
            let cost = match added.cost {
                Some(ratio) => &usual * ratio,
                None => Array1::from_elem(batch.len(), old.scale.max(0.0)),
            };
            columns.push((&e + &shape.column(0), cost));
        }
        for (place, from) in self.wire.order.iter().enumerate() {
            p.column_mut(place).assign(&columns[*from].0);
            g.column_mut(place).assign(&columns[*from].1);
        }
        Estimates {
            p,
            g,
            scale: old.scale,
        }
    }

    fn state(&self) -> Result<String> {
        write_state(&self.wire)
    }

    fn needs(&self) -> Option<Needs> {
        Some(self.base.needs)
    }
}
