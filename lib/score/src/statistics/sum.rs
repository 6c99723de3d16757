//! A running sum that keeps what rounding would lose (Neumaier 1974), so that
//! a curve of tens of thousands of changes, added and taken away again, ends
//! where a fresh sum would. The error is about one rounding of the result,
//! not one a term.

/// Neumaier's compensated sum.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    /// One term more.
    pub fn add(&mut self, x: f64) {
        let t = self.sum + x;
        self.lost += if self.sum.abs() >= x.abs() {
            (self.sum - t) + x
        } else {
            (x - t) + self.sum
        };
        self.sum = t;
    }

    /// The sum so far.
    pub fn value(&self) -> f64 {
        self.sum + self.lost
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Sum {
        let mut sum = Sum::default();
        terms.into_iter().for_each(|x| sum.add(x));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_away_again_leaves_nothing_behind() {
        let mut sum = Sum::default();
        sum.add(0.3);
        (0..10_000).for_each(|i| sum.add(1e6 / (i as f64 + 0.7)));
        (0..10_000).for_each(|i| sum.add(-1e6 / (i as f64 + 0.7)));
        assert!((sum.value() - 0.3).abs() < 1e-15, "{}", sum.value());
    }
}
