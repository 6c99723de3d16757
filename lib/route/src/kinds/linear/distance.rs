//! How far a query is from every dataset of train: the cosine to the nearest
//! dataset's centroid, and the bound below which it is out of distribution.

use ndarray::{Array2, ArrayView2, Axis};
use rb_learn::dense;
use rb_learn::folds::{self, Parts, FOLDS};

/// The share of train rows that may lie further out than the bound.
const FAR: f64 = 0.01;
/// Below every cosine: nothing to set the bound by.
const NEVER_FAR: f64 = -2.0;

/// Unit means of the rows of each class (D×d); a class without rows has zeros.
pub(super) fn centroids(x: &Array2<f32>, labels: &[usize], classes: usize) -> Array2<f32> {
    let mut sums = Array2::<f64>::zeros((classes, x.ncols()));
    for (row, &c) in x.rows().into_iter().zip(labels) {
        for (sum, v) in sums.row_mut(c).iter_mut().zip(row) {
            *sum += f64::from(*v);
        }
    }
    for mut row in sums.rows_mut() {
        let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
        if length > 0.0 {
            row.mapv_inplace(|v| v / length);
        }
    }
    sums.mapv(|v| v as f32)
}

/// The cosine of each row to its nearest centroid.
pub(super) fn nearest(x: ArrayView2<f32>, centroids: ArrayView2<f32>) -> Vec<f64> {
    dense::product(x, centroids)
        .rows()
        .into_iter()
        .map(|row| row.iter().copied().fold(f32::MIN, f32::max).into())
        .collect()
}

/// The cosine below which a query is unlike all of train: the [`FAR`] quantile of
/// train rows against centroids that were made without them.
pub(super) fn bound(x: &Array2<f32>, labels: &[usize], classes: usize, parts: &Parts) -> f64 {
    let mut cosines: Vec<f64> = parts
        .iter()
        .flat_map(|(held, rest)| {
            let own: Vec<usize> = rest.iter().map(|&i| labels[i]).collect();
            let centres = centroids(&x.select(Axis(0), rest), &own, classes);
            nearest(x.select(Axis(0), held).view(), centres.view())
        })
        .collect();
    cosines.sort_by(f64::total_cmp);
    let at = (FAR * cosines.len() as f64) as usize;
    cosines.get(at).copied().unwrap_or(NEVER_FAR)
}

/// Whole datasets left out, in at most five groups of about equal size; with
/// one dataset the folds as they are.
pub(super) fn datasets_left_out(labels: &[usize], classes: usize, parts: &Parts) -> Parts {
    if classes < 2 {
        return parts.clone();
    }
    let size = |c: usize| labels.iter().filter(|&&l| l == c).count();
    let mut by_size: Vec<(usize, usize)> = (0..classes).map(|c| (size(c), c)).collect();
    by_size.sort_unstable_by(|a, b| b.cmp(a));
    let mut group = vec![0; classes];
    for (i, (_, c)) in by_size.into_iter().enumerate() {
        group[c] = i % FOLDS;
    }
    let group: Vec<usize> = labels.iter().map(|&l| group[l]).collect();
    folds::every(&group, FOLDS)
}
