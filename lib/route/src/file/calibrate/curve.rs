//! What routes come to: quality and cost of a table's queries at each alpha.

use crate::estimates::Steps;
use crate::file::calibrate::held_out::{HeldOut, Seen};
use crate::file::header::{BestSingle, Calibration, CalibrationPoint};
use crate::table::impute::{self, column_means, Targets};
use crate::table::Table;
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// The most points kept.
const POINTS: usize = 201;

/// The most times that costs are raised or lowered by what routes of seen queries spend:
/// where next to nothing is spent, the ratio says little.
const MOST: f64 = 10.0;

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

/// Quality and cost at breakpoints of routes over dense targets, and at the alphas of
/// `also`.
fn replay(
    routes: &[Steps],
    also: impl Iterator<Item = f64>,
    targets: &Targets,
    models: &[String],
) -> Replayed {
    let n = routes.len().max(1) as f64;
    let best = (0..models.len()).reduce(|a, b| {
        if targets.mean_score[b] > targets.mean_score[a] {
            b
        } else {
            a
        }
    });
    let best_score = |i: usize| best.map_or(0.0, |m| targets.score[[i, m]]);
    let mut events: Vec<(f64, Sums)> = also.map(|alpha| (alpha, Sums::default())).collect();
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
        let quality = (sums.score / n).clamp(0.0, 1.0);
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

/// The mean cost at one alpha of `routes`, of those `rows` of `cost` (n×K).
fn cost_at(routes: &[Steps], rows: &[usize], cost: &Array2<f64>, alpha: f64) -> f64 {
    let of = |(steps, &row): (&Steps, &usize)| -> f64 {
        let begun = steps.partition_point(|step| step.alpha <= alpha);
        let step = begun.checked_sub(1).map(|last| &steps[last]);
        step.map_or(0.0, |step| {
            step.calls().iter().map(|&m| cost[[row, m]]).sum()
        })
    };
    routes.iter().zip(rows).map(of).sum::<f64>() / rows.len().max(1) as f64
}

impl Seen {
    /// Where costs change, quality or no.
    fn breakpoints(&self) -> impl Iterator<Item = f64> + '_ {
        let routes = self.by_whole.iter().chain(&self.by_parts);
        routes.flatten().map(|step| step.alpha)
    }

    /// How many times as much as the fits on parts the whole fit spends at one alpha;
    /// `cost`: of all of train.
    fn spends(&self, cost: &Array2<f64>, alpha: f64) -> f64 {
        let parts = cost_at(&self.by_parts, &self.rows, cost, alpha);
        if parts > 0.0 {
            let whole = cost_at(&self.by_whole, &self.rows, cost, alpha);
            (whole / parts).clamp(1.0 / MOST, MOST)
        } else {
            1.0
        }
    }
}

/// Some rows of the targets, every model's scores moved and its costs stretched until
/// their means are those of all rows: what the models are known to do on the others makes
/// up for rows that happen to be easy or cheap.
fn evened(all: &Targets, rows: &[usize]) -> Targets {
    let mut some = Targets {
        score: all.score.select(Axis(0), rows),
        cost: all.cost.select(Axis(0), rows),
        ..all.clone()
    };
    if rows.len() == all.score.nrows() {
        return some;
    }
    let (score, cost) = (column_means(&some.score), column_means(&some.cost));
    for (m, mut column) in some.score.columns_mut().into_iter().enumerate() {
        column += all.mean_score[m] - score[m];
    }
    for (m, mut column) in some.cost.columns_mut().into_iter().enumerate() {
        if cost[m] > 0.0 {
            column *= all.mean_cost[m] / cost[m];
        }
    }
    some
}

/// The curve over `table`, whose rows were all routed by a fit that saw none of them.
pub(crate) fn of_all(from: &str, routes: &[Steps], table: &Table) -> Calibration {
    curve(
        from,
        replay(
            routes,
            std::iter::empty(),
            &impute::targets(table),
            &table.models,
        ),
        table.len(),
    )
}

/// The curve of a router that was fitted on `train`, by what is held out of it.
pub(crate) fn of_held_out(held_out: &HeldOut, train: &Table) -> Calibration {
    let all = impute::targets(train);
    let mut replayed = replay(
        &held_out.routes,
        held_out.seen.iter().flat_map(Seen::breakpoints),
        &evened(&all, &held_out.rows),
        &train.models,
    );
    if let Some(seen) = &held_out.seen {
        replayed.points.par_iter_mut().for_each(|point| {
            if let Some(cost) = &mut point.cost {
                *cost *= seen.spends(&all.cost, point.alpha);
            }
        });
    }
    curve("out-of-fold", replayed, held_out.rows.len())
}

fn curve(from: &str, replayed: Replayed, n: usize) -> Calibration {
    Calibration {
        from: from.into(),
        n,
        points: replayed.points,
        best_single: replayed.best_single,
    }
}
