//! Training a network on some rows, stopped by others: the trainer of rb-learn
//! under the losses of the tape.

use crate::tape::{Shapes, Tape};
use candle_core::{Result, Tensor};
use rand::rngs::StdRng;
use rand::SeedableRng;
use rb_learn::optimise::adam::{self, Schedule};
use rb_learn::optimise::early_stop::EarlyStop;
use std::ops::ControlFlow;

/// A pass that lowers the error by less than this has gained nothing.
const LEAST_GAIN: f64 = 1e-5;

/// How long and how fast.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The most passes over the rows.
    pub epochs: usize,
    /// Adam's learning rate.
    pub rate: f64,
    /// Rows of a mini-batch.
    pub batch: usize,
    /// Passes in a row without a gain that end it.
    pub patience: usize,
    /// Of all that is drawn.
    pub seed: u64,
}

/// Which rows train and which are held out to stop by; none held out: all passes
/// are made.
#[derive(Debug, Clone)]
pub struct Rows {
    /// To learn from.
    pub train: Vec<usize>,
    /// To stop by.
    pub held: Vec<usize>,
}

/// Moves the parameters `at` down the loss of mini-batches, and returns those with
/// the least `error`, which sees the held rows.
pub(crate) fn run(
    shapes: &Shapes,
    mut at: Vec<f32>,
    plan: Plan,
    rows: &Rows,
    loss: impl Fn(&[Tensor], &[usize], &mut StdRng) -> Result<Tensor> + Sync,
    error: impl Fn(&[Tensor], &[usize]) -> Result<Tensor> + Sync,
) -> Vec<f32> {
    // The matrices are small: shared out, their products wait for each other longer
    // than they take, and for whatever else the machine does.
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let alone = alone.expect("a thread can be started");
    let tape = Tape::of(shapes);
    let mut stop = EarlyStop::new(&at, plan.patience, LEAST_GAIN);
    let schedule = Schedule {
        epochs: plan.epochs,
        rate: plan.rate,
        falls: false,
        decay: 0.0,
    };
    let train = || {
        adam::train(
            &mut at,
            schedule,
            &mut StdRng::seed_from_u64(plan.seed),
            |rng| adam::batches(rows.train.len(), plan.batch, rng),
            |at, batch: Vec<usize>, rng| {
                let batch: Vec<usize> = batch.into_iter().map(|r| rows.train[r]).collect();
                tape.gradient(at, |p| loss(p, &batch, rng)).1
            },
            |at| {
                if rows.held.is_empty() {
                    return ControlFlow::Continue(());
                }
                stop.judge(at, tape.value(at, |p| error(p, &rows.held)))
            },
        )
    };
    alone.install(train);
    if rows.held.is_empty() {
        at
    } else {
        stop.best()
    }
}
