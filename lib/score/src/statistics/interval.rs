//! What resampled values of a figure tell of it: a percentile interval, a
//! standard error, and whether it differs from 0.

/// A two-sided 95 % interval.
pub type Interval = (f64, f64);

/// The percentile interval of resampled values; None without any.
pub fn interval(mut values: Vec<f64>) -> Option<Interval> {
    if values.is_empty() || values.iter().any(|v| !v.is_finite()) {
        return None;
    }
    // The two values around each end, without the order of all.
    let mut at = |share: f64| {
        let place = share * (values.len() - 1) as f64;
        let (_, low, above) = values.select_nth_unstable_by(place as usize, f64::total_cmp);
        let next = above.iter().copied().min_by(f64::total_cmp);
        *low + (next.unwrap_or(*low) - *low) * place.fract()
    };
    Some((at(0.025), at(0.975)))
}

/// The standard deviation of resampled values; None of fewer than two.
pub fn standard_error(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt())
}

/// The two-sided p value of a difference being 0, by the share of resamples on
/// the other side of it: below 0.05 where the interval leaves out 0.
pub fn p_value(values: &[f64]) -> Option<f64> {
    let below = values.iter().filter(|v| **v <= 0.0).count();
    let above = values.iter().filter(|v| **v >= 0.0).count();
    let n = values.len() as f64;
    (!values.is_empty()).then(|| (2.0 * (below.min(above) + 1) as f64 / (n + 1.0)).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_an_interval_lie_between_values_in_their_order() {
        for n in [1, 2, 3, 39, 40, 41, 1000] {
            let values: Vec<f64> = (0..n).map(|i| ((i * 37) % n) as f64).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let ends = [0.025, 0.975].map(|share: f64| {
                let place = share * (n - 1) as f64;
                let (low, high) = (sorted[place as usize], sorted[place.ceil() as usize]);
                low + (high - low) * place.fract()
            });
            assert_eq!(interval(values), Some((ends[0], ends[1])), "{n}");
        }
    }

    #[test]
    fn p_values_and_intervals_agree_on_zero() {
        let around = |shift: f64| (0..2000).map(move |i| i as f64 / 2000.0 + shift);
        for (shift, low) in [(-0.02, true), (-0.03, false), (0.1, true), (-0.5, false)] {
            let values: Vec<f64> = around(shift).collect();
            let p = p_value(&values).unwrap();
            let (lower, _) = interval(values).unwrap();
            assert_eq!((p < 0.05, lower > 0.0), (low, low), "{shift}: {p} {lower}");
        }
    }
}
