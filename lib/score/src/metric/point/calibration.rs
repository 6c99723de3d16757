//! How far what a router expects is what it gets, at alpha 1: queries by ascending
//! expected score of the answer kept, in ten bins of equal counts.
//!
//! ```text
//! ece  = Σ_b n_b/n · |observed_b − expected_b|      bias = mean expected − mean observed
//! ```
//!
//! Queries of one expectation share a bin (a router that knows few places has
//! fewer bins), so the bins depend on no order. A score that is unknown is in no
//! bin and counted in `missing`: it is no zero. The interval of a bin's mean is
//! Wilson's (1927), which takes queries as independent and is too wide for graded
//! scores, whose variance is at most that of 0 and 1 at the same mean. Null where
//! no query has an expectation (rb-fit --explain, rb-route --explain) and a score.
//! Sources: expected calibration error, Naeini, Cooper and Hauskrecht 2015 (AAAI);
//! bins of equal counts, Nguyen and O'Connor 2015 (arXiv 1508.05154).

use crate::metric::measure::{Direction, Report, View};
use crate::statistics::sum::Sum;
use rb_learn::normal::Z;
use rb_store::column::{ordered, Column};
use serde::Serialize;

/// The row of `calibration`.
pub const CALIBRATION: Report = Report {
    name: "calibration",
    direction: Direction::Lower,
    definition: "expected against observed scores at alpha 1, in ten bins of equal counts: ece, the mean distance between them; needs the expectations of --explain",
    source: "Naeini, Cooper and Hauskrecht 2015; equal counts: Nguyen and O'Connor 2015",
    of: |v| crate::metric::measure::json(&calibration(v)),
};

const BINS: usize = 10;

#[derive(Debug, Serialize)]
struct Calibration {
    /// Queries with an expectation and a score.
    n: usize,
    /// Queries with an expectation and no score.
    missing: usize,
    ece: f64,
    bias: f64,
    bins: Vec<Bin>,
}

#[derive(Debug, Serialize)]
struct Bin {
    n: usize,
    expected: f64,
    observed: f64,
    observed_ci: (f64, f64),
}

fn calibration(v: &View) -> Option<Calibration> {
    let facts = v.replay.facts;
    let mut pairs: Column<((f64, f64), u64)> = Column::new(&facts.pager);
    let mut missing = 0;
    for (q, path) in v.last.iter() {
        let Some(expected) = v.routes.expected(q) else {
            continue;
        };
        match facts.scored.outcomes.score(q, facts.paths[path].kept) {
            Some(score) => pairs.push(((expected, score), pairs.len() as u64)),
            None => missing += 1,
        }
    }
    let n = pairs.len();
    let key = |((p, _), at): &((f64, f64), u64)| u128::from(ordered(*p)) << 64 | u128::from(*at);
    let bins = binned(n, pairs.sorted(key).iter().map(|(pair, _)| pair));
    let over = |of: &dyn Fn(&Bin) -> f64| {
        let parts = bins.iter().map(|b| b.n as f64 * of(b));
        parts.collect::<Sum>().value() / n as f64
    };
    let ece = over(&|b| (b.observed - b.expected).abs());
    let bias = over(&|b| b.expected - b.observed);
    (n > 0).then_some(Calibration {
        n,
        missing,
        ece,
        bias,
        bins,
    })
}

/// Bins of `n` pairs of expected and observed, by ascending expectation.
fn binned(n: usize, pairs: impl Iterator<Item = (f64, f64)>) -> Vec<Bin> {
    let mut bins: Vec<Bin> = Vec::new();
    let mut pairs = pairs.peekable();
    let (mut done, mut count) = (0, 0);
    let mut sums = [Sum::default(); 2];
    while let Some((expected, observed)) = pairs.next() {
        sums[0].add(expected);
        sums[1].add(observed);
        count += 1;
        done += 1;
        let is_full = done * BINS >= n * (bins.len() + 1);
        let more = pairs.peek().is_some_and(|next| next.0 == expected);
        if (is_full && !more) || done == n {
            let mean = |sum: Sum| sum.value() / count as f64;
            let observed = mean(sums[1]).clamp(0.0, 1.0);
            bins.push(Bin {
                n: count,
                expected: mean(sums[0]),
                observed,
                observed_ci: wilson(observed, count),
            });
            (count, sums) = (0, Default::default());
        }
    }
    bins
}

/// The 95 % score interval of a mean of `n` values in 0..1.
fn wilson(mean: f64, n: usize) -> (f64, f64) {
    let n = n as f64;
    let z2 = Z * Z;
    let centre = mean + z2 / (2.0 * n);
    let half = Z * (mean * (1.0 - mean) / n + z2 / (4.0 * n * n)).sqrt();
    let end = |x: f64| (x / (1.0 + z2 / n)).clamp(0.0, 1.0);
    (end(centre - half), end(centre + half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_of_equal_counts_and_never_part_equal_expectations() {
        let of = |expected: &[f64]| -> Vec<usize> {
            let pairs = expected.iter().map(|p| (*p, 1.0));
            binned(expected.len(), pairs).iter().map(|b| b.n).collect()
        };
        let even: Vec<f64> = (0..40).map(f64::from).collect();
        assert_eq!(of(&even), [4; 10]);
        assert_eq!(of(&[0.2; 7]), [7]);
        let few: Vec<f64> = (0..40).map(|i| f64::from(i / 15)).collect();
        assert_eq!(of(&few), [15, 15, 10]);
        assert_eq!(of(&[0.1, 0.2, 0.3]), [1, 1, 1]);
        assert!(of(&[]).is_empty());
    }

    #[test]
    fn wilsons_interval_is_the_published_one() {
        // 15 of 148: 6.22 % to 16.00 % (Newcombe 1998, table I, method 3).
        let (low, high) = wilson(15.0 / 148.0, 148);
        assert!(
            (low - 0.0624).abs() < 5e-4 && (high - 0.1605).abs() < 5e-4,
            "{low} {high}"
        );
        let (low, high) = wilson(0.0, 20);
        assert!(low == 0.0 && (high - 0.1611).abs() < 5e-4, "{high}");
    }
}
