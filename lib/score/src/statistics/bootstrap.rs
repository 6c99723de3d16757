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
//! does not grow with them. Percentile intervals; a figure that is not linear
//! (AIQ, a ratio) is computed from the resampled means.

use crate::statistics::poisson::{add, block_seeds, poisson, Lanes, Seeds, LANES};
use crate::statistics::strata::Strata;
use rayon::prelude::*;
use rb_record::hash;
use std::collections::BTreeMap;
use std::ops::Range;

/// How often, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
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
    draws: Option<Vec<Draw>>,
}

/// The stratum and the prompt of a query, which have one weight.
type Unit = (u32, u64);

/// Queries whose units are held at a time.
const HELD: usize = 1 << 16;
/// With more units a stratum is hardly ever drawn empty.
const SMALL: usize = 64;

/// What makes weights of hashes, for the resamples of one block.
#[derive(Debug)]
struct Draw {
    /// Of the block's hashes.
    seeds: Seeds,
    first: usize,
    /// By stratum: κ·(n_d/n)/Σw.
    scale: Vec<Lanes>,
    /// Strata that were drawn again, and by lane how often.
    again: BTreeMap<u32, [u8; LANES]>,
}

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

    pub fn len(&self) -> usize {
        self.n
    }
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }
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
    /// resamples. `some` prepares queries, at most `step` at a time, of which
    /// `add` then takes each: its state, what was prepared, the query's place
    /// there and v. The sums are the same whatever `step` and the threads.
    ///
    /// Empty where no resamples are asked for, or where a single unit leaves
    /// nothing to vary.
    pub fn fold<C: Sync, S: Clone + Send>(
        &self,
        step: usize,
        start: S,
        some: impl Fn(Range<usize>) -> C,
        add: impl Fn(&mut S, &C, usize, &Lanes) + Sync,
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
                    for (i, unit) in units.iter().enumerate() {
                        add(state, &prepared, i, &self.weights(draw, *unit));
                    }
                });
            }
        }
        states
    }

    /// The resampled means of `width` columns: `[column][resample]`. `row`
    /// writes the figures of the query at a place.
    pub fn means(&self, width: usize, row: impl Fn(usize, &mut [f64])) -> Vec<Vec<f64>> {
        // Cells at a time: what a cache close by holds.
        const CELLS: usize = 1 << 16;
        let some = |range: Range<usize>| {
            let mut cells = vec![0.0; width * range.len()];
            for (q, row_of) in range.zip(cells.chunks_mut(width.max(1))) {
                row(q, row_of);
            }
            cells
        };
        let add = |sums: &mut Vec<Lanes>, cells: &Vec<f64>, at: usize, v: &Lanes| {
            for (sum, x) in sums.iter_mut().zip(&cells[at * width..]) {
                add(sum, *x, v);
            }
        };
        let step = (CELLS / width.max(1)).max(64);
        let blocks = self.fold(step, vec![[0.0; LANES]; width], some, add);
        (0..width)
            .map(|column| self.resamples(&blocks, |sums| sums[column]))
            .collect()
    }

    /// One number a resample, read off the blocks that [`Frame::fold`] gave.
    pub fn resamples<S>(&self, blocks: &[S], read: impl Fn(&S) -> Lanes) -> Vec<f64> {
        let lanes = blocks.iter().map(read).enumerate();
        lanes
            .flat_map(|(block, lanes)| lanes.into_iter().take(self.plan.count(block)))
            .collect()
    }

    fn unit(&self, q: usize) -> Unit {
        let (dataset, prompt) = (self.key)(q);
        (self.of[dataset], prompt)
    }

    /// v of a query in the resamples of one block.
    fn weights(&self, draw: &Draw, (stratum, prompt): Unit) -> Lanes {
        let mut v = poisson(&draw.seeds, prompt);
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
        match again < TIMES {
            true => poisson(&block_seeds(self.seed(), first, again), prompt),
            false => [1.0; LANES],
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
            again: BTreeMap::new(),
        };
        let mut draws: Vec<Draw> = blocks.map(empty).collect();
        for from in (0..self.len()).step_by(HELD) {
            let range = from..self.len().min(from + HELD);
            let units: Vec<Unit> = range.map(|q| self.unit(q)).collect();
            draws.par_iter_mut().for_each(|draw| draw.add(&units));
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
            match empty.keys().all(is_small) {
                true => (self.small.iter()).for_each(|(unit, queries)| draw(*unit, *queries)),
                false => (0..self.len()).for_each(|q| draw(self.unit(q), 1)),
            }
        }
        times
    }
}

impl Draw {
    /// Adds weights up, by stratum.
    fn add(&mut self, units: &[Unit]) {
        for (stratum, prompt) in units {
            let weights = poisson(&self.seeds, *prompt);
            for (total, w) in self.scale[*stratum as usize].iter_mut().zip(weights) {
                *total += w;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::interval::{interval, standard_error, Interval};

    const PLAN: Plan = Plan {
        seed: 3,
        resamples: 4000,
    };

    /// The resampled means of figures of all queries.
    fn means<const W: usize>(
        dataset: &[u32],
        prompt: &[u64],
        plan: Plan,
        row: impl Fn(usize) -> [f64; W],
    ) -> Vec<Vec<f64>> {
        let key = |i: usize| (dataset[i] as usize, prompt[i]);
        let frame = Frame::new(dataset.len(), key, plan);
        frame.means(W, |i, out| out.copy_from_slice(&row(i)))
    }

    fn prompts(n: usize) -> Vec<u64> {
        (0..n).map(|i| hash::text(1, "q", &i.to_string())).collect()
    }

    #[test]
    fn the_variance_is_that_of_a_stratified_mean() {
        // Three strata of 3, 40 and 400, and two lonely queries that are pooled.
        let dataset: Vec<u32> = (0..445)
            .map(|i| [0, 1, 2, 3, 4][[3, 43, 443, 444].partition_point(|end| *end <= i)])
            .collect();
        let x: Vec<f64> = (0..445)
            .map(|i| ((i * 37) % 101) as f64 / 100.0 + dataset[i] as f64)
            .collect();
        let means = means(&dataset, &prompts(445), PLAN, |i| [x[i], 1.0]);
        assert!(means[1].iter().all(|one| (one - 1.0).abs() < 1e-9));
        let strata = [0..3, 3..43, 43..443, 443..445];
        let variance: f64 = (strata.into_iter())
            .map(|r| {
                let n = r.len() as f64;
                let mean = x[r.clone()].iter().sum::<f64>() / n;
                let s2 = x[r].iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
                (n / 445.0).powi(2) * s2 / n
            })
            .sum();
        let ratio = standard_error(&means[0]).unwrap() / variance.sqrt();
        assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
        let mean = x.iter().sum::<f64>() / 445.0;
        let centre = means[0].iter().sum::<f64>() / means[0].len() as f64;
        assert!((centre - mean).abs() < 4.0 * (variance / 4000.0).sqrt());
    }

    #[test]
    fn a_difference_varies_as_much_as_its_pairs_do_and_no_more() {
        let n = 600;
        let (a, b): (Vec<f64>, Vec<f64>) = (0..n)
            .map(|i| {
                let hard = hash::unit(hash::text(5, "hard", &i.to_string()));
                (hard, if i % 20 == 0 { 1.0 - hard } else { hard })
            })
            .unzip();
        let means = means(&vec![0; n], &prompts(n), PLAN, |i| [a[i], b[i]]);
        let d: Vec<f64> = means[0].iter().zip(&means[1]).map(|(a, b)| a - b).collect();
        let pairs: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
        let closed = standard_error(&pairs).unwrap() / (n as f64).sqrt();
        let ratio = standard_error(&d).unwrap() / closed;
        assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
        let width = |(low, high): Interval| high - low;
        let apart = width(interval(means[0].clone()).unwrap());
        assert!(width(interval(d).unwrap()) < apart / 2.0);
    }

    #[test]
    fn macro_means_weigh_datasets_alike_and_duplicates_move_together() {
        let dataset = [0, 0, 0, 1];
        let key = |i: usize| (dataset[i], [1, 1, 2, 3][i]);
        let frame = Frame::new(4, key, PLAN);
        let x = [0.0, 0.3, 0.6, 1.0];
        let of_macro: f64 = (x.iter().zip(dataset))
            .map(|(x, d)| x * frame.macro_factor(d) / 4.0)
            .sum();
        assert!((of_macro - (0.3 + 1.0) / 2.0).abs() < 1e-12);
        let means = frame.means(2, |i, row| {
            if i < 2 {
                row[i] = 1.0;
            }
        });
        assert_eq!(means[0], means[1]);
    }

    #[test]
    fn blocks_are_cut_to_the_resamples_asked_for_and_a_single_unit_has_no_interval() {
        let of = |prompt: [u64; 2], resamples| {
            let plan = Plan { seed: 0, resamples };
            means(&[0, 0], &prompt, plan, |i| [1.0 + i as f64]).swap_remove(0)
        };
        let some = of([1, 2], 11);
        assert_eq!(some.len(), 11);
        // More resamples go on where fewer stopped.
        assert_eq!(some, of([1, 2], 20)[..11]);
        assert!(of([1, 2], 0).is_empty());
        assert!(of([1, 1], 11).is_empty());
        assert_eq!(interval(Vec::new()), None);
        assert_eq!(interval(vec![2.0, 1.0]), Some((1.025, 1.975)));
    }

    #[test]
    fn the_sums_are_the_same_however_many_queries_are_taken_at_a_time() {
        // Two small strata, which are often drawn again, and a larger one.
        let dataset: Vec<usize> = (0..300)
            .map(|i| usize::from(i > 1) + usize::from(i > 4))
            .collect();
        // In any order and some left out.
        let all: Vec<usize> = (0..300).rev().filter(|i| i % 50 != 9).collect();
        let prompt = prompts(300);
        let key = |i: usize| (dataset[all[i]], prompt[all[i]]);
        let frame = Frame::new(all.len(), key, PLAN);
        let x = |i: usize| (i % 7) as f64 / 7.0;
        let folded = |step: usize| {
            let add =
                |sum: &mut Lanes, from: &usize, at: usize, v: &Lanes| add(sum, x(from + at), v);
            let blocks = frame.fold(step, [0.0; LANES], |range| range.start, add);
            frame.resamples(&blocks, |sum| *sum)
        };
        let whole = folded(1000);
        assert_eq!(whole, frame.means(1, |i, row| row[0] = x(i))[0]);
        for step in [1, 7, 299] {
            assert_eq!(folded(step), whole);
        }
        assert!(frame
            .draws
            .as_ref()
            .unwrap()
            .iter()
            .any(|d| !d.again.is_empty()));
        // The weights of a resample add up to one, drawn again or not.
        let ones = frame.means(1, |_, row| row[0] = 1.0);
        assert!(ones[0].iter().all(|one| (one - 1.0).abs() < 1e-9));
    }

    #[test]
    fn the_weights_of_more_queries_than_are_held_at_a_time_add_up_to_one() {
        let (n, plan) = (
            HELD + 1000,
            Plan {
                seed: 1,
                resamples: 8,
            },
        );
        let frame = Frame::new(n, |i| (i % 3, i as u64), plan);
        let ones = frame.means(1, |_, row| row[0] = 1.0);
        assert!(
            ones[0].iter().all(|one| (one - 1.0).abs() < 1e-9),
            "{ones:?}"
        );
    }
}
