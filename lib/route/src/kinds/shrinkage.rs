//! Means of groups of queries, shrunk to the means of all.
//!
//! ```text
//! (n_c·mean_c + L·mean)/(n_c + L)      L in 0, 1, 2 … 128 pseudo-queries
//! ```
//!
//! L has the least squared error on queries that the means were made without
//! (summed/strength.rs).

use ndarray::Array2;

/// The strengths of shrinkage tried, in pseudo-queries.
pub const STRENGTHS: [f64; 9] = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// (n_c·mean_c + L·mean)/(n_c + L) of each cluster; an empty one has the mean.
pub fn shrunk_means(
    values: &Array2<f64>,
    labels: &[usize],
    k: usize,
    overall: &[f64],
    strength: f64,
) -> Array2<f64> {
    let mut sums = Array2::zeros((k, values.ncols()));
    let mut counts = vec![0.0; k];
    for (i, &c) in labels.iter().enumerate() {
        let mut row = sums.row_mut(c);
        row += &values.row(i);
        counts[c] += 1.0;
    }
    shrink(sums, &counts, overall, strength)
}

/// [`shrunk_means`] of sums that are there already; `counts`: queries of each row.
pub fn shrink(
    mut sums: Array2<f64>,
    counts: &[f64],
    overall: &[f64],
    strength: f64,
) -> Array2<f64> {
    for (mut row, &n) in sums.rows_mut().into_iter().zip(counts) {
        for (v, mean) in row.iter_mut().zip(overall) {
            *v = if n + strength > 0.0 {
                (*v + strength * mean) / (n + strength)
            } else {
                *mean
            };
        }
    }
    sums
}
