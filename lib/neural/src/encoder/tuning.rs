//! Tunes an encoder with a head on it.
//!
//! AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101): before Adam's step θ ← θ −
//! rate·decay·θ for matrices, not for biases and norms. The gradient is shortened to
//! length 1; the rate rises evenly over the first tenth of the steps and falls evenly
//! to 0 (Devlin et al. 2018). After each pass the parameters are judged by the head's
//! error on rows held out, the start among them, and the best are kept.
//!
//! A mini-batch is cut into groups of like length, each with a tape of its own on a
//! thread of its own: short texts are not filled up to the longest. First all groups
//! make their vectors; the head's loss sees them together and says how each vector
//! should move; then each tape takes that back to the weights. Word embeddings stand
//! outside the tapes, which see the rows of their ids alone.

use super::checkpoint::{self, Position};
use super::forward::{self, Group};
use super::model::{self, Encoder};
use super::workers;
use crate::tape::{self, Shapes, Tape, AGREE};
use crate::training::Rows;
use candle_core::{Device, Result, Tensor, Var};
use ndarray::{Array2, Axis};
use rand::rngs::StdRng;
use rand::SeedableRng;
use rb_learn::optimise::adam::{self, Adam};
use rb_learn::optimise::early_stop::EarlyStop;
use rb_record::stream::progress::Step;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Texts of a group.
const GROUP: usize = 4;
/// The share of the steps over which the rate rises.
const WARM_UP: f64 = 0.1;
/// AdamW's decay.
const DECAY: f64 = 0.01;
/// The longest gradient.
const LONGEST: f64 = 1.0;
/// Passes without a gain that end it.
const PATIENCE: usize = 2;

/// How long and how fast.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The most passes over the rows.
    pub epochs: usize,
    /// The highest learning rate.
    pub rate: f64,
    /// Texts of a mini-batch.
    pub batch: usize,
    /// Of all that is drawn.
    pub seed: u64,
}

/// Who keeps the checkpoints of a run.
pub trait Watch {
    /// A digest of all that the run depends on.
    fn digest(&self) -> &str;
    /// The checkpoint to go on from, if there is one.
    fn checkpoint(&self) -> std::result::Result<Option<Vec<u8>>, String>;
    /// After how long a pass is interrupted for a checkpoint; None: none is kept.
    fn every(&self) -> Option<Duration>;
    /// Keeps a checkpoint in the place of the one before.
    fn keep(&self, bytes: &[u8]) -> std::result::Result<(), String>;
}

/// Of the head's matrices, the vectors and their rows, with a source of draws.
pub(crate) type Loss<'a> = dyn Fn(&[Tensor], &Tensor, &[usize], &mut StdRng) -> Result<Tensor> + 'a;
/// The same without draws.
pub(crate) type Error<'a> = dyn Fn(&[Tensor], &Tensor, &[usize]) -> Result<Tensor> + 'a;

/// A head on vectors x (n×d), one a row named by its place among all texts: its
/// matrices, its loss to train by and its error to stop by.
pub(crate) struct Top<'a> {
    pub(crate) shapes: Shapes,
    pub(crate) start: Vec<f32>,
    pub(crate) loss: &'a Loss<'a>,
    pub(crate) error: &'a Error<'a>,
}

/// Tunes `encoder` on `texts`, and returns the head's parameters.
pub(crate) fn run(
    encoder: &mut Encoder,
    texts: &[String],
    top: &Top,
    rows: &Rows,
    plan: Plan,
    watch: &dyn Watch,
) -> std::result::Result<Vec<f32>, String> {
    let tokens = encoder.tokens(texts);
    let run = Run {
        tape: Tape::of(&encoder.config.shapes()[1..]),
        encoder,
        tokens: &tokens,
        top,
        rows,
        plan,
    };
    let mut best = run.all(watch)?;
    let head = best.split_off(encoder.at.len());
    encoder.at = best;
    Ok(head)
}

pub(super) struct Run<'a> {
    pub(super) encoder: &'a Encoder,
    pub(super) tokens: &'a [Vec<u32>],
    pub(super) top: &'a Top<'a>,
    pub(super) rows: &'a Rows,
    pub(super) plan: Plan,
    pub(super) tape: Tape,
}

/// What moves.
struct State {
    at: Vec<f32>,
    adam: Adam,
    stop: EarlyStop,
    steps: usize,
    loss: f64,
    held: Option<f64>,
    is_done: bool,
}

impl Run<'_> {
    fn all(&self, watch: &dyn Watch) -> std::result::Result<Vec<f32>, String> {
        let batches = self.rows.train.len().div_ceil(self.plan.batch).max(1);
        let total = batches * self.plan.epochs;
        let mut state = self.begin(watch)?;
        let told = Step::new("tuning", "steps", Some(total));
        told.resume(state.steps);
        let mut kept = Instant::now();
        while state.steps < total && !state.is_done {
            let (epoch, batch) = (state.steps / batches, state.steps % batches);
            let order = self.order(epoch);
            let rate = self.rate(state.steps, total);
            if batch == 0 {
                state.loss = 0.0;
            }
            state.loss += self.step(
                &mut state.at,
                &mut state.adam,
                &order[batch],
                rate,
                state.steps,
            );
            state.steps += 1;
            let is_last = batch + 1 == batches;
            if is_last {
                self.judge(&mut state);
            }
            told.add(1);
            told.note(|| {
                let held = state.held;
                let held = held.map_or(String::new(), |e| format!(", held out {e:.4}"));
                format!(
                    "pass {} of {}, loss {:.4}{held}, learning rate {rate:.2e}",
                    epoch + 1,
                    self.plan.epochs,
                    state.loss / (batch + 1) as f64
                )
            });
            let Some(every) = watch.every() else { continue };
            if is_last || kept.elapsed() >= every {
                watch.keep(&self.checkpoint(&state, watch.digest()))?;
                kept = Instant::now();
            }
        }
        Ok(if self.rows.held.is_empty() {
            state.at
        } else {
            state.stop.best()
        })
    }

    /// From the start, or from where a checkpoint stands.
    fn begin(&self, watch: &dyn Watch) -> std::result::Result<State, String> {
        let mut at = self.encoder.at.clone();
        at.extend_from_slice(&self.top.start);
        let mut state = State {
            adam: Adam::new(at.len(), 0.0, 0.0),
            stop: EarlyStop::new(&at, PATIENCE, 0.0),
            at,
            steps: 0,
            loss: 0.0,
            held: None,
            is_done: false,
        };
        let Some(bytes) = watch.checkpoint()? else {
            self.judge(&mut state);
            return Ok(state);
        };
        let found = checkpoint::read(&bytes, watch.digest(), state.at.len())?;
        let ([at, mean, square, best], position) = (found.vectors, found.position);
        state.adam.resume(mean, square, position.powers);
        if let Some((error, goal, waited)) = position.stop {
            state.stop.resume((error, best), goal, waited);
        }
        (state.at, state.steps, state.loss) = (at, position.steps, position.loss);
        state.is_done = position.is_done;
        Ok(state)
    }

    fn checkpoint(&self, state: &State, digest: &str) -> Vec<u8> {
        let (mean, square, powers) = state.adam.moments();
        let ((error, best), goal, waited) = state.stop.state();
        let position = Position {
            digest: digest.into(),
            steps: state.steps,
            loss: state.loss,
            powers,
            stop: error.is_finite().then_some((error, goal, waited)),
            is_done: state.is_done,
        };
        checkpoint::write(&position, [&state.at, mean, square, best])
    }

    /// The mini-batches of a pass, as places among the texts.
    fn order(&self, epoch: usize) -> Vec<Vec<usize>> {
        let mut rng = self.drawn(2 * epoch as u64);
        let batches = adam::batches(self.rows.train.len(), self.plan.batch, &mut rng);
        let named = |batch: Vec<usize>| batch.iter().map(|&r| self.rows.train[r]).collect();
        batches.into_iter().map(named).collect()
    }

    /// A source of draws for each `purpose`, so that a run can begin anywhere.
    fn drawn(&self, purpose: u64) -> StdRng {
        let odd = 0x9e37_79b9_7f4a_7c15u64.wrapping_mul(purpose + 1);
        StdRng::seed_from_u64(self.plan.seed ^ odd)
    }

    fn rate(&self, step: usize, total: usize) -> f64 {
        let warm = (total as f64 * WARM_UP).ceil().max(1.0);
        let (step, total) = (step as f64, total as f64);
        let rising = (step + 1.0) / warm;
        let falling = (total - step) / (total - warm).max(1.0);
        self.plan.rate * rising.min(falling).min(1.0)
    }

    /// Judges the parameters on the rows held out.
    fn judge(&self, state: &mut State) {
        let held = &self.rows.held;
        if held.is_empty() {
            return;
        }
        let (encoder, head) = state.at.split_at(self.encoder.at.len());
        let tokens: Vec<Vec<u32>> = held.iter().map(|&r| self.tokens[r].clone()).collect();
        let x = tape::constant(&self.encoder.embed_tokens(&tokens, encoder));
        let error = Tape::of(&self.top.shapes).value(head, |p| (self.top.error)(p, &x, held));
        state.held = Some(error);
        state.is_done = state.stop.judge(&state.at, error) == ControlFlow::Break(());
    }

    /// One step down the loss of the rows `batch`; the loss before it.
    fn step(
        &self,
        at: &mut [f32],
        adam: &mut Adam,
        batch: &[usize],
        rate: f64,
        step: usize,
    ) -> f64 {
        let (loss, mut gradient) = self.gradient(at, batch, step).expect(AGREE);
        let length = gradient
            .iter()
            .map(|&g| f64::from(g).powi(2))
            .sum::<f64>()
            .sqrt();
        if length > LONGEST {
            let share = (LONGEST / length) as f32;
            gradient.iter_mut().for_each(|g| *g *= share);
        }
        let keep = (1.0 - rate * DECAY) as f32;
        let mut rest = &mut *at;
        let shapes = self.encoder.config.shapes();
        for (rows, columns) in shapes.iter().chain(&self.top.shapes) {
            let (part, after) = rest.split_at_mut(rows * columns);
            rest = after;
            if *rows > 1 {
                part.iter_mut().for_each(|v| *v *= keep);
            }
        }
        adam.set_rate(rate as f32);
        adam.step(at, &gradient);
        loss
    }

    /// The loss of the rows `batch` and its gradient.
    pub(super) fn gradient(
        &self,
        at: &[f32],
        batch: &[usize],
        step: usize,
    ) -> Result<(f64, Vec<f32>)> {
        let mut rows = batch.to_vec();
        rows.sort_by_key(|&r| std::cmp::Reverse(self.tokens[r].len()));
        let groups: Vec<Group> = rows
            .chunks(GROUP)
            .map(|rows| Group {
                texts: rows.iter().map(|&r| &self.tokens[r][..]).collect(),
            })
            .collect();
        let (config, width) = (&self.encoder.config, self.encoder.width());
        let (encoder, head) = at.split_at(self.encoder.at.len());
        let words = tape::parts(
            &[(config.vocabulary, width)],
            &encoder[..config.vocabulary * width],
        )[0];
        let p = self.tape.move_to(&encoder[words.len()..])?;
        let made = workers::each(groups.len(), |g| {
            let rows = model::gather(&words, &groups[g].ids());
            let shape = rows.dim();
            let rows = Var::from_vec(rows.into_iter().collect(), shape, &Device::Cpu)?;
            let x = forward::embed(config, &p, &rows, &groups[g])?;
            Ok((rows, x))
        });
        let made: Vec<(Var, Tensor)> = made.into_iter().collect::<Result<_>>()?;
        let mut start = head.to_vec();
        for (_, x) in &made {
            start.extend(x.flatten_all()?.to_vec1::<f32>()?);
        }
        let mut shapes = self.top.shapes.clone();
        shapes.push((rows.len(), width));
        let mut rng = self.drawn(2 * step as u64 + 1);
        let (loss, of_head) = Tape::of(&shapes).gradient(&start, |p| {
            let (x, p) = p.split_last().expect("the vectors stand last");
            (self.top.loss)(p, x, &rows, &mut rng)
        });
        let (of_head, of_x) = of_head.split_at(head.len());
        let of_x = Array2::from_shape_vec((rows.len(), width), of_x.to_vec());
        let of_x = of_x.expect("a gradient for each number of the vectors");
        let tape = &self.tape;
        let found: Vec<Result<(Vec<f32>, Vec<f32>)>> = workers::each(groups.len(), |g| {
            let (words, x) = &made[g];
            let rows: Vec<usize> = (g * GROUP..g * GROUP + groups[g].texts.len()).collect();
            let along = tape::constant(&of_x.select(Axis(0), &rows));
            let gradients = (x * along)?.sum_all()?.backward()?;
            let words = match gradients.get(words) {
                Some(g) => g.flatten_all()?.to_vec1::<f32>()?,
                None => Vec::new(),
            };
            Ok((words, tape.flat(&gradients)?))
        });
        let mut flat = vec![0.0; encoder.len()];
        let (of_words, of_rest) = flat.split_at_mut(words.len());
        for (found, group) in found.into_iter().zip(&groups) {
            let (words, rest) = found?;
            of_rest.iter_mut().zip(&rest).for_each(|(to, g)| *to += g);
            for (id, row) in group.ids().into_iter().zip(words.chunks_exact(width)) {
                let to = &mut of_words[id as usize * width..][..width];
                to.iter_mut().zip(row).for_each(|(to, g)| *to += g);
            }
        }
        flat.extend_from_slice(of_head);
        Ok((loss, flat))
    }
}
