//! The posterior: how likely each model is right about a query, before any call
//! and after the models called have told how sure they are.
//!
//! With p the prior of each model and e the innovations (innovation.rs) of those
//! called, e_m = s_m − p_m:
//!
//! ```text
//! after R      post_j = (j ∈ R: s_j, else p_j) + b_Rj + φ_R·w_Rj
//!              φ_R = p of all models; of each m in R e_m, and e_m again in the
//!              datasets with enough queries; of each two in R e_a·e_b
//! ```
//!
//! w by ridge (ridge.rs) on the residual of the score, so that what cannot be
//! learnt leaves the first term. Each stage is fitted on out-of-fold values of
//! the one before; the ridge strength is the one with the least out-of-fold
//! squared error.
//!
//! Before a call the innovations of the first model are its octiles. A second
//! call moves the posterior means of the two apart by
//!
//! ```text
//! θ²(a → a, b) = τ²·(v_a + v_b)      v = μ(1 − μ),   τ² = Σ Δ²/Σ(v_a + v_b)
//! ```
//!
//! with Δ the out-of-fold change of post_a − post_b and τ² shrunk to all
//! datasets'. Fit O(K²·(n·f² + f³)), f = K + 2·datasets.

use crate::file::packed::Packed64;
use crate::kinds::calling::cascade_routing::innovation::{
    self, answer, octiles, variance, Priors, BINS, OWN,
};
use crate::table::Grid;
use ndarray::Array2;
use rayon::prelude::*;
use rb_learn::axis_ridge::least;
use rb_learn::dense;
use rb_learn::folds::Parts;
use rb_learn::normal::expected_max;
use rb_learn::ridge::{self, Moments};
use rb_record::error::Result;
use serde::{Deserialize, Serialize};

/// Ridge strengths tried.
const STRENGTHS: [f64; 5] = [2.0, 8.0, 32.0, 128.0, f64::INFINITY];
/// At most so many datasets, the largest, have weights of their own, each with
/// at least so many queries.
const DATASETS: usize = 8;
const ENOUGH: usize = 100;
/// The strength, in v, with which a dataset's τ² is shrunk to that of all.
const SPREAD: f64 = 10.0;

/// What was learnt of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posterior {
    /// The number of datasets told apart.
    datasets: usize,
    /// The datasets with weights of their own, ascending.
    own: Vec<usize>,
    /// K × (OWN·(1 + datasets)): b, u, then u_d of each dataset. A row of zeros
    /// for a model whose answer tells nothing, as `tells` says.
    answer: Packed64,
    tells: Vec<bool>,
    /// The weights w of each set of called models, one under the other, the
    /// intercepts last: first the single models, then the pairs (a, b), a < b,
    /// ascending. K columns.
    update: Packed64,
    /// τ² for each pair from a alone, from b alone; a column each of `own`,
    /// then one for the other datasets.
    spread: Packed64,
    /// What e/√v of each model may be: [`BINS`] equally likely values with mean
    /// 0 for each of `own`, then for the other datasets.
    #[serde(rename = "surprises")]
    innovations: Packed64,
}

/// A model called and its innovation.
pub type Innovation = (usize, f64);

/// The pairs (a, b) of K models, a < b, ascending.
fn pairs(k: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..k).flat_map(move |a| (a + 1..k).map(move |b| (a, b)))
}

impl Posterior {
    /// `parts`: the folds by which `priors` were made, each with those held out.
    pub fn fit(
        priors: &Priors,
        datasets: usize,
        score: &Array2<f64>,
        confidence: &Grid,
        parts: &Parts,
    ) -> Posterior {
        let k = score.ncols();
        let mut by_size: Vec<(usize, usize)> = (0..datasets)
            .map(|d| (priors.dataset.iter().filter(|&&x| x == d).count(), d))
            .filter(|&(size, _)| size >= ENOUGH)
            .collect();
        by_size.sort_unstable_by(|a, b| b.cmp(a));
        let mut own: Vec<usize> = by_size.into_iter().take(DATASETS).map(|(_, d)| d).collect();
        own.sort_unstable();
        let width = OWN * (1 + datasets);
        let mut fitted = Posterior {
            datasets,
            answer: Packed64(Array2::zeros((k, width))),
            tells: vec![false; k],
            update: Packed64(Array2::zeros((0, k))),
            spread: Packed64(Array2::zeros((2 * pairs(k).count(), own.len() + 1))),
            innovations: Packed64(Array2::zeros((k, BINS * (own.len() + 1)))),
            own,
        };
        let rows = k * fitted.width(1) + pairs(k).count() * fitted.width(2);
        fitted.update = Packed64(Array2::zeros((rows, k)));
        if parts.is_empty() {
            return fitted;
        }
        let columns: Vec<(Option<Vec<f64>>, Vec<f64>)> = (0..k)
            .into_par_iter()
            .map(|m| innovation::out_of_fold(priors, datasets, score, confidence, m, parts))
            .collect();
        for (m, (w, _)) in columns.iter().enumerate() {
            if let Some(w) = w {
                fitted.tells[m] = true;
                let mut row = fitted.answer.0.row_mut(m);
                row.iter_mut().zip(w).for_each(|(to, w)| *to = *w);
            }
        }
        let innovation: Vec<Vec<f64>> = columns.into_iter().map(|(_, e)| e).collect();
        for (m, e) in innovation
            .iter()
            .enumerate()
            .filter(|(m, _)| fitted.tells[*m])
        {
            let group = |d| fitted.group(d);
            let bins = octiles(priors, fitted.own.len() + 1, group, confidence, m, e);
            let mut row = fitted.innovations.0.row_mut(m);
            row.iter_mut().zip(bins).for_each(|(to, v)| *to = v);
        }
        fitted.fit_updates(priors, score, &innovation, parts);
        fitted
    }

    /// Numbers in φ of a set of `called` models, and the intercept.
    fn width(&self, called: usize) -> usize {
        let k = self.answer.0.nrows();
        k + called * (1 + self.own.len()) + usize::from(called > 1) + 1
    }

    /// φ, without the 1 of the intercept.
    fn features(&self, p: &[f64], dataset: usize, called: &[Innovation]) -> Vec<f64> {
        let mut f = p.to_vec();
        for &(_, e) in called {
            f.push(e);
            f.extend(self.own.iter().map(|&d| if d == dataset { e } else { 0.0 }));
        }
        if let [(_, a), (_, b)] = called {
            f.push(a * b);
        }
        f
    }

    /// The first row of `update` of a set: one model, or two ascending.
    fn first_row(&self, called: &[Innovation]) -> usize {
        let k = self.answer.0.nrows();
        match *called {
            [(a, _), (b, _)] => k * self.width(1) + self.pair(a, b) * self.width(2),
            [(a, _)] => a * self.width(1),
            _ => 0,
        }
    }

    /// The place of the pair a < b among [`pairs`].
    fn pair(&self, a: usize, b: usize) -> usize {
        let k = self.answer.0.nrows();
        a * (2 * k - a - 1) / 2 + b - a - 1
    }

    fn fit_updates(
        &mut self,
        priors: &Priors,
        score: &Array2<f64>,
        innovation: &[Vec<f64>],
        parts: &Parts,
    ) {
        let k = score.ncols();
        let update = |set: &[usize]| self.fit_update(priors, score, innovation, parts, set);
        let alone: Vec<Update> = (0..k).into_par_iter().map(|a| update(&[a])).collect();
        // What a pair expects of n queries is let go as soon as its τ² are known.
        let pair = |(a, b): (usize, usize)| {
            let both = update(&[a, b]);
            let spreads = (0..STRENGTHS.len()).map(|s| {
                [a, b].map(|first| {
                    let before = &alone[first].out_of_fold[s];
                    self.spread_of(before, &both.out_of_fold[s], a, b, priors.dataset)
                })
            });
            (spreads.collect::<Vec<_>>(), both.fitted)
        };
        let pairs: Vec<(usize, usize)> = pairs(k).collect();
        let (spreads, both): (Vec<_>, Vec<_>) = pairs.par_iter().map(|&p| pair(p)).unzip();
        let fits: Vec<&Strengths> = alone.iter().map(|u| &u.fitted).chain(&both).collect();
        let errors: Vec<f64> = (0..STRENGTHS.len())
            .map(|s| fits.iter().map(|f| f.errors[s]).sum())
            .collect();
        let chosen = least(&errors);
        let mut start = 0;
        for fit in &fits {
            for row in fit.weights[chosen].rows() {
                self.update.0.row_mut(start).assign(&row);
                start += 1;
            }
        }
        let rows = spreads.iter().flat_map(|spread| &spread[chosen]);
        for (i, row) in rows.enumerate() {
            let mut to = self.spread.0.row_mut(i);
            to.iter_mut().zip(row).for_each(|(to, v)| *to = *v);
        }
    }

    fn fit_update(
        &self,
        priors: &Priors,
        score: &Array2<f64>,
        innovation: &[Vec<f64>],
        parts: &Parts,
        set: &[usize],
    ) -> Update {
        let (n, k) = score.dim();
        let mut x = Array2::<f32>::zeros((n, self.width(set.len()) - 1));
        let mut base = priors.p.clone();
        for i in 0..n {
            let called: Vec<Innovation> = set.iter().map(|&m| (m, innovation[m][i])).collect();
            let p = priors.p.row(i).to_vec();
            for (to, f) in
                x.row_mut(i)
                    .iter_mut()
                    .zip(self.features(&p, priors.dataset[i], &called))
            {
                *to = f as f32;
            }
            for (m, e) in called {
                base[[i, m]] += e;
            }
        }
        let residual = score - &base;
        let whole = Moments::of(x.view(), residual.view());
        let mut out_of_fold = vec![base; STRENGTHS.len()];
        for (held, _) in parts {
            let unseen = dense::rows(x.view(), held);
            let part = Moments::of(unseen.view(), dense::rows(residual.view(), held).view());
            let fits = whole.without(&part).fit(&STRENGTHS);
            for (out, w) in out_of_fold.iter_mut().zip(&fits) {
                let moved = ridge::predict(unseen.view(), w.view());
                for (&i, row) in held.iter().zip(moved.rows()) {
                    let mut to = out.row_mut(i);
                    to += &row;
                }
            }
        }
        let error = |out: &Array2<f64>| (score - out).iter().map(|v| v * v).sum();
        debug_assert_eq!(k, self.tells.len());
        Update {
            fitted: Strengths {
                weights: whole.fit(&STRENGTHS),
                errors: out_of_fold.iter().map(error).collect(),
            },
            out_of_fold,
        }
    }

    /// τ² of each dataset with weights of its own, then of the others.
    fn spread_of(
        &self,
        before: &Array2<f64>,
        after: &Array2<f64>,
        a: usize,
        b: usize,
        dataset: &[usize],
    ) -> Vec<f64> {
        let groups = self.own.len() + 1;
        let mut sums = vec![(0.0, 0.0); groups];
        for (i, &d) in dataset.iter().enumerate() {
            let gap = |p: &Array2<f64>| p[[i, a]] - p[[i, b]];
            let moved = gap(after) - gap(before);
            let to = &mut sums[self.group(d)];
            to.0 += moved * moved;
            to.1 += variance(before[[i, a]]) + variance(before[[i, b]]);
        }
        let whole = sums.iter().fold((0.0, 0.0), |w, s| (w.0 + s.0, w.1 + s.1));
        let overall = if whole.1 > 0.0 {
            whole.0 / whole.1
        } else {
            0.0
        };
        sums.iter()
            .map(|s| (s.0 + SPREAD * overall) / (s.1 + SPREAD))
            .collect()
    }

    fn group(&self, dataset: usize) -> usize {
        self.own.binary_search(&dataset).unwrap_or(self.own.len())
    }

    /// The innovation of model `m`, whose answer had this confidence.
    pub fn innovation(&self, p: &[f64], dataset: usize, m: usize, confidence: Option<f64>) -> f64 {
        match (confidence, self.answer.0.row(m).as_slice()) {
            (Some(c), Some(w)) if self.tells[m] => answer(w, p[m], dataset, c) - p[m],
            _ => 0.0,
        }
    }

    /// The posterior means of all models after at most two calls, by ascending model.
    pub fn posterior(&self, p: &[f64], dataset: usize, called: &[Innovation]) -> Vec<f64> {
        let mut post = p.to_vec();
        if called.is_empty() {
            return post;
        }
        for &(m, e) in called {
            post[m] += e;
        }
        let start = self.first_row(called);
        let features = self.features(p, dataset, called);
        for (j, f) in features.into_iter().chain([1.0]).enumerate() {
            for (to, w) in post.iter_mut().zip(self.update.0.row(start + j)) {
                *to += f * w;
            }
        }
        post
    }

    /// E[max(post_a, post_b)] once b is called too, from the means `post` after
    /// a alone.
    pub fn best_of_two(&self, post: &[f64], dataset: usize, a: usize, b: usize) -> f64 {
        let row = 2 * self.pair(a.min(b), a.max(b)) + usize::from(b < a);
        let tau = self.spread.0[[row, self.group(dataset)]];
        let theta = (tau * (variance(post[a]) + variance(post[b]))).sqrt();
        expected_max(post[a], post[b], theta)
    }

    /// The equally likely innovations of model `m` before it is called.
    pub fn possible(&self, p: &[f64], dataset: usize, m: usize) -> [f64; BINS] {
        let start = BINS * self.group(dataset);
        let scale = variance(p[m]).sqrt();
        std::array::from_fn(|i| scale * self.innovations.0[[m, start + i]])
    }

    /// Refuses sizes that do not agree and numbers out of range.
    pub fn check(&self, models: usize, datasets: usize) -> Result<()> {
        let pairs = pairs(models).count();
        let sound = self.datasets == datasets
            && self.tells.len() == models
            && self.own.windows(2).all(|w| w[0] < w[1])
            && self.own.iter().all(|&d| d < datasets);
        if !sound {
            return Err(rb_record::error::Error::router_file(
                "the datasets or the models of the confidences do not agree; fit and save the router again",
            ));
        }
        self.answer.check(
            "the weights of the confidences",
            models,
            OWN * (1 + datasets),
        )?;
        let rows = models * self.width(1) + pairs * self.width(2);
        self.update
            .check("the weights of the updates", rows, models)?;
        self.spread
            .check("the spread", 2 * pairs, self.own.len() + 1)?;
        let bins = BINS * (self.own.len() + 1);
        self.innovations.check("the surprises", models, bins)?;
        if self.spread.0.iter().all(|v| *v >= 0.0) {
            Ok(())
        } else {
            Err(rb_record::error::Error::router_file(
                "the spread is negative; fit and save the router again",
            ))
        }
    }
}

/// One set's ridge fits: a matrix and an out-of-fold error for each strength.
struct Strengths {
    weights: Vec<Array2<f64>>,
    errors: Vec<f64>,
}

/// One set's ridge fits, and what they expect out of fold (n×K) for each strength.
struct Update {
    fitted: Strengths,
    out_of_fold: Vec<Array2<f64>>,
}

#[cfg(test)]
#[path = "posterior_tests.rs"]
mod tests;
