//! What linear models are fitted to: the losses, the search along a direction, and
//! when a fit has settled.

use crate::matrix::simd::dot;

pub(super) const ITERATIONS: usize = 1000;
pub(super) const TOLERANCE: f64 = 1e-6;

/// What a residual costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// ln(1 + e^z) − y·z.
    Logistic,
    /// ½(y − z)².
    Squared,
}

impl Loss {
    /// The first and the second derivative in z.
    pub(super) fn slopes(self, y: f64, z: f64) -> (f64, f64) {
        match self {
            Loss::Logistic => {
                let p = sigmoid(z);
                (p - y, p * (1.0 - p))
            }
            Loss::Squared => (z - y, 1.0),
        }
    }

    /// Where a fit starts: d weights of 0, then the intercept that is best with them.
    pub(super) fn start(self, y: &[f64], d: usize) -> Vec<f64> {
        let mean = y.iter().sum::<f64>() / y.len().max(1) as f64;
        let mut at = vec![0.0; d];
        at.push(match self {
            Loss::Logistic => (mean / (1.0 - mean)).ln(),
            Loss::Squared => mean,
        });
        at
    }
}

/// ln(1 + e^z) − y·z: −y·ln σ(z) − (1 − y)·ln(1 − σ(z)), without overflow.
pub fn cross_entropy(z: f64, y: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p() - y * z
}

/// 1/(1 + e^−z), without overflow.
pub fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 {
        1.0 / (1.0 + (-z).exp())
    } else {
        let e = z.exp();
        e / (1.0 + e)
    }
}

/// What was fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// w, d numbers.
    pub weights: Vec<f64>,
    /// b.
    pub intercept: f64,
}

/// The step along `direction` at which the objective's slope has all but
/// vanished: Newton's method within a bracket, on a convex function.
pub(super) fn line_search(
    y: &[f64],
    loss: Loss,
    c: f64,
    at: &[f64],
    direction: &[f64],
    z: &[f64],
    along: &[f64],
) -> f64 {
    const TRIES: usize = 50;
    const FLAT: f64 = 0.01;
    let d = at.len() - 1;
    let (mixed, square) = (
        dot(&at[..d], &direction[..d]),
        dot(&direction[..d], &direction[..d]),
    );
    let slopes = |t: f64| {
        let (mut first, mut second) = (mixed + t * square, square);
        for ((y, z), a) in y.iter().zip(z).zip(along) {
            let (s, ss) = loss.slopes(*y, z + t * a);
            first += c * s * a;
            second += c * ss * a * a;
        }
        (first, second)
    };
    let start = slopes(0.0).0;
    let (mut low, mut high, mut t) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..TRIES {
        let (first, second) = slopes(t);
        if first.abs() <= FLAT * start.abs() {
            break;
        }
        if first < 0.0 {
            low = t
        } else {
            high = t
        }
        let newton = t - first / second;
        t = match newton > low && newton < high {
            true => newton,
            false if high.is_finite() => (low + high) / 2.0,
            false => 2.0 * low,
        };
    }
    t
}

pub(super) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
