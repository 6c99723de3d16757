//! How far a long training is.

/// After one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Steps done, and of how many.
    pub steps: (usize, usize),
    /// Which pass over the rows this is, and of how many.
    pub epochs: (usize, usize),
    /// Whether it ended with this step.
    pub ends_epoch: bool,
    /// The mean loss of the pass so far.
    pub loss: f64,
    /// The error on the rows held out, when it was last looked at.
    pub held: Option<f64>,
    /// The learning rate of the step.
    pub rate: f64,
    /// Expected to be left, if all passes are made.
    pub seconds_left: f64,
}
