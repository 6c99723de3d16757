//! Lloyd's iterations with exact bounds (Hamerly 2010): a row is compared with the
//! centres only where they have moved so far that another one may be nearer.
//!
//! Each row has an upper bound of its distance to its own centre and a lower one
//! of that to any other; a step widens them by how far centres moved. The
//! comparison itself is one matrix product for all rows that need it. What the
//! product's rounding may be is in the bounds, so the labels are those of
//! comparing everything.

use super::largest;
use crate::dense::{self, BLOCK};
use ndarray::{s, Array2, ArrayView2, CowArray, Ix2};
use rayon::prelude::*;

/// Rows of `x` in their clusters, and what moves the centres.
pub(super) struct Lloyd<'a> {
    x: ArrayView2<'a, f32>,
    /// ‖x‖² by row.
    squares: Vec<f32>,
    centres: Array2<f32>,
    /// The nearest of `centres`, by row.
    labels: Vec<usize>,
    /// By row: at least the distance to its centre, at most that to others.
    bounds: Vec<(f64, f64)>,
    /// By centre: the sum of its rows, and their number.
    sums: Array2<f64>,
    counts: Vec<f64>,
    /// The last step was within the tolerance.
    rests: bool,
}

/// No row's label.
const NONE: usize = usize::MAX;

/// The nearest centre of a row, and its bounds.
type Found = (usize, (f64, f64));

impl<'a> Lloyd<'a> {
    /// The rows of `x` (n×d, n ≥ 1) by the nearest of `centres` (k×d, k ≥ 1).
    pub(super) fn new(x: ArrayView2<'a, f32>, centres: Array2<f32>) -> Lloyd<'a> {
        let mut lloyd = Lloyd {
            x,
            squares: x.rows().into_iter().map(dense::squared_norm).collect(),
            labels: vec![NONE; x.nrows()],
            bounds: vec![(f64::INFINITY, 0.0); x.nrows()],
            sums: Array2::zeros(centres.dim()),
            counts: vec![0.0; centres.nrows()],
            centres,
            rests: false,
        };
        lloyd.assign();
        lloyd
    }

    /// k×d.
    pub(super) fn centres(&self) -> ArrayView2<'_, f32> {
        self.centres.view()
    }
    /// k×d.
    pub(super) fn into_centres(self) -> Array2<f32> {
        self.centres
    }
    /// By row, of the centres as they are.
    pub(super) fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// At most `most` steps; ends where the centres move by less than `tolerance`
    /// in all. A centre without rows stays where it is.
    pub(super) fn run(&mut self, tolerance: f32, most: u64) {
        for _ in 0..most {
            if self.rests {
                break;
            }
            self.rests = self.step() < f64::from(tolerance);
            self.assign();
        }
    }

    /// Moves each centre to the mean of its rows; how far they moved in all.
    fn step(&mut self) -> f64 {
        let mut moves = vec![0.0f64; self.counts.len()];
        let rows = self.centres.rows_mut().into_iter().zip(self.sums.rows());
        for (((mut centre, sum), n), moved) in rows.zip(&self.counts).zip(&mut moves) {
            if *n == 0.0 {
                continue;
            }
            for (v, sum) in centre.iter_mut().zip(sum) {
                let new = (sum / n) as f32;
                *moved += (f64::from(new) - f64::from(*v)).powi(2);
                *v = new;
            }
        }
        let all = moves.iter().sum::<f64>().sqrt();
        moves.iter_mut().for_each(|m| *m = m.sqrt());
        let far = (0..moves.len()).fold(0, |far, c| if moves[c] > moves[far] { c } else { far });
        let others = |far: usize| {
            let moves = moves.iter().enumerate().filter(|(c, _)| *c != far);
            moves.map(|(_, m)| *m).fold(0.0, f64::max)
        };
        let second = others(far);
        for ((upper, lower), label) in self.bounds.iter_mut().zip(&self.labels) {
            *upper += moves[*label];
            *lower -= if *label == far { second } else { moves[far] };
        }
        all
    }

    /// Finds the nearest centre of each row for which it is in doubt.
    fn assign(&mut self) {
        let doubt = |(row, (upper, lower)): (usize, &(f64, f64))| (upper >= lower).then_some(row);
        let rows: Vec<usize> = self.bounds.iter().enumerate().filter_map(doubt).collect();
        let lengths: Vec<f32> = (self.centres.rows().into_iter())
            .map(dense::squared_norm)
            .collect();
        let longest = lengths.iter().copied().fold(0.0, f32::max);
        let blocks: Vec<Vec<Found>> = (rows.par_chunks(BLOCK))
            .map(|rows| self.nearest(rows, &lengths, longest))
            .collect();
        let mut moved = Vec::new();
        for (row, (label, bounds)) in rows.iter().zip(blocks.into_iter().flatten()) {
            self.bounds[*row] = bounds;
            let old = std::mem::replace(&mut self.labels[*row], label);
            if old != label {
                moved.push((*row, old));
            }
        }
        if moved.len() > self.labels.len() / 2 {
            self.sum_up();
        } else {
            moved.iter().for_each(|(row, old)| self.change(*row, *old));
        }
    }

    /// The nearest centres of `rows`, ascending: the first with the largest
    /// x·c − ½‖c‖². `lengths`: ‖c‖², and the largest of them.
    fn nearest(&self, rows: &[usize], lengths: &[f32], longest: f32) -> Vec<Found> {
        let side_by_side = rows[rows.len() - 1] - rows[0] + 1 == rows.len();
        let x: CowArray<f32, Ix2> = if side_by_side {
            self.x.slice(s![rows[0]..rows[0] + rows.len(), ..]).into()
        } else {
            dense::rows(self.x, rows).into()
        };
        let product = dense::product(x.view(), self.centres.view());
        let half: Vec<f32> = lengths.iter().map(|length| length / 2.0).collect();
        let of = |(row, &at): (&[f32], &usize)| {
            let two = largest::two(row, &half);
            let own = f64::from(self.squares[at]);
            // The most that rounding makes of ‖x‖² + ‖c‖² − 2·x·c.
            let rounding = f64::from(f32::EPSILON)
                * (x.ncols() + 4) as f64
                * (own.sqrt() + f64::from(longest).sqrt()).powi(2);
            let squared = |v: f32| own - 2.0 * f64::from(v);
            let upper = (squared(two.first).max(0.0) + rounding).sqrt();
            let lower = (squared(two.second) - rounding).max(0.0).sqrt();
            (two.place, (upper, lower))
        };
        let products = product.as_slice().unwrap_or_default();
        products
            .chunks_exact(half.len())
            .zip(rows)
            .map(of)
            .collect()
    }

    /// Moves a row from the sum of its old centre to that of its new one.
    fn change(&mut self, row: usize, old: usize) {
        let x = self.x.row(row);
        for (to, sign) in [(old, -1.0), (self.labels[row], 1.0)] {
            if to != NONE {
                self.counts[to] += sign;
                let sums = self.sums.row_mut(to);
                ndarray::Zip::from(sums)
                    .and(x)
                    .for_each(|sum, v| *sum += sign * f64::from(*v));
            }
        }
    }

    /// The sums of all rows, anew.
    fn sum_up(&mut self) {
        let shape = self.centres.dim();
        let of = |(b, labels): (usize, &[usize])| {
            let (mut sums, mut counts) = (Array2::<f64>::zeros(shape), vec![0.0; shape.0]);
            for (i, &c) in labels.iter().enumerate() {
                counts[c] += 1.0;
                let row = self.x.row(b * BLOCK + i);
                for (sum, v) in sums.row_mut(c).iter_mut().zip(row) {
                    *sum += f64::from(*v);
                }
            }
            (sums, counts)
        };
        let blocks: Vec<(Array2<f64>, Vec<f64>)> =
            self.labels.par_chunks(BLOCK).enumerate().map(of).collect();
        let (mut sums, mut counts) = (Array2::<f64>::zeros(shape), vec![0.0; shape.0]);
        for (block, own) in &blocks {
            sums += block;
            counts.iter_mut().zip(own).for_each(|(to, n)| *to += n);
        }
        (self.sums, self.counts) = (sums, counts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    /// The nearest centre of each row, ties to the first.
    fn nearest(x: ArrayView2<f32>, centres: ArrayView2<f32>) -> Vec<usize> {
        let squared = |i: usize, c: usize| -> f64 {
            let pairs = x.row(i).into_iter().zip(centres.row(c));
            pairs
                .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
                .sum()
        };
        let of = |i: usize| {
            let nearer = |b, c| if squared(i, c) < squared(i, b) { c } else { b };
            (1..centres.nrows()).fold(0, nearer)
        };
        (0..x.nrows()).map(of).collect()
    }

    /// Lloyd's step with every row compared with every centre.
    fn plain(x: ArrayView2<f32>, centres: &Array2<f32>) -> Array2<f32> {
        let labels = nearest(x, centres.view());
        let mut new = centres.clone();
        for c in 0..centres.nrows() {
            let rows: Vec<usize> = (0..x.nrows()).filter(|i| labels[*i] == c).collect();
            for j in (0..x.ncols()).filter(|_| !rows.is_empty()) {
                let sum: f64 = rows.iter().map(|i| f64::from(x[[*i, j]])).sum();
                new[[c, j]] = (sum / rows.len() as f64) as f32;
            }
        }
        new
    }

    #[test]
    fn the_bounds_change_no_label() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(3);
        for (n, d, k, blobs) in [
            (700, 8, 9, 3),
            (400, 3, 5, 40),
            (50, 20, 50, 2),
            (30, 2, 1, 1),
        ] {
            let middles = Array2::from_shape_fn((blobs, d), |_| rng.gen_range(-1.0f32..1.0));
            let x = Array2::from_shape_fn((n, d), |(i, j)| {
                middles[[i % blobs, j]] + rng.gen_range(-0.3f32..0.3)
            });
            let mut centres = x.slice(s![..k, ..]).to_owned();
            let mut bounded = Lloyd::new(x.view(), centres.clone());
            for step in 0..40 {
                bounded.run(0.0, 1);
                centres = plain(x.view(), &centres);
                let apart = (&bounded.centres - &centres).mapv(f32::abs);
                assert!(apart.iter().all(|v| *v < 1e-5), "{n} {k}, step {step}");
                let all = nearest(x.view(), bounded.centres());
                assert_eq!(bounded.labels(), all, "{n} {k}, step {step}");
            }
        }
    }

    #[test]
    fn bounds_spare_comparisons() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(5);
        let x = Array2::from_shape_fn((500, 6), |(i, j)| {
            f32::from(u8::from(i % 6 == j)) + rng.gen_range(-0.2f32..0.2)
        });
        let mut lloyd = Lloyd::new(x.view(), x.slice(s![..6, ..]).to_owned());
        lloyd.run(0.0, 3);
        let doubt = lloyd.bounds.iter().filter(|(upper, lower)| upper >= lower);
        assert_eq!(doubt.count(), 0);
    }
}
