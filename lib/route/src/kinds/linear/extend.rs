//! extend: new models in a saved router, from a few labelled queries.
//!
//! The saved router is frozen; what it expects of its own models tells the
//! queries apart. With p_m(x) its expected scores, e(x) their mean, and n
//! queries with a score y of the new model:
//!
//! ```text
//! p_new(x) = e(x) + δ + w·(p(x) − p̄) − z·√(σ²/(n + L))
//! w  : ridge of y − e on p, strength in 1/16, 1/4 … 256, ∞ (∞: w = 0)
//! δ  = n/(n + L)·mean(y − e),    L = σ²/τ²
//! g_new(x) = (Σ known costs of the new model / Σ ḡ there)·ḡ(x)
//! ```
//!
//! The strength is the strongest whose out-of-fold squared error over the
//! labels is within one standard error of the least (Breiman et al. 1984), so
//! ten labels place the model and hundreds draw where it is good. σ² is the
//! variance of y − e, τ² that of the old models' mean scores (at least 0.05²):
//! before any label the new model is taken to be an average one of its pool
//! (James and Stein 1961). z (`caution`, 1) takes standard errors of the level
//! off: of many models the one that luck favours looks best, and only the new
//! one is new to luck. Sums are over labelled queries, p̄ means over them, ḡ the
//! mean of the expected costs. Without a known cost the new model is as dear as
//! the dearest (G, which stays: alpha means what it meant).
//!
//! Fit O(n·K²), a query what the saved router takes and O(K). Fails when the new
//! model is good where none of the old ones differs from the others: then
//! nothing tells those queries apart, and it is a matter of refitting. Labels on
//! the very queries that a router learnt by heart (a large knn or svm) make its
//! expectations look surer than they are. Source: this project; asked for in
//! the trackers of several routers.

use crate::file::fit::Fitted;
use crate::file::packed::Packed64;
use crate::file::params::Params;
use crate::file::{self, Header, Saved, Train};
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Router, Shape};
use crate::table::folds::{self, FOLDS};
use crate::table::signals::Reads;
use crate::table::{Batch, Needs, Table};
use ndarray::{Array1, Array2, Axis};
use rb_learn::ridge;
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Reads extended routers back. It is no row of the table of routers: one is
/// made of another router by [`extend`], not fitted from a table alone.
pub const ENTRY: Entry = Entry {
    name: "extended",
    about: "A saved router with models added",
    help: "",
    flags: &[],
    // An oracle estimates nothing, so none is ever extended.
    oracle: false,
    needs: |_| Ok(Needs::default()),
    fit: |_, _, _| {
        Err(Error::usage(
            "an extended router is made of a saved one; run rb-fit extend FILE",
        ))
    },
    load,
};

const STRENGTHS: [f64; 8] = [f64::INFINITY, 256.0, 64.0, 16.0, 4.0, 1.0, 0.25, 0.0625];
/// The least spread of the old models' means that is believed.
const LEAST_SPREAD: f64 = 0.05;
/// How many extended routers may stand in one another: each is read with all
/// that stand in it, so a deep file would take the square of its length.
const MOST_LAYERS: usize = 16;

/// What is expected of one new model.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Added {
    /// w over the old models, then the rest of the sum.
    weights: Packed64,
    /// Cost over the mean of the old models' expected costs; null: unknown.
    cost: Option<f64>,
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

/// A router as saved, with the text of its file.
pub struct Base {
    saved: Saved,
    text: Box<RawValue>,
}

impl Base {
    /// Reads a router file; one whose router expects no scores is refused.
    pub fn read(bytes: &[u8]) -> Result<Base> {
        let text = String::from_utf8_lossy(bytes).trim_end().to_string();
        if layers(&text) >= MOST_LAYERS {
            return Err(Error::router_file(format!(
                "the router was extended {MOST_LAYERS} times or more, one upon the other; fit it anew on all models"
            )));
        }
        let text = RawValue::from_string(text)
            .map_err(|e| Error::router_file(format!("not a router file ({e})")))?;
        let saved = file::from_bytes(text.get().as_bytes())?;
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

    pub fn header(&self) -> &Header {
        &self.saved.header
    }

    /// What the saved router reads of a query.
    pub fn needs(&self) -> Needs {
        self.saved.needs
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
            Ok(layer) if layer.kind == ENTRY.name => {
                serde_json::from_str::<State>(layer.state.get())
            }
            _ => return found,
        };
        match base {
            Ok(state) => inside = state.base.get(),
            Err(_) => return found,
        }
    }
    MOST_LAYERS
}

/// Adds to `base` the models of `train` that it lacks. `name`: of its routes.
/// `caution`: standard errors of a new model's level that are taken off.
pub fn extend(base: Base, train: &Table, name: &str, caution: f64, seed: u64) -> Result<Fitted> {
    let old = base.header().clone();
    let new: Vec<usize> = (0..train.k())
        .filter(|&m| !old.models.contains(&train.models[m]))
        .collect();
    if new.is_empty() {
        return Err(Error::input(format!(
            "no train query has a score of a model that the router lacks; it has {}",
            old.models.join(", ")
        )));
    }
    let expected = (base.saved.router.estimate(&train.batch()))
        .ok_or_else(|| Error::usage("the saved router expects no scores"))?;
    let fold = folds::assign(train, FOLDS, seed);
    let added = new
        .iter()
        .map(|&m| add(train, m, &expected, &fold, caution))
        .collect();
    let own = old
        .models
        .iter()
        .chain(new.iter().map(|&m| &train.models[m]));
    let mut models: Vec<(String, usize)> = own.cloned().zip(0..).collect();
    models.sort();
    let (models, order) = models.into_iter().unzip();
    let header = Header {
        kind: ENTRY.name.into(),
        name: name.into(),
        models,
        params: Params::default(),
        train: Train {
            n: train.len(),
            digest: train.digest(),
        },
        calibration: file::Calibration {
            from: "none".into(),
            n: 0,
            points: Vec::new(),
        },
        seed,
        ..old
    };
    let wire = Wire {
        base: base.text,
        added,
        order,
    };
    Ok(Fitted {
        header,
        router: Box::new(ByEstimate(Extended {
            base: base.saved,
            wire,
        })),
    })
}

/// The mean of every row.
fn row_means(values: &Array2<f64>) -> Array1<f64> {
    values.sum_axis(Axis(1)) / values.ncols().max(1) as f64
}

/// Learns model `m` of `train` from the rows that have its score.
fn add(train: &Table, m: usize, expected: &Estimates, fold: &[usize], caution: f64) -> Added {
    let rows: Vec<usize> = (0..train.len())
        .filter(|&i| train.score().get(i, m).is_some())
        .collect();
    let p = expected.p.select(Axis(0), &rows);
    let e = row_means(&p);
    let y: Array1<f64> = rows
        .iter()
        .filter_map(|&i| train.score().get(i, m))
        .collect();
    let fold: Vec<usize> = rows.iter().map(|&i| fold[i]).collect();
    let off = &y - &e;
    let strength = choose(&p, &off, &fold);
    let mut weights = ridges(&p, &off, &[strength]).swap_remove(0);
    let n = rows.len() as f64;
    let level = off.sum() / n;
    let (pull, noise) = pull(&p, &off);
    let shift = n * level / (n + pull) - level - caution * (noise / (n + pull)).sqrt();
    weights[[p.ncols(), 0]] += shift;
    let (mut own, mut usual) = (0.0, 0.0);
    for i in 0..train.len() {
        if let Some(cost) = train.cost().get(i, m) {
            own += cost;
            usual += expected.g.row(i).sum() / expected.g.ncols() as f64;
        }
    }
    Added {
        weights: Packed64(weights),
        cost: (usual > 0.0).then(|| own / usual),
    }
}

/// Ridge of `y` on `p` for each strength: (K+1)×1, the intercept last.
fn ridges(p: &Array2<f64>, y: &Array1<f64>, strengths: &[f64]) -> Vec<Array2<f64>> {
    let y = y.view().insert_axis(Axis(1));
    ridge::fit(p.mapv(|v| v as f32).view(), y, strengths)
}

/// The strongest strength whose out-of-fold squared error is within one
/// standard error of the least.
fn choose(p: &Array2<f64>, y: &Array1<f64>, fold: &[usize]) -> f64 {
    // By strength and label.
    let mut errors = Array2::<f64>::zeros((STRENGTHS.len(), y.len()));
    for f in 0..FOLDS {
        let (held, rest) = folds::parts(fold, f);
        if held.is_empty() || rest.is_empty() {
            continue;
        }
        let of = |rows: &[usize]| (p.select(Axis(0), rows), y.select(Axis(0), rows));
        let ((p_rest, y_rest), (p_held, y_held)) = (of(&rest), of(&held));
        let fits = ridges(&p_rest, &y_rest, &STRENGTHS);
        for (mut errors, weights) in errors.rows_mut().into_iter().zip(fits) {
            let found = ridge::predict(p_held.mapv(|v| v as f32).view(), weights.view());
            for ((i, y), found) in held.iter().zip(&y_held).zip(found.column(0)) {
                errors[*i] = (found - y) * (found - y);
            }
        }
    }
    let sums: Vec<f64> = errors.rows().into_iter().map(|r| r.sum()).collect();
    let least = (0..sums.len())
        .min_by(|a, b| sums[*a].total_cmp(&sums[*b]))
        .unwrap_or(0);
    // Paired: of the difference to the least, label by label.
    let near = |s: &usize| {
        let d = &errors.row(*s) - &errors.row(least);
        let (n, mean) = (d.len() as f64, d.sum() / d.len() as f64);
        let se = (d.mapv(|v| (v - mean) * (v - mean)).sum() / n / (n - 1.0).max(1.0)).sqrt();
        mean <= se
    };
    STRENGTHS[(0..=least).find(near).unwrap_or(least)]
}

/// L = σ²/τ² in labels, and σ².
fn pull(p: &Array2<f64>, off: &Array1<f64>) -> (f64, f64) {
    let variance = |v: &Array1<f64>| match v.len() {
        0 | 1 => None,
        n => Some((v - v.sum() / n as f64).mapv(|v| v * v).sum() / (n - 1) as f64),
    };
    let means = p.sum_axis(Axis(0)) / p.nrows().max(1) as f64;
    let spread = variance(&means).unwrap_or(0.0);
    // One label tells nothing of how labels vary: as much as a coin.
    let noise = variance(off).unwrap_or(0.25);
    (noise / spread.max(LEAST_SPREAD * LEAST_SPREAD), noise)
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let wire: Wire = file::read_state(state)?;
    let base = Base::read(wire.base.get().as_bytes())?.saved;
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
        file::check_finite("an added model", &[added.cost.unwrap_or(0.0)])?;
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
        file::write_state(&self.wire)
    }

    fn needs(&self) -> Option<Needs> {
        Some(self.base.needs)
    }
}
