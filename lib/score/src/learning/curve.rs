//! A learning curve with its intervals, or why there is none:
//!
//! ```text
//! Q(n) = Qmax − a·n^(−b)          rb_learn::optimise::power_law
//! ```
//!
//! A fit is told only where the data tell it. It is null where there are fewer than
//! [`SIZES`] sizes; where the curve is flat: the rise along a straight line over
//! log n, from the smallest to the largest size, has an interval that reaches 0;
//! where the fit ran into a limit; and where more than half of the resamples did.
//! Where more than a twentieth did, b and n99 have no interval: its ends would be
//! the limits. The power law is what such curves usually follow (Hestness et al.
//! 2017, arXiv 1712.00409), not a promise.

use crate::statistics::interval::{interval, Interval};
use crate::statistics::resampled::Resampled;
use rb_learn::optimise::power_law::{Bound, Points, PowerLaw};

/// The fewest sizes of a curve: one more than it has numbers.
pub const SIZES: usize = 4;
/// How far beyond the largest size n99 is still believed.
const BEYOND: f64 = 2.0;
/// With more resamples at a limit there is no fit, or no interval of b and n99.
const UNTOLD: f64 = 0.5;
const FREE: f64 = 0.05;

/// What a curve is fitted to.
#[derive(Debug, Clone)]
pub struct Sample {
    /// N, ascending and distinct.
    pub sizes: Vec<u64>,
    /// By size; those with draws have as many, and draw b is of one resample.
    pub values: Vec<Resampled>,
    /// By size: how much its value counts.
    pub weights: Vec<f64>,
    /// The highest value there can be: the oracle's.
    pub highest: f64,
}

/// A fit and its intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// Qmax, a and b.
    pub law: PowerLaw,
    /// 95 % intervals; None without resamples.
    pub most: Option<Interval>,
    /// Of b.
    pub b: Option<Interval>,
    /// Of n99.
    pub n99: Option<Interval>,
    /// n99 lies beyond twice the largest size; None: there is none.
    pub extrapolated: Option<bool>,
    /// The share of resamples whose fit ran into a limit.
    pub bounded: f64,
}

/// What became of a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// From the smallest to the largest size, along a straight line over log n;
    /// None of fewer than two sizes.
    pub rise: Option<Resampled>,
    /// The limit that the fit ran into.
    pub bound: Option<Bound>,
    /// The fit, or why there is none.
    pub fit: Result<Fitted, String>,
}

impl Curve {
    /// Fits the sample.
    pub fn of(sample: &Sample) -> Curve {
        let sizes: Vec<f64> = sample.sizes.iter().map(|n| *n as f64).collect();
        let values: Vec<f64> = sample.values.iter().map(|v| v.value).collect();
        let rise = rise(sample, &sizes);
        let none = |bound, why: String| Curve {
            rise: rise.clone(),
            bound,
            fit: Err(why),
        };
        if sizes.len() < SIZES {
            return none(
                None,
                format!("{} sizes; a curve needs {SIZES}", sizes.len()),
            );
        }
        let law = |values: &[f64]| {
            let points = Points {
                sizes: &sizes,
                values,
                weights: &sample.weights,
            };
            PowerLaw::of(points, sample.highest)
        };
        let fit = law(&values);
        if let Some(why) = flat(rise.as_ref(), &fit) {
            return none(None, why);
        }
        if let Some(bound) = fit.bound(sample.highest) {
            return none(Some(bound), words(bound).into());
        }
        let draws = draws(sample);
        let drawn: Vec<PowerLaw> = draws.iter().map(|values| law(values)).collect();
        let at_bound = |law: &&PowerLaw| law.a <= 0.0 || law.bound(sample.highest).is_some();
        let bounded = drawn.iter().filter(at_bound).count() as f64 / drawn.len().max(1) as f64;
        if bounded > UNTOLD {
            let share = 100.0 * bounded;
            return none(
                None,
                format!("in {share:.0} % of the resamples the fit runs into a limit, so the points do not tell the curve; more seeds or sizes further apart may"),
            );
        }
        let ends = |read: &dyn Fn(&PowerLaw) -> Option<f64>| {
            interval(drawn.iter().map(read).collect::<Option<Vec<f64>>>()?)
        };
        let free = |ends: Option<Interval>| ends.filter(|_| bounded <= FREE);
        let largest = sizes.iter().copied().fold(0.0, f64::max);
        Curve {
            fit: Ok(Fitted {
                law: fit,
                most: ends(&|l| Some(l.most)),
                b: free(ends(&|l| Some(l.b))),
                n99: free(ends(&PowerLaw::n99)),
                extrapolated: fit.n99().map(|n| n > BEYOND * largest),
                bounded,
            }),
            bound: None,
            rise,
        }
    }
}

/// The values of each resample, by size.
fn draws(sample: &Sample) -> Vec<Vec<f64>> {
    let all = sample.values.iter().map(|v| v.draws.len()).min();
    let of = |b: usize| sample.values.iter().map(|v| v.draws[b]).collect();
    (0..all.unwrap_or(0)).map(of).collect()
}

/// The weighted slope over log n, times the range of log n.
fn rise(sample: &Sample, sizes: &[f64]) -> Option<Resampled> {
    let log: Vec<f64> = sizes.iter().map(|n| n.ln()).collect();
    let range = log.last()? - log.first()?;
    let all: f64 = sample.weights.iter().sum();
    let pairs = || log.iter().zip(&sample.weights);
    let centre = pairs().map(|(x, w)| w * x).sum::<f64>() / all;
    let squares: f64 = pairs().map(|(x, w)| w * (x - centre).powi(2)).sum();
    let of = |values: &[f64]| {
        let sum: f64 = (pairs().zip(values))
            .map(|((x, w), y)| w * (x - centre) * y)
            .sum();
        sum / squares * range
    };
    let values: Vec<f64> = sample.values.iter().map(|v| v.value).collect();
    (squares > 0.0).then(|| Resampled {
        value: of(&values),
        draws: draws(sample).iter().map(|values| of(values)).collect(),
    })
}

/// Why the curve is flat; None: it rises.
fn flat(rise: Option<&Resampled>, fit: &PowerLaw) -> Option<String> {
    let rise = rise?;
    // Rounded to what is shown; + 0.0 so that nothing is shown as -0.
    let points = |v: f64| (1000.0 * v).round() / 10.0 + 0.0;
    match rise.interval() {
        Some((low, high)) if low <= 0.0 => Some(format!(
            "flat: it rises by {:.1} points [{:.1}, {:.1}] over the sizes, which may be nothing",
            points(rise.value),
            points(low),
            points(high)
        )),
        _ if rise.value <= 0.0 || fit.a <= 0.0 => Some(format!(
            "flat: it rises by {:.1} points over the sizes",
            points(rise.value)
        )),
        _ => None,
    }
}

/// What a limit means.
fn words(bound: Bound) -> &'static str {
    match bound {
        Bound::Slow => "the exponent runs to 0.05: it still rises as a straight line over log n, and where it ends cannot be told; larger sizes may",
        Bound::Fast => "the exponent runs to 3: all of the rise lies between the smallest sizes; smaller sizes may tell its shape",
        Bound::Highest => "the most runs to the oracle's quality: where the curve ends cannot be told; larger sizes may",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::hash;

    const SIZES_OF: [u64; 6] = [50, 100, 200, 400, 800, 1600];

    /// A curve with noise of its own in each of 400 resamples.
    fn sample(at: impl Fn(f64) -> f64, sizes: &[u64], noise: f64) -> Sample {
        let drawn = |n: u64, b: usize| {
            let unit = hash::unit(hash::text(n, "noise", &b.to_string()));
            at(n as f64) + noise * (2.0 * unit - 1.0)
        };
        Sample {
            sizes: sizes.to_vec(),
            values: (sizes.iter())
                .map(|n| Resampled {
                    value: at(*n as f64),
                    draws: (0..400).map(|b| drawn(*n, b)).collect(),
                })
                .collect(),
            weights: vec![1.0; sizes.len()],
            highest: 1.0,
        }
    }

    #[test]
    fn a_known_curve_is_found_again_within_its_intervals() {
        let known = |n: f64| 0.8 - 0.9 * n.powf(-0.5);
        let curve = Curve::of(&sample(known, &SIZES_OF, 0.002));
        let fit = curve.fit.unwrap();
        assert!((fit.law.most - 0.8).abs() < 1e-3 && (fit.law.b - 0.5).abs() < 1e-2);
        let holds = |ends: Option<Interval>, v: f64| ends.is_some_and(|(l, h)| l < v && v < h);
        let n99 = (0.9f64 / 0.008).powi(2);
        assert!(holds(fit.most, 0.8) && holds(fit.b, 0.5) && holds(fit.n99, n99));
        assert_eq!(fit.extrapolated, Some(true));
        assert_eq!(fit.bounded, 0.0);
        assert!(curve.rise.unwrap().value > 0.05);
    }

    #[test]
    fn without_information_there_is_no_fit_and_it_says_why() {
        let why = |at: fn(f64) -> f64, sizes: &[u64], noise: f64| {
            let curve = Curve::of(&sample(at, sizes, noise));
            (curve.bound, curve.fit.unwrap_err())
        };
        let rising = |n: f64| 0.8 - 0.9 * n.powf(-0.5);
        assert!(why(rising, &SIZES_OF[..3], 0.001).1.starts_with("3 sizes"));
        assert!(why(|_| 0.8, &SIZES_OF, 0.01).1.starts_with("flat"));
        assert!(why(|n| 0.8 - n / 1e5, &SIZES_OF, 0.001)
            .1
            .starts_with("flat"));
        // What rises less than the noise is flat too.
        assert!(why(|n| 0.8 + n / 1e7, &SIZES_OF, 0.02)
            .1
            .starts_with("flat"));
        let step = why(|n| if n < 60.0 { 0.7 } else { 0.8 }, &SIZES_OF, 0.001);
        assert_eq!(step.0, Some(Bound::Fast));
        let straight = why(|n| 0.3 + 0.02 * n.ln(), &SIZES_OF, 0.001);
        assert!(straight.0.is_some(), "{straight:?}");
    }

    #[test]
    fn resamples_at_a_limit_take_intervals_away_and_then_the_fit() {
        let known = |n: f64| 0.8 - 0.9 * n.powf(-0.5);
        let of = |steps: usize| {
            let mut sample = sample(known, &SIZES_OF, 0.0);
            for (i, value) in sample.values.iter_mut().enumerate() {
                let step = if i == 0 { 0.7 } else { 0.8 };
                value.draws[..steps].fill(step);
            }
            Curve::of(&sample).fit
        };
        let some = of(40).unwrap();
        assert_eq!((some.b, some.n99, some.bounded), (None, None, 0.1));
        assert!(some.most.is_some());
        let most = of(240).unwrap_err();
        assert!(most.contains("in 60 % of the resamples"), "{most}");
    }

    #[test]
    fn without_draws_there_are_no_intervals() {
        let mut bare = sample(|n| 0.8 - 0.9 * n.powf(-0.5), &SIZES_OF, 0.0);
        bare.values.iter_mut().for_each(|v| v.draws.clear());
        let fit = Curve::of(&bare).fit.unwrap();
        assert_eq!((fit.most, fit.b, fit.n99), (None, None, None));
        assert_eq!(
            Curve::of(&Sample {
                sizes: vec![5],
                values: bare.values[..1].to_vec(),
                weights: vec![1.0],
                highest: 1.0
            })
            .rise,
            None
        );
    }
}
