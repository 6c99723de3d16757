//! Whether a log can tell what a policy would have earned: how many of its
//! queries were answered by the model that the policy chooses, what they weigh,
//! and what is lacking.
//!
//! ESS = (Σw)²/Σw² is the number of queries of equal weight that would tell as
//! much. Below [`LEAST_ESS`] an estimate and its interval are guesses.

use crate::off_policy::log_sample::LogSample;

/// The least effective sample size.
pub(crate) const LEAST_ESS: f64 = 40.0;

/// 2.8 = 1.96 + 0.84: 80 % power at 5 %.
const POWER: f64 = 2.8;

/// What the log has of a policy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Overlap {
    /// Queries compared.
    pub n: usize,
    /// Of them: answered by the model that the policy chooses.
    pub matched: usize,
    pub ess: f64,
    /// By model: on how many queries the policy chooses it, and how many of these
    /// it answered.
    pub chosen: Vec<usize>,
    pub answered: Vec<usize>,
}

impl Overlap {
    /// `choices`: the place of a query, the model chosen there, and its weight
    /// (0: another answered).
    pub(crate) fn new(models: usize, choices: impl Iterator<Item = (usize, f64)>) -> Overlap {
        let mut overlap = Overlap {
            n: 0,
            matched: 0,
            ess: 0.0,
            chosen: vec![0; models],
            answered: vec![0; models],
        };
        let (mut sum, mut squares) = (0.0, 0.0);
        for (m, weight) in choices {
            overlap.n += 1;
            overlap.chosen[m] += 1;
            if weight > 0.0 {
                overlap.matched += 1;
                overlap.answered[m] += 1;
                sum += weight;
                squares += weight * weight;
            }
        }
        if squares > 0.0 {
            overlap.ess = sum * sum / squares;
        }
        overlap
    }

    /// Why the log cannot tell; None: it can. `variance`: of what a score leaves
    /// beside its expectation.
    pub(crate) fn refusal(&self, sample: &LogSample, variance: f64, worth: f64) -> Option<String> {
        let counts = sample.counts();
        let names = &sample.facts.models;
        let never: Vec<usize> = (0..names.len())
            .filter(|m| self.chosen[*m] > 0 && counts[*m] == 0)
            .collect();
        let reason = if !never.is_empty() {
            let queries: usize = never.iter().map(|m| self.chosen[*m]).sum();
            let list: Vec<&str> = never.iter().map(|m| names[*m].as_str()).collect();
            format!(
                "{} was never logged and would get {queries} of {} queries",
                list.join(", "),
                self.n
            )
        } else if self.ess < LEAST_ESS {
            format!(
                "only {} of {} queries were answered by the model it chooses, as good as {:.0} of equal weight, expected at least {LEAST_ESS:.0}",
                self.matched, self.n, self.ess
            )
        } else {
            return None;
        };
        Some(format!("{reason}; {}", self.remedy(names, variance, worth)))
    }

    /// How many more queries, sent where, would decide.
    fn remedy(&self, names: &[String], variance: f64, worth: f64) -> String {
        let needed = POWER * POWER * variance / (worth * worth);
        let needed = if needed.is_finite() {
            needed.max(LEAST_ESS)
        } else {
            LEAST_ESS
        };
        let mut wanted: Vec<(u64, &str)> = (0..names.len())
            .map(|m| {
                let share = self.chosen[m] as f64 / self.n.max(1) as f64;
                let more = (share * needed - self.answered[m] as f64).ceil();
                (more.max(0.0) as u64, names[m].as_str())
            })
            .filter(|(more, _)| *more > 0)
            .collect();
        wanted.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        let list: Vec<String> = wanted.iter().map(|(n, m)| format!("{n} to {m}")).collect();
        format!(
            "a difference of {worth} would show with 80 % power after about {} more queries sent where it sends them: {}",
            wanted.iter().map(|(n, _)| n).sum::<u64>(),
            list.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_weights_count_each_and_one_heavy_query_counts_as_one() {
        let even = Overlap::new(2, (0..10).map(|i| (i % 2, if i < 6 { 2.0 } else { 0.0 })));
        assert_eq!((even.n, even.matched, even.ess), (10, 6, 6.0));
        assert_eq!((even.chosen, even.answered), (vec![5, 5], vec![3, 3]));
        let heavy = Overlap::new(1, [(0, 1000.0), (0, 1.0), (0, 1.0)].into_iter());
        assert!((heavy.ess - 1.0).abs() < 0.01);
        assert_eq!(Overlap::new(1, [(0, 0.0)].into_iter()).ess, 0.0);
    }
}
