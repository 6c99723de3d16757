//! The calibration curve of a router: alpha → quality and cost on queries that
//! the fit did not see. `rb-route --budget` and `--quality` read it.
//!
//! With val queries, the router is replayed on them. Else train is dealt into
//! folds, and each fold is routed by a router fitted on the others. Never
//! in-sample. Points lie at breakpoints of the exact curve, evenly by rank.

use crate::file::header::{Calibration, CalibrationPoint};
use crate::file::params::Params;
use crate::router::{Entry, Router, Steps};
use crate::table::{impute, Batch, Table};
use rb_learn::folds::{self, FOLDS};
use rb_record::error::{Error, Result};
use rb_record::record::resource::Resource;

/// The most points kept.
const POINTS: usize = 201;

/// Quality and cost changes at breakpoints of routes over dense targets.
fn replay(routes: &[Steps], targets: &impute::Targets) -> Vec<CalibrationPoint> {
    let n = routes.len().max(1) as f64;
    let outcome = |i: usize, step: &rb_record::policy::Step<usize>| {
        let cost: f64 = step.calls().iter().map(|&m| targets.cost[[i, m]]).sum();
        (targets.score[[i, step.model]], cost)
    };
    let mut events: Vec<(f64, f64, f64)> = Vec::new();
    for (i, steps) in routes.iter().enumerate() {
        let mut before = (0.0, 0.0);
        for step in steps {
            let (s, c) = outcome(i, step);
            events.push((step.alpha, s - before.0, c - before.1));
            before = (s, c);
        }
    }
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut points: Vec<CalibrationPoint> = Vec::new();
    let (mut quality, mut cost) = (0.0, 0.0);
    for (alpha, dq, dc) in events {
        quality += dq;
        cost += dc;
        let point = CalibrationPoint {
            alpha,
            quality: quality / n,
            cost: (targets.scale > 0.0).then_some(cost.max(0.0) / n),
        };
        match points.last_mut() {
            Some(last) if last.alpha == alpha => *last = point,
            _ => points.push(point),
        }
    }
    if points.len() > POINTS {
        let last = points.len() - 1;
        points = (0..POINTS)
            .map(|i| points[i * last / (POINTS - 1)])
            .collect();
    }
    points
}

/// The curve of `router` from `val`, over the same models, as the router may see
/// it in `batch`; None: val is empty.
pub fn on_val(router: &dyn Router, val: &Table, batch: &Batch) -> Option<Calibration> {
    (!val.is_empty()).then(|| Calibration {
        from: "val".into(),
        n: val.len(),
        points: replay(&router.routes(batch), &impute::targets(val)),
    })
}

/// The curve of `router`, fitted on `train`, from `val` where there is one.
pub fn calibrate(
    entry: &Entry,
    router: &dyn Router,
    train: &Table,
    val: Option<&Table>,
    params: &Params,
    seed: u64,
) -> Result<Calibration> {
    if let Some(known) = val.and_then(|val| on_val(router, val, &entry.batch(val))) {
        return Ok(known);
    }
    let fold = train.folds(FOLDS, seed);
    let mut routes: Vec<Steps> = vec![Vec::new(); train.len()];
    for f in 0..FOLDS {
        let (held, rest) = folds::parts(&fold, f);
        if held.is_empty() {
            continue;
        }
        if rest.is_empty() {
            return Ok(Calibration {
                from: "none".into(),
                n: 0,
                points: Vec::new(),
            });
        }
        let part = (entry.fit)(&train.select(&rest), params, seed)?;
        for (i, steps) in held
            .iter()
            .zip(part.routes(&entry.batch(&train.select(&held))))
        {
            routes[*i] = steps;
        }
    }
    Ok(Calibration {
        from: "out-of-fold".into(),
        n: train.len(),
        points: replay(&routes, &impute::targets(train)),
    })
}

impl Calibration {
    /// The point of the best quality whose cost keeps to `budget` (mean a query, in
    /// the unit of what the router trades against).
    pub fn within_budget(&self, budget: f64, against: Resource) -> Result<CalibrationPoint> {
        let priced = self.priced()?;
        best(priced.filter(|p| p.cost.is_some_and(|c| c <= budget))).ok_or_else(|| {
            let least = self.points.iter().filter_map(|p| p.cost);
            Error::usage(format!(
                "no operating point costs at most {budget} {} a query; the cheapest is expected to cost {}",
                against.unit(),
                least.fold(f64::MAX, f64::min)
            ))
        })
    }

    /// The cheapest point whose quality reaches `quality`; without costs, the
    /// one of the best quality.
    pub fn reaching(&self, quality: f64) -> Result<CalibrationPoint> {
        self.any()?;
        let reaching = self.points.iter().filter(|p| p.quality >= quality);
        reaching
            .copied()
            .min_by(|a, b| {
                let cost = |p: &CalibrationPoint| p.cost.unwrap_or(0.0);
                cost(a)
                    .total_cmp(&cost(b))
                    .then(b.quality.total_cmp(&a.quality))
                    .then(a.alpha.total_cmp(&b.alpha))
            })
            .ok_or_else(|| {
                let most = self.points.iter().map(|p| p.quality);
                Error::usage(format!(
                    "no operating point reaches quality {quality}; the best is expected to reach {}",
                    most.fold(0.0, f64::max)
                ))
            })
    }

    fn any(&self) -> Result<()> {
        if !self.points.is_empty() {
            Ok(())
        } else {
            Err(Error::router_file(
            "the router has no calibration curve (it was fitted on one prompt, or extended without a val split); choose --alpha yourself, or fit with more queries",
        ))
        }
    }

    fn priced(&self) -> Result<impl Iterator<Item = CalibrationPoint> + '_> {
        self.any()?;
        if self.points.iter().any(|p| p.cost.is_some()) {
            Ok(self.points.iter().copied())
        } else {
            Err(Error::router_file(
            "the router was fitted without costs, so a budget means nothing to it; use --quality or --alpha",
        ))
        }
    }
}

fn best(points: impl Iterator<Item = CalibrationPoint>) -> Option<CalibrationPoint> {
    points.min_by(|a, b| {
        b.quality
            .total_cmp(&a.quality)
            .then(a.cost.unwrap_or(0.0).total_cmp(&b.cost.unwrap_or(0.0)))
            .then(a.alpha.total_cmp(&b.alpha))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(f64, f64, f64)]) -> Calibration {
        Calibration {
            from: "val".into(),
            n: 10,
            points: points
                .iter()
                .map(|&(alpha, quality, cost)| CalibrationPoint {
                    alpha,
                    quality,
                    cost: Some(cost),
                })
                .collect(),
        }
    }

    #[test]
    fn a_budget_buys_the_best_quality_it_can_and_a_quality_costs_the_least_it_must() {
        let c = curve(&[
            (0.0, 0.5, 1.0),
            (0.4, 0.8, 2.0),
            (0.7, 0.7, 3.0),
            (1.0, 0.9, 5.0),
        ]);
        assert_eq!(c.within_budget(3.5, Resource::Cost).unwrap().alpha, 0.4);
        assert_eq!(c.reaching(0.6).unwrap().alpha, 0.4);
        assert_eq!(c.reaching(0.9).unwrap().alpha, 1.0);
        assert!(c.within_budget(0.5, Resource::Cost).is_err());
        assert!(c.reaching(0.95).is_err());
    }
}
