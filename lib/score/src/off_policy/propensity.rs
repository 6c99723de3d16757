//! The probability with which the model that answered was chosen: as the log
//! tells it, else estimated by a multinomial logistic regression on the prompt's
//! embedding and length, the dataset and the time, fitted on the other folds.
//!
//! An estimated probability is at least [`LEAST`]: one below would let a single
//! query weigh as much as hundreds. What the log tells is taken as it is.

use crate::off_policy::log_sample::{LogSample, FOLDS};
use ndarray::{concatenate, Array2, Axis};
use rb_learn::softmax::{self, Softmax};

/// The least estimated probability.
pub(crate) const LEAST: f64 = 0.01;

/// The strength of the L2 penalty.
const STRENGTH: f64 = 1.0;

/// One probability a query, and where they come from.
pub(crate) struct Propensities {
    pub of: Vec<f64>,
    pub given: usize,
    pub estimated: usize,
    /// Of the estimated ones: raised to [`LEAST`].
    pub clipped: usize,
}

impl Propensities {
    pub(crate) fn new(sample: &LogSample) -> Propensities {
        let given = sample.propensity.iter().flatten().count();
        let estimated = sample.len() - given;
        let mut found = Propensities {
            of: sample.propensity.iter().map(|p| p.unwrap_or(1.0)).collect(),
            given,
            estimated,
            clipped: 0,
        };
        if estimated > 0 {
            for (i, p) in estimate(sample).into_iter().enumerate() {
                if sample.propensity[i].is_none() {
                    found.clipped += usize::from(p < LEAST);
                    found.of[i] = p.clamp(LEAST, 1.0);
                }
            }
        }
        found
    }
}

/// P(the model that answered | what was known), for every query.
fn estimate(sample: &LogSample) -> Vec<f64> {
    // Models that answered something are the classes.
    let mut class = vec![None; sample.facts.models.len()];
    let mut classes = 0;
    for (m, n) in sample.counts().into_iter().enumerate() {
        if n > 0 {
            class[m] = Some(classes);
            classes += 1;
        }
    }
    let labels: Vec<usize> = sample.model.iter().filter_map(|m| class[*m]).collect();
    let datasets = sample.dataset.iter().max().map_or(0, |d| d + 1);
    let mut of_dataset = Array2::zeros((sample.len(), datasets));
    for (i, d) in sample.dataset.iter().enumerate() {
        of_dataset[[i, *d]] = 1.0f32;
    }
    let x = concatenate(Axis(1), &[sample.features.view(), of_dataset.view()])
        .unwrap_or_else(|_| sample.features.clone());
    let mut p = vec![1.0; sample.len()];
    for fold in 0..FOLDS {
        let (own, others) = (sample.of_fold(fold, true), sample.of_fold(fold, false));
        if own.is_empty() {
            continue;
        }
        if others.is_empty() {
            own.iter().for_each(|i| p[*i] = 1.0 / classes.max(1) as f64);
            continue;
        }
        let start = Softmax::flat(classes, x.ncols());
        let known: Vec<usize> = others.iter().map(|i| labels[*i]).collect();
        let rows = x.select(Axis(0), &others);
        let fitted = softmax::fit(rows.view(), &known, STRENGTH, &start);
        let posterior = fitted.posterior(x.select(Axis(0), &own).view());
        for (row, i) in own.iter().enumerate() {
            p[*i] = posterior[[row, labels[*i]]];
        }
    }
    p
}
