//! Innovations: what a called model's confidence adds to what was expected of it.
//!
//! With p the prior of the model, d the query's likeliest dataset, c the
//! confidence and L = −ln(1 − c + 1e−6)/ln 1e6, in 0..1 (confidences crowd at 1,
//! and 0.999 is not 0.9999):
//!
//! ```text
//! own answer   s_m = σ(b + f·u + f·u_d)     f = (1, logit p_m, c, L, L²)
//! innovation   e_m = s_m − p_m              0 where m told no confidence
//! ```
//!
//! u by L2-penalised logistic regression (linear.rs); a dataset's own part is
//! shrunk to nothing where it has few queries. Before a call one knows how
//! innovations are spread, not which will come: the means of octiles of e/√v out
//! of fold, v = p(1 − p), by dataset.

use crate::table::Grid;
use ndarray::Array2;
use rb_learn::folds::Parts;
use rb_learn::linear::{self, Aid, Csr, Design, Loss};

/// Features of one's own answer.
pub const OWN: usize = 5;
/// The strength C of the logistic regressions of one's own answer.
const C: f64 = 1.0;
/// Equally likely innovations that stand for all that an answer may tell.
pub const BINS: usize = 8;

/// What is known of queries before any call: p (n×K) and the likeliest dataset.
pub struct Priors<'a> {
    /// n×K.
    pub p: &'a Array2<f64>,
    /// A number of a dataset a query.
    pub dataset: &'a [usize],
}

/// ln(p/(1 − p)) of p kept in 0.02..0.98.
pub fn logit(p: f64) -> f64 {
    let p = p.clamp(0.02, 0.98);
    (p / (1.0 - p)).ln()
}

/// (1, logit p, c, L, L²).
pub fn own_features(p: f64, c: f64) -> [f64; OWN] {
    let l = -(1.0 - c + 1e-6).ln() / 1e6f64.ln();
    [1.0, logit(p), c, l, l * l]
}

/// p(1 − p), of p kept in 0.01..0.99.
pub fn variance(p: f64) -> f64 {
    let p = p.clamp(0.01, 0.99);
    p * (1.0 - p)
}

/// b, u and u_d of model `m` on `rows`, from those of a fit on more of them; None where
/// they cannot be told.
fn fit(
    priors: &Priors,
    datasets: usize,
    score: &Array2<f64>,
    confidence: &Grid,
    m: usize,
    rows: &[usize],
    start: Option<&[f64]>,
) -> Option<Vec<f64>> {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for &i in rows {
        let Some(c) = confidence.get(i, m) else {
            continue;
        };
        let f = own_features(priors.p[[i, m]], c);
        let place = |j: usize| (j as u32, f[j % OWN]);
        let start = OWN * (1 + priors.dataset[i]);
        // The global constant is the intercept, which is not penalised.
        x.push((1..OWN).chain(start..start + OWN).map(place).collect());
        y.push(score[[i, m]]);
    }
    let first = *y.first()?;
    if y.iter().all(|v| *v == first) {
        return None;
    }
    let x = Design::Sparse(Csr::of(x, OWN * (1 + datasets)));
    // The intercept stands first in what was kept, and last in a fit.
    let start = start.map(|w| [&[0.0], &w[1..], &w[..1]].concat());
    let aid = Aid {
        start: start.as_deref(),
        curvature: None,
    };
    let mut fitted = linear::fit_with(&x, &y, Loss::Logistic, C, aid);
    fitted.weights[0] = fitted.intercept;
    Some(fitted.weights)
}

/// The weights of model `m` on all rows, and its innovations (one a row) by fits
/// that have not seen it.
pub fn out_of_fold(
    priors: &Priors,
    datasets: usize,
    score: &Array2<f64>,
    confidence: &Grid,
    m: usize,
    parts: &Parts,
) -> (Option<Vec<f64>>, Vec<f64>) {
    let all: Vec<usize> = (0..score.nrows()).collect();
    let whole = fit(priors, datasets, score, confidence, m, &all, None);
    let mut innovations = vec![0.0; all.len()];
    for (held, rest) in parts {
        let start = whole.as_deref();
        let Some(w) = fit(priors, datasets, score, confidence, m, rest, start) else {
            continue;
        };
        for &i in held {
            let (p, d) = (priors.p[[i, m]], priors.dataset[i]);
            if let Some(c) = confidence.get(i, m) {
                innovations[i] = answer(&w, p, d, c) - p;
            }
        }
    }
    (whole, innovations)
}

/// s_m: σ of one's own answer, of weights b, u, u_d.
pub fn answer(w: &[f64], p: f64, dataset: usize, c: f64) -> f64 {
    let own = &w[OWN * (1 + dataset)..];
    let terms = own_features(p, c).into_iter().zip(w.iter().zip(own));
    linear::sigmoid(terms.map(|(f, (u, v))| f * (u + v)).sum())
}

/// Means of octiles of e/√v of model `m`, less their own mean: [`BINS`] numbers
/// for each of `groups` groups of datasets. `group`: that of a dataset; `e`: the
/// innovation of each query, out of fold.
pub fn octiles(
    priors: &Priors,
    groups: usize,
    group: impl Fn(usize) -> usize,
    confidence: &Grid,
    m: usize,
    e: &[f64],
) -> Vec<f64> {
    let known: Vec<(usize, f64)> = (0..e.len())
        .filter(|&i| confidence.get(i, m).is_some())
        .map(|i| {
            (
                group(priors.dataset[i]),
                e[i] / variance(priors.p[[i, m]]).sqrt(),
            )
        })
        .collect();
    let mut bins = Vec::new();
    for own in 0..groups {
        let of_group = |g: &&(usize, f64)| g.0 == own;
        let some = known.iter().filter(of_group).count() >= BINS;
        let mut values: Vec<f64> = known
            .iter()
            .filter(|g| !some || of_group(g))
            .map(|g| g.1)
            .collect();
        values.sort_by(f64::total_cmp);
        let n = values.len();
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
        let whole = mean(&values);
        // Of fewer values than bins some stand for several.
        let bin = |b: usize| {
            let (from, to) = (b * n / BINS, (b + 1) * n / BINS);
            let from = from.min(n.saturating_sub(1));
            mean(&values[from..to.max(from + 1).min(n)])
        };
        let means: Vec<f64> = (0..BINS).map(bin).collect();
        let centre = if n >= BINS { whole } else { mean(&means) };
        bins.extend(means.iter().map(|v| v - centre));
    }
    bins
}
