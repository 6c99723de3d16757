//! Axes: where a value lies between the two ends, and where the ticks stand.

/// Between these the ratio of two values is finite, and so are its decades.
const ENDS: (f64, f64) = (1e-100, 1e100);

/// A linear or a logarithmic axis. On a logarithmic one, 0 has no place; the
/// caller sets it apart.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)] // the ends
pub enum Axis {
    /// Equal steps for equal differences.
    Linear { low: f64, high: f64 },
    /// Equal steps for equal ratios; both ends positive.
    Log { low: f64, high: f64 },
}

impl Axis {
    /// A linear axis over the values, with some air at both ends.
    pub fn linear(low: f64, high: f64) -> Axis {
        let air = 0.05 * (high - low).max(1e-9);
        Axis::Linear {
            low: low - air,
            high: high + air,
        }
    }

    /// A logarithmic axis over positive values, at least a factor of two wide.
    /// What lies beyond its [`ENDS`] is drawn at the edge.
    pub fn log(low: f64, high: f64) -> Axis {
        let (low, high) = (low.clamp(ENDS.0, ENDS.1), high.clamp(ENDS.0, ENDS.1));
        let narrow = (2f64.ln() - (high / low).ln()).max(0.0) / 2.0;
        let air = narrow + 0.05 * (high / low).ln();
        Axis::Log {
            low: low * (-air).exp(),
            high: high * air.exp(),
        }
    }

    /// 0 at the lower end, 1 at the upper, held between them.
    pub fn at(&self, v: f64) -> f64 {
        let share = match *self {
            Axis::Linear { low, high } => (v - low) / (high - low),
            Axis::Log { low, .. } if v <= low => 0.0,
            Axis::Log { low, high } => (v / low).ln() / (high / low).ln(),
        };
        share.clamp(0.0, 1.0)
    }

    /// Whether the value lies between the ends.
    pub fn holds(&self, v: f64) -> bool {
        match *self {
            Axis::Linear { low, high } | Axis::Log { low, high } => (low..=high).contains(&v),
        }
    }

    /// The value at a share of the axis.
    pub fn value(&self, share: f64) -> f64 {
        match *self {
            Axis::Linear { low, high } => low + share * (high - low),
            Axis::Log { low, high } => low * (high / low).powf(share),
        }
    }

    /// Round values within the axis, at most about `most`, with their labels.
    pub fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        match *self {
            Axis::Linear { low, high } => linear_ticks(low, high, most),
            Axis::Log { low, high } => log_ticks(low, high, most),
        }
    }
}

fn linear_ticks(low: f64, high: f64, most: usize) -> Vec<(f64, String)> {
    let rough = (high - low) / most.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0];
    let factor = factors
        .into_iter()
        .find(|f| f * power >= rough * (1.0 - 1e-9));
    let step = factor.unwrap_or(10.0) * power;
    let decimals = (-(step * (1.0 + 1e-9)).log10().floor()).clamp(0.0, 12.0) as usize;
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    let at = |i: i64| {
        let v = i as f64 * step;
        (v, crate::text::grouped(&format!("{v:.decimals$}")))
    };
    (first..=last).map(at).collect()
}

/// The decades; with 2 and 5, or with all nine, where decades alone are few.
fn log_ticks(low: f64, high: f64, most: usize) -> Vec<(f64, String)> {
    let within = |factors: &[u8]| -> Vec<(f64, String)> {
        let (from, to) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let decade = |e: i32| factors.iter().map(move |f| (*f, e));
        let all = (from..=to).flat_map(decade).map(|(f, e)| {
            let decimals = (-e).clamp(0, 15) as usize;
            let v: f64 = format!("{f}e{e}").parse().unwrap_or(f64::NAN);
            (v, crate::text::grouped(&format!("{v:.decimals$}")))
        });
        all.filter(|(v, _)| *v >= low && *v <= high).collect()
    };
    let few = 4;
    let decades = within(&[1]);
    let fine = within(&[1, 2, 5]);
    let finest = within(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    if decades.len() > most {
        let every = decades.len().div_ceil(most);
        return decades.into_iter().step_by(every).collect();
    }
    if fine.len() >= few && fine.len() <= most {
        return fine;
    }
    if fine.len() < few {
        return if finest.len() >= 3 {
            finest
        } else {
            linear_ticks(low, high, few)
        };
    }
    decades
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: Axis, most: usize) -> Vec<String> {
        axis.ticks(most).into_iter().map(|t| t.1).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        let linear = Axis::Linear {
            low: 61.2,
            high: 86.9,
        };
        assert_eq!(labels(linear, 8), ["65", "70", "75", "80", "85"]);
        let narrow = Axis::Linear {
            low: 83.61,
            high: 83.97,
        };
        assert_eq!(labels(narrow, 5), ["83.7", "83.8", "83.9"]);
        let log = Axis::Log {
            low: 0.015,
            high: 22.0,
        };
        assert_eq!(
            labels(log, 12),
            ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10", "20"]
        );
        assert_eq!(labels(log, 5), ["0.1", "1", "10"]);
        let wide = Axis::Log {
            low: 1e-7,
            high: 2e4,
        };
        assert!(labels(wide, 6).len() <= 6);
        let tiny = Axis::Log {
            low: 4.1,
            high: 4.4,
        };
        assert!(tiny.ticks(8).len() >= 3);
        let one_decade = Axis::Log {
            low: 0.9,
            high: 4.0,
        };
        assert_eq!(labels(one_decade, 12), ["0.9", "1", "2", "3", "4"]);
    }

    #[test]
    fn values_at_the_ends_of_the_range_have_few_ticks_too() {
        for (low, high) in [
            (5e-324, f64::MAX),
            (1.0, f64::INFINITY),
            (f64::INFINITY, f64::INFINITY),
            (5e-324, 5e-324),
        ] {
            let axis = Axis::log(low, high);
            assert!(axis.ticks(8).len() < 100, "{axis:?}");
            assert!((0.0..=1.0).contains(&axis.at(low)), "{axis:?}");
            assert!((0.0..=1.0).contains(&axis.at(high)), "{axis:?}");
        }
    }

    #[test]
    fn a_value_comes_back_from_its_place() {
        for axis in [
            Axis::log(0.01, 20.0),
            Axis::linear(3.0, 9.0),
            Axis::log(5.0, 5.0),
        ] {
            assert!((axis.at(axis.value(0.3)) - 0.3).abs() < 1e-12);
        }
        assert_eq!(Axis::log(1.0, 10.0).at(0.0), 0.0);
        assert!((Axis::log(5.0, 5.0).at(5.0) - 0.5).abs() < 1e-12);
    }
}
