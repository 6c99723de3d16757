//! Epsilon-greedy exploration, so that tomorrow's log can be judged: with the
//! probability ε a query goes to a model drawn evenly from the pool, else to the
//! one that the router chose. Each query's draw depends on the seed and on its
//! id (else its prompt) alone.
//!
//! The propensity of the model that is asked, the probability with which it is,
//! is ε/K of K models, and 1 − ε more where the router chose it too (Horvitz and
//! Thompson 1952 weigh by its inverse).

use rb_record::hash;

/// How to explore.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Explore {
    /// ε, 0..1.
    pub share: f64,
    /// Of the draws.
    pub seed: u64,
}

impl Explore {
    /// The model that the query of `key` asks, of `models`, and its propensity.
    /// `greedy`: the router's choice.
    pub fn draw(&self, key: &str, greedy: usize, models: usize) -> (usize, f64) {
        let u = hash::unit(hash::text(self.seed, "explore", key));
        let asked = if u < self.share {
            // Below ε, u/ε is even in [0, 1).
            ((u / self.share * models as f64) as usize).min(models - 1)
        } else {
            greedy
        };
        let even = self.share / models as f64;
        let chosen = if asked == greedy {
            1.0 - self.share
        } else {
            0.0
        };
        (asked, even + chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_asked_as_often_as_their_propensities_say() {
        let explore = Explore {
            share: 0.3,
            seed: 7,
        };
        let (n, models, greedy) = (30_000, 4, 2);
        let mut asked = vec![0.0; models];
        let mut told = vec![0.0; models];
        for i in 0..n {
            let (m, p) = explore.draw(&i.to_string(), greedy, models);
            asked[m] += 1.0 / n as f64;
            told[m] = p;
        }
        assert!((told.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{told:?}");
        for (asked, told) in asked.iter().zip(&told) {
            assert!((asked - told).abs() < 0.01, "{asked} {told}");
        }
        assert_eq!(explore.draw("q", 1, 4), explore.draw("q", 1, 4));
        let never = Explore {
            share: 0.0,
            seed: 7,
        };
        assert_eq!(never.draw("q", 3, 4), (3, 1.0));
    }
}
