//! From summaries of several seeds to the points of curves.
//!
//! Each run of rb-score is a seed: a split and a draw of the train queries of its
//! own. Where every size has three seeds or more, seeds are resampled, all sizes
//! together (the Poisson bootstrap of `statistics::bootstrap` with runs as units),
//! and a size weighs r/s², r seeds and their variance s², which is drawn half to
//! the mean of all sizes because so few seeds tell it badly. Else points are drawn
//! from their own intervals, each size by itself, as if they were normal, which
//! makes intervals wider than they need be: sizes share their queries.

use crate::learning::curve::Sample;
use crate::learning::read::{Figure, Scored, Summary, METRICS};
use crate::statistics::bootstrap::{Frame, Plan};
use crate::statistics::resampled::Resampled;
use rb_record::error::{Error, Place, Result};
use rb_record::hash;
use rb_record::stream::Line;
use std::collections::btree_map::Entry;
use std::collections::BTreeMap;

/// Seeds that can be resampled.
const SEEDS: usize = 3;

/// By run: one size's figures.
type Runs = BTreeMap<String, (Summary, Place)>;

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Collection {
    /// By group and router, by size.
    all: BTreeMap<(String, String), BTreeMap<u64, Runs>>,
    /// By group: the oracle's qualities.
    oracle: BTreeMap<String, Vec<f64>>,
}

/// What the intervals of a curve come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Resampled seeds.
    Seeds,
    /// The points' own intervals.
    Points,
}

impl Source {
    /// As in a record.
    pub fn name(self) -> &'static str {
        match self {
            Source::Seeds => "seeds",
            Source::Points => "points",
        }
    }
}

/// One curve to be fitted.
#[derive(Debug, Clone)]
pub struct Family {
    /// The JSON of its group.
    pub group: String,
    /// NAME.
    pub router: String,
    /// One of [`METRICS`].
    pub metric: &'static str,
    /// By size: how many seeds.
    pub seeds: Vec<usize>,
    /// By size: their standard deviation; None of one.
    pub sd: Vec<Option<f64>>,
    /// None: there are no intervals.
    pub source: Option<Source>,
    /// The points.
    pub sample: Sample,
}

impl Collection {
    /// Takes in what was read from `line`. Errors: a router stands in one run twice
    /// with other figures.
    pub fn add(&mut self, line: &Line, scored: Scored) -> Result<()> {
        match scored {
            Scored::Other => Ok(()),
            Scored::Oracle(group, quality) => {
                self.oracle.entry(group).or_default().push(quality);
                Ok(())
            }
            Scored::Summary(summary) => {
                let key = (summary.group.clone(), summary.router.clone());
                let sizes = self.all.entry(key).or_default();
                match sizes
                    .entry(summary.size)
                    .or_default()
                    .entry(summary.run.clone())
                {
                    Entry::Vacant(entry) => {
                        entry.insert((*summary, line.place(0)));
                        Ok(())
                    }
                    Entry::Occupied(entry) if entry.get().0 == *summary => Ok(()),
                    Entry::Occupied(entry) => {
                        let place = &entry.get().1;
                        Err(Error::input(format!(
                            "{}@{} stands at {}:{} already, of the same run and with other figures; give each seed a split of its own (rb-split --seed), or score it by rb-score --seed",
                            summary.router, summary.size, place.source, place.line
                        ))
                        .at(line.place(0)))
                    }
                }
            }
        }
    }

    /// Whether no router NAME@N was read.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The curves, by group, router and metric; of a metric that nothing has a
    /// figure of there is none.
    pub fn families(&self, metrics: &[&str], plan: Plan) -> Vec<Family> {
        let mut families = Vec::new();
        for ((group, router), sizes) in &self.all {
            let oracle = self.oracle.get(group);
            let highest = oracle.map_or(1.0, |v| v.iter().sum::<f64>() / v.len() as f64);
            for (place, metric) in METRICS.into_iter().enumerate() {
                if !metrics.contains(&metric) {
                    continue;
                }
                let points = points(sizes, place);
                if !points.is_empty() {
                    families.push(family(&points, (group, router), metric, highest, plan));
                }
            }
        }
        families
    }
}

/// A size and its figures, by run.
type Point<'a> = (u64, Vec<(&'a str, Figure)>);

fn points(sizes: &BTreeMap<u64, Runs>, metric: usize) -> Vec<Point<'_>> {
    let mut points = Vec::new();
    for (size, runs) in sizes {
        let known: Vec<(&str, Figure)> = (runs.iter())
            .filter_map(|(run, (summary, _))| Some((run.as_str(), summary.figures[metric]?)))
            .collect();
        if !known.is_empty() {
            points.push((*size, known));
        }
    }
    points
}

fn family(
    points: &[Point],
    (group, router): (&str, &str),
    metric: &'static str,
    highest: f64,
    plan: Plan,
) -> Family {
    let seeds: Vec<usize> = points.iter().map(|p| p.1.len()).collect();
    let sd: Vec<Option<f64>> = points
        .iter()
        .map(|p| variance(&p.1).map(f64::sqrt))
        .collect();
    let own: Vec<Option<f64>> = points.iter().map(|p| own_error(&p.1)).collect();
    let source = if seeds.iter().all(|n| *n >= SEEDS) {
        Some(Source::Seeds)
    } else if own.iter().all(Option::is_some) {
        Some(Source::Points)
    } else {
        None
    };
    let weights = match source {
        Some(Source::Seeds) => weights(&seeds, &sd),
        Some(Source::Points) => inverse(own.iter().map(|e| e.unwrap_or(0.0).powi(2)).collect()),
        None => vec![1.0; points.len()],
    };
    let values = (points.iter().zip(&own))
        .map(|((size, figures), own)| Resampled {
            value: figures.iter().map(|f| f.1.value).sum::<f64>() / figures.len() as f64,
            draws: match source {
                Some(Source::Seeds) => of_seeds(figures, plan),
                Some(Source::Points) => of_point(figures, own.unwrap_or(0.0), *size, router, plan),
                None => Vec::new(),
            },
        })
        .collect();
    Family {
        group: group.into(),
        router: router.into(),
        metric,
        seeds,
        sd,
        source,
        sample: Sample {
            sizes: points.iter().map(|p| p.0).collect(),
            values,
            weights,
            highest,
        },
    }
}

fn variance(figures: &[(&str, Figure)]) -> Option<f64> {
    let n = figures.len() as f64;
    let mean = figures.iter().map(|f| f.1.value).sum::<f64>() / n;
    let squares: f64 = figures.iter().map(|f| (f.1.value - mean).powi(2)).sum();
    (figures.len() > 1).then(|| squares / (n - 1.0))
}

/// The mean of the figures' own standard errors: seeds that share test queries are
/// no surer together. None where one has none.
fn own_error(figures: &[(&str, Figure)]) -> Option<f64> {
    let errors: Option<Vec<f64>> = figures.iter().map(|f| f.1.se).collect();
    let errors = errors?;
    Some(errors.iter().sum::<f64>() / errors.len() as f64)
}

/// r/s², s² drawn half to the mean of all sizes.
fn weights(seeds: &[usize], sd: &[Option<f64>]) -> Vec<f64> {
    let squares: Vec<f64> = sd.iter().map(|s| s.unwrap_or(0.0).powi(2)).collect();
    let mean = squares.iter().sum::<f64>() / squares.len().max(1) as f64;
    let of_mean = (squares.iter().zip(seeds)).map(|(s, n)| (s + mean) / 2.0 / *n as f64);
    inverse(of_mean.collect())
}

/// Inverse variances; all 1 where nothing varies.
fn inverse(variances: Vec<f64>) -> Vec<f64> {
    if variances.iter().any(|v| *v <= 0.0) {
        return vec![1.0; variances.len()];
    }
    variances.into_iter().map(|v| 1.0 / v).collect()
}

/// Resampled means over seeds; a run has one weight at all sizes.
fn of_seeds(figures: &[(&str, Figure)], plan: Plan) -> Vec<f64> {
    let unit = |i: usize| hash::text(0, "run", figures[i].0);
    let frame = Frame::new(figures.len(), |i| (0, unit(i)), plan);
    let means = frame.means(1, |i, row| row[0] = figures[i].1.value);
    means.into_iter().next().unwrap_or_default()
}

/// Normal draws around the mean (Box and Muller 1958).
fn of_point(
    figures: &[(&str, Figure)],
    error: f64,
    size: u64,
    router: &str,
    plan: Plan,
) -> Vec<f64> {
    let mean = figures.iter().map(|f| f.1.value).sum::<f64>() / figures.len() as f64;
    let of = |b: usize, purpose| {
        let text = format!("{router}@{size}/{b}");
        hash::unit(hash::text(plan.seed, purpose, &text))
    };
    let normal = |b: usize| {
        let radius = (-2.0 * (1.0 - of(b, "radius")).ln()).sqrt();
        radius * (std::f64::consts::TAU * of(b, "angle")).cos()
    };
    (0..plan.resamples)
        .map(|b| mean + error * normal(b))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan {
        seed: 1,
        resamples: 2000,
    };

    fn figures(values: &[f64], se: Option<f64>) -> Vec<(&'static str, Figure)> {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let figure = |(name, value): (&&'static str, &f64)| (*name, Figure { value: *value, se });
        names.iter().zip(values).map(figure).collect()
    }

    #[test]
    fn resampled_seeds_spread_as_the_mean_of_seeds_does() {
        let values = [0.70, 0.72, 0.69, 0.75, 0.71, 0.74, 0.68, 0.73];
        let figures = figures(&values, None);
        let draws = of_seeds(&figures, PLAN);
        let drawn = Resampled { value: 0.0, draws }.se().unwrap();
        let expected = (variance(&figures).unwrap() / 8.0).sqrt();
        // Weights of a mean vary in their sum too: a little more.
        assert!((drawn / expected - 1.0).abs() < 0.2, "{drawn} {expected}");
    }

    #[test]
    fn a_point_of_its_own_spreads_as_its_interval_says() {
        let figures = figures(&[0.5, 0.6], Some(0.02));
        let draws = of_point(&figures, own_error(&figures).unwrap(), 50, "r", PLAN);
        let drawn = Resampled { value: 0.0, draws };
        assert!((drawn.se().unwrap() / 0.02 - 1.0).abs() < 0.1);
        let mean = drawn.draws.iter().sum::<f64>() / 2000.0;
        assert!((mean - 0.55).abs() < 0.002, "{mean}");
    }

    #[test]
    fn sizes_of_little_spread_weigh_more_and_none_weighs_all() {
        let weights = weights(&[5, 5, 10], &[Some(0.01), Some(0.0), Some(0.01)]);
        assert!(weights[1] > weights[0] && weights[2] > weights[0]);
        assert!(weights[1] < 4.0 * weights[0], "drawn to the mean");
        assert_eq!(super::weights(&[3, 3], &[Some(0.0), Some(0.0)]), [1.0, 1.0]);
    }
}
