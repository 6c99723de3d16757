//! Between a weak and a strong model: how much of the gap a router recovers,
//! and how many calls of the strong model that takes. Ong et al. 2024
//! (RouteLLM, arXiv 2406.18665).
//!
//! ```text
//! PGR    = (Q − Q_weak) / (Q_strong − Q_weak)            at alpha 1
//! APGR   = ∫ PGR d share   over the share of strong calls, 0..1
//! CPT(p) = the least share of strong calls at which PGR is p
//! ```
//!
//! The curve is drawn by straight lines between its points in order of their
//! share (a share is what mixing two points gives), from the weak model alone
//! at 0 to the strong model alone at 1, where it does not reach there itself.
//! A router of more than two models has a share too; then the rest is not all
//! weak, and PGR may lie outside 0..1. Null where Q_strong ≤ Q_weak, or where
//! either is not known: by default the strong model is best-single (picked on
//! train), the weak one the cheapest.
//!
//! The published code takes APGR over the router's own range of shares, and
//! CPT by interpolation over qualities that it supposes to rise.

use super::{Direction, Metric, View};

const SOURCE: &str = "Ong et al. 2024, arXiv 2406.18665";

pub const PGR: Metric = Metric {
    name: "pgr",
    direction: Direction::Higher,
    definition: "(Q - Q_weak) / (Q_strong - Q_weak) at alpha 1",
    source: SOURCE,
    of: |v| Some(pair(v)?.of(v.end.quality()?)),
};

pub const APGR: Metric = Metric {
    name: "apgr",
    direction: Direction::Higher,
    definition: "the mean of PGR over the share of strong calls, 0..1",
    source: SOURCE,
    of: |v| Some(area(&line(v)?)),
};

pub const CPT_50_PEAK: Metric = Metric {
    name: "cpt_50_peak",
    direction: Direction::Lower,
    definition: "the least share of strong calls with PGR >= 0.5; optimistic, the point is picked on the scored queries",
    source: SOURCE,
    of: |v| reach(&line(v)?, 0.5),
};

pub const CPT_80_PEAK: Metric = Metric {
    name: "cpt_80_peak",
    direction: Direction::Lower,
    definition: "the same with PGR >= 0.8",
    source: SOURCE,
    of: |v| reach(&line(v)?, 0.8),
};

/// The qualities of the two models alone; the strong one is better.
pub(super) struct Pair {
    weak: f64,
    strong: f64,
}

impl Pair {
    pub(super) fn of(&self, quality: f64) -> f64 {
        (quality - self.weak) / (self.strong - self.weak)
    }
}

pub(super) fn pair(v: &View) -> Option<Pair> {
    let quality = |m: Option<usize>| v.yardsticks.singles[m?].quality();
    let (weak, strong) = (quality(v.asked.weak)?, quality(v.asked.strong)?);
    (strong > weak).then_some(Pair { weak, strong })
}

/// (share, PGR) by ascending share, from 0 to 1.
fn line(v: &View) -> Option<Vec<(f64, f64)>> {
    let pair = pair(v)?;
    let spots = v.spots.iter().map(|s| (s.strong, pair.of(s.quality)));
    Some(anchored(spots.collect()))
}

fn anchored(mut line: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    // Stable: points of one share stay in the order of alpha.
    line.sort_by(|a, b| a.0.total_cmp(&b.0));
    if line.first().is_none_or(|p| p.0 > 0.0) {
        line.insert(0, (0.0, 0.0));
    }
    if line.last().is_some_and(|p| p.0 < 1.0) {
        line.push((1.0, 1.0));
    }
    line
}

fn area(line: &[(f64, f64)]) -> f64 {
    let parts = line
        .windows(2)
        .map(|w| (w[1].0 - w[0].0) * (w[0].1 + w[1].1) / 2.0);
    parts.collect::<crate::sum::Sum>().value()
}

/// None: the curve never gets there.
fn reach(line: &[(f64, f64)], target: f64) -> Option<f64> {
    let at = line.iter().position(|p| p.1 >= target)?;
    let b = line[at];
    Some(match at.checked_sub(1).map(|i| line[i]) {
        None => b.0,
        Some(a) => a.0 + (b.0 - a.0) * (target - a.1) / (b.1 - a.1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_router_that_draws_blindly_recovers_half_the_gap_on_average() {
        let diagonal = anchored(vec![(0.25, 0.25), (0.75, 0.75)]);
        assert_eq!(diagonal.len(), 4);
        assert!((area(&diagonal) - 0.5).abs() < 1e-12);
        assert!((reach(&diagonal, 0.8).unwrap() - 0.8).abs() < 1e-12);
    }

    #[test]
    fn a_good_router_reaches_the_gap_with_few_strong_calls() {
        let line = anchored(vec![(0.0, 0.0), (0.2, 0.8), (1.0, 1.0)]);
        assert!((area(&line) - (0.08 + 0.72)).abs() < 1e-12);
        assert!((reach(&line, 0.5).unwrap() - 0.125).abs() < 1e-12);
        assert_eq!(reach(&anchored(vec![(0.0, 0.9), (1.0, 0.9)]), 0.95), None);
    }
}
