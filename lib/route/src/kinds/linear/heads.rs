//! Several linear models of the same rows, kept as a router file keeps them:
//! what turns w·x into an expected score or cost. Weights are rounded to f32.

use crate::file::packed::Packed32;
use crate::file::state::check_finite;
use crate::router::{Estimates, Shape};
use crate::table::impute::Targets;
use ndarray::Array2;
use rayon::prelude::*;
use rb_learn::linear::{self, Design, Linear, Loss};
use rb_learn::ridge;
use rb_record::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Several linear models of the same rows.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heads {
    /// d×K.
    weights: Packed32,
    heads: Vec<Head>,
}

/// What turns w·x into a prediction: σ(w·x + b) where `is_logistic`, else
/// (w·x + b)·scale kept in low..high.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    is_logistic: bool,
    intercept: f64,
    scale: f64,
    low: f64,
    high: f64,
}

impl Heads {
    /// One head a column of targets.
    pub fn of(columns: &[Column], x: &Design, c: f64) -> Heads {
        let mut solved = ridges(columns, x, c);
        let left: Vec<usize> = (0..columns.len())
            .filter(|&m| solved[m].is_none() && !columns[m].is_constant())
            .collect();
        let targets: Vec<(&[f64], Loss)> = left
            .iter()
            .map(|&m| (&columns[m].y[..], columns[m].loss))
            .collect();
        for (m, fitted) in left.into_iter().zip(linear::fit_many(x, &targets, c)) {
            solved[m] = Some(fitted);
        }
        let fitted: Vec<(Vec<f64>, Head)> = columns
            .iter()
            .zip(solved)
            .map(|(t, fitted)| t.head(x, fitted))
            .collect();
        let weights =
            Array2::from_shape_fn((x.columns(), fitted.len()), |(j, m)| fitted[m].0[j] as f32);
        Heads {
            weights: Packed32(weights),
            heads: fitted.into_iter().map(|(_, head)| head).collect(),
        }
    }

    /// Expected costs in USD, for every router that regresses or ranks scores
    /// and has no costs of its own: ridge of cost/mean_m with strength C,
    /// g(x,m) = mean_m·(v·x + a), kept within the model's train costs.
    pub fn costs(targets: &Targets, x: &Design, c: f64) -> Heads {
        let column = |m: usize| {
            let y = targets.cost.column(m).to_vec();
            let (low, high) = range(&y);
            let mean = targets.mean_cost[m];
            let scale = if mean > 0.0 { mean } else { 1.0 };
            Column {
                y: y.into_iter().map(|c| c / scale).collect(),
                scale,
                loss: Loss::Squared,
                low,
                high,
            }
        };
        let columns: Vec<Column> = (0..targets.mean_cost.len()).map(column).collect();
        Heads::of(&columns, x, c)
    }

    /// n×K predictions.
    pub fn predict(&self, x: &Design) -> Array2<f64> {
        let k = self.heads.len();
        let rows: Vec<f64> = (0..x.rows())
            .into_par_iter()
            .flat_map_iter(|i| {
                let mut z: Vec<f64> = self.heads.iter().map(|h| h.intercept).collect();
                x.each(i, |j, v| {
                    for (z, w) in z.iter_mut().zip(self.weights.0.row(j)) {
                        *z += v * *w as f64;
                    }
                });
                for (z, head) in z.iter_mut().zip(&self.heads) {
                    *z = if head.is_logistic {
                        linear::sigmoid(*z)
                    } else {
                        (*z * head.scale).clamp(head.low, head.high)
                    };
                }
                z
            })
            .collect();
        Array2::from_shape_vec((x.rows(), k), rows).unwrap_or_else(|_| Array2::zeros((0, k)))
    }

    /// Expected scores `p` (n×K) of the rows `x`, with their expected costs.
    pub fn beside(&self, p: Array2<f64>, x: &Design, scale: f64) -> Estimates {
        Estimates {
            p,
            g: self.predict(x),
            scale,
        }
    }

    /// Refuses costs and a cost scale that a router of this shape cannot have.
    pub fn check_costs(&self, scale: f64, shape: Shape) -> Result<()> {
        self.check("the cost", shape.dim, shape.models)?;
        check_finite("the scale", &[scale])
    }

    /// Refuses sizes that do not agree and numbers out of range.
    pub fn check(&self, what: &str, width: usize, models: usize) -> Result<()> {
        self.weights.check(what, width, models)?;
        let sound = |h: &Head| {
            let numbers = [h.intercept, h.scale, h.low, h.high];
            numbers.iter().all(|v| v.is_finite()) && h.low <= h.high
        };
        if self.heads.len() == models && self.heads.iter().all(sound) {
            Ok(())
        } else {
            Err(Error::router_file(format!(
            "{what} has {} heads, expected {models} with finite numbers in order; fit and save the router again",
            self.heads.len()
        )))
        }
    }
}

/// The targets of one head, in units of `scale`, the loss, and the range of
/// its predictions.
pub struct Column {
    /// One a row, in units of `scale`.
    pub y: Vec<f64>,
    /// What a prediction is multiplied by.
    pub scale: f64,
    /// What is minimised.
    pub loss: Loss,
    /// The least prediction.
    pub low: f64,
    /// The greatest prediction.
    pub high: f64,
}

impl Column {
    /// Whether all targets are the same, so that no regression is needed.
    fn is_constant(&self) -> bool {
        let (least, most) = range(&self.y);
        least >= most
    }

    /// Weights and head; None: all targets are the same.
    fn head(&self, x: &Design, fitted: Option<Linear>) -> (Vec<f64>, Head) {
        let head = |is_logistic: bool, intercept: f64| Head {
            is_logistic,
            intercept,
            scale: self.scale,
            low: self.low,
            high: self.high,
        };
        // Without any row nothing is known, and 1/2 is the middle.
        let Some(fitted) = fitted else {
            let constant = self.y.first().copied().unwrap_or(0.5);
            return (vec![0.0; x.columns()], head(false, constant));
        };
        let is_logistic = self.loss == Loss::Logistic;
        (fitted.weights, head(is_logistic, fitted.intercept))
    }
}

/// Least squares on dense rows, all columns by one factor of one Gram matrix:
/// exact, where [`linear::fit`] would go there step by step.
fn ridges(columns: &[Column], x: &Design, c: f64) -> Vec<Option<Linear>> {
    let mut out: Vec<Option<Linear>> = columns.iter().map(|_| None).collect();
    let Design::Dense(rows) = x else {
        return out;
    };
    let is_one = |t: &Column| t.loss == Loss::Squared && !t.is_constant();
    let own: Vec<usize> = (0..columns.len())
        .filter(|&m| is_one(&columns[m]))
        .collect();
    if own.is_empty() {
        return out;
    }
    let y = Array2::from_shape_fn((rows.nrows(), own.len()), |(i, j)| columns[own[j]].y[i]);
    let fitted = ridge::fit(rows.view(), y.view(), &[1.0 / c]).swap_remove(0);
    let d = rows.ncols();
    for (&m, column) in own.iter().zip(fitted.columns()) {
        out[m] = Some(Linear {
            weights: column.iter().take(d).copied().collect(),
            intercept: column[d],
        });
    }
    out
}

/// The least and the largest value.
pub fn range(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least, most)
}
