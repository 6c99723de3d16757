//! The paired difference of a router to a fixed model, followed along the
//! router's curve, with its standard error in closed form.
//!
//! ```text
//! d(q)  = s(q, router) − share·s(q, model)         over queries where the model's score is known
//! mean  = Σ d / n
//! SE²   = 1/n² · Σ_strata U/(U−1) · Σ_units (t − k·m)²     t: sum of d over a unit's k queries
//! ```
//!
//! with m the stratum's mean and U its units (strata: the datasets, see
//! `strata`). It is the variance of a stratified mean, and what the bootstrap
//! of `bootstrap` estimates by drawing. Here it serves choices that are made at
//! every alpha and must not depend on the number of resamples. Moving on by one
//! change costs O(1).

use crate::replay::curve::Curve;
use crate::replay::Replay;
use crate::statistics::strata::Strata;
use crate::statistics::sum::Sum;
use rb_store::column::Column;

/// What a router is compared with: `share` of a model's score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rival {
    /// Place in the pool.
    pub model: usize,
    /// 1: the model itself; 0.9: nine tenths of its quality.
    pub share: f64,
}

/// A mean difference in score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// In points of score.
    pub mean: f64,
    /// None: a single unit, of which nothing is known but its value.
    pub se: Option<f64>,
}

impl Difference {
    /// The one-sided 95 % lower bound; None without a standard error.
    pub fn lower(&self) -> Option<f64> {
        const Z: f64 = 1.644_853_626_951_472_7;
        self.se.map(|se| self.mean - Z * se)
    }
}

/// StratumSums of one stratum over its units.
#[derive(Debug, Clone, Copy, Default)]
struct StratumSums {
    t: Sum,
    t_squared: Sum,
    t_size: Sum,
}

/// Stands for the unit of a query on which the other score is unknown: it is in
/// no difference.
const NOT_COMPARED: u32 = u32::MAX;

/// A curve's paired difference at some alpha.
pub struct Paired<'r> {
    replay: &'r Replay<'r>,
    strata: Strata,
    /// By scored query: its unit, or [`NOT_COMPARED`].
    unit: Column<u32>,
    /// By unit: the sum of its differences, and its number of queries.
    total: Column<f64>,
    size: Column<u32>,
    sums: Vec<StratumSums>,
    /// By stratum: Σ k².
    size_squared: Vec<f64>,
    n: usize,
    /// How many of the curve's changes have been made.
    made: usize,
}

impl<'r> Paired<'r> {
    /// At alpha 0. None: the model's score is known on none of the queries.
    pub fn start(replay: &'r Replay<'r>, curve: &Curve, against: Rival) -> Option<Paired<'r>> {
        let outcomes = &replay.facts.scored.outcomes;
        let known = |q: usize| Some(against.share * outcomes.score(q, against.model)?);
        Paired::beside(replay, curve, &known)
    }

    /// The same beside any score: `known` tells it of a query, or None.
    pub fn beside(
        replay: &'r Replay<'r>,
        curve: &Curve,
        known: &dyn Fn(usize) -> Option<f64>,
    ) -> Option<Paired<'r>> {
        let scored = &replay.facts.scored;
        let pager = &replay.facts.pager;
        let compared = curve.queries.filter(pager, |q| known(q).is_some());
        if compared.is_empty() {
            return None;
        }
        let mut unit = Column::with_capacity(pager, scored.len());
        let mut size: Column<u32> = Column::with_capacity(pager, compared.len());
        let mut next = compared.iter();
        let keys = compared.iter().map(|q| (scored.dataset(q), scored.unit(q)));
        let strata = Strata::new(keys, |u| {
            let q = next.next().unwrap_or(0);
            (unit.len()..q).for_each(|_| unit.push(NOT_COMPARED));
            unit.push(u);
            if u as usize == size.len() {
                size.push(1)
            } else {
                size.set(u as usize, size.get(u as usize) + 1)
            }
        });
        (unit.len()..scored.len()).for_each(|_| unit.push(NOT_COMPARED));
        let mut total = Column::with_capacity(pager, size.len());
        (0..size.len()).for_each(|_| total.push(0.0));
        // Each of the k queries of a unit adds k, which makes k² of them.
        let mut size_squared = vec![0.0; strata.units.len()];
        for q in compared.iter() {
            let k = size.get(unit.get(q) as usize);
            size_squared[strata.of[scored.dataset(q)] as usize] += f64::from(k);
        }
        let mut paired = Paired {
            replay,
            unit,
            total,
            size,
            sums: vec![StratumSums::default(); strata.units.len()],
            size_squared,
            n: compared.len(),
            made: 0,
            strata,
        };
        for (q, path) in curve.queries.iter().zip(curve.first()) {
            let other = known(q).unwrap_or(0.0);
            paired.add(q, replay.path(q, path).score - other);
        }
        Some(paired)
    }

    fn add(&mut self, q: usize, difference: f64) {
        let unit = match self.unit.get(q) {
            NOT_COMPARED => return,
            unit => unit as usize,
        };
        let stratum = self.strata.of[self.replay.facts.scored.dataset(q)] as usize;
        let (before, k) = (self.total.get(unit), f64::from(self.size.get(unit)));
        let after = before + difference;
        self.total.set(unit, after);
        let sums = &mut self.sums[stratum];
        sums.t.add(difference);
        sums.t_squared.add(after * after - before * before);
        sums.t_size.add(k * difference);
    }

    /// Makes every change of the curve up to `alpha`, itself included.
    pub fn advance(&mut self, curve: &Curve, alpha: f64) {
        while let Some(c) = curve.change(self.made).filter(|c| c.alpha <= alpha) {
            let score = |path| self.replay.path(c.query(), path).score;
            self.add(c.query(), score(c.to()) - score(c.from()));
            self.made += 1;
        }
    }

    /// The queries compared.
    pub fn n(&self) -> usize {
        self.n
    }

    /// The difference at the alpha at hand.
    pub fn difference(&self) -> Difference {
        let n = self.n as f64;
        let mut sum = Sum::default();
        let mut squares = Sum::default();
        for (s, sums) in self.sums.iter().enumerate() {
            let t = sums.t.value();
            sum.add(t);
            let units = self.strata.units[s] as f64;
            if units > 1.0 {
                let m = t / self.strata.queries[s] as f64;
                let spread = sums.t_squared.value() - 2.0 * m * sums.t_size.value()
                    + m * m * self.size_squared[s];
                squares.add(units / (units - 1.0) * spread.max(0.0));
            }
        }
        Difference {
            mean: sum.value() / n,
            se: self
                .strata
                .vary()
                .then(|| squares.value().max(0.0).sqrt() / n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::collect::sample;
    use crate::data::fact::Wanted;
    use crate::data::queries::Queries;

    fn text(scores: &[(&str, f64, f64)]) -> String {
        let line = |(i, (dataset, a, b)): (usize, &(&str, f64, f64))| {
            format!("{{\"id\":\"{i}\",\"dataset\":\"{dataset}\",\"outcomes\":{{\"a\":{{\"score\":{a}}},\"b\":{{\"score\":{b}}}}},\"routes\":{{\"r\":[{{\"alpha\":0,\"model\":\"a\"}},{{\"alpha\":0.5,\"model\":\"b\"}}]}}}}")
        };
        let lines: Vec<String> = scores.iter().enumerate().map(line).collect();
        lines.join("\n")
    }

    #[test]
    fn the_standard_error_is_that_of_a_stratified_mean() {
        let scores = [
            ("x", 1.0, 0.0),
            ("x", 0.0, 0.0),
            ("x", 1.0, 1.0),
            ("y", 0.0, 1.0),
            ("y", 0.2, 0.1),
        ];
        let facts = sample::facts(&text(&scores), &Wanted::default()).unwrap();
        let replay = Replay::new(&facts);
        let curve = Curve::new(&facts.pager, &facts.routes[0], &Queries::all(5));
        let against = Rival {
            model: 1,
            share: 1.0,
        };
        let mut paired = Paired::start(&replay, &curve, against).unwrap();
        let d = paired.difference();
        // x: 1, 0, 0 around 1/3: squares 2/3, times 3/2. y: -1, 0.1: 0.605, times 2.
        let se = (2.0 / 3.0 * 1.5 + 0.605 * 2.0_f64).sqrt() / 5.0;
        assert!((d.mean - 0.1 / 5.0).abs() < 1e-12, "{d:?}");
        assert!((d.se.unwrap() - se).abs() < 1e-12, "{d:?} {se}");
        paired.advance(&curve, 0.5);
        let same = paired.difference();
        assert!(
            same.mean.abs() < 1e-12 && same.se.unwrap() < 1e-7,
            "{same:?}"
        );
        let first = Queries::all(5).filter(&facts.pager, |q| q == 0);
        let single = Curve::new(&facts.pager, &facts.routes[0], &first);
        let alone = Paired::start(&replay, &single, against).unwrap();
        assert_eq!(alone.difference().se, None);
    }
}
