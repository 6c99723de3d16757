//! Learning curves: what more train queries would give. Routers named NAME@N
//! are NAME fitted on N train queries; five sizes or more make a curve
//!
//! ```text
//! Q(n) = Qmax − a·n^(−b),   a ≥ 0, 0.05 ≤ b ≤ 3, Qmax ≤ the oracle's quality
//! ```
//!
//! of quality at alpha 1, micro, by least squares: for each b on a grid the
//! other two are linear, and the best b is refined by golden section. The
//! bootstrap is joint: in a resample all sizes have the same weights, so what
//! the sizes share (the queries) does not blur their differences. n99 is the n
//! at which 99 % of Qmax is reached. A power law is what learning curves of many
//! methods follow (Hestness et al. 2017, arXiv 1712.00409), not a promise.

use crate::data::facts::Group;
use crate::report::line::Object;
use crate::report::router::score::RouterScore;
use crate::report::scoring::Scoring;
use crate::statistics::interval::{interval, Interval};
use std::collections::BTreeMap;

/// The fewest sizes of a curve.
const SIZES: usize = 5;
/// How far beyond the largest size n99 is still believed.
const BEYOND: f64 = 2.0;
const EXPONENTS: (f64, f64) = (0.05, 3.0);
const GRID: usize = 60;
const REFINED: usize = 40;

/// NAME and N of a router's name.
fn family(name: &str) -> Option<(&str, u64)> {
    let (family, size) = name.rsplit_once('@')?;
    let size = size.parse().ok().filter(|n| *n > 0)?;
    (!family.is_empty()).then_some((family, size))
}

/// The families of `routers` with the places of their members, by size.
fn families(routers: &[String]) -> BTreeMap<&str, BTreeMap<u64, usize>> {
    let mut all: BTreeMap<&str, BTreeMap<u64, usize>> = BTreeMap::new();
    for (place, name) in routers.iter().enumerate() {
        if let Some((family, size)) = family(name) {
            all.entry(family).or_default().insert(size, place);
        }
    }
    all
}

/// Notes on families that are too small for a curve.
pub(crate) fn notes(routers: &[String]) -> Vec<String> {
    let few = families(routers)
        .into_iter()
        .filter(|(_, sizes)| (2..SIZES).contains(&sizes.len()));
    few.map(|(family, sizes)| {
        format!(
            "{family} is there at {} sizes of train: a learning curve needs {SIZES}",
            sizes.len()
        )
    })
    .collect()
}

/// A fitted curve.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fit {
    most: f64,
    a: f64,
    b: f64,
}

impl Fit {
    /// Of qualities at sizes, at least two distinct ones.
    fn of(sizes: &[f64], quality: &[f64], oracle: f64) -> Fit {
        let (low, high) = EXPONENTS;
        let ratio = (high / low).powf(1.0 / (GRID - 1) as f64);
        let at = |i: usize| low * ratio.powi(i as i32);
        let error = |b: f64| Fit::at(sizes, quality, oracle, b).1;
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
        Fit::at(sizes, quality, oracle, (from + to) / 2.0).0
    }

    /// The best curve of one exponent, and its squared error.
    fn at(sizes: &[f64], quality: &[f64], oracle: f64, b: f64) -> (Fit, f64) {
        // Relative to the smallest size, which keeps the numbers small.
        let first = sizes.iter().copied().fold(f64::MAX, f64::min);
        let x: Vec<f64> = sizes.iter().map(|n| (n / first).powf(-b)).collect();
        let n = x.len() as f64;
        let mean = |v: &[f64]| v.iter().sum::<f64>() / n;
        let (mean_x, mean_y) = (mean(&x), mean(quality));
        let pairs = || x.iter().zip(quality);
        let xy: f64 = pairs().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
        let xx: f64 = x.iter().map(|x| (x - mean_x) * (x - mean_x)).sum();
        let mut a = if xx > 0.0 { (-xy / xx).max(0.0) } else { 0.0 };
        let mut most = mean_y + a * mean_x;
        if most > oracle {
            most = oracle;
            let squares: f64 = x.iter().map(|x| x * x).sum();
            a = (pairs().map(|(x, y)| x * (oracle - y)).sum::<f64>() / squares).max(0.0);
        }
        let error = pairs().map(|(x, y)| (y - (most - a * x)).powi(2)).sum();
        let a = a * first.powf(b);
        (Fit { most, a, b }, error)
    }

    /// Whether the fit ran into a limit: an exponent at the end of its range, or
    /// the most at the oracle. The limit, not the data, then tells the curve.
    fn is_at_bound(&self, oracle: f64) -> bool {
        let (low, high) = EXPONENTS;
        let at_end = self.b < low * (1.0 + 1e-3) || self.b > high * (1.0 - 1e-3);
        self.a > 0.0 && (at_end || self.most >= oracle)
    }

    /// The size at which 99 % of the most is reached; None where nothing is
    /// learnt, or nothing is reached.
    fn n99(&self) -> Option<f64> {
        let short = 0.01 * self.most;
        let n = (self.a / short).powf(1.0 / self.b);
        (self.a > 0.0 && short > 0.0 && n.is_finite()).then_some(n)
    }
}

impl Scoring<'_> {
    /// A line for each family of at least [`SIZES`] sizes that route every
    /// query. `oracle`: its quality on the same queries.
    pub(crate) fn learning_lines(
        &self,
        group: Option<&Group>,
        scores: &[RouterScore],
        oracle: f64,
    ) -> String {
        let mut out = String::new();
        for (family, members) in families(&self.facts.routers) {
            let known: Option<Vec<_>> = (members.values())
                .map(|place| Some(&scores[*place].at_one()?.quality))
                .collect();
            let Some(known) = known.filter(|k| k.len() >= SIZES) else {
                continue;
            };
            let sizes: Vec<f64> = members.keys().map(|n| *n as f64).collect();
            let quality: Vec<f64> = known.iter().map(|q| q.value).collect();
            let fit = Fit::of(&sizes, &quality, oracle);
            let resamples = known.iter().map(|q| q.draws.len()).min().unwrap_or(0);
            let drawn: Vec<Fit> = (0..resamples)
                .map(|b| {
                    let quality: Vec<f64> = known.iter().map(|q| q.draws[b]).collect();
                    Fit::of(&sizes, &quality, oracle)
                })
                .collect();
            let ends = |read: &dyn Fn(&Fit) -> Option<f64>| -> Option<Interval> {
                interval(drawn.iter().map(read).collect::<Option<Vec<f64>>>()?)
            };
            let largest = sizes.iter().copied().fold(0.0, f64::max);
            let bound = fit.is_at_bound(oracle);
            let n99 = fit.n99().filter(|_| !bound);
            let mut object = Object::new("learning");
            object
                .put("router", family)
                .put_group(group)
                .put("sizes", &members.keys().collect::<Vec<_>>())
                .put("quality", &quality)
                .put("q_max", &(!bound).then_some(fit.most));
            let mut put_ends = |name: &str, read: &dyn Fn(&Fit) -> Option<f64>| {
                if let Some(interval) = ends(read).filter(|_| !bound) {
                    object.put(name, &interval);
                }
            };
            put_ends("q_max_ci", &|f| Some(f.most));
            put_ends("n99_ci", &Fit::n99);
            object
                .put("a", &(!bound).then_some(fit.a))
                .put("b", &(fit.a > 0.0 && !bound).then_some(fit.b))
                .put("n99", &n99)
                .put("extrapolated", &n99.map(|n| n > BEYOND * largest));
            if bound {
                object.put("at_bound", &true);
            }
            object.end(&mut out);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES_OF: [f64; 6] = [50.0, 100.0, 200.0, 400.0, 800.0, 1600.0];

    fn curve(most: f64, a: f64, b: f64) -> Vec<f64> {
        SIZES_OF.iter().map(|n| most - a * n.powf(-b)).collect()
    }

    #[test]
    fn a_curve_without_noise_is_found_again() {
        for (most, a, b) in [(0.8, 0.9, 0.5), (0.6, 3.0, 1.2), (0.9, 0.5, 0.2)] {
            let fit = Fit::of(&SIZES_OF, &curve(most, a, b), 1.0);
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

    #[test]
    fn the_most_is_kept_to_the_oracle_and_what_falls_has_nothing_to_learn() {
        let fit = Fit::of(&SIZES_OF, &curve(0.9, 0.8, 0.1), 0.7);
        assert_eq!(fit.most, 0.7);
        let falling = [0.6, 0.59, 0.58, 0.58, 0.57, 0.57];
        let fit = Fit::of(&SIZES_OF, &falling, 1.0);
        assert_eq!((fit.a, fit.n99()), (0.0, None));
        assert!((fit.most - falling.iter().sum::<f64>() / 6.0).abs() < 1e-12);
        let flat = Fit::of(&SIZES_OF, &[0.5; 6], 1.0);
        assert_eq!((flat.most, flat.a), (0.5, 0.0));
    }

    #[test]
    fn a_fit_at_its_bound_is_known_as_one() {
        let free = Fit::of(&SIZES_OF, &curve(0.8, 0.9, 0.5), 1.0);
        assert!(!free.is_at_bound(1.0));
        let straight: Vec<f64> = SIZES_OF.iter().map(|n| 0.5 + 0.04 * n.ln()).collect();
        assert!(Fit::of(&SIZES_OF, &straight, 1.0).is_at_bound(1.0));
        assert!(Fit::of(&SIZES_OF, &curve(0.9, 0.8, 0.1), 0.7).is_at_bound(0.7));
        assert!(!Fit::of(&SIZES_OF, &[0.5; 6], 1.0).is_at_bound(1.0));
    }

    #[test]
    fn names_are_told_apart_by_the_number_after_the_last_at() {
        assert_eq!(family("kmeans@400"), Some(("kmeans", 400)));
        assert_eq!(family("a@b@7"), Some(("a@b", 7)));
        for name in ["kmeans", "kmeans@", "@7", "kmeans@x", "kmeans@0"] {
            assert_eq!(family(name), None);
        }
        let few: Vec<String> = ["r@1", "r@2", "s@1"].map(String::from).into();
        assert_eq!(notes(&few).len(), 1);
    }
}
