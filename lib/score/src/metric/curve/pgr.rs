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

use crate::metric::measure::{Direction, Metric, View};
use rb_store::column::{ordered, Column};
use rb_store::pages::Pager;

const SOURCE: &str = "Ong et al. 2024, arXiv 2406.18665";

/// The row of `pgr`.
pub const PGR: Metric = Metric {
    name: "pgr",
    direction: Direction::Higher,
    definition: "(Q - Q_weak) / (Q_strong - Q_weak) at alpha 1",
    source: SOURCE,
    of: |v| Some(pair(v)?.of(v.end.quality()?)),
};

/// The row of `apgr`.
pub const APGR: Metric = Metric {
    name: "apgr",
    direction: Direction::Higher,
    definition: "the mean of PGR over the share of strong calls, 0..1",
    source: SOURCE,
    of: |v| Some(line(v)?.area()),
};

/// The row of `cpt_50_peak`.
pub const CPT_50_PEAK: Metric = Metric {
    name: "cpt_50_peak",
    direction: Direction::Lower,
    definition: "the least share of strong calls with PGR >= 0.5; optimistic, the point is picked on the scored queries",
    source: SOURCE,
    of: |v| line(v)?.reach(0.5),
};

/// The row of `cpt_80_peak`.
pub const CPT_80_PEAK: Metric = Metric {
    name: "cpt_80_peak",
    direction: Direction::Lower,
    definition: "the same with PGR >= 0.8",
    source: SOURCE,
    of: |v| line(v)?.reach(0.8),
};

/// The qualities of the two models alone; the strong one is better.
pub(crate) struct Pair {
    weak: f64,
    strong: f64,
}

impl Pair {
    pub(crate) fn of(&self, quality: f64) -> f64 {
        (quality - self.weak) / (self.strong - self.weak)
    }
}

pub(crate) fn pair(v: &View) -> Option<Pair> {
    let quality = |m: Option<usize>| v.yardsticks.singles[m?].quality();
    let (weak, strong) = (quality(v.asked.weak)?, quality(v.asked.strong)?);
    (strong > weak).then_some(Pair { weak, strong })
}

fn line(v: &View) -> Option<ShareLine> {
    let pair = pair(v)?;
    let spots = v.spots.iter().map(|s| (s.strong, pair.of(s.quality)));
    Some(ShareLine::new(&v.replay.facts.pager, spots))
}

/// (share, PGR) by ascending share; points of one share in the order of alpha.
struct ShareLine(Column<((f64, f64), u64)>);

impl ShareLine {
    fn new(pager: &Pager, points: impl Iterator<Item = (f64, f64)>) -> ShareLine {
        let points = points.enumerate().map(|(i, point)| (point, i as u64));
        let by_share = |((share, _), i): &((f64, f64), u64)| {
            u128::from(ordered(*share)) << 64 | u128::from(*i)
        };
        ShareLine(Column::from(pager, points).sorted(by_share))
    }

    /// From share 0 to share 1.
    fn points(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let share = |place: usize| self.0.get(place).0 .0;
        let n = self.0.len();
        let start = (n == 0 || share(0) > 0.0).then_some((0.0, 0.0));
        let end = (n == 0 || share(n - 1) < 1.0).then_some((1.0, 1.0));
        let points = self.0.iter().map(|(point, _)| point);
        start.into_iter().chain(points).chain(end)
    }

    /// Every point with the one before it.
    fn pairs(&self) -> impl Iterator<Item = (Option<(f64, f64)>, (f64, f64))> + '_ {
        let mut before = None;
        self.points()
            .map(move |point| (before.replace(point), point))
    }

    fn area(&self) -> f64 {
        let parts = self.pairs().filter_map(|(before, b)| {
            let a = before?;
            Some((b.0 - a.0) * (a.1 + b.1) / 2.0)
        });
        parts.collect::<crate::statistics::sum::Sum>().value()
    }

    /// None: the curve never gets there.
    fn reach(&self, target: f64) -> Option<f64> {
        let (before, b) = self.pairs().find(|(_, b)| b.1 >= target)?;
        Some(match before {
            None => b.0,
            Some(a) => a.0 + (b.0 - a.0) * (target - a.1) / (b.1 - a.1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> ShareLine {
        ShareLine::new(&Pager::new(usize::MAX), points.iter().copied())
    }

    #[test]
    fn a_router_that_draws_blindly_recovers_half_the_gap_on_average() {
        let diagonal = line(&[(0.75, 0.75), (0.25, 0.25)]);
        assert_eq!(diagonal.points().count(), 4);
        assert!((diagonal.area() - 0.5).abs() < 1e-12);
        assert!((diagonal.reach(0.8).unwrap() - 0.8).abs() < 1e-12);
        assert!((line(&[]).area() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_good_router_reaches_the_gap_with_few_strong_calls() {
        let good = line(&[(0.0, 0.0), (0.2, 0.8), (1.0, 1.0)]);
        assert!((good.area() - (0.08 + 0.72)).abs() < 1e-12);
        assert!((good.reach(0.5).unwrap() - 0.125).abs() < 1e-12);
        assert_eq!(line(&[(0.0, 0.9), (1.0, 0.9)]).reach(0.95), None);
    }
}
