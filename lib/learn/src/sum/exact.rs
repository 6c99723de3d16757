//! A sum without any rounding, so that sums of parts add up to the sum of the
//! whole in every order.
//!
//! It is kept as numbers that do not overlap, which together are the sum (Shewchuk
//! 1997, Adaptive Precision Floating-Point Arithmetic). Only what is read off is
//! rounded, once, to the nearest, ties to even. O(1) a term for terms of like sizes;
//! a few numbers of memory. Terms are finite and so small that no sum of them
//! overflows.

use serde::{Deserialize, Serialize};

/// An exact sum of f64. As JSON: numbers that add up to it, the largest first, each
/// the nearest f64 to what those before it leave; so equal sums are equal texts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<f64>", into = "Vec<f64>")]
pub struct ExactSum(
    // Not overlapping, ascending in size, none zero.
    Vec<f64>,
);

impl ExactSum {
    /// One term more; finite.
    pub fn add(&mut self, term: f64) {
        let mut x = term;
        let mut kept = 0;
        for at in 0..self.0.len() {
            let mut y = self.0[at];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                self.0[kept] = low;
                kept += 1;
            }
            x = high;
        }
        self.0.truncate(kept);
        if x != 0.0 {
            self.0.push(x);
        }
    }

    /// All terms of another sum more.
    pub fn add_all(&mut self, other: &ExactSum) {
        other.0.iter().for_each(|&x| self.add(x));
    }

    /// What is left without the terms of another sum.
    pub fn without(&self, other: &ExactSum) -> ExactSum {
        let mut rest = self.clone();
        other.0.iter().for_each(|&x| rest.add(-x));
        rest
    }

    /// The f64 nearest to the sum.
    pub fn value(&self) -> f64 {
        let mut rest = self.0.iter().rev().copied();
        let mut high = rest.next().unwrap_or(0.0);
        let mut low = 0.0;
        for y in rest.by_ref() {
            let x = high;
            high = x + y;
            low = y - (high - x);
            if low != 0.0 {
                break;
            }
        }
        // Half a last place was rounded to even; what comes after may say otherwise.
        if rest.next().is_some_and(|next| (next > 0.0) == (low > 0.0)) {
            let twice = low * 2.0;
            let other = high + twice;
            if twice == other - high {
                high = other;
            }
        }
        high
    }
}

impl From<ExactSum> for Vec<f64> {
    fn from(mut sum: ExactSum) -> Vec<f64> {
        let mut numbers = Vec::new();
        loop {
            let nearest = sum.value();
            if nearest == 0.0 {
                return numbers;
            }
            numbers.push(nearest);
            sum.add(-nearest);
        }
    }
}

impl From<Vec<f64>> for ExactSum {
    fn from(numbers: Vec<f64>) -> ExactSum {
        numbers.into_iter().collect()
    }
}

impl FromIterator<f64> for ExactSum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> ExactSum {
        let mut sum = ExactSum::default();
        terms.into_iter().for_each(|x| sum.add(x));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::hash;

    /// Terms of sizes from 1e-30 to 1e30, of both signs.
    fn terms(n: usize, seed: u64) -> Vec<f64> {
        let draw = |i: usize, what: &str| hash::unit(hash::text(seed, what, &i.to_string()));
        (0..n)
            .map(|i| (draw(i, "value") - 0.4) * 10f64.powi((draw(i, "size") * 60.0) as i32 - 30))
            .collect()
    }

    /// The order in which a hash puts them.
    fn shuffled(terms: &[f64], seed: u64) -> Vec<f64> {
        let mut order: Vec<usize> = (0..terms.len()).collect();
        order.sort_by_key(|i| hash::text(seed, "order", &i.to_string()));
        order.into_iter().map(|i| terms[i]).collect()
    }

    fn text(sum: &ExactSum) -> String {
        serde_json::to_string(sum).unwrap()
    }

    #[test]
    fn parts_in_any_number_and_order_are_the_whole() {
        for seed in 0..40 {
            let terms = terms(200, seed);
            let whole: ExactSum = terms.iter().copied().collect();
            for parts in [1, 2, 7, 200] {
                let mixed = shuffled(&terms, seed * 1000 + parts as u64);
                let mut sum = ExactSum::default();
                for part in mixed.chunks(terms.len().div_ceil(parts)) {
                    let part: ExactSum = part.iter().copied().collect();
                    // Through text, as a file has it.
                    let read: ExactSum = serde_json::from_str(&text(&part)).unwrap();
                    assert_eq!(text(&read), text(&part));
                    sum.add_all(&read);
                }
                assert_eq!(text(&sum), text(&whole), "{parts} parts, seed {seed}");
                assert_eq!(sum.value().to_bits(), whole.value().to_bits());
            }
        }
    }

    #[test]
    fn what_rounding_loses_is_kept() {
        let sum: ExactSum = [1e100, 1.0, -1e100, 1e-9].into_iter().collect();
        assert_eq!(sum.value(), 1.000000001);
        let tenths: ExactSum = std::iter::repeat_n(0.1, 10).collect();
        assert_eq!(tenths.value(), 1.0);
        let whole: ExactSum = terms(50, 7).into_iter().collect();
        assert_eq!(text(&whole.without(&whole)), "[]");
        assert_eq!(ExactSum::default().value(), 0.0);
    }

    #[test]
    fn half_a_last_place_goes_where_the_rest_says() {
        let half = f64::EPSILON / 2.0;
        let sum = |terms: &[f64]| terms.iter().copied().collect::<ExactSum>().value();
        assert_eq!(sum(&[1.0, half]), 1.0);
        assert_eq!(sum(&[1.0, half, 1e-40]), 1.0 + f64::EPSILON);
        assert_eq!(sum(&[1.0, half, -1e-40]), 1.0);
        assert_eq!(sum(&[1.0 + f64::EPSILON, half]), 1.0 + 2.0 * f64::EPSILON);
        assert_eq!(sum(&[1.0 + f64::EPSILON, half, -1e-40]), 1.0 + f64::EPSILON);
    }
}
