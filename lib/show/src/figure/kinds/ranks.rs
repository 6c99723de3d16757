//! Several ways of answering on several datasets: mean ranks, Friedman's test of
//! whether they differ at all, and Nemenyi's critical difference of two mean ranks.
//! Source: Demšar 2006, Statistical comparisons of classifiers over multiple data sets,
//! JMLR 7, 1–30. With N datasets and k ways, mean ranks R_j (1 is best, ties share
//! their mean):
//!
//! - χ²_F = 12N/(k(k+1)) · (Σ R_j² − k(k+1)²/4), with k − 1 degrees of freedom (ties
//!   are not corrected for, as there: the test is then a little too careful);
//! - CD = q · √(k(k+1)/(6N)), q the 95 % quantile of the studentised range of k with
//!   infinitely many degrees of freedom, over √2.

/// What the tests say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ranks {
    /// Of each way, 1 the best.
    pub(super) means: Vec<f64>,
    /// χ²_F.
    pub(super) friedman: f64,
    /// The chance of so large a χ²_F where no way differs.
    pub(super) p: f64,
    /// Two mean ranks that differ by less are not told apart, at 5 %.
    pub(super) critical: f64,
}

impl Ranks {
    /// Of `table`: a row a dataset, a figure a way, higher is better; all rows of one
    /// length of at least two.
    pub(super) fn of(table: &[Vec<f64>]) -> Ranks {
        let (n, k) = (table.len() as f64, table[0].len());
        let mut means = vec![0.0; k];
        for row in table {
            for (mean, rank) in means.iter_mut().zip(ranked(row)) {
                *mean += rank / n;
            }
        }
        let f = k as f64;
        let squares: f64 = means.iter().map(|r| r * r).sum();
        let off = squares - f * (f + 1.0) * (f + 1.0) / 4.0;
        let friedman = (12.0 * n / (f * (f + 1.0)) * off).max(0.0);
        Ranks {
            means,
            friedman,
            p: 1.0 - gamma(k - 1, friedman / 2.0),
            critical: studentised(k) / 2f64.sqrt() * (f * (f + 1.0) / (6.0 * n)).sqrt(),
        }
    }
}

/// The rank of each figure, the largest 1; equal ones share the mean of their ranks.
fn ranked(row: &[f64]) -> Vec<f64> {
    let rank = |v: &f64| {
        let above = row.iter().filter(|o| *o > v).count() as f64;
        let equal = row.iter().filter(|o| *o == v).count() as f64;
        above + (equal + 1.0) / 2.0
    };
    row.iter().map(rank).collect()
}

/// The regularised lower incomplete gamma function P(h/2, x), by its series: the
/// distribution of χ² with h degrees of freedom at 2x.
fn gamma(h: usize, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x > 500.0 {
        return 1.0;
    }
    let a = h as f64 / 2.0;
    // ln Γ(a + 1) from Γ(1) = 1 or Γ(1/2) = √π upwards.
    let (mut ln, mut at) = match h % 2 {
        0 => (0.0, 1.0),
        _ => (std::f64::consts::PI.ln() / 2.0, 0.5),
    };
    while at < a + 0.75 {
        ln += f64::ln(at);
        at += 1.0;
    }
    let (mut term, mut sum) = (1.0, 1.0);
    let mut i = 1.0;
    while term > sum * 1e-16 {
        term *= x / (a + i);
        sum += term;
        i += 1.0;
    }
    (a * x.ln() - x - ln + sum.ln()).exp().min(1.0)
}

/// The standard normal distribution.
fn normal(z: f64) -> f64 {
    let half = gamma(1, z * z / 2.0) / 2.0;
    if z < 0.0 {
        0.5 - half
    } else {
        0.5 + half
    }
}

/// The 95 % quantile of the range of k standard normal values: the q at which
/// k ∫ φ(z) (Φ(z) − Φ(z − q))^(k−1) dz = 0.95, by halving.
fn studentised(k: usize) -> f64 {
    let steps = 400;
    let (from, to) = (-8.0, 8.0);
    let width = (to - from) / f64::from(steps);
    let below = |q: f64| {
        let at = |i: i32| {
            let z = from + width * f64::from(i);
            let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
            density * (normal(z) - normal(z - q)).powi(k as i32 - 1)
        };
        // A density that is nothing at both ends: the plain sum is exact enough.
        k as f64 * width * (0..=steps).map(at).sum::<f64>()
    };
    let (mut low, mut high) = (0.0, 12.0);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if below(middle) < 0.95 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_critical_values_are_the_published_ones() {
        // Demšar 2006, table 5a, at 5 %.
        for (k, q) in [
            (2, 1.960),
            (3, 2.343),
            (4, 2.569),
            (5, 2.728),
            (6, 2.850),
            (10, 3.164),
        ] {
            let own = studentised(k) / 2f64.sqrt();
            assert!((own - q).abs() < 1e-3, "{k}: {own}");
        }
    }

    #[test]
    fn chi_square_is_that_of_tables() {
        // 95 % quantiles.
        for (h, x) in [
            (1, 3.841),
            (2, 5.991),
            (3, 7.815),
            (10, 18.307),
            (39, 54.572),
        ] {
            assert!((gamma(h, x / 2.0) - 0.95).abs() < 1e-4, "{h}");
        }
        assert!((normal(1.959964) - 0.975).abs() < 1e-6);
        assert!((normal(-1.0) - 0.158655).abs() < 1e-6);
    }

    #[test]
    fn ranks_and_friedman_of_a_small_table_by_hand() {
        let table = [
            vec![0.9, 0.8, 0.7],
            vec![0.9, 0.7, 0.7],
            vec![0.6, 0.7, 0.5],
            vec![0.9, 0.8, 0.7],
        ];
        let ranks = Ranks::of(&table);
        assert_eq!(ranks.means, [1.25, 1.875, 2.875]);
        // 12·4/12 · (1.5625 + 3.515625 + 8.265625 − 12) = 5.375
        assert!((ranks.friedman - 5.375).abs() < 1e-12);
        assert!((ranks.p - (-5.375f64 / 2.0).exp()).abs() < 1e-12);
        assert!((ranks.critical - 2.3437 * (0.5f64).sqrt()).abs() < 1e-3);
    }
}
