//! Adam (Kingma and Ba 2015, arXiv 1412.6980) over one flat vector of f32
//! parameters, and the seeded passes over mini-batches that feed it.
//!
//! ```text
//! g ← gradient + decay·θ            decay is an L2 penalty, as in torch's Adam
//! m ← 0.9·m + 0.1·g,  v ← 0.999·v + 0.001·g²
//! θ ← θ − rate·(m/(1 − 0.9^t)) / (√(v/(1 − 0.999^t)) + 1e-8)
//! ```
//!
//! One thread, one order: the same bits whatever the threads.

use crate::matrix::simd::wide;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rb_record::stream::progress::Step;
use std::ops::{ControlFlow, Range};

const MEAN: f32 = 0.9;
const SQUARE: f32 = 0.999;
const TINY: f32 = 1e-8;

/// The moments of one run.
pub struct Adam {
    rate: f32,
    decay: f32,
    mean: Vec<f32>,
    square: Vec<f32>,
    /// 0.9^t and 0.999^t.
    powers: (f64, f64),
}

impl Adam {
    /// For `n` parameters.
    pub fn new(n: usize, rate: f32, decay: f32) -> Adam {
        Adam {
            rate,
            decay,
            mean: vec![0.0; n],
            square: vec![0.0; n],
            powers: (1.0, 1.0),
        }
    }

    /// The moments of the gradients and of their squares, and 0.9^t and 0.999^t after
    /// t steps: with [`resume`](Adam::resume) the run goes on as if it had not ended.
    pub fn moments(&self) -> (&[f32], &[f32], (f64, f64)) {
        (&self.mean, &self.square, self.powers)
    }

    /// Goes on from [`moments`](Adam::moments) of as many parameters.
    pub fn resume(&mut self, mean: Vec<f32>, square: Vec<f32>, powers: (f64, f64)) {
        assert!(mean.len() == self.mean.len() && square.len() == mean.len());
        (self.mean, self.square, self.powers) = (mean, square, powers);
    }

    /// From now on with another learning rate.
    pub fn set_rate(&mut self, rate: f32) {
        self.rate = rate;
    }

    /// One step; `at` and `gradient` have one number a parameter.
    pub fn step(&mut self, at: &mut [f32], gradient: &[f32]) {
        debug_assert!(at.len() == self.mean.len() && gradient.len() == at.len());
        self.powers.0 *= f64::from(MEAN);
        self.powers.1 *= f64::from(SQUARE);
        let rate = (f64::from(self.rate) / (1.0 - self.powers.0)) as f32;
        let unbias = (1.0 / (1.0 - self.powers.1)) as f32;
        let decay = self.decay;
        let moments = self.mean.iter_mut().zip(&mut self.square);
        let all = at.iter_mut().zip(gradient).zip(moments);
        wide(|| {
            for ((at, g), (m, v)) in all {
                let g = g + decay * *at;
                *m = MEAN * *m + (1.0 - MEAN) * g;
                *v = SQUARE * *v + (1.0 - SQUARE) * g * g;
                *at -= rate * *m / ((*v * unbias).sqrt() + TINY);
            }
        });
    }
}

/// How long and how fast to train.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// The most passes.
    pub epochs: usize,
    /// The learning rate, at the start where it falls.
    pub rate: f64,
    /// Whether the rate falls evenly towards 0 over the passes.
    pub falls: bool,
    /// The L2 penalty.
    pub decay: f32,
}

/// Trains the parameters `at`: in each pass `draw` makes the mini-batches, and
/// `gradient` tells the gradient of one at the parameters as they are. After
/// each pass `judge` sees them, and may end it all.
pub fn train<B>(
    at: &mut [f32],
    schedule: Schedule,
    rng: &mut StdRng,
    mut draw: impl FnMut(&mut StdRng) -> Vec<B>,
    mut gradient: impl FnMut(&[f32], B, &mut StdRng) -> Vec<f32>,
    mut judge: impl FnMut(&[f32]) -> ControlFlow<()>,
) {
    let mut adam = Adam::new(at.len(), schedule.rate as f32, schedule.decay);
    let step = Step::new("training", "passes", Some(schedule.epochs));
    for epoch in 0..schedule.epochs {
        if schedule.falls {
            let left = 1.0 - epoch as f64 / schedule.epochs as f64;
            adam.set_rate((schedule.rate * left) as f32);
        }
        for batch in draw(rng) {
            let gradient = gradient(at, batch, rng);
            adam.step(at, &gradient);
        }
        step.add(1);
        if judge(at).is_break() {
            break;
        }
    }
}

/// 0..n in a drawn order, in batches of at most `size`: one pass over n rows.
pub fn batches(n: usize, size: usize, rng: &mut StdRng) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(rng);
    order.chunks(size.max(1)).map(<[usize]>::to_vec).collect()
}

/// Fewer rows are not worth a second thread.
const FEW: usize = 64;

/// The sum of the gradients of the two halves of a mini-batch of `n` rows, which are
/// computed side by side; where they meet depends on the number of rows alone.
pub fn halves(n: usize, gradient: impl Fn(Range<usize>) -> Vec<f32> + Sync) -> Vec<f32> {
    if n < FEW {
        return gradient(0..n);
    }
    let (mut sum, more) = rayon::join(|| gradient(0..n / 2), || gradient(n / 2..n));
    wide(|| sum.iter_mut().zip(&more).for_each(|(sum, g)| *sum += g));
    sum
}

/// Compares a gradient with central differences of the loss, parameter by
/// parameter; the errors of f32 sums allow about three digits. For tests: it
/// panics where they differ.
pub fn check_gradient(at: &[f32], loss_and_gradient: impl Fn(&[f32]) -> (f64, Vec<f32>)) {
    const H: f32 = 2e-3;
    let (_, gradient) = loss_and_gradient(at);
    assert_eq!(gradient.len(), at.len());
    let most = gradient.iter().fold(0.0f32, |m, g| m.max(g.abs()));
    assert!(most > 1e-3, "nothing to compare: {most}");
    for j in 0..at.len() {
        let moved = |h: f32| {
            let mut at = at.to_vec();
            at[j] += h;
            (loss_and_gradient(&at).0, f64::from(at[j]))
        };
        let ((above, a), (below, b)) = (moved(H), moved(-H));
        let slope = (above - below) / (a - b);
        let off = (slope - f64::from(gradient[j])).abs();
        assert!(
            off < 2e-3 * f64::from(most),
            "parameter {j}: {slope} by differences, {} as computed",
            gradient[j]
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn the_first_step_is_the_learning_rate_against_the_gradients_sign() {
        let mut at = [1.0f32, -2.0, 3.0];
        Adam::new(3, 0.1, 0.0).step(&mut at, &[5.0, -0.01, 0.0]);
        for (at, wanted) in at.iter().zip([0.9, -1.9, 3.0]) {
            assert!((at - wanted).abs() < 1e-4, "{at} {wanted}");
        }
    }

    #[test]
    fn the_minimum_of_a_parabola_is_found_and_decay_draws_it_to_zero() {
        for (decay, wanted) in [(0.0, 2.0), (1.0, 1.0)] {
            let mut at = [-1.0f32];
            let mut adam = Adam::new(1, 0.05, decay);
            for _ in 0..2000 {
                let gradient = [at[0] - 2.0];
                adam.step(&mut at, &gradient);
            }
            assert!((at[0] - wanted).abs() < 1e-2, "{at:?}");
        }
    }

    #[test]
    fn a_pass_has_every_row_once() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut all = batches(10, 4, &mut rng).concat();
        assert_ne!(all, (0..10).collect::<Vec<_>>());
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<_>>());
        assert!(batches(0, 4, &mut rng).is_empty());
    }
}
