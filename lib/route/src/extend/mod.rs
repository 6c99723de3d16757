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

pub mod extended;

use crate::extend::extended::{row_means, Added, Base};
use crate::file::fit::Fitted;
use crate::file::header::{Calibration, Header, Train};
use crate::file::packed::Packed64;
use crate::file::params::Params;
use crate::file::whole::from_bytes;
use crate::router::Estimates;
use crate::table::Table;
use ndarray::{Array1, Array2, Axis};
use rb_learn::folds::{self, FOLDS};
use rb_learn::ridge;
use rb_record::error::{Error, Result};

const STRENGTHS: [f64; 8] = [f64::INFINITY, 256.0, 64.0, 16.0, 4.0, 1.0, 0.25, 0.0625];
/// The least spread of the old models' means that is believed.
const LEAST_SPREAD: f64 = 0.05;
impl Base {
    /// Reads a router file; one whose router expects no scores is refused.
    pub fn read(bytes: &[u8]) -> Result<Base> {
        Base::read_by(from_bytes, bytes)
    }
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
    let fold = train.folds(FOLDS, seed);
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
        kind: extended::NAME.into(),
        name: name.into(),
        models,
        params: Params::default(),
        train: Train {
            n: train.len(),
            digest: train.digest(),
        },
        calibration: Calibration::none(),
        seed,
        ..old
    };
    Ok(Fitted {
        header,
        router: extended::router(base, added, order),
    })
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
