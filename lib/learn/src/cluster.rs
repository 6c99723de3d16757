//! k-means on unit vectors: greedy k-means++ seeding, Lloyd's iterations by matrix
//! products until nothing moves, and linfa-clustering for the last word. Restarts
//! are compared after `trial` iterations and only the best goes on. The only file
//! that knows linfa.
//!
//! Objective: inertia = Σ_i min_c ‖x_i − μ_c‖². O(restarts·iterations·n·k·d).
//! Seeding (Arthur and Vassilvitskii 2007, greedy as in scikit-learn): each
//! next centre is the best of 2 + ln k candidates drawn in proportion to the
//! squared distance from the centres so far.

use crate::dense;
use linfa::traits::Fit;
use linfa::DatasetBase;
use linfa_clustering::{KMeans, KMeansInit};
use linfa_nn::distance::Distance;
use ndarray::{Array2, ArrayView, ArrayView2, Axis, Dimension};
use rand::{Rng, SeedableRng};
use rayon::prelude::*;
use rb_record::error::{Error, Kind, Result};
use rb_record::hash;
use std::collections::BTreeSet;

/// Iterations after which restarts are compared, where only the best is to go
/// on: most of what sets them apart shows in the first few.
pub const TRIAL: u64 = 10;

/// How to cluster.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Number of clusters; fewer distinct points give fewer clusters.
    pub k: usize,
    /// Starts, each from seeds of its own; the best inertia wins.
    pub restarts: usize,
    /// The most of Lloyd's iterations.
    pub max_iter: u64,
    /// Iterations after which only the best restart goes on; `max_iter`: all
    /// run to their end.
    pub trial: u64,
    /// Stop when the centres move by less than √(tol · mean variance) in all,
    /// which is scikit-learn's meaning of its `tol`.
    pub tol: f64,
}

impl Config {
    /// The defaults: 3 restarts, compared after 10 of 300 iterations, 1e-4.
    pub fn of(k: usize) -> Config {
        Config {
            k,
            restarts: 3,
            max_iter: 300,
            trial: TRIAL,
            tol: 1e-4,
        }
    }
}

/// Centres (k×d) and what they achieve.
#[derive(Debug, Clone)]
pub struct Clusters {
    /// k×d.
    pub centres: Array2<f32>,
    /// The nearest centre of each row.
    pub labels: Vec<usize>,
    /// Σ squared distance of the rows to their centres.
    pub inertia: f64,
}

/// The Euclidean distance with a fixed order of summation.
#[derive(Debug, Clone, PartialEq)]
struct FastL2;

impl FastL2 {
    fn squared<D: Dimension>(a: &ArrayView<f32, D>, b: &ArrayView<f32, D>) -> f32 {
        match (a.as_slice(), b.as_slice()) {
            (Some(a), Some(b)) => dense::squared_distance(a, b),
            _ => dense::squared_distance(
                &a.iter().copied().collect::<Vec<_>>(),
                &b.iter().copied().collect::<Vec<_>>(),
            ),
        }
    }
}

impl Distance<f32> for FastL2 {
    fn distance<D: Dimension>(&self, a: ArrayView<f32, D>, b: ArrayView<f32, D>) -> f32 {
        FastL2::squared(&a, &b).sqrt()
    }
    fn rdistance<D: Dimension>(&self, a: ArrayView<f32, D>, b: ArrayView<f32, D>) -> f32 {
        FastL2::squared(&a, &b)
    }
    fn rdist_to_dist(&self, rdist: f32) -> f32 {
        rdist.sqrt()
    }
    fn dist_to_rdist(&self, dist: f32) -> f32 {
        dist * dist
    }
}

/// The nearest centre of each row by one matrix product: argmax x·c − ½‖c‖²,
/// ties to the first.
pub fn nearest(x: ArrayView2<f32>, centres: ArrayView2<f32>) -> Vec<usize> {
    let half: Vec<f32> = centres
        .rows()
        .into_iter()
        .map(|c| dense::squared_norm(c) / 2.0)
        .collect();
    let product = dense::product(x, centres);
    let of = |row: &[f32]| {
        let mut best = (0, f32::MIN);
        for (c, (v, half)) in row.iter().zip(&half).enumerate() {
            if v - half > best.1 {
                best = (c, v - half);
            }
        }
        best.0
    };
    match product.as_slice() {
        Some(rows) => rows.par_chunks(half.len().max(1)).map(of).collect(),
        None => Vec::new(),
    }
}

/// The rows of `x` (n×d) in the clusters of centres that are known (k×d, k ≥ 1);
/// they stay as they are.
pub fn by_centres(x: ArrayView2<f32>, centres: Array2<f32>) -> Clusters {
    let labels = nearest(x, centres.view());
    let inertia = inertia(x, centres.view(), &labels);
    Clusters {
        centres,
        labels,
        inertia,
    }
}

fn inertia(x: ArrayView2<f32>, centres: ArrayView2<f32>, labels: &[usize]) -> f64 {
    x.rows()
        .into_iter()
        .zip(labels)
        .map(|(row, &c)| f64::from(FastL2::squared(&row, &centres.row(c))))
        .sum()
}

/// Clusters the rows of `x` (n×d, standard layout, n ≥ 1).
pub fn fit(x: ArrayView2<f32>, config: Config, seed: u64) -> Result<Clusters> {
    let k = config.k.min(distinct_rows(x, config.k)).max(1);
    let variance: f64 = x
        .axis_iter(Axis(1))
        .map(|c| f64::from(c.var(0.0)))
        .sum::<f64>()
        / x.ncols().max(1) as f64;
    // linfa asks for a positive tolerance; equal points have no variance.
    let tolerance = ((config.tol * variance).sqrt() as f32).max(f32::MIN_POSITIVE);
    let judged = |centres| by_centres(x, centres);
    let trial = config.max_iter.min(config.trial);
    let mut best: Option<Clusters> = None;
    for restart in 0..config.restarts.max(1) {
        let seed = hash::text(seed, "k-means", &restart.to_string());
        let tried = judged(lloyd(x, seeding(x, k, seed), tolerance, trial));
        if best.as_ref().is_none_or(|b| tried.inertia < b.inertia) {
            best = Some(tried);
        }
    }
    let best = best.ok_or_else(|| Error::new(Kind::Input, "k-means found no clusters"))?;
    let near = lloyd(x, best.centres, tolerance, config.max_iter - trial);
    // linfa has the last word, from where nothing moves any more.
    let model = KMeans::params_with(k, rand::rngs::mock::StepRng::new(0, 1), FastL2)
        .n_runs(1)
        .max_n_iterations(LAST)
        .tolerance(tolerance)
        .init_method(KMeansInit::Precomputed(near))
        .fit(&DatasetBase::from(x))
        .map_err(|e| Error::new(Kind::Input, format!("k-means failed: {e}")))?;
    // The labels and the inertia of the centres that linfa returns, not of the
    // ones before its last step.
    Ok(judged(model.centroids().clone()))
}

/// The most of linfa's iterations: each measures every distance by itself.
const LAST: u64 = 3;
/// Rows that are summed together.
const BLOCK: usize = 1024;

/// At most `most` of Lloyd's iterations from `centres`, by one matrix product
/// each; ends where the centres move by less than `tolerance` in all. A centre
/// without rows stays where it is.
fn lloyd(x: ArrayView2<f32>, mut centres: Array2<f32>, tolerance: f32, most: u64) -> Array2<f32> {
    let (k, d) = centres.dim();
    for _ in 0..most {
        let labels = nearest(x, centres.view());
        let blocks: Vec<(Array2<f64>, Vec<f64>)> = labels
            .par_chunks(BLOCK)
            .enumerate()
            .map(|(b, labels)| {
                let (mut sums, mut counts) = (Array2::<f64>::zeros((k, d)), vec![0.0; k]);
                for (i, &c) in labels.iter().enumerate() {
                    counts[c] += 1.0;
                    let row = x.row(b * BLOCK + i);
                    for (sum, v) in sums.row_mut(c).iter_mut().zip(row) {
                        *sum += f64::from(*v);
                    }
                }
                (sums, counts)
            })
            .collect();
        let (mut sums, mut counts) = (Array2::<f64>::zeros((k, d)), vec![0.0; k]);
        for (block, own) in &blocks {
            sums += block;
            counts.iter_mut().zip(own).for_each(|(to, n)| *to += n);
        }
        let mut moved = 0.0f64;
        for ((mut centre, sum), &n) in centres.rows_mut().into_iter().zip(sums.rows()).zip(&counts)
        {
            if n == 0.0 {
                continue;
            }
            for (v, sum) in centre.iter_mut().zip(sum) {
                let new = (sum / n) as f32;
                moved += f64::from(new - *v).powi(2);
                *v = new;
            }
        }
        if moved.sqrt() < f64::from(tolerance) {
            break;
        }
    }
    centres
}

/// The number of distinct rows, counted no further than `most`.
fn distinct_rows(x: ArrayView2<f32>, most: usize) -> usize {
    let mut seen = BTreeSet::new();
    for row in x.rows() {
        seen.insert(row.iter().map(|v| v.to_bits()).collect::<Vec<u32>>());
        if seen.len() >= most {
            break;
        }
    }
    seen.len()
}

fn seeding(x: ArrayView2<f32>, k: usize, seed: u64) -> Array2<f32> {
    let n = x.nrows();
    let mut rng = rand::rngs::StdRng::seed_from_u64(seed);
    let candidates = 2 + (k as f64).ln() as usize;
    let norms: Vec<f32> = x.rows().into_iter().map(dense::squared_norm).collect();
    // Squared distances of all rows to the rows `to`, n×|to|.
    let distances = |to: &[usize]| -> Array2<f32> {
        let mut product = dense::thin_product(x, x.select(Axis(0), to).view());
        for (mut row, norm) in product.rows_mut().into_iter().zip(&norms) {
            for (v, &t) in row.iter_mut().zip(to) {
                *v = (norms[t] + norm - 2.0 * *v).max(0.0);
            }
        }
        for (c, &t) in to.iter().enumerate() {
            product[[t, c]] = 0.0;
        }
        product
    };
    let mut chosen = vec![rng.gen_range(0..n)];
    let mut closest: Vec<f32> = distances(&chosen).column(0).to_vec();
    while chosen.len() < k {
        let mut cumulative = Vec::with_capacity(n);
        let mut total = 0.0f64;
        for &v in &closest {
            total += f64::from(v);
            cumulative.push(total);
        }
        let draws: Vec<usize> = (0..candidates)
            .map(|_| {
                let at = rng.gen::<f64>() * total;
                cumulative.partition_point(|&c| c <= at).min(n - 1)
            })
            .collect();
        let reach = distances(&draws);
        let mut potential = vec![0.0f64; candidates];
        for (row, closest) in reach.rows().into_iter().zip(&closest) {
            for (sum, v) in potential.iter_mut().zip(row) {
                *sum += f64::from(v.min(*closest));
            }
        }
        let mut best = 0;
        for c in 1..candidates {
            if potential[c] < potential[best] {
                best = c;
            }
        }
        for (old, new) in closest.iter_mut().zip(reach.column(best)) {
            *old = old.min(*new);
        }
        chosen.push(draws[best]);
    }
    x.select(Axis(0), &chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn cloud(n: usize, d: usize) -> Array2<f32> {
        dense::normalized(
            Array2::from_shape_fn((n, d), |(i, j)| {
                hash::unit(hash::text(7, "cloud", &format!("{i} {j}"))) as f32 - 0.5
            })
            .view(),
        )
    }

    #[test]
    fn the_fields_of_a_clustering_agree() {
        let x = cloud(300, 16);
        let c = fit(x.view(), Config::of(12), 1).unwrap();
        assert_eq!(c.centres.dim(), (12, 16));
        for i in 0..300 {
            let own = FastL2::squared(&x.row(i), &c.centres.row(c.labels[i]));
            for j in 0..12 {
                assert!(own <= FastL2::squared(&x.row(i), &c.centres.row(j)) + 1e-5);
            }
        }
        assert!((inertia(x.view(), c.centres.view(), &c.labels) - c.inertia).abs() < 1e-9);
    }

    #[test]
    fn more_clusters_and_more_iterations_never_raise_the_inertia() {
        let x = cloud(300, 16);
        let one = |k, max_iter| {
            let config = Config {
                max_iter,
                ..Config::of(k)
            };
            fit(x.view(), config, 1).unwrap().inertia
        };
        assert!(one(20, 300) < one(5, 300));
        assert!(one(10, 300) <= one(10, 1));
    }

    #[test]
    fn equal_points_make_one_cluster() {
        let x = array![[1.0f32, 0.0], [1.0, 0.0], [1.0, 0.0]];
        let c = fit(x.view(), Config::of(8), 0).unwrap();
        assert_eq!(c.centres.nrows(), 1);
        assert!(c.inertia < 1e-9);
    }
}
