//! Accept scores: how likely an answer is right, from the query and from what
//! the answer tells of itself. Its complement is the doubt d, in 0..1.
//!
//! The raw form is d = 1 − confidence. The scorer is, for each model m,
//!
//! ```text
//! 1 − d = σ(w_m·x + u_m·f + b_m)    f = (c, L, L², ln(1 + ℓ)), standardised
//! min ½‖w_m‖² + ½‖u_m‖² + C·Σ −s·ln(1 − d) − (1 − s)·ln d      (linear.rs, C = 1)
//! ```
//!
//! x the unit embedding, c the confidence, L = −ln(1 − c + 1e−6)/ln 1e6
//! (confidences crowd at 1), ℓ the completion tokens, s the train score, a
//! graded one as a soft label; gaps are filled by shrunk effects (impute.rs).
//! A signal that an answer did not give is taken for the model's mean of f, so
//! it says nothing; without a confidence the raw form has the model's median d.
//! Fit O(K·iterations·n·dim), a query O(K·dim).

use crate::file::packed::Packed64;
use crate::table::signals::Reads;
use crate::table::{Field, Table};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use rb_learn::dense;
use rb_learn::folds::{self, Parts};
use rb_learn::linear::{self, Aid, Curvature, Design, Loss};
use rb_learn::ridge::Moments;
use rb_record::error::{Error, Result};
use rb_record::record::signal::Signal;
use serde::{Deserialize, Serialize};

const C: f64 = 1.0;
/// A Gram matrix of more columns costs more than it saves.
const WIDEST: usize = 1024;
/// The accept score of a model with the same score everywhere stays this far
/// from 0 and 1.
const NEVER_SURE: f64 = 1e-6;

/// What the accept score is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A scorer on x, confidence and length.
    Both,
    /// A scorer on x and length.
    Scorer,
    /// The raw confidence.
    Confidence,
}

/// Their names, in that order.
pub const KINDS: [(&str, Kind); 3] = [
    ("both", Kind::Both),
    ("scorer", Kind::Scorer),
    ("confidence", Kind::Confidence),
];

impl Kind {
    /// The signals that it reads of the models called.
    pub fn reads(self) -> Reads {
        match self {
            Kind::Both => Reads::Either,
            Kind::Scorer => Reads::Length,
            Kind::Confidence => Reads::Confidence,
        }
    }

    /// f before it is standardised; None where the signal is unknown.
    fn features(self, signal: Signal) -> Vec<Option<f64>> {
        let length = signal.length.map(|l| (1.0 + l).ln());
        match self {
            Kind::Both => {
                let c = signal.confidence;
                let log = c.map(|c| -(1.0 - c + 1e-6).ln() / 1e6f64.ln());
                vec![c, log, log.map(|l| l * l), length]
            }
            Kind::Scorer => vec![length],
            Kind::Confidence => Vec::new(),
        }
    }
}

/// A fitted accept score for each of K models.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Accept {
    /// 1 − c.
    Confidence {
        /// 1×K: the doubt of an answer without a confidence.
        middle: Packed64,
    },
    /// A logistic scorer a model.
    Scorer {
        /// f has the confidence in it.
        confidence: bool,
        /// K×(d+F+1): w, u, b.
        weights: Packed64,
        /// K×F each: the mean of f, and one over its spread.
        mean: Packed64,
        /// One over the spread of f.
        scale: Packed64,
    },
}

fn signal(table: &Table, i: usize, m: usize) -> Signal {
    Signal {
        confidence: table.grid(Field::Confidence).get(i, m),
        reward: table.grid(Field::Reward).get(i, m),
        length: table.grid(Field::CompletionTokens).get(i, m),
        answer: table.grid(Field::Answer).get(i, m),
    }
}

/// A training table as accept scores are learnt from it.
pub struct Learner<'a> {
    /// What the accept score is made of.
    pub kind: Kind,
    /// The train queries.
    pub table: &'a Table,
    /// n×d, unit rows.
    x: Array2<f32>,
    /// n×K, gaps filled.
    score: &'a Array2<f64>,
    /// Σ x·xᵀ, where it pays to know it.
    gram: Option<Array2<f64>>,
}

impl<'a> Learner<'a> {
    /// Refuses a table without any of the signals that are read.
    pub fn new(kind: Kind, table: &'a Table, score: &'a Array2<f64>) -> Result<Learner<'a>> {
        let any = |field| (0..table.k()).any(|m| table.grid(field).known(m) > 0);
        let (known, missing) = match kind {
            Kind::Both => (
                any(Field::Confidence) || any(Field::CompletionTokens),
                "neither a confidence (outcomes.MODEL.confidence, 0..1) nor completion_tokens, one of which this router reads of the models it calls; import it, or choose a router that needs none, such as domain",
            ),
            Kind::Scorer => (
                any(Field::CompletionTokens),
                "no completion_tokens, which --accept scorer reads of the models called; import them, or --accept confidence where there are confidences",
            ),
            Kind::Confidence => (
                any(Field::Confidence),
                "no confidence (outcomes.MODEL.confidence, 0..1), which --accept confidence reads of the models called; import it, or --accept scorer where there are completion_tokens",
            ),
        };
        if known {
            let x = dense::normalized(table.x.view());
            let (n, d) = x.dim();
            let pays = kind != Kind::Confidence && d <= n && d <= WIDEST;
            let gram =
                pays.then(|| Moments::of(x.view(), Array2::zeros((n, 0)).view()).uncentred());
            Ok(Learner {
                kind,
                table,
                x,
                score,
                gram,
            })
        } else {
            Err(Error::input(format!("the train outcomes have {missing}")))
        }
    }

    /// Fits on `rows`, at least one; the fit on more of them is where to start.
    pub fn fit(&self, rows: &[usize], start: Option<&Accept>) -> Accept {
        let k = self.table.k();
        if self.kind == Kind::Confidence {
            let middle = |m: usize| {
                let known = rows
                    .iter()
                    .filter_map(|&i| signal(self.table, i, m).confidence);
                median(known.map(|c| 1.0 - c).collect())
            };
            return Accept::Confidence {
                middle: Packed64::from_row((0..k).map(middle).collect()),
            };
        }
        let fitted: Vec<[Vec<f64>; 3]> = (0..k)
            .into_par_iter()
            .map(|m| self.fit_model(rows, m, start))
            .collect();
        let stack = |part: usize| {
            let width = fitted.first().map_or(0, |f| f[part].len());
            Packed64(Array2::from_shape_fn((k, width), |(m, j)| {
                fitted[m][part][j]
            }))
        };
        Accept::Scorer {
            confidence: self.kind == Kind::Both,
            weights: stack(0),
            mean: stack(1),
            scale: stack(2),
        }
    }

    /// Weights, mean and scale of one model.
    fn fit_model(&self, rows: &[usize], m: usize, start: Option<&Accept>) -> [Vec<f64>; 3] {
        let f: Vec<Vec<Option<f64>>> = rows
            .iter()
            .map(|&i| self.kind.features(signal(self.table, i, m)))
            .collect();
        let width = f.first().map_or(0, Vec::len);
        let (mut mean, mut scale) = (vec![0.0; width], vec![1.0; width]);
        for j in 0..width {
            let known: Vec<f64> = f.iter().filter_map(|f| f[j]).collect();
            let n = known.len().max(1) as f64;
            mean[j] = known.iter().sum::<f64>() / n;
            let variance = known.iter().map(|v| (v - mean[j]).powi(2)).sum::<f64>() / n;
            if variance > 1e-12 {
                scale[j] = 1.0 / variance.sqrt();
            }
        }
        let d = self.x.ncols();
        let mut x = Vec::with_capacity(rows.len() * (d + width));
        for (&row, f) in rows.iter().zip(&f) {
            x.extend(self.x.row(row));
            let numbers = f.iter().zip(&mean).zip(&scale);
            x.extend(numbers.map(|((f, mean), scale)| standard(*f, *mean, *scale) as f32));
        }
        let x = Array2::from_shape_vec((rows.len(), d + width), x)
            .expect("as many numbers as rows times columns");
        let y: Vec<f64> = rows.iter().map(|&i| self.score[[i, m]]).collect();
        let weights = if y.iter().all(|s| *s == y[0]) {
            let p = y[0].clamp(NEVER_SURE, 1.0 - NEVER_SURE);
            let mut weights = vec![0.0; d + width + 1];
            weights[d + width] = (p / (1.0 - p)).ln();
            weights
        } else {
            let start = match start {
                Some(Accept::Scorer { weights, .. }) => Some(weights.0.row(m).to_vec()),
                _ => None,
            };
            let p = y.iter().sum::<f64>() / y.len() as f64;
            // Less than p(1 − p), which is the curvature of knowing nothing.
            let kappa = (0.7 * p * (1.0 - p)).max(NEVER_SURE);
            // That of all rows, as if of these.
            let size = C * rows.len() as f64 / self.table.len() as f64;
            let n = self.table.len();
            let curvature = self.gram.as_ref();
            let curvature = curvature.map(|g| Curvature::of(g.view(), n, size, kappa));
            let aid = Aid {
                start: start.as_deref(),
                curvature: curvature.as_ref(),
            };
            let fitted = linear::fit_with(&Design::Dense(x), &y, Loss::Logistic, C, aid);
            let mut weights = fitted.weights;
            weights.push(fitted.intercept);
            weights
        };
        [weights, mean, scale]
    }

    /// The doubts of `rows` by a fit, one row each.
    fn doubts(&self, accept: &Accept, rows: &[usize]) -> Array2<f64> {
        let x = self.x.select(ndarray::Axis(0), rows);
        let known = accept.of_queries(x.view());
        Array2::from_shape_fn((rows.len(), self.table.k()), |(r, m)| {
            accept.doubt(&known[r], m, signal(self.table, rows[r], m))
        })
    }

    /// The doubt of every row (n×K) by fits that have not seen it; by `whole`
    /// where nothing was trained, or all rows share one prompt.
    pub fn out_of_fold(&self, whole: &Accept, parts: &Parts) -> Array2<f64> {
        let all: Vec<usize> = (0..self.table.len()).collect();
        if self.kind == Kind::Confidence || parts.is_empty() {
            return self.doubts(whole, &all);
        }
        let of_part = |(held, rest): &(Vec<usize>, Vec<usize>)| {
            self.doubts(&self.fit(rest, Some(whole)), held)
        };
        let of_parts: Vec<_> = parts.iter().map(of_part).collect();
        folds::scatter(parts, &of_parts, all.len())
    }
}

/// A feature as the scorer takes it; the mean where it is unknown.
fn standard(f: Option<f64>, mean: f64, scale: f64) -> f64 {
    f.map_or(0.0, |f| (f - mean) * scale)
}

/// 1/2 of none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.5,
        n => (values[(n - 1) / 2] + values[n / 2]) / 2.0,
    }
}

impl Accept {
    fn kind(&self) -> Kind {
        match self {
            Accept::Confidence { .. } => Kind::Confidence,
            Accept::Scorer { confidence, .. } if *confidence => Kind::Both,
            Accept::Scorer { .. } => Kind::Scorer,
        }
    }

    /// What is known of each query (`x`: n×d, unit rows) before any call:
    /// w_m·x + b_m of each model; nothing where no x is read.
    pub fn of_queries(&self, x: ArrayView2<f32>) -> Vec<Vec<f64>> {
        let Accept::Scorer { weights, .. } = self else {
            return vec![Vec::new(); x.nrows()];
        };
        let of = |i: usize| {
            let x = x.row(i);
            let logit = |w: ndarray::ArrayView1<f64>| {
                let own: f64 = x.iter().zip(w).map(|(x, w)| f64::from(*x) * w).sum();
                own + w[w.len() - 1]
            };
            weights.0.rows().into_iter().map(logit).collect()
        };
        (0..x.nrows()).into_par_iter().map(of).collect()
    }

    /// The doubt of model `m`'s answer to the query of which `known` is known.
    pub fn doubt(&self, known: &[f64], m: usize, signal: Signal) -> f64 {
        match self {
            Accept::Confidence { middle } => {
                signal.confidence.map_or(middle.0[[0, m]], |c| 1.0 - c)
            }
            Accept::Scorer {
                weights,
                mean,
                scale,
                ..
            } => {
                let f = self.kind().features(signal);
                let from = weights.0.ncols() - 1 - f.len();
                let mut z = known[m];
                for (j, f) in f.into_iter().enumerate() {
                    z += weights.0[[m, from + j]] * standard(f, mean.0[[m, j]], scale.0[[m, j]]);
                }
                linear::sigmoid(-z)
            }
        }
    }

    /// Refuses sizes that do not agree and numbers that are not finite.
    pub fn check(&self, models: usize, dim: usize) -> Result<()> {
        match self {
            Accept::Confidence { middle } => {
                middle.check("the middle of the doubts", 1, models)?;
                if dim != 0 {
                    return Err(Error::router_file(
                        "an embedder is named and no scorer reads it; fit and save the router again",
                    ));
                }
                Ok(())
            }
            Accept::Scorer {
                weights,
                mean,
                scale,
                ..
            } => {
                let width = self.kind().features(Signal::default()).len();
                weights.check("the scorer", models, dim + width + 1)?;
                mean.check("the means of the signals", models, width)?;
                scale.check("the spreads of the signals", models, width)
            }
        }
    }
}
