//! Bradley–Terry ratings out of weighted wins, and their grouping into tiers.
//!
//! P(i beats j) = σ(β_i − β_j). With W_ij the weight of i's wins over j, a tie
//! counting half to each, β maximises
//!
//! ```text
//! Σ_ij W_ij·ln σ(β_i − β_j) − ½·ε·(Σ_ij W_ij)·‖β‖²,   ε = 1e-6
//! ```
//!
//! Without ε this is logistic regression without penalty and intercept on ±1
//! (Bradley and Terry 1952). ε fixes the sum of β, which the wins leave open,
//! and bounds a contestant that never lost at about ln(1/ε); elsewhere it
//! moves β by some 1e-5. Newton's method with bounded steps, O(T³) a step, T
//! contestants. On Elo's scale R = 400·β/ln 10.

use crate::linear::sigmoid;
use ndarray::ArrayView2;

const PENALTY: f64 = 1e-6;
const STEPS: usize = 100;
/// The gradient, relative to all wins, at which ratings have settled.
const SETTLED: f64 = 1e-11;
/// The longest step of one rating: Newton's may be far too long where
/// almost every contest was won by one side.
const LONGEST: f64 = 2.0;

/// β of each contestant; without wins all are 0. `wins` is T×T.
pub fn ratings(wins: ArrayView2<f64>) -> Vec<f64> {
    let t = wins.nrows();
    let total: f64 = wins.sum() - wins.diag().sum();
    let mut beta = vec![0.0; t];
    if total <= 0.0 {
        return beta;
    }
    for _ in 0..STEPS {
        let mut slope: Vec<f64> = beta.iter().map(|b| -PENALTY * b).collect();
        let mut curve = vec![0.0; t * t];
        for i in 0..t {
            curve[i * t + i] += PENALTY;
            for j in 0..i {
                let (won, lost) = (wins[[i, j]] / total, wins[[j, i]] / total);
                let p = sigmoid(beta[i] - beta[j]);
                let pull = won - (won + lost) * p;
                slope[i] += pull;
                slope[j] -= pull;
                let bend = (won + lost) * p * (1.0 - p);
                curve[i * t + i] += bend;
                curve[j * t + j] += bend;
                curve[i * t + j] -= bend;
                curve[j * t + i] -= bend;
            }
        }
        if slope.iter().all(|s| s.abs() <= SETTLED) {
            break;
        }
        let mut step = solve(curve, slope);
        let most = step.iter().fold(0.0f64, |m, s| m.max(s.abs()));
        let shorten = (LONGEST / most).min(1.0);
        step.iter_mut().for_each(|s| *s *= shorten);
        beta.iter_mut().zip(&step).for_each(|(b, s)| *b += s);
    }
    beta
}

/// Solves a·x = b for a symmetric positive definite a by elimination, which
/// then needs no pivots.
fn solve(mut a: Vec<f64>, mut b: Vec<f64>) -> Vec<f64> {
    let t = b.len();
    for c in 0..t {
        for r in c + 1..t {
            let factor = a[r * t + c] / a[c * t + c];
            for j in c..t {
                a[r * t + j] -= factor * a[c * t + j];
            }
            b[r] -= factor * b[c];
        }
    }
    for c in (0..t).rev() {
        for j in c + 1..t {
            b[c] -= a[c * t + j] * b[j];
        }
        b[c] /= a[c * t + c];
    }
    b
}

/// Groups contestants into at most `most` tiers of neighbouring ratings with
/// the least sum of squared deviations within tiers (Fisher 1958; exact, by
/// dynamic programming, O(most·K²)). The tier of each, 0 the best; with no
/// more contestants than tiers each has its own.
pub fn tiers(ratings: &[f64], most: usize) -> Vec<usize> {
    let k = ratings.len();
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| ratings[b].total_cmp(&ratings[a]).then(a.cmp(&b)));
    let groups = most.clamp(1, k.max(1));
    // The squared deviation of ranks from..to.
    let spread = |from: usize, to: usize| -> f64 {
        let part: Vec<f64> = order[from..to].iter().map(|&m| ratings[m]).collect();
        let mean = part.iter().sum::<f64>() / part.len().max(1) as f64;
        part.iter().map(|r| (r - mean) * (r - mean)).sum()
    };
    // least[g][to]: of the first `to` ranks in g + 1 tiers, and where the last begins.
    let mut least = vec![vec![(f64::INFINITY, 0); k + 1]; groups];
    for (to, first) in least[0].iter_mut().enumerate() {
        *first = (spread(0, to), 0);
    }
    for g in 1..groups {
        for to in g + 1..=k {
            for from in g..to {
                let cost = least[g - 1][from].0 + spread(from, to);
                if cost < least[g][to].0 {
                    least[g][to] = (cost, from);
                }
            }
        }
    }
    let mut tier = vec![0; k];
    let mut to = k;
    for g in (0..groups).rev() {
        let from = least[g][to].1;
        order[from..to].iter().for_each(|&m| tier[m] = g);
        to = from;
    }
    tier
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, Array2};

    #[test]
    fn the_rating_of_two_is_the_log_of_the_ratio_of_their_wins() {
        for (won, lost) in [(3.0, 1.0), (70.0, 5.5), (2.0, 2.0), (1.0, 9.0)] {
            let beta = ratings(array![[0.0, won], [lost, 0.0]].view());
            let closed = f64::ln(won / lost);
            assert!(
                (beta[0] - beta[1] - closed).abs() < 2e-4,
                "{beta:?} {closed}"
            );
        }
    }

    #[test]
    fn ratings_that_made_the_wins_are_found_again() {
        let truth = [1.2, 0.3, -0.4, -1.1];
        let wins = Array2::from_shape_fn((4, 4), |(i, j)| {
            if i == j {
                0.0
            } else {
                50.0 * sigmoid(truth[i] - truth[j])
            }
        });
        for (b, t) in ratings(wins.view()).iter().zip(truth) {
            assert!((b - t).abs() < 1e-4, "{b} {t}");
        }
    }

    #[test]
    fn who_never_lost_and_who_never_played_have_finite_ratings() {
        let wins = array![[0.0, 9.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
        let beta = ratings(wins.view());
        assert!(
            beta[0] > 4.0 && beta[0] < 20.0 && beta[2] == 0.0,
            "{beta:?}"
        );
        assert_eq!(ratings(Array2::zeros((3, 3)).view()), [0.0; 3]);
    }

    #[test]
    fn tiers_hold_neighbours_and_leave_the_least_spread() {
        assert_eq!(tiers(&[0.1, 5.0, 0.2, 4.9, 2.0], 3), [2, 0, 2, 0, 1]);
        assert_eq!(tiers(&[1.0, 3.0, 2.0], 10), [2, 0, 1]);
        assert_eq!(tiers(&[1.0, 1.0, 1.0], 1), [0; 3]);
        let tied = tiers(&[1.0; 4], 2);
        assert!(tied.iter().all(|t| *t < 2), "{tied:?}");
    }
}
