//! Conditional logit: which of a few alternatives is the one, from features of
//! each (McFadden 1974, "Conditional logit analysis of qualitative choice
//! behavior").
//!
//! ```text
//! P(a) = exp(β·f_a) / Σ_b exp(β·f_b)        over the alternatives of one choice
//! β    = argmin −Σ choices Σ_a y_a·ln P(a) + ½·Σ_j λ_j·β_j²
//! ```
//!
//! y_a are weights that sum to 1 in each choice: a share where it is not known
//! which alternative was the one. Convex; L-BFGS (lbfgs.rs), O(features that are
//! not 0) a pass. Sums are taken in blocks of fixed size, so they depend on no
//! threads.

use crate::optimise::lbfgs::{self, Stop};
use rayon::prelude::*;

/// Choices whose gradients are summed one after the other.
const BLOCK: usize = 512;
const STOP: Stop = Stop {
    iterations: 300,
    gradient: 1e-3,
};

/// A feature's number and its value.
pub type Feature = (u32, f64);

/// Choices to learn from.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// By choice: where its alternatives end.
    ends: Vec<usize>,
    /// By alternative: its weight, and where its features end.
    weights: Vec<f64>,
    feature_ends: Vec<usize>,
    features: Vec<Feature>,
}

impl Choices {
    /// Adds a choice: each alternative's weight and features. The weights sum to 1.
    pub fn push(&mut self, alternatives: impl IntoIterator<Item = (f64, Vec<Feature>)>) {
        for (weight, features) in alternatives {
            self.weights.push(weight);
            self.features.extend(features);
            self.feature_ends.push(self.features.len());
        }
        self.ends.push(self.weights.len());
    }

    /// How many choices there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn alternatives(&self, choice: usize) -> std::ops::Range<usize> {
        let from = choice.checked_sub(1).map_or(0, |before| self.ends[before]);
        from..self.ends[choice]
    }

    fn features(&self, alternative: usize) -> &[Feature] {
        let from = alternative
            .checked_sub(1)
            .map_or(0, |before| self.feature_ends[before]);
        &self.features[from..self.feature_ends[alternative]]
    }

    /// Adds a choice's −Σ y·ln P to the sum that is returned, and its gradient to
    /// `gradient`.
    fn add(&self, choice: usize, beta: &[f64], gradient: &mut [f64]) -> f64 {
        let of = self.alternatives(choice);
        let score = |a: usize| -> f64 {
            let terms = self.features(a).iter();
            terms.map(|&(j, v)| beta[j as usize] * v).sum()
        };
        let scores: Vec<f64> = of.clone().map(score).collect();
        let p = shares(&scores);
        let mut loss = 0.0;
        for (a, p) in of.zip(p) {
            let y = self.weights[a];
            if y > 0.0 {
                loss -= y * p.max(1e-300).ln();
            }
            for &(j, v) in self.features(a) {
                gradient[j as usize] += (p - y) * v;
            }
        }
        loss
    }

    /// −Σ y·ln P over all choices; the gradient is added to `gradient`.
    fn loss_and_gradient(&self, beta: &[f64], gradient: &mut [f64]) -> f64 {
        let blocks: Vec<usize> = (0..self.len()).step_by(BLOCK).collect();
        let of_block = |&from: &usize| {
            let mut own = vec![0.0; beta.len()];
            let to = (from + BLOCK).min(self.len());
            let loss: f64 = (from..to).map(|c| self.add(c, beta, &mut own)).sum();
            (loss, own)
        };
        let of_blocks: Vec<(f64, Vec<f64>)> = blocks.par_iter().map(of_block).collect();
        let mut loss = 0.0;
        for (own, part) in of_blocks {
            loss += own;
            gradient.iter_mut().zip(part).for_each(|(g, p)| *g += p);
        }
        loss
    }

    /// Mean −Σ y·ln P of a choice; 0 where there is none.
    pub fn loss(&self, beta: &[f64]) -> f64 {
        let sum = self.loss_and_gradient(beta, &mut vec![0.0; beta.len()]);
        sum / self.len().max(1) as f64
    }

    /// β, one for each of `penalties` (λ_j, not negative; 0: free).
    pub fn fit(&self, penalties: &[f64]) -> Vec<f64> {
        let stop = Stop {
            gradient: STOP.gradient * (self.len() as f64).sqrt(),
            ..STOP
        };
        lbfgs::minimise(vec![0.0; penalties.len()], stop, None, |beta, gradient| {
            self.penalised(beta, gradient, penalties)
        })
    }

    fn penalised(&self, beta: &[f64], gradient: &mut [f64], penalties: &[f64]) -> f64 {
        gradient.fill(0.0);
        let mut value = self.loss_and_gradient(beta, gradient);
        for ((g, b), penalty) in gradient.iter_mut().zip(beta).zip(penalties) {
            *g += penalty * b;
            value += penalty * b * b / 2.0;
        }
        value
    }
}

/// exp of each over the sum of them.
pub fn shares(scores: &[f64]) -> Vec<f64> {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut p: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
    let sum: f64 = p.iter().sum();
    p.iter_mut().for_each(|p| *p /= sum);
    p
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let mut rng = StdRng::seed_from_u64(4);
        let mut choices = Choices::default();
        for _ in 0..700 {
            let n = rng.gen_range(2..5);
            let mut weights: Vec<f64> = (0..n).map(|_| rng.gen_range(0.0..1.0)).collect();
            let sum: f64 = weights.iter().sum();
            weights.iter_mut().for_each(|w| *w /= sum);
            let features = |rng: &mut StdRng| -> Vec<Feature> {
                (0..3)
                    .map(|_| (rng.gen_range(0..6), rng.gen_range(-1.0..1.0)))
                    .collect()
            };
            choices.push(weights.into_iter().map(|w| (w, features(&mut rng))));
        }
        let penalties = [0.0, 1.0, 2.0, 3.0, 0.5, 10.0];
        let at: Vec<f64> = (0..6).map(|_| rng.gen_range(-1.0..1.0)).collect();
        let value = |beta: &[f64]| choices.penalised(beta, &mut [0.0; 6], &penalties);
        let mut gradient = [0.0; 6];
        choices.penalised(&at, &mut gradient, &penalties);
        for j in 0..6 {
            let moved = |by: f64| {
                let mut beta = at.clone();
                beta[j] += by;
                value(&beta)
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((gradient[j] - slope).abs() < 1e-4, "{j}: {slope}");
        }
        // At the minimum it is almost nothing.
        let best = choices.fit(&penalties);
        choices.penalised(&best, &mut gradient, &penalties);
        assert!(gradient.iter().all(|g| g.abs() < 0.1), "{gradient:?}");
        assert!(value(&best) < value(&at));
    }

    #[test]
    fn two_alternatives_have_the_closed_form_of_log_odds() {
        // Two models that disagree: the first is right on 30 of 100 queries, the
        // second on 60, nobody on 10. Free weights are logs of ratios to nobody.
        let mut choices = Choices::default();
        for (right, times) in [(0, 30), (1, 60), (2, 10)] {
            for _ in 0..times {
                let weight = |a| f64::from(u8::from(a == right));
                choices.push([
                    (weight(0), vec![(0, 1.0)]),
                    (weight(1), vec![(1, 1.0)]),
                    (weight(2), vec![]),
                ]);
            }
        }
        let beta = choices.fit(&[0.0, 0.0]);
        assert!((beta[0] - 3f64.ln()).abs() < 1e-3, "{beta:?}");
        assert!((beta[1] - 6f64.ln()).abs() < 1e-3, "{beta:?}");
        let entropy: f64 = [0.3f64, 0.6, 0.1].iter().map(|p| -p * p.ln()).sum();
        assert!((choices.loss(&beta) - entropy).abs() < 1e-6);
        // Penalised without end, nothing is believed.
        assert!(choices.fit(&[1e9, 1e9]).iter().all(|b| b.abs() < 1e-3));
    }
}
