//! What routers that only rank models expect of each: expected scores out of
//! pairwise chances of winning.
//!
//! For scores of 0 and 1, E[s_m − s_n] = P(s_m ≠ s_n)·(2·P(m wins | unequal) − 1),
//! and the mean of the left side over all K models n, m itself at 0 among them, is
//! what m has over the pool's mean. So, with the pool's mean train score s̄, u the mean |s_m − s_n| over train and all
//! pairs of different models, and K models,
//!
//! ```text
//! p(q,m) = s̄ + u·(1/K)·Σ_{n≠m} (2·P(m beats n | q) − 1)
//! ```
//!
//! u is one number, so that within a query p ranks the models as their ratings
//! do; it brings p to the units of scores, which a trade against costs needs.
//! Both are in-sample means of train and leave nothing to over-fit.

use crate::kinds::pairwise::comparisons::Comparisons;
use crate::table::impute::Targets;
use crate::table::Table;
use rb_record::error::Result;
use serde::{Deserialize, Serialize};

/// s̄ and u.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Units {
    mean: f64,
    gap: f64,
}

impl Units {
    /// Those of the train scores.
    pub fn of(table: &Table, targets: &Targets) -> Units {
        let k = targets.mean_score.len();
        let (mut sum, mut pairs) = (0.0, 0.0);
        let comparisons = Comparisons::new(table, targets);
        for row in 0..table.len() {
            for comparison in comparisons.of(row) {
                // Of scores that were not both seen it is expected.
                sum += comparison.gap.unwrap_or(comparison.won + comparison.lost);
                pairs += 1.0;
            }
        }
        Units {
            mean: targets.mean_score.iter().sum::<f64>() / k.max(1) as f64,
            gap: if pairs > 0.0 { sum / pairs } else { 0.0 },
        }
    }

    /// p of each model by `ratings`; `beats` turns the difference of two
    /// ratings into a chance of winning and never falls.
    pub fn expected(&self, ratings: &[f64], beats: impl Fn(f64) -> f64) -> Vec<f64> {
        let k = ratings.len() as f64;
        ratings
            .iter()
            .map(|r| {
                let lead = |o: &f64| 2.0 * beats(r - o) - 1.0;
                // Against itself the lead is 0.
                let lead: f64 = ratings.iter().map(lead).sum();
                self.mean + self.gap * lead / k
            })
            .collect()
    }

    /// Refuses numbers out of range.
    pub fn check(&self) -> Result<()> {
        crate::file::state::check_finite("the units of the scores", &[self.mean, self.gap])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_learn::linear::sigmoid;

    #[test]
    fn the_expected_gap_of_two_models_is_that_of_their_scores() {
        // They differ on 4 queries in 10; the first wins 3 of these.
        let units = Units {
            mean: 0.5,
            gap: 0.4,
        };
        let p = units.expected(&[3f64.ln(), 0.0], sigmoid);
        assert!((p[0] - p[1] - 0.4 * 0.5).abs() < 1e-12, "{p:?}");
        assert!((p[0] + p[1] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_higher_rating_is_a_higher_expectation() {
        let units = Units {
            mean: 0.5,
            gap: 0.2,
        };
        let p = units.expected(&[-3.0, 0.1, 0.0, 5.0], sigmoid);
        assert!(p[3] > p[1] && p[1] > p[2] && p[2] > p[0], "{p:?}");
        assert_eq!(units.expected(&[1.0], sigmoid), [0.5]);
    }
}
