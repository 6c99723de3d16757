//! What a policy would have earned on the queries of a log.

use crate::off_policy::log_sample::LogSample;
use crate::off_policy::outcome_model::cross_fitted;
use crate::off_policy::overlap::Overlap;
use crate::off_policy::propensity::Propensities;
use crate::report::bands::sample::Sample;
use crate::statistics::resampled::Resampled;
use crate::statistics::sum::Sum;
use ndarray::Array2;

/// Score, cost and latency.
const VALUES: usize = 3;
/// Of each the expectation, the weight, and the weighted rest.
const COLUMNS: usize = 3 * VALUES;

/// The fitted parts of the estimate.
pub(crate) struct Estimator<'a> {
    pub sample: &'a LogSample<'a>,
    pub propensities: Propensities,
    /// Of score, cost and latency: query × model; None: known of no query.
    expected: [Option<Array2<f64>>; VALUES],
    /// Of what a score leaves beside its expectation.
    pub variance: f64,
}

/// An estimate, with what the log has of the policy.
#[derive(Debug, Clone)]
pub(crate) struct Estimate {
    pub overlap: Overlap,
    /// None: the log cannot tell, see `refused`.
    pub quality: Option<Resampled>,
    /// None also where no cost is known.
    pub cost: Option<Resampled>,
    pub latency: Option<Resampled>,
    pub refused: Option<String>,
}

impl<'a> Estimator<'a> {
    pub(crate) fn new(sample: &'a LogSample<'a>) -> Estimator<'a> {
        let scores: Vec<Option<f64>> = sample.score.iter().map(|s| Some(*s)).collect();
        let fitted = |values: &[Option<f64>]| {
            let known = values.iter().any(Option::is_some);
            known.then(|| cross_fitted(sample, values))
        };
        let expected = [
            fitted(&scores),
            fitted(&sample.cost),
            fitted(&sample.latency),
        ];
        let mut estimator = Estimator {
            propensities: Propensities::new(sample),
            expected,
            variance: 0.0,
            sample,
        };
        let rest = (0..sample.len()).filter_map(|i| estimator.rest(0, i));
        let squares = rest.map(|r| r * r).collect::<Sum>().value();
        estimator.variance = squares / sample.len().max(1) as f64;
        estimator
    }

    fn known(&self, value: usize, i: usize) -> Option<f64> {
        match value {
            0 => Some(self.sample.score[i]),
            1 => self.sample.cost[i],
            _ => self.sample.latency[i],
        }
    }

    /// What the answer of query `i` gave beyond what was expected of its model.
    fn rest(&self, value: usize, i: usize) -> Option<f64> {
        let expected = self.expected[value].as_ref()?;
        Some(self.known(value, i)? - expected[[i, self.sample.model[i]]])
    }

    /// The weight of query `i` where a policy chooses `model`.
    fn weight(&self, i: usize, model: usize) -> f64 {
        if self.sample.model[i] == model {
            1.0 / self.propensities.of[i]
        } else {
            0.0
        }
    }

    /// The columns of query `i` where a policy chooses `model`.
    fn row(&self, i: usize, model: usize, out: &mut [f64]) {
        let weight = self.weight(i, model);
        for (value, out) in out.chunks_mut(3).enumerate() {
            let expected = self.expected[value].as_ref();
            let rest = self.rest(value, i);
            out[0] = expected.map_or(0.0, |e| e[[i, model]]);
            out[1] = rest.map_or(0.0, |_| weight);
            out[2] = rest.map_or(0.0, |r| weight * r);
        }
    }

    /// What each of several policies would have earned. `queries` is of queries
    /// of the log, on all of which every policy chooses a model: `model` tells it
    /// of a policy, by its number, on a scored query.
    pub(crate) fn estimates(
        &self,
        queries: &Sample,
        policies: usize,
        worth: f64,
        model: impl Fn(usize, usize) -> usize,
    ) -> Vec<Estimate> {
        let place = |q: usize| self.sample.place[q].unwrap_or(0);
        let row = |q: usize, out: &mut [f64]| {
            for (policy, out) in out.chunks_mut(COLUMNS).enumerate() {
                self.row(place(q), model(policy, q), out);
            }
        };
        let width = COLUMNS * policies;
        let mut sums = vec![Sum::default(); width];
        let mut cells = vec![0.0; width];
        for q in queries.queries.iter() {
            row(q, &mut cells);
            sums.iter_mut().zip(&cells).for_each(|(sum, x)| sum.add(*x));
        }
        let n = queries.queries.len() as f64;
        let drawn = queries.means(width, |_, q, out| row(q, out));
        (0..policies)
            .map(|policy| {
                let column = |value: usize, part: usize| COLUMNS * policy + 3 * value + part;
                let figure = |value: usize| -> Option<Resampled> {
                    self.expected[value].as_ref()?;
                    let [q, w, r] = [0, 1, 2].map(|part| column(value, part));
                    let of = |q: f64, w: f64, r: f64| if w > 0.0 { q + r / w } else { q };
                    let mean = |c: usize| sums[c].value() / n;
                    let draws = drawn[q].iter().zip(&drawn[w]).zip(&drawn[r]);
                    Some(Resampled {
                        value: of(mean(q), mean(w), mean(r)),
                        draws: draws.map(|((q, w), r)| of(*q, *w, *r)).collect(),
                    })
                };
                let choices = queries.queries.iter().map(|q| {
                    let chosen = model(policy, q);
                    (chosen, self.weight(place(q), chosen))
                });
                let overlap = Overlap::new(self.sample.facts.models.len(), choices);
                let refused = overlap.refusal(self.sample, self.variance, worth);
                let told = |value: usize| figure(value).filter(|_| refused.is_none());
                Estimate {
                    quality: told(0),
                    cost: told(1),
                    latency: told(2),
                    overlap,
                    refused,
                }
            })
            .collect()
    }
}
