//! domain: guess which dataset the query is like, expect what each model does
//! there, and correct by what the query's own vector says beyond that.
//!
//! Model, for a unit vector x, datasets d, models m:
//!
//! ```text
//! p(x,m) = Σ_d P(d|x)·mean_{d,m} + x·w_m + b_m        near the train data
//! p(x,m) = mean_m + (x − x̄)·v_m                       out of distribution
//! ```
//!
//! P by multinomial logistic regression (softmax.rs); mean_{d,m} shrunk to the
//! model's mean as in kmeans.rs; w by ridge (axis_ridge.rs) on the residuals of
//! an out-of-fold first stage, v by the same on the scores themselves. g likewise,
//! kept within the costs that the model had on train. p is not cut to 0..1:
//! that would make ties of what the ridge tells apart.
//!
//! Out of distribution P(d|x) is not flat, so distance decides: the cosine to
//! the nearest dataset's centroid below the 1 % quantile of the same number of
//! train rows against centroids that were made without them.
//!
//! Every strength (softmax L2, shrinkage of the means, both ridges, which may
//! be left out) is chosen by the squared error of p out of fold; those of v
//! with whole datasets left out, because that is when it is used. The dataset
//! label is read in training only. Fit O(S·iterations·N·d·D + N·d² + S·d³), a
//! query O(d·(D + K)). Fails where neither the dataset nor the vector tells
//! what the models are good at: then it ties with the best single.
//! Source: our own.

use crate::file::packed::{Packed32, Packed64};
use crate::file::params::Params;
use crate::guard::{self, Guard};
use crate::kinds::linear::dataset_classifier::{Guide, SOFTMAX};
use crate::kinds::linear::distance::{bound, centroids, datasets_left_out, nearest};
use crate::kinds::shrinkage::{shrunk_means, STRENGTHS};
use crate::router::{ByEstimate, Entry, Estimates, Estimator, Family, FitTime, Router, Shape};
use crate::table::{impute, Batch, Needs, Table};
use crate::unseen::Unseen;
use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;
use rb_learn::axis_ridge::{self, least};
use rb_learn::folds::Parts;
use rb_learn::folds::{self, FOLDS};
use rb_learn::softmax::Softmax;
use rb_learn::{dense, ridge};
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "domain",
    family: Family::Start,
    about: "Predicted dataset's means, corrected by ridge",
    help: "Multinomial logistic regression predicts the dataset from the embedding; expected \
           score and cost are the datasets' means in those proportions, plus a ridge \
           regression of the out-of-fold residual. Queries unlike all of train get the \
           model's mean plus ridge. Strengths are chosen out of fold; the dataset label is \
           used in training only.",
    flags: &[guard::FLAG],
    oracle: false,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::EMBEDDING),
    fit,
    load,
};

/// What turns P(d|x) and x into one expected value a model.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// D×K.
    means: Packed64,
    /// (d+1)×K, the intercepts last: added to the means.
    residual: Packed64,
    /// (d+1)×K: stands alone where the query is out of distribution.
    far: Packed64,
}

/// A fitted router of this kind.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// D×d.
    weights: Packed32,
    /// 1×D.
    intercepts: Packed64,
    /// D×d, unit rows.
    centroids: Packed32,
    /// The least cosine to the nearest centroid that is not out of distribution.
    bound: f64,
    score: Head,
    /// null where no cost is known.
    cost: Option<Head>,
    /// 2×K, USD: the least and the greatest train cost.
    cost_range: Packed64,
    scale: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guard: Option<Guard>,
    /// What was expected of the rows of train without them.
    #[serde(skip)]
    pub(super) unseen: Option<Estimates>,
    /// Whether a guard was looked for.
    #[serde(skip)]
    seeks_guard: bool,
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let (mut domain, ..) = learn_whole(table, seed, None);
    domain.seeks_guard = guard::is_on(params)?;
    if let Some(unseen) = domain.unseen.as_ref().filter(|_| domain.seeks_guard) {
        domain.guard = guard::choose(unseen, table);
    }
    Ok(Box::new(ByEstimate(domain)))
}

/// The fit, the likeliest dataset of each row out of fold (of none without folds), and
/// what guides fits on most of the same rows; `start`: that of such a fit on more.
pub(super) fn learn_whole(
    table: &Table,
    seed: u64,
    start: Option<&Guide>,
) -> (Domain, Vec<usize>, Guide) {
    let targets = impute::targets(table);
    let x = dense::normalized(table.x.view());
    let (labels, classes) = classes_of(table);
    let fold = table.folds(FOLDS, seed);
    let parts = folds::every(&fold, FOLDS);
    let mut values = vec![&targets.score];
    if targets.scale > 0.0 {
        values.push(&targets.cost);
    }

    let guide = Guide::of(&x, &labels, classes, start);
    let posteriors = out_of_fold_posteriors(&x, &labels, &guide, &parts);
    let first =
        |c: usize, v: &Array2<f64>, l: f64| first_stage(&posteriors[c], v, &labels, &parts, l);
    // The classifier and the shrinkage whose first stages err least.
    let errors = |c: usize, v: &Array2<f64>| -> Vec<f64> {
        let error = |&l: &f64| squared(&(v - &first(c, v, l)));
        STRENGTHS.par_iter().map(error).collect()
    };
    let lowest = |c: usize| {
        errors(c, &targets.score)
            .into_iter()
            .fold(f64::MAX, f64::min)
    };
    let chosen = least(&(0..SOFTMAX.len()).map(lowest).collect::<Vec<_>>());
    let shrinkage = |v: &&Array2<f64>| STRENGTHS[least(&errors(chosen, v))];
    let shrinkage: Vec<f64> = values.iter().map(shrinkage).collect();

    let residual = |(v, &l): (&&Array2<f64>, &f64)| {
        if parts.is_empty() {
            Array2::zeros(v.dim())
        } else {
            *v - &first(chosen, v, l)
        }
    };
    let residuals: Vec<_> = values.iter().zip(&shrinkage).map(residual).collect();
    let (residuals, unseen) = axis_ridge::fit_and_hold_out(x.view(), &residuals, &parts);
    let whole: Vec<_> = values.iter().map(|v| (*v).clone()).collect();
    let far = axis_ridge::fit(
        x.view(),
        &whole,
        &datasets_left_out(&labels, classes, &parts),
    );
    let head = |t: usize| Head {
        means: Packed64(shrunk_means(
            values[t],
            &labels,
            classes,
            &impute::column_means(values[t]),
            shrinkage[t],
        )),
        residual: Packed64(residuals[t].clone()),
        far: Packed64(far[t].clone()),
    };
    let classifier = guide.classifiers[chosen].clone();
    let mut domain = Domain {
        bound: bound(&x, &labels, classes, &parts),
        centroids: Packed32(centroids(&x, &labels, classes)),
        weights: Packed32(classifier.weights),
        intercepts: Packed64::from_row(classifier.intercepts),
        score: head(0),
        cost: (values.len() > 1).then(|| head(1)),
        cost_range: Packed64(range(&targets.cost)),
        scale: targets.scale,
        guard: None,
        unseen: None,
        seeks_guard: false,
    };
    if !parts.is_empty() {
        // Without the row, nearly: the classifier and the strengths were chosen with it.
        let mut of = (values.iter().zip(&shrinkage).zip(unseen))
            .map(|((v, &l), residual)| first(chosen, v, l) + residual);
        let p = of.next().unwrap_or_else(|| Array2::zeros((0, 0)));
        let g = of.next().unwrap_or_else(|| Array2::zeros(p.dim()));
        domain.unseen = Some(domain.estimates(p, g));
    }
    let likeliest = if parts.is_empty() {
        Vec::new()
    } else {
        likeliest(&posteriors[chosen])
    };
    (domain, likeliest, guide)
}

/// The datasets that have rows, numbered in order: a number a row, and how many.
pub fn classes_of(table: &Table) -> (Vec<usize>, usize) {
    let mut present = table.dataset.clone();
    present.sort_unstable();
    present.dedup();
    let number = |d: &usize| present.partition_point(|p| p < d);
    (table.dataset.iter().map(number).collect(), present.len())
}

/// P(d|x) of each row by a classifier that has not seen its prompt: one n×D
/// matrix for each strength in [`SOFTMAX`].
fn out_of_fold_posteriors(
    x: &Array2<f32>,
    labels: &[usize],
    guide: &Guide,
    parts: &Parts,
) -> Vec<Array2<f64>> {
    let fits: Vec<Vec<Array2<f64>>> = parts
        .par_iter()
        .map(|(held, rest)| {
            let (seen, unseen) = (dense::rows(x.view(), rest), dense::rows(x.view(), held));
            let own: Vec<usize> = rest.iter().map(|&i| labels[i]).collect();
            let fit = |s| guide.fit(seen.view(), &own, s, &guide.classifiers[s]);
            (0..SOFTMAX.len())
                .map(|s| fit(s).posterior(unseen.view()))
                .collect()
        })
        .collect();
    (0..SOFTMAX.len())
        .map(|s| {
            let of_parts: Vec<_> = fits.iter().map(|f| f[s].clone()).collect();
            folds::scatter(parts, &of_parts, x.nrows())
        })
        .collect()
}

/// Σ_d P(d|x)·mean_d of each row, the means made without its part.
fn first_stage(
    posterior: &Array2<f64>,
    values: &Array2<f64>,
    labels: &[usize],
    parts: &Parts,
    strength: f64,
) -> Array2<f64> {
    let of_part = |(held, rest): &(Vec<usize>, Vec<usize>)| {
        let seen = dense::rows(values.view(), rest);
        let own: Vec<usize> = rest.iter().map(|&i| labels[i]).collect();
        let overall = impute::column_means(&seen);
        let means = shrunk_means(&seen, &own, posterior.ncols(), &overall, strength);
        dense::product(dense::rows(posterior.view(), held).view(), means.t())
    };
    if parts.is_empty() {
        return Array2::zeros(values.dim());
    }
    let of_parts: Vec<_> = parts.iter().map(of_part).collect();
    folds::scatter(parts, &of_parts, values.nrows())
}

/// The place of the greatest number of each row, ties to the first.
fn likeliest(posterior: &Array2<f64>) -> Vec<usize> {
    let first_of_most =
        |row: ArrayView1<f64>| (1..row.len()).fold(0, |b, d| if row[d] > row[b] { d } else { b });
    posterior.rows().into_iter().map(first_of_most).collect()
}

/// The least and the greatest of each column.
fn range(values: &Array2<f64>) -> Array2<f64> {
    let of = |m: usize, start: f64, f: fn(f64, f64) -> f64| {
        values.column(m).iter().copied().fold(start, f)
    };
    Array2::from_shape_fn((2, values.ncols()), |(end, m)| match end {
        0 => of(m, f64::MAX, f64::min),
        _ => of(m, 0.0, f64::max),
    })
}

fn squared(values: &Array2<f64>) -> f64 {
    values.iter().map(|v| v * v).sum()
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: Domain = crate::file::state::read_state(state)?;
    router.check(shape)?;
    Ok(Box::new(ByEstimate(router)))
}

impl Domain {
    /// D, the number of datasets told apart.
    pub fn classes(&self) -> usize {
        self.weights.0.nrows()
    }

    /// The likeliest dataset of each row of unit vectors, ties to the first.
    pub fn likeliest(&self, x: ArrayView2<f32>) -> Vec<usize> {
        likeliest(&self.classifier().posterior(x))
    }

    /// Expected scores and costs, these within what train knows.
    fn estimates(&self, p: Array2<f64>, mut g: Array2<f64>) -> Estimates {
        for mut row in g.rows_mut() {
            for (m, v) in row.iter_mut().enumerate() {
                *v = v.clamp(self.cost_range.0[[0, m]], self.cost_range.0[[1, m]]);
            }
        }
        Estimates {
            p,
            g,
            scale: self.scale,
        }
    }

    fn classifier(&self) -> Softmax {
        Softmax {
            weights: self.weights.0.clone(),
            intercepts: self.intercepts.row().to_vec(),
        }
    }

    /// Refuses sizes that do not agree and numbers out of range.
    pub fn check(&self, shape: Shape) -> Result<()> {
        let (classes, models) = (self.weights.0.nrows().max(1), shape.models);
        self.weights.check("the weights", classes, shape.dim)?;
        self.intercepts.check("the intercepts", 1, classes)?;
        self.centroids.check("the centroids", classes, shape.dim)?;
        self.cost_range.check("the range of costs", 2, models)?;
        crate::file::state::check_finite("the scale", &[self.scale, self.bound])?;
        for head in [Some(&self.score), self.cost.as_ref()]
            .into_iter()
            .flatten()
        {
            head.means.check("the means", classes, models)?;
            head.residual.check("the residual", shape.dim + 1, models)?;
            head.far.check("the fallback", shape.dim + 1, models)?;
        }
        if let Some(guard) = &self.guard {
            guard.check(models)?;
        }
        let range = &self.cost_range.0;
        let sound = (0..models).all(|m| 0.0 <= range[[0, m]] && range[[0, m]] <= range[[1, m]]);
        if !sound || self.cost.is_some() != (self.scale > 0.0) {
            return Err(Error::router_file(
                "the range of costs or the scale is out of range; fit and save the router again",
            ));
        }
        Ok(())
    }
}

impl Head {
    /// Expected values of each row (n×K).
    fn expected(&self, x: ArrayView2<f32>, posterior: &Array2<f64>, far: &[bool]) -> Array2<f64> {
        let mut out = ridge::predict(x, self.residual.0.view());
        let alone = ridge::predict(x, self.far.0.view());
        let means = dense::product(posterior.view(), self.means.0.t());
        for (i, &far) in far.iter().enumerate() {
            let mut row = out.row_mut(i);
            if far {
                row.assign(&alone.row(i));
                continue;
            }
            row += &means.row(i);
        }
        out
    }
}

impl Estimator for Domain {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let x = dense::normalized(batch.x);
        let posterior = self.classifier().posterior(x.view());
        let far: Vec<bool> = nearest(x.view(), self.centroids.0.view())
            .iter()
            .map(|&cosine| cosine < self.bound)
            .collect();
        let p = self.score.expected(x.view(), &posterior, &far);
        let g = match &self.cost {
            Some(head) => head.expected(x.view(), &posterior, &far),
            None => Array2::zeros(p.dim()),
        };
        self.estimates(p, g)
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
    fn guard(&self) -> Option<&Guard> {
        self.guard.as_ref()
    }
    fn unseen(&self, _: &Table, _: u64) -> Option<Unseen<'_>> {
        Some(Unseen {
            expected: Cow::Borrowed(self.unseen.as_ref()?),
            is_guarded: self.seeks_guard,
        })
    }
}
