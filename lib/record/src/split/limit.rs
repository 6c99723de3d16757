//! A smaller train part, for learning curves: of the train queries the `most`
//! with the smallest hashed position (then the smallest id) stay, the rest is
//! in no part. A smaller limit gives a subset of a larger one's.

use crate::record::Split;
use crate::split::hashed::position;
use crate::split::Query;

/// Cuts train to at most `most` queries; returns how many are left.
pub fn limit_train(parts: &mut [Split], queries: &[Query], most: usize, seed: u64) -> usize {
    let mut train: Vec<(f64, &str, usize)> = (0..queries.len())
        .filter(|&i| parts[i] == Split::Train)
        .map(|i| (position(seed, queries[i].unit), queries[i].id.as_str(), i))
        .collect();
    train.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    for (_, _, i) in train.iter().skip(most) {
        parts[*i] = Split::None;
    }
    train.len().min(most)
}
