//! The Poisson bootstrap of means over queries: how much a figure would move
//! if other queries of the same datasets had been asked.
//!
//! In resample b every unit (queries of one prompt) has a weight w drawn from
//! Poisson(1), a hash of (seed, b, prompt): duplicates move together, and
//! neither the order of the queries nor the threads matter. A mean becomes
//!
//! ```text
//! Q_b = Σ_d (n_d/n)·(m_d + κ_d·((Σ w s / Σ w)_d − m_d)),   κ_d = √(U_d/(U_d − 1))
//! ```
//!
//! over strata d (the datasets, those of one unit pooled; see `strata`), with
//! n_d queries, U_d units and the mean m_d. The datasets' shares are fixed, as
//! they are in the estimate; κ makes up for deviations being taken from the
//! sample's own mean, which matters where U_d is small. A stratum whose weights
//! are all 0 is drawn again.
//!
//! Q_b is linear in s: Q_b = Σ_q v_b(q)·s(q), with the weights v normalised
//! once. So no record is resampled: figures are products of v with columns, and
//! a curve is a sum of the changes along it. A mean over datasets (macro) is the
//! same sum of f(q)·s(q), f(q) = n/(n_d·D).
//!
//! Weights are drawn where they are needed, [`LANES`] resamples at a time, and
//! the queries are passed over some at a time for all resamples together: memory
//! does not grow with them. Only a few are kept, a byte each. Percentile intervals; a
//! figure that is not linear (AIQ, a ratio) is computed from the resampled means.

use crate::statistics::poisson::{block_seeds, poisson, Lanes, Seeds, LANES};
use crate::statistics::strata::Strata;
use rayon::prelude::*;
use rb_learn::matrix::simd::{wide, Work};
use rb_record::hash;
use std::collections::BTreeMap;
use std::ops::Range;

/// How often, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Of the weights.
    pub seed: u64,
    /// 0: no intervals.
    pub resamples: usize,
}

impl Plan {
    /// How many of the lanes of a block are resamples that were asked for.
    pub fn count(&self, block: usize) -> usize {
        LANES.min(self.resamples - block * LANES)
    }
}

/// The dataset and the prompt (a hash) of the query at a place.
type Key<'a> = Box<dyn Fn(usize) -> (usize, u64) + Send + Sync + 'a>;

/// Queries that are resampled together.
pub struct Frame<'a> {
    plan: Plan,
    n: usize,
    key: Key<'a>,
    /// By dataset: its stratum.
    of: Vec<u32>,
    /// By stratum: its queries, κ, and (1 − κ)/n.
    queries: Vec<usize>,
    stretch: Vec<f64>,
    shift: Vec<f64>,
    /// Whether anything can vary.
    varies: bool,
    /// By dataset: f.
    macro_factor: Vec<f64>,
    /// Of the strata that may be drawn empty: each unit, by stratum and prompt,
    /// and its queries.
    small: BTreeMap<Unit, usize>,
    /// Of all blocks, where that is little.
    pub(crate) draws: Option<Vec<Draw>>,
}

/// What takes weighted queries into a state S, in loops that are to be compiled for the
/// processor's widest vectors: `add` is always inlined.
pub trait Adds<C, S>: Sync {
    /// Adds a run of queries to `state`: those from `place` on in what was prepared, each
    /// with its v.
    fn add(&self, state: &mut S, prepared: &C, place: usize, run: &[Lanes]);
}

/// The queries that were prepared, in the resamples of one block.
struct Block<'w, 'a, C, S, A> {
    frame: &'w Frame<'a>,
    draw: &'w Draw,
    /// The place of the first.
    from: usize,
    units: &'w [Unit],
    prepared: &'w C,
    adds: &'w A,
    state: &'w mut S,
}

impl<C, S, A: Adds<C, S>> Work for Block<'_, '_, C, S, A> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let mut run = [[0.0; LANES]; RUN];
        for (place, units) in (0..).step_by(RUN).zip(self.units.chunks(RUN)) {
            for (i, (v, unit)) in run.iter_mut().zip(units).enumerate() {
                *v = (self.frame).weights(self.draw, self.from + place + i, *unit);
            }
            (self.adds).add(self.state, self.prepared, place, &run[..units.len()]);
        }
    }
}

/// The stratum and the prompt of a query, which have one weight.
type Unit = (u32, u64);

/// Queries whose units are held at a time.
pub(crate) const HELD: usize = 1 << 16;
/// Weights that are kept, in bytes; of more queries they are drawn each time.
const KEPT: usize = 1 << 24;
/// With more units a stratum is hardly ever drawn empty.
const SMALL: usize = 64;

/// What makes weights of hashes, for the resamples of one block.
#[derive(Debug)]
pub(crate) struct Draw {
    /// Of the block's hashes.
    seeds: Seeds,
    first: usize,
    /// By stratum: κ·(n_d/n)/Σw.
    scale: Vec<Lanes>,
    /// By query: the weights, before a stratum was drawn again; empty unless kept.
    kept: Vec<[u8; LANES]>,
    /// Strata that were drawn again, and by lane how often.
    pub(crate) again: BTreeMap<u32, [u8; LANES]>,
}

/// Queries whose weights in a block are made at once, and stay close by.
const RUN: usize = 64;
/// A stratum of two units stays empty with probability e^-2 a time.
const TIMES: u8 = 100;

impl<'a> Frame<'a> {
    /// Of `n` queries, those of one prompt side by side; `key`: the dataset and
    /// the prompt (a hash) of the one at a place.
    pub fn new(
        n: usize,
        key: impl Fn(usize) -> (usize, u64) + Send + Sync + 'a,
        plan: Plan,
    ) -> Frame<'a> {
        let mut n_of = Vec::new();
        let counted = (0..n).map(&key).inspect(|(dataset, _)| {
            n_of.resize(n_of.len().max(dataset + 1), 0usize);
            n_of[*dataset] += 1;
        });
        let strata = Strata::new(counted, |_| ());
        let datasets = n_of.iter().filter(|n| **n > 0).count();
        let all = n as f64;
        let stretch = |units: &usize| (*units as f64 / (*units as f64 - 1.0).max(1.0)).sqrt();
        let stretch: Vec<f64> = strata.units.iter().map(stretch).collect();
        let mut small = BTreeMap::new();
        if strata.vary() && strata.units.iter().any(|units| *units <= SMALL) {
            for (dataset, prompt) in (0..n).map(&key) {
                let stratum = strata.of[dataset];
                if strata.units[stratum as usize] <= SMALL {
                    *small.entry((stratum, prompt)).or_insert(0) += 1;
                }
            }
        }
        let mut frame = Frame {
            plan,
            varies: strata.vary(),
            of: strata.of,
            shift: stretch.iter().map(|k| (1.0 - k) / all).collect(),
            stretch,
            queries: strata.queries,
            n,
            key: Box::new(key),
            macro_factor: (n_of.iter())
                .map(|of| all / (of * datasets).max(1) as f64)
                .collect(),
            small,
            draws: None,
        };
        let blocks = plan.resamples.div_ceil(LANES);
        if frame.varies && blocks <= frame.held() {
            frame.draws = Some(frame.draws(0..blocks));
        }
        frame
    }

    /// Blocks whose draws are held at a time: at most 64 MB.
    fn held(&self) -> usize {
        ((1 << 20) / self.queries.len().max(1)).max(1)
    }

    /// How many queries there are.
    pub fn len(&self) -> usize {
        self.n
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }
    /// How often it is drawn, and from which seed.
    pub fn plan(&self) -> Plan {
        self.plan
    }

    /// f of the queries of a dataset that occurs, which turns a mean over
    /// queries into one over datasets.
    pub fn macro_factor(&self, dataset: usize) -> f64 {
        self.macro_factor[dataset]
    }

    /// Adds every query up, weighted, in a state for each block of resamples:
    /// all begin as `start`, and what comes back is in the order of the
    /// resamples. `some` prepares queries, at most `step` at a time, which `adds`
    /// then takes in runs. The sums are the same whatever `step` and the threads.
    ///
    /// Empty where no resamples are asked for, or where a single unit leaves
    /// nothing to vary.
    pub fn fold<C: Sync, S: Clone + Send>(
        &self,
        step: usize,
        start: S,
        some: impl Fn(Range<usize>) -> C,
        adds: impl Adds<C, S>,
    ) -> Vec<S> {
        if !self.varies {
            return Vec::new();
        }
        let mut states = vec![start; self.plan.resamples.div_ceil(LANES)];
        let held = self.held();
        for (group, states) in states.chunks_mut(held).enumerate() {
            let blocks = group * held..group * held + states.len();
            let fresh;
            let draws = match &self.draws {
                Some(draws) => draws,
                None => {
                    fresh = self.draws(blocks);
                    &fresh
                }
            };
            for from in (0..self.len()).step_by(step.max(1)) {
                let range = from..self.len().min(from + step.max(1));
                let units: Vec<Unit> = range.clone().map(|q| self.unit(q)).collect();
                let prepared = some(range);
                (states.par_iter_mut().zip(draws)).for_each(|(state, draw)| {
                    wide(Block {
                        frame: self,
                        draw,
                        from,
                        units: &units,
                        prepared: &prepared,
                        adds: &adds,
                        state,
                    })
                });
            }
        }
        states
    }

    /// One number a resample, read off the blocks that [`Frame::fold`] gave.
    pub fn resamples<S>(&self, blocks: &[S], read: impl Fn(&S) -> Lanes) -> Vec<f64> {
        let mut all = Vec::with_capacity(blocks.len() * LANES);
        for (number, block) in blocks.iter().enumerate() {
            all.extend_from_slice(&read(block)[..self.plan.count(number)]);
        }
        all
    }

    fn unit(&self, q: usize) -> Unit {
        let (dataset, prompt) = (self.key)(q);
        (self.of[dataset], prompt)
    }

    /// v of the query at a place, and its unit, in the resamples of one block.
    #[inline(always)]
    fn weights(&self, draw: &Draw, place: usize, (stratum, prompt): Unit) -> Lanes {
        let mut v = match draw.kept.get(place) {
            Some(weights) => weights.map(f64::from),
            None => poisson(&draw.seeds, prompt),
        };
        if !draw.again.is_empty() {
            if let Some(times) = draw.again.get(&stratum) {
                for (lane, again) in times.iter().enumerate().filter(|(_, a)| **a > 0) {
                    v[lane] = self.drawn_again(draw.first, *again, prompt)[lane];
                }
            }
        }
        let (shift, scale) = (self.shift[stratum as usize], &draw.scale[stratum as usize]);
        for (v, k) in v.iter_mut().zip(scale) {
            *v = shift + k * *v;
        }
        v
    }

    /// The last time every unit weighs 1: the sample itself.
    fn drawn_again(&self, first: usize, again: u8, prompt: u64) -> Lanes {
        if again < TIMES {
            poisson(&block_seeds(self.seed(), first, again), prompt)
        } else {
            [1.0; LANES]
        }
    }

    fn seed(&self) -> u64 {
        hash::seed(self.plan.seed, "bootstrap")
    }

    fn draws(&self, blocks: Range<usize>) -> Vec<Draw> {
        let strata = self.queries.len();
        let empty = |b: usize| Draw {
            seeds: block_seeds(self.seed(), b * LANES, 0),
            first: b * LANES,
            scale: vec![[0.0; LANES]; strata],
            kept: Vec::new(),
            again: BTreeMap::new(),
        };
        let keeps = self.len() * self.plan.resamples <= KEPT;
        let mut draws: Vec<Draw> = blocks.map(empty).collect();
        for from in (0..self.len()).step_by(HELD) {
            let range = from..self.len().min(from + HELD);
            let units: Vec<Unit> = range.map(|q| self.unit(q)).collect();
            draws
                .par_iter_mut()
                .for_each(|draw| draw.add(&units, keeps));
        }
        draws.par_iter_mut().for_each(|draw| self.finish(draw));
        draws
    }

    /// From the sums of weights to what they are multiplied by.
    fn finish(&self, draw: &mut Draw) {
        draw.again = self.draw_again(draw.first, &mut draw.scale);
        let n = self.len() as f64;
        for (s, totals) in draw.scale.iter_mut().enumerate() {
            let (stretch, queries) = (self.stretch[s], self.queries[s] as f64);
            totals
                .iter_mut()
                .for_each(|w| *w = stretch * queries / n / *w);
        }
    }

    /// Strata without weight are drawn anew, until they have some.
    fn draw_again(&self, first: usize, totals: &mut [Lanes]) -> BTreeMap<u32, [u8; LANES]> {
        let mut times = BTreeMap::new();
        for again in 1..=TIMES {
            let is_empty = |t: &Lanes| t.contains(&0.0);
            let empty: BTreeMap<u32, Lanes> = (totals.iter().enumerate())
                .filter(|(_, t)| is_empty(t))
                .map(|(s, t)| (s as u32, *t))
                .collect();
            if empty.is_empty() {
                break;
            }
            let mut draw = |(stratum, prompt): Unit, queries: usize| {
                let Some(before) = empty.get(&stratum) else {
                    return;
                };
                let drawn = self.drawn_again(first, again, prompt);
                let times = times.entry(stratum).or_insert([0; LANES]);
                for lane in (0..LANES).filter(|lane| before[*lane] == 0.0) {
                    times[lane] = again;
                    // Whole numbers: the sum is exact in any order.
                    totals[stratum as usize][lane] += queries as f64 * drawn[lane];
                }
            };
            let is_small = |s: &u32| self.small.range((*s, 0)..=(*s, u64::MAX)).next().is_some();
            if empty.keys().all(is_small) {
                (self.small.iter()).for_each(|(unit, queries)| draw(*unit, *queries))
            } else {
                (0..self.len()).for_each(|q| draw(self.unit(q), 1))
            }
        }
        times
    }
}

impl Draw {
    /// Adds weights up, by stratum, and keeps them if told to.
    fn add(&mut self, units: &[Unit], keeps: bool) {
        for (stratum, prompt) in units {
            let weights = poisson(&self.seeds, *prompt);
            if keeps {
                // At most eight, see `poisson`.
                self.kept.push(weights.map(|w| w as u8));
            }
            for (total, w) in self.scale[*stratum as usize].iter_mut().zip(weights) {
                *total += w;
            }
        }
    }
}
