//! Normal values: the quantile behind 95 % intervals, and the expected maximum of two.

/// The standard normal's 97.5 % quantile: a 95 % interval is so many standard errors
/// to either side.
pub const Z: f64 = 1.959963984540054;

/// E[max(A, B)] of normal A and B with these means whose difference has the
/// standard deviation `theta` (Clark 1961).
pub fn expected_max(a: f64, b: f64, theta: f64) -> f64 {
    let gap = (a - b).abs();
    if theta <= 0.0 {
        return a.max(b);
    }
    let z = gap / theta;
    let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    a.max(b) + theta * density - gap * upper_tail(z)
}

/// P(Z > z) of a standard normal Z, z ≥ 0 (Abramowitz and Stegun 1964, 26.2.17;
/// error under 7.5e-8).
fn upper_tail(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.2316419 * z);
    let series = [
        1.330274429,
        -1.821255978,
        1.781477937,
        -0.356563782,
        0.31938153,
    ];
    let sum = series.iter().fold(0.0, |sum, c| (sum + c) * t);
    (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of two normal values' maximum over a fine grid of their gap.
    fn by_sum(a: f64, b: f64, theta: f64) -> f64 {
        const N: i32 = 200_000;
        let step = 16.0 / f64::from(N);
        let density = |z: f64| (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let gains = (0..=N).map(|i| {
            let z = -8.0 + step * f64::from(i);
            (a - b + theta * z).max(0.0) * density(z) * step
        });
        b + gains.sum::<f64>()
    }

    #[test]
    fn the_expected_maximum_is_that_of_the_normal_distribution() {
        for (a, b, theta) in [
            (0.5, 0.5, 0.1),
            (0.7, 0.4, 0.2),
            (0.2, 0.9, 0.5),
            (0.3, 0.31, 0.01),
        ] {
            let (found, wanted) = (expected_max(a, b, theta), by_sum(a, b, theta));
            assert!(
                (found - wanted).abs() < 1e-6,
                "{a} {b} {theta}: {found} {wanted}"
            );
            assert_eq!(found, expected_max(b, a, theta));
        }
        assert_eq!(expected_max(0.2, 0.3, 0.0), 0.3);
    }
}
