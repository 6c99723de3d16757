//! How long a query takes at alpha 1: half of the queries, and 95 of 100, are
//! answered within these seconds. A cascade's calls follow one another, so its
//! latencies add up.
//!
//! The quantile is the least latency that at least the share p of the queries
//! does not exceed: always one that occurred. Queries without a route are not
//! in it. A call whose latency is unknown takes the longest known of its
//! query (Missing outcomes). Null where no latency is known.

use crate::data::facts::Resource;
use crate::metric::measure::{Direction, Metric, View};
use rb_store::column::{ordered, Column};

const SOURCE: &str = "this project";

/// The row of `latency_p50`.
pub const P50: Metric = Metric {
    name: "latency_p50",
    direction: Direction::Lower,
    definition: "the latency in seconds that half of the queries keep within, at alpha 1",
    source: SOURCE,
    of: |v| of(v, 0.5),
};

/// The row of `latency_p95`.
pub const P95: Metric = Metric {
    name: "latency_p95",
    direction: Direction::Lower,
    definition: "the latency in seconds that 95 % of the queries keep within, at alpha 1",
    source: SOURCE,
    of: |v| of(v, 0.95),
};

fn of(v: &View, p: f64) -> Option<f64> {
    if !v.replay.known[Resource::Latency as usize] {
        return None;
    }
    let latency = |(q, path)| v.replay.path(q, path).spent(Resource::Latency);
    let latencies = v.last.iter().map(latency);
    quantile(Column::from(&v.replay.facts.pager, latencies), p)
}

/// The least value that at least the share `p` (0..1] of the values does not exceed.
pub fn quantile(values: Column<f64>, p: f64) -> Option<f64> {
    let values = values.sorted(|v| u128::from(ordered(*v)));
    // 0.95 · 20 is a hair above 19; a count is meant.
    let rank = (p * values.len() as f64 - 1e-9).ceil().max(1.0) as usize;
    (rank <= values.len()).then(|| values.get(rank - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_store::pages::Pager;

    #[test]
    fn a_quantile_is_the_least_value_that_the_share_does_not_exceed() {
        let pager = Pager::new(usize::MAX);
        let of = |n: i32, p| quantile(Column::from(&pager, (1..=n).rev().map(f64::from)), p);
        assert_eq!(of(20, 0.5), Some(10.0));
        assert_eq!(of(20, 0.95), Some(19.0));
        assert_eq!(of(20, 0.951), Some(20.0));
        assert_eq!(of(1, 0.5), Some(1.0));
        assert_eq!(of(0, 0.5), None);
    }
}
