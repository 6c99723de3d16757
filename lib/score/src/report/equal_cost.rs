//! Two routers at equal cost: the difference of their hulls at ten costs fixed
//! in the sample, with one band for all ten.
//!
//! ```text
//! c_j = c_min·(c_max/c_min)^(j/10), j = 1..10     (evenly spaced where c_min is 0)
//! Δ_j = hull_r(c_j) − hull_v(c_j)
//! band: Δ_j ± t·SE_j,  t the 95 % quantile over resamples of max_j |Δ_bj − Δ_j|/SE_j
//! ```
//!
//! c_min and c_max are the costs of the pool's cheapest and dearest single
//! models, as for AIQ; the cheapest model is a point of either hull. The chance
//! that any of the ten truths lies outside the band is 5 %, so a router that is
//! above another somewhere in the band is better there, though ten places were
//! looked at.

use crate::report::line::Object;
use crate::statistics::resampled::Resampled;
use rb_record::hull::{ndch_of, quality_at, Point};

/// Places at which two hulls are compared.
pub(crate) const PLACES: usize = 10;

/// The costs at which hulls are compared; none where that is no range.
pub(crate) fn costs(cheapest: f64, dearest: f64) -> Vec<f64> {
    if dearest <= cheapest {
        return Vec::new();
    }
    let at = |j: usize| {
        let share = j as f64 / PLACES as f64;
        if cheapest > 0.0 {
            cheapest * (dearest / cheapest).powf(share)
        } else {
            dearest * share
        }
    };
    (1..=PLACES).map(at).collect()
}

/// The hull's quality at `cost`, or at its first corner where that is dearer:
/// in a resample the cheapest model may cost a little more than in the sample.
pub(crate) fn read(hull: &[Point], cost: f64) -> Option<f64> {
    quality_at(hull, cost.max(hull.first()?.cost))
}

/// A hull's qualities at [`costs`].
#[derive(Debug, Clone, Default)]
pub(crate) struct HullAt {
    pub costs: Vec<f64>,
    /// By cost.
    pub quality: Vec<Resampled>,
}

impl HullAt {
    /// The hull of a curve's `points` and the cheapest single model at `costs`;
    /// `draws` by cost and resample, empty without resamples.
    pub(crate) fn new(
        points: impl Iterator<Item = Point>,
        cheapest: Point,
        costs: &[f64],
        draws: &[Vec<f64>],
    ) -> HullAt {
        let hull = ndch_of(points.chain([cheapest]));
        let quality = costs.iter().enumerate().filter_map(|(j, cost)| {
            Some(Resampled {
                value: read(&hull, *cost)?,
                draws: draws.get(j).cloned().unwrap_or_default(),
            })
        });
        HullAt {
            quality: quality.collect(),
            costs: costs.to_vec(),
        }
    }

    /// This hull less another at the same places; None where either is unknown.
    pub(crate) fn minus(&self, other: &HullAt) -> Option<Vec<Resampled>> {
        let pairs = self.quality.iter().zip(&other.quality);
        let known = !self.quality.is_empty() && self.quality.len() == other.quality.len();
        known.then(|| pairs.map(|(a, b)| a.with(b, |a, b| a - b)).collect())
    }
}

/// Half the width of the simultaneous 95 % band at every place; None without draws.
pub(crate) fn half_widths(differences: &[Resampled]) -> Option<Vec<f64>> {
    let se: Option<Vec<f64>> = differences.iter().map(Resampled::se).collect();
    let se = se?;
    let resamples = differences.first()?.draws.len();
    let mut most: Vec<f64> = (0..resamples)
        .map(|b| {
            let places = differences.iter().zip(&se).filter(|(_, se)| **se > 0.0);
            let t = places.map(|(d, se)| (d.draws[b] - d.value).abs() / se);
            t.fold(0.0, f64::max)
        })
        .collect();
    most.sort_unstable_by(f64::total_cmp);
    let t = *most.get((0.95 * resamples as f64).ceil() as usize - 1)?;
    Some(se.into_iter().map(|se| t * se).collect())
}

impl Object {
    /// `equal_cost`: an array of `{"cost":…,"diff":…,"band":[low, high]}`.
    pub(crate) fn put_equal_cost(
        &mut self,
        costs: &[f64],
        differences: Option<&[Resampled]>,
    ) -> &mut Object {
        #[derive(serde::Serialize)]
        struct Place {
            cost: f64,
            diff: f64,
            #[serde(skip_serializing_if = "Option::is_none")]
            band: Option<[f64; 2]>,
        }
        let places = differences.map(|differences| {
            let half = half_widths(differences);
            let place = |j: usize| {
                let diff = differences[j].value;
                Place {
                    cost: costs[j],
                    diff,
                    band: half.as_ref().map(|h| [diff - h[j], diff + h[j]]),
                }
            };
            (0..differences.len()).map(place).collect::<Vec<Place>>()
        });
        self.put("equal_cost", &places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::hash;

    #[test]
    fn costs_are_spaced_by_their_ratio_and_end_at_the_dearest() {
        let at = costs(1.0, 1024.0);
        assert_eq!(at.len(), PLACES);
        assert!((at[0] - 2.0).abs() < 1e-12 && (at[9] - 1024.0).abs() < 1e-9);
        assert!((costs(0.0, 5.0)[1] - 1.0).abs() < 1e-12);
        assert!(costs(2.0, 2.0).is_empty());
    }

    #[test]
    fn left_of_its_first_corner_a_hull_is_read_there() {
        let p = |cost, quality| Point { cost, quality };
        let hull = [p(1.0, 0.5), p(3.0, 0.9)];
        assert_eq!(read(&hull, 0.5), Some(0.5));
        assert_eq!(read(&hull, 2.0), Some(0.7));
        assert_eq!(read(&hull, 9.0), Some(0.9));
        assert_eq!(read(&[], 9.0), None);
    }

    /// Draws of ten unrelated figures of SE 1 around 0, by a hash.
    fn unrelated(b: usize, j: usize) -> f64 {
        let u =
            |k: usize| (hash::text(7, "t", &format!("{b} {j} {k}")) >> 11) as f64 / 2f64.powi(53);
        (0..12).map(u).sum::<f64>() - 6.0
    }

    #[test]
    fn a_band_over_ten_places_is_wider_than_ten_intervals_and_holds_95_percent() {
        let differences: Vec<Resampled> = (0..PLACES)
            .map(|j| Resampled {
                value: 0.0,
                draws: (0..4000)
                    .map(|b| unrelated(b, j) * (j + 1) as f64)
                    .collect(),
            })
            .collect();
        let half = half_widths(&differences).unwrap();
        // max of ten |z|: P(all < t) = 0.95 at t = 2.80.
        for (j, half) in half.iter().enumerate() {
            let t = half / (j + 1) as f64;
            assert!((2.6..3.0).contains(&t), "{t} at {j}");
        }
        // Ten times the same figure needs no more than one: t = 1.96.
        let same: Vec<Resampled> = (0..PLACES).map(|_| differences[0].clone()).collect();
        let t = half_widths(&same).unwrap()[3];
        assert!((1.9..2.03).contains(&t), "{t}");
    }

    #[test]
    fn where_nothing_varies_the_band_has_no_width() {
        let flat = vec![
            Resampled {
                value: 0.1,
                draws: vec![0.1; 50],
            };
            2
        ];
        assert_eq!(half_widths(&flat), Some(vec![0.0, 0.0]));
        assert_eq!(half_widths(&[Resampled::default()]), None);
    }
}
