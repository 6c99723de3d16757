//! A value that rises to a limit by a power law, from a few points:
//!
//! ```text
//! y(n) = most − a·n^(−b),   a ≥ 0, 0.05 ≤ b ≤ 3, most ≤ the highest it can be
//! ```
//!
//! by weighted least squares: for each b on a grid the other two are linear, and
//! the best b is refined by golden section.

const EXPONENTS: (f64, f64) = (0.05, 3.0);
const GRID: usize = 60;
const REFINED: usize = 40;

/// A fitted curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLaw {
    /// What it rises to.
    pub most: f64,
    /// At least 0; 0: flat.
    pub a: f64,
    /// The exponent.
    pub b: f64,
}

/// A limit that a fit ran into: the limit, not the data, then tells the curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// b at 0.05: it still rises as a straight line over log n.
    Slow,
    /// b at 3: all of the rise lies between the smallest sizes.
    Fast,
    /// `most` at the highest it can be.
    Highest,
}

/// Points of a curve: sizes (positive, at least two distinct ones), values and
/// weights (positive), all of one length.
#[derive(Debug, Clone, Copy)]
pub struct Points<'a> {
    /// n.
    pub sizes: &'a [f64],
    /// y.
    pub values: &'a [f64],
    /// Inverse variances, or all 1.
    pub weights: &'a [f64],
}

impl PowerLaw {
    /// The best curve through `points` that rises to no more than `highest`.
    pub fn of(points: Points, highest: f64) -> PowerLaw {
        let (low, high) = EXPONENTS;
        let ratio = (high / low).powf(1.0 / (GRID - 1) as f64);
        let at = |i: usize| low * ratio.powi(i as i32);
        let error = |b: f64| PowerLaw::at(points, highest, b).1;
        let best = (0..GRID)
            .min_by(|i, j| error(at(*i)).total_cmp(&error(at(*j))))
            .unwrap_or(0);
        // The error has one valley between the neighbours of the best.
        let (mut from, mut to) = (at(best.saturating_sub(1)), at((best + 1).min(GRID - 1)));
        let golden = (5f64.sqrt() - 1.0) / 2.0;
        for _ in 0..REFINED {
            let (left, right) = (to - golden * (to - from), from + golden * (to - from));
            if error(left) <= error(right) {
                to = right
            } else {
                from = left
            }
        }
        PowerLaw::at(points, highest, (from + to) / 2.0).0
    }

    /// The best curve of one exponent, and its squared error.
    fn at(points: Points, highest: f64, b: f64) -> (PowerLaw, f64) {
        // Relative to the smallest size, which keeps the numbers small.
        let first = points.sizes.iter().copied().fold(f64::MAX, f64::min);
        let x: Vec<f64> = points.sizes.iter().map(|n| (n / first).powf(-b)).collect();
        let all: f64 = points.weights.iter().sum();
        let mean = |v: &[f64]| {
            let sum: f64 = v.iter().zip(points.weights).map(|(v, w)| v * w).sum();
            sum / all
        };
        let (mean_x, mean_y) = (mean(&x), mean(points.values));
        let cells = || x.iter().zip(points.values).zip(points.weights);
        let xy: f64 = cells()
            .map(|((x, y), w)| w * (x - mean_x) * (y - mean_y))
            .sum();
        let xx: f64 = cells().map(|((x, _), w)| w * (x - mean_x).powi(2)).sum();
        let mut a = if xx > 0.0 { (-xy / xx).max(0.0) } else { 0.0 };
        let mut most = mean_y + a * mean_x;
        if most > highest {
            most = highest;
            let squares: f64 = cells().map(|((x, _), w)| w * x * x).sum();
            let short: f64 = cells().map(|((x, y), w)| w * x * (highest - y)).sum();
            a = (short / squares).max(0.0);
        }
        let error = cells()
            .map(|((x, y), w)| w * (y - (most - a * x)).powi(2))
            .sum();
        let a = a * first.powf(b);
        (PowerLaw { most, a, b }, error)
    }

    /// The limit that the fit ran into; None: none, or it is flat.
    pub fn bound(&self, highest: f64) -> Option<Bound> {
        let (low, high) = EXPONENTS;
        if self.a <= 0.0 {
            None
        } else if self.most >= highest {
            Some(Bound::Highest)
        } else if self.b < low * (1.0 + 1e-3) {
            Some(Bound::Slow)
        } else if self.b > high * (1.0 - 1e-3) {
            Some(Bound::Fast)
        } else {
            None
        }
    }

    /// The size at which 99 % of the most is reached; None where it is flat, or
    /// nothing is reached.
    pub fn n99(&self) -> Option<f64> {
        let short = 0.01 * self.most;
        let n = (self.a / short).powf(1.0 / self.b);
        (self.a > 0.0 && short > 0.0 && n.is_finite()).then_some(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [f64; 6] = [50.0, 100.0, 200.0, 400.0, 800.0, 1600.0];

    fn curve(most: f64, a: f64, b: f64) -> Vec<f64> {
        SIZES.iter().map(|n| most - a * n.powf(-b)).collect()
    }

    fn fit(values: &[f64], weights: [f64; 6], highest: f64) -> PowerLaw {
        let points = Points {
            sizes: &SIZES,
            values,
            weights: &weights,
        };
        PowerLaw::of(points, highest)
    }

    #[test]
    fn a_curve_without_noise_is_found_again() {
        for (most, a, b) in [(0.8, 0.9, 0.5), (0.6, 3.0, 1.2), (0.9, 0.5, 0.2)] {
            for weights in [[1.0; 6], [1.0, 2.0, 4.0, 8.0, 4.0, 900.0]] {
                let fit = fit(&curve(most, a, b), weights, 1.0);
                let near = |x: f64, y: f64| (x / y - 1.0).abs() < 1e-3;
                assert!(
                    near(fit.most, most) && near(fit.a, a) && near(fit.b, b),
                    "{fit:?}"
                );
                let n99 = fit.n99().unwrap();
                let at = most - a * n99.powf(-b);
                assert!((at / most - 0.99).abs() < 1e-4, "{at}");
            }
        }
    }

    #[test]
    fn a_point_of_little_weight_moves_the_curve_little() {
        let mut values = curve(0.8, 0.9, 0.5);
        values[2] -= 0.1;
        let off = |weight: f64| {
            let fit = fit(&values, [1.0, 1.0, weight, 1.0, 1.0, 1.0], 1.0);
            (fit.most - 0.8).abs()
        };
        assert!(
            off(1e-6) < 1e-4 && off(1.0) > 0.01,
            "{} {}",
            off(1e-6),
            off(1.0)
        );
    }

    #[test]
    fn the_most_is_kept_below_the_highest_and_what_falls_has_nothing_to_learn() {
        let fit_of = |values: &[f64], highest| fit(values, [1.0; 6], highest);
        let fit = fit_of(&curve(0.9, 0.8, 0.1), 0.7);
        assert_eq!(fit.most, 0.7);
        let falling = [0.6, 0.59, 0.58, 0.58, 0.57, 0.57];
        let fit = fit_of(&falling, 1.0);
        assert_eq!((fit.a, fit.n99()), (0.0, None));
        assert!((fit.most - falling.iter().sum::<f64>() / 6.0).abs() < 1e-12);
        let flat = fit_of(&[0.5; 6], 1.0);
        assert_eq!((flat.most, flat.a), (0.5, 0.0));
    }

    #[test]
    fn a_fit_at_its_bound_is_known_as_one() {
        let of = |values: &[f64], highest| fit(values, [1.0; 6], highest).bound(highest);
        assert_eq!(of(&curve(0.8, 0.9, 0.5), 1.0), None);
        let straight: Vec<f64> = SIZES.iter().map(|n| 0.5 + 0.04 * n.ln()).collect();
        assert_eq!(of(&straight, 10.0), Some(Bound::Slow));
        let step = [0.5, 0.6, 0.6, 0.6, 0.6, 0.6];
        assert_eq!(of(&step, 1.0), Some(Bound::Fast));
        assert_eq!(of(&curve(0.9, 0.8, 0.1), 0.7), Some(Bound::Highest));
        assert_eq!(of(&[0.5; 6], 1.0), None);
    }
}
