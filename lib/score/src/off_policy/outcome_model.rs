//! q̂(x, m), the expected score (cost, latency) of every model on every query of
//! a log, fitted on the other folds.
//!
//! ```text
//! q̂ = μ_m + δ_d + dev_{d,m} + x·β
//! ```
//!
//! with the model's mean shrunk to the mean of all, and the dataset's effect and
//! the deviation of model and dataset shrunk to 0, each by n/(n + 8); β a ridge of
//! what is left on the embedding, the length and the time, one for all models,
//! its strength chosen by the error on a fold that it was not fitted on.

use crate::off_policy::log_sample::{LogSample, FOLDS};
use ndarray::{Array2, Axis};
use rb_learn::ridge;

/// So many values weigh as much as what is known without them.
const SHRUNK_BY: f64 = 8.0;

const STRENGTHS: [f64; 5] = [3.0, 10.0, 30.0, 100.0, f64::INFINITY];

/// Means of models, datasets and both, shrunk.
struct Effects {
    model: Vec<f64>,
    dataset: Vec<f64>,
    /// Dataset × model.
    both: Array2<f64>,
}

impl Effects {
    /// Of known values (query, value); at least one.
    fn new(sample: &LogSample, known: &[(usize, f64)]) -> Effects {
        let models = sample.facts.models.len();
        let datasets = sample.dataset.iter().max().map_or(0, |d| d + 1);
        let mean = known.iter().map(|(_, y)| y).sum::<f64>() / known.len().max(1) as f64;
        let mut sums = vec![(0.0, 0.0); models];
        for (i, y) in known {
            let (n, sum) = &mut sums[sample.model[*i]];
            *n += 1.0;
            *sum += y - mean;
        }
        let shrunk = |(n, sum): &(f64, f64)| sum / (n + SHRUNK_BY);
        let model: Vec<f64> = sums.iter().map(|s| mean + shrunk(s)).collect();
        let mut sums = vec![(0.0, 0.0); datasets];
        for (i, y) in known {
            let (n, sum) = &mut sums[sample.dataset[*i]];
            *n += 1.0;
            *sum += y - model[sample.model[*i]];
        }
        let dataset: Vec<f64> = sums.iter().map(shrunk).collect();
        let mut sums = Array2::from_elem((datasets, models), (0.0, 0.0));
        for (i, y) in known {
            let (d, m) = (sample.dataset[*i], sample.model[*i]);
            sums[[d, m]].0 += 1.0;
            sums[[d, m]].1 += y - model[m] - dataset[d];
        }
        Effects {
            model,
            dataset,
            both: sums.map(shrunk),
        }
    }

    fn of(&self, dataset: usize, model: usize) -> f64 {
        self.model[model] + self.dataset[dataset] + self.both[[dataset, model]]
    }
}

/// The ridge of what the effects leave, for each of `strengths`.
fn ridges(
    sample: &LogSample,
    effects: &Effects,
    known: &[(usize, f64)],
    strengths: &[f64],
) -> Vec<Array2<f64>> {
    let rows: Vec<usize> = known.iter().map(|(i, _)| *i).collect();
    let left = |(i, y): &(usize, f64)| y - effects.of(sample.dataset[*i], sample.model[*i]);
    let y: Vec<f64> = known.iter().map(left).collect();
    let x = sample.features.select(Axis(0), &rows);
    let y = Array2::from_shape_fn((y.len(), 1), |(i, _)| y[i]);
    ridge::fit(x.view(), y.view(), strengths)
}

/// The expected value of every model on every query, query × model; `values`:
/// of the model that answered, where known. Zero where nothing is known at all.
pub(crate) fn cross_fitted(sample: &LogSample, values: &[Option<f64>]) -> Array2<f64> {
    let known_in = |wanted: &dyn Fn(usize) -> bool| -> Vec<(usize, f64)> {
        let all = values.iter().enumerate();
        all.filter(|(i, _)| wanted(sample.fold[*i]))
            .filter_map(|(i, y)| Some((i, (*y)?)))
            .collect()
    };
    let mut expected = Array2::zeros((sample.len(), sample.facts.models.len()));
    let strength = strength(sample, &known_in(&|f| f > 1), &known_in(&|f| f == 1));
    for fold in 0..FOLDS {
        let mut known = known_in(&|f| f != fold);
        if known.is_empty() {
            // So few queries that all are in one fold.
            known = known_in(&|_| true);
        }
        if known.is_empty() {
            continue;
        }
        let effects = Effects::new(sample, &known);
        let own = sample.of_fold(fold, true);
        let fitted = ridges(sample, &effects, &known, &[strength]);
        let x = sample.features.select(Axis(0), &own);
        let beyond = ridge::predict(x.view(), fitted[0].view());
        for (row, &i) in own.iter().enumerate() {
            for m in 0..expected.ncols() {
                expected[[i, m]] = effects.of(sample.dataset[i], m) + beyond[[row, 0]];
            }
        }
    }
    expected
}

/// The strength that errs least on `held_out`; with too little of either: no ridge.
fn strength(sample: &LogSample, known: &[(usize, f64)], held_out: &[(usize, f64)]) -> f64 {
    if known.is_empty() || held_out.is_empty() {
        return f64::INFINITY;
    }
    let effects = Effects::new(sample, known);
    let rows: Vec<usize> = held_out.iter().map(|(i, _)| *i).collect();
    let x = sample.features.select(Axis(0), &rows);
    let error = |weights: &Array2<f64>| -> f64 {
        let beyond = ridge::predict(x.view(), weights.view());
        let each = held_out.iter().enumerate().map(|(row, (i, y))| {
            let expected = effects.of(sample.dataset[*i], sample.model[*i]) + beyond[[row, 0]];
            (y - expected) * (y - expected)
        });
        each.sum()
    };
    let fitted = ridges(sample, &effects, known, &STRENGTHS);
    let errors: Vec<f64> = fitted.iter().map(error).collect();
    let best = (0..errors.len()).min_by(|a, b| errors[*a].total_cmp(&errors[*b]));
    best.map_or(f64::INFINITY, |b| STRENGTHS[b])
}
