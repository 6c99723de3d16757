//! Which rows of a table are the same query, and which are alike: what is known
//! of one says something of the other.

use crate::table::effects::Grouping;
use crate::table::Table;
use rb_learn::cluster::{self, Config};
use rb_learn::dense;

/// Queries to a cluster of neighbours, and the most clusters.
const NEIGHBOURS: usize = 50;
const CLUSTERS: usize = 32;
/// Clusters are a means here: the same ones whatever the router's seed.
const SEED: u64 = 0;

/// The rows with the same prompt.
pub fn queries(table: &Table) -> Grouping {
    numbered(&table.unit)
}

/// The rows of a dataset and, where there are vectors, of a cluster of them.
pub fn groupings(table: &Table) -> Vec<Grouping> {
    let mut groupings = vec![numbered(&table.dataset)];
    let k = (table.len() / NEIGHBOURS).min(CLUSTERS);
    if table.x.ncols() > 0 && k > 1 {
        let x = dense::normalized(table.x.view());
        // It fails on vectors that are not finite, which no table has.
        if let Ok(clusters) = cluster::fit(x.view(), Config::of(k), SEED) {
            groupings.push(Grouping {
                of: clusters.labels,
                groups: clusters.centres.nrows(),
            });
        }
    }
    groupings
}

/// Equal values, numbered in order.
fn numbered<T: Ord + Copy>(values: &[T]) -> Grouping {
    let mut present = values.to_vec();
    present.sort_unstable();
    present.dedup();
    let number = |v: &T| present.partition_point(|p| p < v);
    Grouping {
        of: values.iter().map(number).collect(),
        groups: present.len(),
    }
}
