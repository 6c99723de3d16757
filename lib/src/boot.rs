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
//! Weights are held for [`LANES`] resamples at a time: 64 bytes a query a
//! thread. Percentile intervals; a figure that is not linear (AIQ, a ratio) is
//! computed from the resampled means.

use crate::hash;
use crate::strata::Strata;
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Resamples computed together.
pub const LANES: usize = 8;
/// Weights a hash of 64 bits holds.
const WORDS: usize = 4;

/// One number for each of [`LANES`] resamples.
pub type Lanes = [f64; LANES];

/// How often, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub seed: u64,
    /// 0: no intervals.
    pub resamples: usize,
}

/// Queries that are resampled together.
#[derive(Debug, Clone)]
pub struct Frame {
    strata: Strata,
    prompt: Vec<u64>,
    /// f of every query, which turns a mean over queries into one over datasets.
    pub macro_factor: Vec<f64>,
}

impl Frame {
    /// Dataset and prompt (a hash) of every query.
    pub fn new(dataset: &[usize], prompt: &[u64]) -> Frame {
        let most = dataset.iter().max().map_or(0, |d| d + 1);
        let mut n_of = vec![0usize; most];
        dataset.iter().for_each(|d| n_of[*d] += 1);
        let datasets = n_of.iter().filter(|n| **n > 0).count();
        let n = dataset.len() as f64;
        Frame {
            strata: Strata::new(dataset, prompt),
            prompt: prompt.to_vec(),
            macro_factor: dataset
                .iter()
                .map(|d| n / (n_of[*d] * datasets) as f64)
                .collect(),
        }
    }

    pub fn len(&self) -> usize {
        self.prompt.len()
    }
    pub fn is_empty(&self) -> bool {
        self.prompt.is_empty()
    }

    /// Calls `each` once for every block of resamples, in parallel; what it
    /// gives back is in the order of the resamples. Empty where `plan` asks for
    /// none, or where a single unit leaves nothing to vary.
    pub fn blocks<T: Send>(&self, plan: Plan, each: impl Fn(&Block) -> T + Sync) -> Vec<T> {
        if !self.strata.vary() {
            return Vec::new();
        }
        let seed = hash::seed(plan.seed, "bootstrap");
        (0..plan.resamples.div_ceil(LANES))
            .into_par_iter()
            .map(|block| {
                let first = block * LANES;
                each(&Block {
                    rows: self.weights(seed, first),
                    first,
                    count: LANES.min(plan.resamples - first),
                })
            })
            .collect()
    }

    /// The resampled means of every column: `[column][resample]`.
    pub fn means(&self, plan: Plan, columns: &Columns) -> Vec<Vec<f64>> {
        let blocks = self.blocks(plan, |block| (block.sums(columns), block.count));
        let mut means = vec![Vec::with_capacity(plan.resamples); columns.width];
        for (sums, count) in blocks {
            for (mean, lanes) in means.iter_mut().zip(sums) {
                mean.extend(&lanes[..count]);
            }
        }
        means
    }

    /// v of every query in the resamples from `first` on.
    fn weights(&self, seed: u64, first: usize) -> Vec<Lanes> {
        let strata = &self.strata;
        let seeds = block_seeds(seed, first, 0);
        let mut rows: Vec<Lanes> = self.prompt.iter().map(|p| poisson(&seeds, *p)).collect();
        let mut totals = vec![[0.0; LANES]; strata.units.len()];
        for (row, s) in rows.iter().zip(&strata.of) {
            for (total, w) in totals[*s].iter_mut().zip(row) {
                *total += w;
            }
        }
        if totals.iter().flatten().any(|t| *t == 0.0) {
            self.draw_again(seed, first, &mut rows, &mut totals);
        }
        let n = self.len() as f64;
        let mut scale = totals;
        let mut shift = vec![0.0; scale.len()];
        for (s, scale) in scale.iter_mut().enumerate() {
            let (units, queries) = (strata.units[s] as f64, strata.queries[s] as f64);
            let stretch = (units / (units - 1.0).max(1.0)).sqrt();
            shift[s] = (1.0 - stretch) / n;
            scale
                .iter_mut()
                .for_each(|w| *w = stretch * queries / n / *w);
        }
        for (row, s) in rows.iter_mut().zip(&strata.of) {
            for (v, k) in row.iter_mut().zip(&scale[*s]) {
                *v = shift[*s] + k * *v;
            }
        }
        rows
    }

    /// Strata without weight are drawn anew, until they have some.
    fn draw_again(&self, seed: u64, first: usize, rows: &mut [Lanes], totals: &mut [Lanes]) {
        // A stratum of two units stays empty with probability e^-2 a time.
        const TIMES: u64 = 100;
        for again in 1..=TIMES {
            let empty: Vec<[bool; LANES]> = totals.iter().map(|t| t.map(|t| t == 0.0)).collect();
            if !empty.iter().flatten().any(|e| *e) {
                return;
            }
            let seeds = block_seeds(seed, first, again);
            for (q, row) in rows.iter_mut().enumerate() {
                let s = self.strata.of[q];
                if empty[s].contains(&true) {
                    // The last time every unit weighs 1: the sample itself.
                    let drawn = match again < TIMES {
                        true => poisson(&seeds, self.prompt[q]),
                        false => [1.0; LANES],
                    };
                    for lane in (0..LANES).filter(|l| empty[s][*l]) {
                        row[lane] = drawn[lane];
                        totals[s][lane] += drawn[lane];
                    }
                }
            }
        }
    }
}

/// The seeds of a block's hashes; `again` counts second draws.
fn block_seeds(seed: u64, first: usize, again: u64) -> [u64; LANES / WORDS] {
    std::array::from_fn(|i| {
        let number = (first / WORDS + i) as u64;
        xxh3_64_with_seed(&number.to_le_bytes(), seed.wrapping_add(again))
    })
}

/// Poisson(1) by inversion from 16 bits: the weight is the number of
/// thresholds, 65536·P(weight ≤ k), that the draw reaches. Its mean and
/// variance are 1 within 2e-5.
fn poisson(seeds: &[u64; LANES / WORDS], prompt: u64) -> Lanes {
    const THRESHOLDS: [u16; 8] = [24109, 48219, 60273, 64292, 65296, 65497, 65531, 65535];
    let mut draws = [0u16; LANES];
    for (seed, draws) in seeds.iter().zip(draws.chunks_exact_mut(WORDS)) {
        let bits = xxh3_64_with_seed(&prompt.to_le_bytes(), *seed);
        for (i, draw) in draws.iter_mut().enumerate() {
            *draw = (bits >> (16 * i)) as u16;
        }
    }
    let mut weights = [0u16; LANES];
    for threshold in THRESHOLDS {
        for (weight, draw) in weights.iter_mut().zip(&draws) {
            *weight += (*draw >= threshold) as u16;
        }
    }
    weights.map(f64::from)
}

/// Figures of every query, one column each; kept a row a query.
#[derive(Debug, Clone)]
pub struct Columns {
    width: usize,
    cells: Vec<f64>,
}

impl Columns {
    pub fn new(width: usize) -> Columns {
        Columns {
            width,
            cells: Vec::new(),
        }
    }
    /// The next query's figures, `width` of them.
    pub fn push(&mut self, row: impl IntoIterator<Item = f64>) {
        self.cells.extend(row);
    }
}

/// The weights of a few resamples.
pub struct Block {
    rows: Vec<Lanes>,
    /// The number of its first resample.
    pub first: usize,
    /// How many of the lanes are resamples that were asked for.
    pub count: usize,
}

impl Block {
    /// Adds x of query `q`, weighted, to `sum`.
    pub fn add(&self, sum: &mut Lanes, q: usize, x: f64) {
        for (sum, v) in sum.iter_mut().zip(&self.rows[q]) {
            *sum += v * x;
        }
    }

    /// The mean of every column.
    pub fn sums(&self, columns: &Columns) -> Vec<Lanes> {
        let mut sums = vec![[0.0; LANES]; columns.width];
        if columns.width > 0 {
            for (v, row) in self.rows.iter().zip(columns.cells.chunks(columns.width)) {
                for (sum, x) in sums.iter_mut().zip(row) {
                    for (sum, v) in sum.iter_mut().zip(v) {
                        *sum += v * x;
                    }
                }
            }
        }
        sums
    }
}

/// A two-sided 95 % interval.
pub type Interval = (f64, f64);

/// The percentile interval of resampled values; None without any.
pub fn interval(mut values: Vec<f64>) -> Option<Interval> {
    if values.is_empty() || values.iter().any(|v| !v.is_finite()) {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * (values.len() - 1) as f64;
        let (low, high) = (values[place as usize], values[place.ceil() as usize]);
        low + (high - low) * place.fract()
    };
    Some((at(0.025), at(0.975)))
}

/// The standard deviation of resampled values; None of fewer than two.
pub fn standard_error(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt())
}

/// The two-sided p value of a difference being 0, by the share of resamples on
/// the other side of it: below 0.05 where the interval leaves out 0.
pub fn p_value(values: &[f64]) -> Option<f64> {
    let below = values.iter().filter(|v| **v <= 0.0).count();
    let above = values.iter().filter(|v| **v >= 0.0).count();
    let n = values.len() as f64;
    (!values.is_empty()).then(|| (2.0 * (below.min(above) + 1) as f64 / (n + 1.0)).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan {
        seed: 3,
        resamples: 4000,
    };

    fn prompts(n: usize) -> Vec<u64> {
        (0..n).map(|i| hash::text(1, "q", &i.to_string())).collect()
    }

    #[test]
    fn weights_are_poisson_and_of_mean_one() {
        let (mut count, mut sum, mut squares, n) = ([0.0; 4], 0.0, 0.0, 40_000 * LANES);
        for i in 0..40_000 {
            for w in poisson(&block_seeds(i, 0, 0), i) {
                sum += w;
                squares += w * w;
                if w < 4.0 {
                    count[w as usize] += 1.0;
                }
            }
        }
        let n = n as f64;
        assert!((sum / n - 1.0).abs() < 0.007 && (squares / n - 2.0).abs() < 0.02);
        for (k, p) in [0.36788, 0.36788, 0.18394, 0.06131].into_iter().enumerate() {
            assert!((count[k] / n - p).abs() < 0.004, "{k}: {}", count[k] / n);
        }
    }

    #[test]
    fn the_variance_is_that_of_a_stratified_mean() {
        // Three strata of 3, 40 and 400, and two lonely queries that are pooled.
        let dataset: Vec<usize> = (0..445)
            .map(|i| [0, 1, 2, 3, 4][[3, 43, 443, 444].partition_point(|end| *end <= i)])
            .collect();
        let x: Vec<f64> = (0..445)
            .map(|i| ((i * 37) % 101) as f64 / 100.0 + dataset[i] as f64)
            .collect();
        let frame = Frame::new(&dataset, &prompts(445));
        let mut columns = Columns::new(2);
        (0..445).for_each(|i| columns.push([x[i], 1.0]));
        let means = frame.means(PLAN, &columns);
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
        let frame = Frame::new(&vec![0; n], &prompts(n));
        let mut columns = Columns::new(2);
        let (a, b): (Vec<f64>, Vec<f64>) = (0..n)
            .map(|i| {
                let hard = hash::unit(hash::text(5, "hard", &i.to_string()));
                (hard, if i % 20 == 0 { 1.0 - hard } else { hard })
            })
            .unzip();
        (0..n).for_each(|i| columns.push([a[i], b[i]]));
        let means = frame.means(PLAN, &columns);
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
        let frame = Frame::new(&[0, 0, 0, 1], &[1, 1, 2, 3]);
        let x = [0.0, 0.3, 0.6, 1.0];
        let of_macro: f64 = (x.iter().zip(&frame.macro_factor))
            .map(|(x, f)| x * f / 4.0)
            .sum();
        assert!((of_macro - (0.3 + 1.0) / 2.0).abs() < 1e-12);
        let mut columns = Columns::new(2);
        columns.push([1.0, 0.0]);
        columns.push([0.0, 1.0]);
        columns.push([0.0, 0.0]);
        columns.push([0.0, 0.0]);
        let means = frame.means(PLAN, &columns);
        assert_eq!(means[0], means[1]);
    }

    #[test]
    fn blocks_are_cut_to_the_resamples_asked_for_and_a_single_unit_has_no_interval() {
        let mut columns = Columns::new(1);
        columns.push([1.0]);
        columns.push([2.0]);
        let plan = |resamples| Plan { seed: 0, resamples };
        let two = Frame::new(&[0, 0], &[1, 2]);
        let some = two.means(plan(11), &columns);
        assert_eq!(some[0].len(), 11);
        // More resamples go on where fewer stopped.
        assert_eq!(some[0], two.means(plan(20), &columns)[0][..11]);
        assert!(two.means(plan(0), &columns)[0].is_empty());
        let one = Frame::new(&[0, 0], &[1, 1]);
        assert!(one.means(plan(11), &columns)[0].is_empty());
        assert_eq!(interval(Vec::new()), None);
        assert_eq!(interval(vec![2.0, 1.0]), Some((1.025, 1.975)));
    }

    #[test]
    fn p_values_and_intervals_agree_on_zero() {
        let around = |shift: f64| (0..2000).map(move |i| i as f64 / 2000.0 + shift);
        for (shift, low) in [(-0.02, true), (-0.03, false), (0.1, true), (-0.5, false)] {
            let values: Vec<f64> = around(shift).collect();
            let p = p_value(&values).unwrap();
            let (lower, _) = interval(values).unwrap();
            assert_eq!((p < 0.05, lower > 0.0), (low, low), "{shift}: {p} {lower}");
        }
    }
}
