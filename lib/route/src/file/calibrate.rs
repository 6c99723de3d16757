//! The calibration curve of a router: alpha → quality and cost on queries that
//! the fit did not see. `rb-route --budget` and `--quality` read it.
//!
//! With val queries, the router is replayed on them. Else train is routed by what the
//! fit itself has expected of queries that it left out, where it has
//! ([`Router::unseen`]); or train is dealt into folds, and a fold is routed by a router
//! fitted on the others, fold by fold until [`ENOUGH`] queries are routed: a large
//! train pays for one more fit, not for five. Never in-sample. Points lie at breakpoints of the exact curve, evenly by rank.

use crate::file::header::{BestSingle, Calibration, CalibrationPoint};
use crate::file::params::Params;
use crate::router::{Entry, Router, Steps};
use crate::table::{impute, Batch, Table};
use rayon::prelude::*;
use rb_learn::folds::{self, FOLDS};
use rb_learn::normal::Z;
use rb_record::error::{Error, Result};
use rb_record::record::resource::Resource;
use rb_record::stream::progress::Step;

/// The most points kept.
const POINTS: usize = 201;

/// So many routed queries tell a quality to within 0.7 points (one standard error,
/// the worst case); further fits would make the curve hardly any better.
const ENOUGH: usize = 5000;

/// A calibration curve is made of these.
struct Replayed {
    points: Vec<CalibrationPoint>,
    best_single: Option<BestSingle>,
}

/// Sums over the queries at one alpha.
#[derive(Default, Clone, Copy)]
struct Sums {
    score: f64,
    cost: f64,
    /// Of squared differences to the best single model.
    squares: f64,
}

/// Quality and cost changes at breakpoints of routes over dense targets.
fn replay(routes: &[Steps], targets: &impute::Targets, models: &[String]) -> Replayed {
    let n = routes.len().max(1) as f64;
    let best = (0..models.len()).reduce(|a, b| {
        if targets.mean_score[b] > targets.mean_score[a] {
            b
        } else {
            a
        }
    });
    let best_score = |i: usize| best.map_or(0.0, |m| targets.score[[i, m]]);
    let mut events: Vec<(f64, Sums)> = Vec::new();
    for (i, steps) in routes.iter().enumerate() {
        let mut before = Sums::default();
        for step in steps {
            let score = targets.score[[i, step.model]];
            let now = Sums {
                score,
                cost: step.calls().iter().map(|&m| targets.cost[[i, m]]).sum(),
                squares: (score - best_score(i)).powi(2),
            };
            let change = Sums {
                score: now.score - before.score,
                cost: now.cost - before.cost,
                squares: now.squares - before.squares,
            };
            events.push((step.alpha, change));
            before = now;
        }
    }
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    let best_single = best.map(|m| BestSingle {
        model: models[m].clone(),
        quality: targets.mean_score[m],
        cost: (targets.scale > 0.0).then_some(targets.mean_cost[m]),
    });
    let mut points: Vec<CalibrationPoint> = Vec::new();
    let mut sums = Sums::default();
    for (alpha, change) in events {
        sums.score += change.score;
        sums.cost += change.cost;
        sums.squares += change.squares;
        let quality = sums.score / n;
        let error = |best: &BestSingle| {
            let variance = sums.squares / n - (quality - best.quality).powi(2);
            (variance.max(0.0) / (n - 1.0).max(1.0)).sqrt()
        };
        let point = CalibrationPoint {
            alpha,
            quality,
            cost: (targets.scale > 0.0).then_some(sums.cost.max(0.0) / n),
            diff_se: best_single.as_ref().map(error),
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
    Replayed {
        points,
        best_single,
    }
}

/// The curve over `table`, routed by `routes`.
fn curve_of(from: &str, routes: &[Steps], table: &Table) -> Calibration {
    let replayed = replay(routes, &impute::targets(table), &table.models);
    Calibration {
        from: from.into(),
        n: table.len(),
        points: replayed.points,
        best_single: replayed.best_single,
    }
}

/// The curve of `router` from `val`, over the same models, as the router may see
/// it in `batch`; None: val is empty.
pub fn on_val(router: &dyn Router, val: &Table, batch: &Batch) -> Option<Calibration> {
    (!val.is_empty()).then(|| curve_of("val", &router.routes(batch), val))
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
    if let Some(routes) = router.unseen(train, seed) {
        return Ok(curve_of("out-of-fold", &routes, train));
    }
    let mut taken = 0;
    let mut parts = folds::every(&train.folds(FOLDS, seed), FOLDS);
    parts.retain(|(held, _)| {
        let is_needed = taken < ENOUGH;
        taken += held.len();
        is_needed
    });
    let step = Step::new("calibrating", "fits", Some(parts.len()));
    let routed: Vec<Result<Vec<Steps>>> = parts
        .par_iter()
        .map(|(held, rest)| {
            let part = (entry.fit)(&train.select(rest), params, seed)?;
            let steps = part.routes(&entry.batch(&train.select(held)));
            step.add(1);
            Ok(steps)
        })
        .collect();
    drop(step);
    if parts.is_empty() {
        return Ok(Calibration::none());
    }
    let mut routes: Vec<(usize, Steps)> = Vec::new();
    for ((held, _), routed) in parts.into_iter().zip(routed) {
        routes.extend(held.into_iter().zip(routed?));
    }
    routes.sort_unstable_by_key(|route| route.0);
    let (rows, routes): (Vec<usize>, Vec<Steps>) = routes.into_iter().unzip();
    Ok(curve_of("out-of-fold", &routes, &train.select(&rows)))
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
        cheapest(reaching).ok_or_else(|| {
            let most = self.points.iter().map(|p| p.quality);
            Error::usage(format!(
                "no operating point reaches quality {quality}; the best is expected to reach {}",
                most.fold(0.0, f64::max)
            ))
        })
    }

    /// How much worse than the best single model a point may be, at a confidence of
    /// 97.5 %: quality less the best single model's less 1.96 standard errors. It
    /// is that of a point fixed in advance.
    pub fn at_least(&self, point: &CalibrationPoint) -> Option<f64> {
        let best = self.best_single.as_ref()?;
        Some(point.quality - best.quality - Z * point.diff_se?)
    }

    /// The cheapest point that is shown to be worse than the best single model by
    /// no more than `margin`; without costs, the one of the best quality.
    pub fn not_below(&self, margin: f64) -> Result<CalibrationPoint> {
        self.any()?;
        let Some(best) = &self.best_single else {
            return Err(Error::router_file(
                "the router was saved without a comparison to the best single model; fit it again, or use --quality or --alpha",
            ));
        };
        let shown = |p: &&CalibrationPoint| self.at_least(p).is_some_and(|d| d >= -margin);
        cheapest(self.points.iter().filter(shown)).ok_or_else(|| {
            let most = self.points.iter().filter_map(|p| self.at_least(p));
            let most = most.fold(f64::NEG_INFINITY, f64::max);
            Error::usage(format!(
                "no operating point is shown to be worse than {} by no more than {margin} on {} queries; the nearest may be worse by {:.4}; a larger --margin or more queries help",
                best.model, self.n, -most
            ))
        })
    }

    fn any(&self) -> Result<()> {
        if !self.points.is_empty() {
            Ok(())
        } else {
            Err(Error::router_file(
            "the router has no calibration curve (it was merged of parts, fitted on one prompt, or extended without a val split); choose --alpha yourself, or fit with more queries",
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

/// Of several as cheap the best, of those the one at the smallest alpha.
fn cheapest<'p>(points: impl Iterator<Item = &'p CalibrationPoint>) -> Option<CalibrationPoint> {
    let cost = |p: &CalibrationPoint| p.cost.unwrap_or(0.0);
    points.copied().min_by(|a, b| {
        cost(a)
            .total_cmp(&cost(b))
            .then(b.quality.total_cmp(&a.quality))
            .then(a.alpha.total_cmp(&b.alpha))
    })
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
                    diff_se: Some(0.05),
                })
                .collect(),
            best_single: Some(BestSingle {
                model: "m".into(),
                quality: 0.8,
                cost: Some(6.0),
            }),
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
        // 0.9 is above 0.8 by more than 1.96 · 0.05, 0.8 may be below it by so much.
        assert_eq!(c.not_below(0.0).unwrap().alpha, 1.0);
        assert_eq!(c.not_below(0.1).unwrap().alpha, 0.4);
        assert!(c.not_below(-0.1).is_err());
    }
}
