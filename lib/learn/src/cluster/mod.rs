//! k-means on unit vectors: greedy k-means++ seeding, Lloyd's iterations with exact
//! bounds until nothing moves, and linfa-clustering for the last word. Restarts
//! are compared after `trial` iterations, of many rows on some of them, and only the
//! best goes on. The only file that knows linfa.
//!
//! Objective: inertia = Σ_i min_c ‖x_i − μ_c‖². O(restarts·iterations·n·k·d).

mod largest;
mod lloyd;
mod seeding;

use crate::dense::{self, BLOCK};
use linfa::traits::Fit;
use linfa::DatasetBase;
use linfa_clustering::{KMeans, KMeansInit};
use linfa_nn::distance::Distance;
use lloyd::Lloyd;
use ndarray::{Array2, ArrayView, ArrayView2, Axis, Dimension};
use rand::SeedableRng;
use rayon::prelude::*;
use rb_record::error::{Error, Kind, Result};
use rb_record::hash;
use rb_record::stream::progress::Step;
use std::collections::BTreeSet;

/// Iterations after which restarts are compared, where only the best is to go
/// on: most of what sets them apart shows in the first few.
pub const TRIAL: u64 = 10;

/// Rows that restarts are tried on, where only the best is to go on: so many a cluster,
/// and no fewer than so many in all. More rows hardly change which start is best.
const TRIED: (usize, usize) = (128, 8192);

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
    let of = |row: &[f32]| largest::two(row, &half).place;
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

/// Σ squared distance of the rows to the centres that `labels` names.
fn inertia(x: ArrayView2<f32>, centres: ArrayView2<f32>, labels: &[usize]) -> f64 {
    let of = |(b, labels): (usize, &[usize])| -> f64 {
        let rows = labels.iter().enumerate();
        rows.map(|(i, c)| f64::from(FastL2::squared(&x.row(b * BLOCK + i), &centres.row(*c))))
            .sum()
    };
    let blocks: Vec<f64> = labels.par_chunks(BLOCK).enumerate().map(of).collect();
    blocks.iter().sum()
}

/// The mean variance of the columns of `x`.
fn variance(x: ArrayView2<f32>) -> f64 {
    let (n, d) = x.dim();
    let of = |block: ArrayView2<f32>| {
        let mut sums = vec![(0.0, 0.0); d];
        for row in block.rows() {
            for ((sum, squares), v) in sums.iter_mut().zip(row) {
                let v = f64::from(*v);
                *sum += v;
                *squares += v * v;
            }
        }
        sums
    };
    let mut blocks = Vec::new();
    x.axis_chunks_iter(Axis(0), BLOCK)
        .into_par_iter()
        .map(of)
        .collect_into_vec(&mut blocks);
    let of = |column: usize| {
        let (sum, squares) = blocks.iter().fold((0.0, 0.0), |(sum, squares), block| {
            (sum + block[column].0, squares + block[column].1)
        });
        (squares - sum * sum / n as f64).max(0.0) / n as f64
    };
    (0..d).map(of).sum::<f64>() / d.max(1) as f64
}

/// Clusters the rows of `x` (n×d, standard layout, n ≥ 1).
pub fn fit(x: ArrayView2<f32>, config: Config, seed: u64) -> Result<Clusters> {
    let k = config.k.min(distinct_rows(x, config.k)).max(1);
    // linfa asks for a positive tolerance; equal points have no variance.
    let tolerance = ((config.tol * variance(x)).sqrt() as f32).max(f32::MIN_POSITIVE);
    let trial = config.max_iter.min(config.trial);
    let mut best = match tried_rows(x, k, trial < config.max_iter, seed) {
        Some(some) => {
            let best = best_start(some.view(), k, (config.restarts, trial), tolerance, seed)?;
            Lloyd::new(x, best.into_centres())
        }
        None => best_start(x, k, (config.restarts, trial), tolerance, seed)?,
    };
    best.run(tolerance, config.max_iter - trial);
    // linfa has the last word, from where nothing moves any more.
    let model = KMeans::params_with(k, rand::rngs::mock::StepRng::new(0, 1), FastL2)
        .n_runs(1)
        .max_n_iterations(LAST)
        .tolerance(tolerance)
        .init_method(KMeansInit::Precomputed(best.into_centres()))
        .fit(&DatasetBase::from(x))
        .map_err(|e| Error::new(Kind::Input, format!("k-means failed: {e}")))?;
    // The labels and the inertia of the centres that linfa returns, not of the
    // ones before its last step.
    Ok(by_centres(x, model.centroids().clone()))
}

/// The best of so many restarts, each of so many iterations, on the rows of `x`; they go
/// side by side, so that one's single steps fill the other's pauses.
fn best_start(
    x: ArrayView2<'_, f32>,
    k: usize,
    (restarts, trial): (usize, u64),
    tolerance: f32,
    seed: u64,
) -> Result<Lloyd<'_>> {
    let step = Step::new("k-means", "starts", Some(restarts.max(1)));
    let of = |restart: usize| {
        let seed = hash::text(seed, "k-means", &restart.to_string());
        let mut tried = Lloyd::new(x, seeding::centres(x, k, seed));
        tried.run(tolerance, trial);
        let inertia = inertia(x, tried.centres(), tried.labels());
        step.add(1);
        (tried, inertia)
    };
    let tried = (0..restarts.max(1)).into_par_iter().map(of);
    // Of equal ones the first.
    let best = tried.reduce_with(|a, b| if b.1 < a.1 { b } else { a });
    let best = best.ok_or_else(|| Error::new(Kind::Input, "k-means found no clusters"))?;
    Ok(best.0)
}

/// The rows that restarts are tried on, in their order; None: all are.
fn tried_rows(x: ArrayView2<f32>, k: usize, are_some: bool, seed: u64) -> Option<Array2<f32>> {
    let most = (k * TRIED.0).max(TRIED.1);
    if !are_some || x.nrows() <= most {
        return None;
    }
    let mut rng = rand::rngs::StdRng::seed_from_u64(hash::seed(seed, "k-means rows"));
    let mut drawn = rand::seq::index::sample(&mut rng, x.nrows(), most).into_vec();
    drawn.sort_unstable();
    let some = dense::rows(x, &drawn);
    // Where most rows are equal, the others may be missing.
    (distinct_rows(some.view(), k) == k).then_some(some)
}

/// The most of linfa's iterations: each measures every distance by itself.
const LAST: u64 = 3;

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
    fn restarts_tried_on_some_rows_end_as_low_as_on_all() {
        let (n, k) = (TRIED.1 + 3000, 56);
        let middles = cloud(40, 8);
        let x = Array2::from_shape_fn((n, 8), |(i, j)| {
            let noise = hash::unit(hash::text(9, "around", &format!("{i} {j}"))) as f32;
            middles[[i % 40, j]] + 0.4 * noise
        });
        let x = dense::normalized(x.view());
        assert!(tried_rows(x.view(), k, true, 1).is_some());
        let to_the_end = Config {
            trial: u64::MAX,
            ..Config::of(k)
        };
        // Which start is luckiest differs; together they end as low.
        let of = |config: Config| -> f64 {
            let seeds = 0..5;
            seeds
                .map(|seed| fit(x.view(), config, seed).unwrap().inertia)
                .sum()
        };
        let (some, all) = (of(Config::of(k)), of(to_the_end));
        assert!(some < 1.01 * all, "{some} {all}");
        // Three distinct rows, one of them once.
        let mut few = Array2::zeros((n, 2));
        few[[0, 0]] = 1.0;
        few.slice_mut(ndarray::s![1..n / 2, 1]).fill(1.0);
        assert_eq!(fit(few.view(), Config::of(3), 1).unwrap().inertia, 0.0);
    }

    #[test]
    fn equal_points_make_one_cluster() {
        let x = array![[1.0f32, 0.0], [1.0, 0.0], [1.0, 0.0]];
        let c = fit(x.view(), Config::of(8), 0).unwrap();
        assert_eq!(c.centres.nrows(), 1);
        assert!(c.inertia < 1e-9);
    }
}
