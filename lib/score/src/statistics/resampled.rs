//! A resampled figure: its value in the sample, and in every resample of
//! the bootstrap (`bootstrap`): interval, standard error and p value are read off
//! it, and figures of several seeds are averaged resample by resample.

use crate::statistics::interval::{interval, p_value, standard_error, Interval};

/// A figure and what chance in the queries makes of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resampled {
    /// Of the sample itself.
    pub value: f64,
    /// By resample; empty without resamples, and then there is no interval.
    pub draws: Vec<f64>,
}

impl Resampled {
    /// The 95 % percentile interval; None without draws.
    pub fn interval(&self) -> Option<Interval> {
        interval(self.draws.clone())
    }
    /// The standard deviation of the draws; None of fewer than two.
    pub fn se(&self) -> Option<f64> {
        standard_error(&self.draws)
    }
    /// The two-sided p value of the figure being 0; None without draws.
    pub fn p(&self) -> Option<f64> {
        p_value(&self.draws)
    }

    /// The figure turned into another.
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Resampled {
        Resampled {
            value: f(self.value),
            draws: self.draws.iter().map(|v| f(*v)).collect(),
        }
    }

    /// Resample by resample with another figure of the same resamples; draws
    /// are left only where both have them.
    pub fn with(&self, other: &Resampled, f: impl Fn(f64, f64) -> f64) -> Resampled {
        let pairs = self.draws.iter().zip(&other.draws);
        Resampled {
            value: f(self.value, other.value),
            draws: pairs.map(|(a, b)| f(*a, *b)).collect(),
        }
    }

    /// The mean over seeds. Resample b gives a prompt the same weight in every
    /// seed, so averaging the draws of one b is the joint bootstrap of the
    /// average: a prompt that is scored under three seeds moves all three
    /// together. Without draws where any seed has none. None of nothing.
    pub fn average(of: &[&Resampled]) -> Option<Resampled> {
        let n = of.len() as f64;
        let first = of.first()?;
        let least = of.iter().map(|d| d.draws.len()).min().unwrap_or(0);
        let mean = |read: &dyn Fn(&Resampled) -> f64| of.iter().map(|d| read(d)).sum::<f64>() / n;
        let draws = if least == first.draws.len() {
            (0..least).map(|b| mean(&|d| d.draws[b])).collect()
        } else {
            Vec::new()
        };
        Some(Resampled {
            value: mean(&|d| d.value),
            draws,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::bootstrap::{Frame, Plan};

    /// The draws of the mean of `x` over prompts `prompt`, one dataset.
    fn mean(prompt: &[u64], x: &[f64]) -> Resampled {
        let plan = Plan {
            seed: 5,
            resamples: 4000,
        };
        let frame = Frame::new(x.len(), |i| (0, prompt[i]), plan);
        Resampled {
            value: x.iter().sum::<f64>() / x.len() as f64,
            draws: frame.means(1, |i, row| row[0] = x[i]).swap_remove(0),
        }
    }

    #[test]
    fn the_average_of_seeds_that_score_the_same_prompts_is_no_surer_than_one() {
        let prompts = |from: u64| -> Vec<u64> {
            let hashed = |i: u64| rb_record::hash::text(0, "prompt", &i.to_string());
            (from..from + 400).map(hashed).collect()
        };
        let prompt = prompts(0);
        let x: Vec<f64> = (0..400).map(|i| (i % 3 == 0) as u8 as f64).collect();
        let one = mean(&prompt, &x);
        let same = Resampled::average(&[&one, &one, &one]).unwrap();
        assert!((same.se().unwrap() - one.se().unwrap()).abs() < 1e-12);
        // Of other prompts each seed adds what it knows: SE/√3.
        let shifted = |by: u64| mean(&prompts(by), &x);
        let (two, three) = (shifted(1000), shifted(2000));
        let apart = Resampled::average(&[&one, &two, &three]).unwrap();
        let ratio = apart.se().unwrap() / one.se().unwrap();
        assert!((ratio - 1.0 / 3f64.sqrt()).abs() < 0.03, "{ratio}");
        // Half of the prompts shared, with the same figures: in between.
        let half = shifted(201);
        let between = Resampled::average(&[&one, &half]).unwrap();
        let ratio = between.se().unwrap() / one.se().unwrap();
        assert!((ratio - 0.75f64.sqrt()).abs() < 0.03, "{ratio}");
    }

    #[test]
    fn what_has_no_draws_has_no_interval_and_gives_none() {
        let known = Resampled {
            value: 0.5,
            draws: vec![0.4, 0.6],
        };
        let bare = Resampled {
            value: 0.7,
            draws: Vec::new(),
        };
        let average = Resampled::average(&[&known, &bare]).unwrap();
        assert!((average.value - 0.6).abs() < 1e-15);
        assert_eq!(average.interval(), None);
        assert_eq!(
            Resampled::average(&[&bare, &known]).unwrap().interval(),
            None
        );
        assert_eq!(Resampled::average(&[]), None);
        assert!(known.with(&bare, |a, b| a - b).draws.is_empty());
        assert_eq!(known.map(|v| 1.0 - v).interval(), Some((0.405, 0.595)));
    }
}
