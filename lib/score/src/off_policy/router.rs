//! What a log tells of one router: an estimate at each alpha, and the difference
//! to best-single at alpha 1.

use crate::data::queries::Queries;
use crate::off_policy::estimate::{Estimate, Estimator};
use crate::replay::Replay;
use crate::report::bands::sample::Sample;
use crate::report::contrast::Contrast;
use crate::report::scoring::Config;
use crate::statistics::resampled::Resampled;
use crate::statistics::verdict::CONSTANT;

/// Points are written at 0, 1/10 … 1.
pub(crate) const GRID: usize = 10;

/// One router: its points by alpha, and at alpha 1 the difference to best-single.
pub(crate) struct RouterEstimate {
    /// None: a route calls several models.
    pub(crate) points: Option<Vec<Estimate>>,
    pub(crate) n: usize,
    pub(crate) unrouted: usize,
    pub(crate) best: Option<Contrast>,
    pub(crate) refused: Option<String>,
}

impl RouterEstimate {
    /// At alpha 1.
    pub(crate) fn last(&self) -> Option<&Estimate> {
        self.points.as_ref()?.last()
    }

    /// Whether one model takes nearly all calls at alpha 1.
    pub(crate) fn is_constant(&self) -> bool {
        self.last().is_some_and(|end| {
            let most = end.overlap.chosen.iter().max().copied().unwrap_or(0);
            most as f64 > CONSTANT * end.overlap.n as f64
        })
    }
}

/// A router's points and its difference to best-single.
pub(crate) fn router(
    estimator: &Estimator,
    replay: &Replay,
    config: Config,
    r: usize,
    best: Option<usize>,
) -> RouterEstimate {
    let facts = replay.facts;
    let routes = &facts.routes[r];
    let queries: Queries = estimator
        .sample
        .queries
        .filter(&facts.pager, |q| routes.is_routed(q));
    let mut estimate = RouterEstimate {
        points: None,
        n: queries.len(),
        unrouted: estimator.sample.len() - queries.len(),
        best: None,
        refused: None,
    };
    let several = |q: usize| {
        routes
            .steps(q)
            .any(|(_, path)| facts.paths[path].called.len() > 1)
    };
    if queries.iter().any(several) {
        estimate.refused = Some("it calls several models for a query, of which a log knows one answer: its figures cannot be told from a log; replay it where all models answered".into());
        return estimate;
    }
    if queries.is_empty() {
        return estimate;
    }
    let sample = Sample::new(replay, &queries, config.plan());
    let chosen = |alpha: usize, q: usize| {
        let path = routes.at(q, alpha as f64 / GRID as f64);
        path.map_or(0, |path| facts.paths[path].kept)
    };
    // One more policy than points: best-single, on the same queries.
    let policies = GRID + 1 + usize::from(best.is_some());
    let mut points = estimator.estimates(&sample, policies, config.worth, |policy, q| {
        match best.filter(|_| policy > GRID) {
            Some(best) => best,
            None => chosen(policy, q),
        }
    });
    let single = best.and_then(|_| points.pop());
    let end = points.last();
    let pair = end.and_then(|e| e.quality.as_ref());
    let pair = pair.zip(single.as_ref().and_then(|s| s.quality.as_ref()));
    if !facts.oracle[r] {
        estimate.best = pair.map(|(own, best)| {
            let Resampled { value, draws } = own.with(best, |a, b| a - b);
            Contrast::new(queries.len(), value, draws)
        });
    }
    estimate.refused = end.and_then(|e| e.refused.clone());
    estimate.points = Some(points);
    estimate
}
