//! Operating points of a calibration curve: within a budget, of a quality, not below the
//! best single model.

use crate::file::header::{Calibration, CalibrationPoint};
use rb_learn::normal::Z;
use rb_record::error::{Error, Result};
use rb_record::record::resource::Resource;

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
    use crate::file::header::BestSingle;

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
