//! When to stop training: the parameters with the least error on rows held out are
//! kept, and the passes end when some in a row have not lowered it by enough.

use std::ops::ControlFlow;

/// What has been seen so far.
pub struct EarlyStop {
    best: (f64, Vec<f32>),
    goal: f64,
    least_gain: f64,
    waited: usize,
    patience: usize,
}

impl EarlyStop {
    /// Ends after `patience` passes in a row that lower the error by less than
    /// `least_gain`; `start`: what is kept where no pass is judged.
    pub fn new(start: &[f32], patience: usize, least_gain: f64) -> EarlyStop {
        EarlyStop {
            best: (f64::INFINITY, start.to_vec()),
            goal: f64::INFINITY,
            least_gain,
            waited: 0,
            patience,
        }
    }

    /// Hears of the parameters `at` and their error on the rows held out.
    pub fn judge(&mut self, at: &[f32], error: f64) -> ControlFlow<()> {
        if error < self.best.0 {
            self.best = (error, at.to_vec());
        }
        if error < self.goal - self.least_gain {
            (self.goal, self.waited) = (error, 0);
        } else {
            self.waited += 1;
        }
        if self.waited < self.patience {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    /// The least error with its parameters, the error to fall below, and the passes
    /// waited, for [`resume`](EarlyStop::resume).
    pub fn state(&self) -> ((f64, &[f32]), f64, usize) {
        ((self.best.0, &self.best.1), self.goal, self.waited)
    }

    /// Goes on from a [`state`](EarlyStop::state).
    pub fn resume(&mut self, best: (f64, Vec<f32>), goal: f64, waited: usize) {
        (self.best, self.goal, self.waited) = (best, goal, waited);
    }

    /// The parameters with the least error.
    pub fn best(self) -> Vec<f32> {
        self.best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_kept_and_patience_ends() {
        let mut stop = EarlyStop::new(&[0.0], 2, 0.1);
        let errors = [3.0, 2.0, 1.95, 1.5, 1.45, 1.48, 0.0];
        let ended = errors
            .iter()
            .enumerate()
            .find(|(i, &e)| stop.judge(&[*i as f32], e).is_break());
        // 1.95 and then 1.45, 1.48 gain too little; two in a row end it.
        assert_eq!(ended, Some((5, &1.48)));
        assert_eq!(stop.best(), [4.0]);
        assert_eq!(EarlyStop::new(&[7.0], 2, 0.1).best(), [7.0]);
    }
}
