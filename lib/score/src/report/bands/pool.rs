//! The single models in every resample.

use crate::metric::curve::aiq::height;
use crate::replay::tally::Tally;
use crate::report::equal_cost;
use rb_record::hull::{ndch, Point};
/// Over what a mean is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Averaging {
    /// Over queries.
    Micro,
    /// Over the datasets' means.
    Macro,
}

impl Averaging {
    /// Both, in the order of their numbers.
    pub(crate) const BOTH: [Averaging; 2] = [Averaging::Micro, Averaging::Macro];
}

/// The single models in every resample: what zero and AIQ are made of. Which
/// model is the cheapest and which the dearest is fixed by the sample itself,
/// as everything is that a resample is asked about: two cheap models of nearly
/// one cost would else change places, and the range of AIQ with them.
pub(crate) struct Pool {
    /// By model: the resampled means of its parts.
    pub(crate) means: Vec<Vec<Vec<f64>>>,
    /// By micro and macro: the places of the cheapest and the dearest model;
    /// None without costs.
    ends: Option<[(usize, usize); 2]>,
    /// At which hulls are compared; none without a range of costs.
    pub costs: Vec<f64>,
}

impl Pool {
    /// `singles`: every model alone over some queries; `means`: what
    /// [`Sample::policies`] gives for each of them.
    pub(crate) fn new(singles: &[Tally], means: Vec<Vec<Vec<f64>>>) -> Pool {
        let ends = |of: &dyn Fn(&Tally) -> Option<(f64, f64)>| {
            let known: Option<Vec<(f64, f64)>> = singles.iter().map(of).collect();
            let known = known?;
            let cheapest = (0..known.len()).min_by(|a, b| {
                let (a, b) = (known[*a], known[*b]);
                a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1))
            })?;
            let dearest = (0..known.len()).max_by(|a, b| known[*a].0.total_cmp(&known[*b].0))?;
            Some((cheapest, dearest))
        };
        let micro = ends(&|t| t.cost().zip(t.quality()));
        let over_datasets = ends(&|t| t.cost_macro().zip(t.quality_macro()));
        let costs = micro.and_then(|(cheapest, dearest)| {
            let (cheapest, dearest) = (singles[cheapest].cost()?, singles[dearest].cost()?);
            Some(equal_cost::costs(cheapest, dearest))
        });
        Pool {
            means,
            ends: micro.zip(over_datasets).map(|(a, b)| [a, b]),
            costs: costs.unwrap_or_default(),
        }
    }

    /// The models as points in resample `b`; none without costs.
    pub(crate) fn points(&self, b: usize, over: Averaging) -> Vec<Point> {
        let known = self.ends.iter().flat_map(|_| 0..self.means.len());
        known.filter_map(|m| self.point(m, b, over)).collect()
    }

    fn point(&self, m: usize, b: usize, over: Averaging) -> Option<Point> {
        Some(Point {
            quality: *self.means[m][over as usize].get(b)?,
            cost: *self.means[m][2 + over as usize].get(b)?,
        })
    }

    /// The hull of points in resample `b`, with the cheapest model's.
    pub(crate) fn hull(
        &self,
        points: impl Iterator<Item = Point>,
        b: usize,
        over: Averaging,
    ) -> Option<Vec<Point>> {
        let cheapest = self.point(self.ends?[over as usize].0, b, over)?;
        Some(ndch(&points.chain([cheapest]).collect::<Vec<Point>>()))
    }

    /// AIQ of a hull in resample `b`.
    pub(crate) fn aiq(&self, hull: &[Point], b: usize, over: Averaging) -> Option<f64> {
        let (cheapest, dearest) = self.ends?[over as usize];
        let from = self.point(cheapest, b, over)?.cost;
        let to = self.point(dearest, b, over)?.cost;
        height(hull, from, to)
    }

    /// How many resamples there are.
    pub(crate) fn len(&self) -> usize {
        self.means.first().map_or(0, |m| m[0].len())
    }
}
