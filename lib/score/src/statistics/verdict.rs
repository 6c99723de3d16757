//! From a paired difference to a verdict that a person can act on.
//!
//! ```text
//! yes        lower bound > 0, and p after Holm over the routers < 0.05
//! no         upper bound < worth: whatever the difference is, it is not worth having
//! undecided  neither; n_needed = n·(2.8·SE/worth)² queries would tell (80 % power at 5 %)
//! constant   one model takes more than 99 % of the calls: that is no router
//! ```
//!
//! 2.8 = 1.96 + 0.84, the normal quantiles of 97.5 % and 80 %. Holm (1979)
//! keeps the chance of any false yes among several routers below 5 %.

use crate::statistics::interval::Interval;

/// Below this many queries on which the two differ, an interval is a guess.
pub const FEW_DISCORDANT: usize = 20;
/// Above this share of the calls a model is all that a router knows.
pub const CONSTANT: f64 = 0.99;

const LEVEL: f64 = 0.05;
const POWER: f64 = 2.8;

/// What a person may conclude of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Better.
    Yes,
    /// Not worth having.
    No,
    /// Neither can be said.
    Undecided,
    /// One model takes nearly all calls.
    Constant,
}

impl Verdict {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Yes => "yes",
            Verdict::No => "no",
            Verdict::Undecided => "undecided",
            Verdict::Constant => "constant",
        }
    }
}

/// The verdict on a difference. `holm`: its p value after [`holm`].
pub fn verdict((lower, upper): Interval, holm: f64, worth: f64) -> Verdict {
    match () {
        () if lower > 0.0 && holm < LEVEL => Verdict::Yes,
        () if upper < worth => Verdict::No,
        () => Verdict::Undecided,
    }
}

/// The smallest difference that these queries would show with 80 % power.
pub fn detectable(se: f64) -> f64 {
    POWER * se
}

/// The number of queries like these that would show `worth`; None where no
/// number can be told (worth 0, or nothing varied).
pub fn n_needed(n: usize, se: f64, worth: f64) -> Option<u64> {
    let needed = (n as f64 * (POWER * se / worth).powi(2)).ceil();
    (needed.is_finite() && needed > 0.0).then_some(needed as u64)
}

/// Holm's adjusted p values, in the order given.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut most: f64 = 0.0;
    for (rank, i) in order.into_iter().enumerate() {
        most = most.max(p[i] * (p.len() - rank) as f64).min(1.0);
        adjusted[i] = most;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::thresholds::WORTH;

    #[test]
    fn the_verdict_follows_the_interval() {
        let of = |interval, p| verdict(interval, p, WORTH);
        assert_eq!(of((0.004, 0.028), 0.01), Verdict::Yes);
        assert_eq!(of((0.004, 0.028), 0.09), Verdict::Undecided);
        assert_eq!(of((-0.01, 0.009), 0.8), Verdict::No);
        assert_eq!(of((-0.01, 0.02), 0.5), Verdict::Undecided);
        assert_eq!(of((0.0, 0.0), 1.0), Verdict::No);
    }

    #[test]
    fn the_sample_that_would_decide_grows_with_the_square() {
        // SE 0.01 at 1,000 queries shows 0.028; 0.01 needs 2.8² times as many.
        assert!((detectable(0.01) - 0.028).abs() < 1e-15);
        assert_eq!(n_needed(1000, 0.01, 0.01), Some(7840));
        assert_eq!(n_needed(1000, 0.0, 0.01), None);
        assert_eq!(n_needed(1000, 0.01, 0.0), None);
    }

    #[test]
    fn holm_multiplies_the_smallest_most_and_never_falls() {
        assert_eq!(holm(&[0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
        assert_eq!(holm(&[0.6, 0.5]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}
