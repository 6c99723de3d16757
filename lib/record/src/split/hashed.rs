//! The default split: each distinct prompt has a place u in [0, 1) by hash, so
//! duplicates never straddle, nothing depends on the order of the lines, and
//! adding data moves nobody.
//!
//! train if u < train, val if u < train + val, else test. Shares are therefore
//! approximate: of n prompts the share of train has the standard deviation
//! √(0.7·0.3/n), 1.4 points at n = 1,000. A larger val takes from test and
//! leaves train as it is.

use crate::error::{Error, Result};
use crate::hash;
use crate::record::Split;

/// The share of train where nothing else is asked for.
pub const TRAIN: f64 = 0.7;

/// u in [0, 1) of a unit ([`crate::record::unit::unit_of`]).
pub fn position(seed: u64, unit: u64) -> f64 {
    let bytes = unit.to_le_bytes();
    let seed = hash::seed(seed, "split");
    hash::unit(xxhash_rust::xxh3::xxh3_64_with_seed(&bytes, seed))
}

/// train where u < `train`, val where u < `train` + `val`, else test.
pub fn part(u: f64, train: f64, val: f64) -> Split {
    if u < train {
        Split::Train
    } else if u < train + val {
        Split::Val
    } else {
        Split::Test
    }
}

/// Refuses shares that cannot be: 0 < train, 0 ≤ val, train + val ≤ 1.
pub fn check(train: f64, val: f64) -> Result<()> {
    if !(train > 0.0 && train <= 1.0) {
        return Err(Error::usage(format!(
            "the share of train is {train}, expected more than 0 and at most 1"
        )));
    }
    if !(val >= 0.0 && train + val <= 1.0 + f64::EPSILON) {
        return Err(Error::usage(format!(
            "the shares of train and val are {train} and {val}, expected none below 0 and a sum of at most 1; test is the rest"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_near_what_was_asked_and_val_takes_from_test_only() {
        let mut counts = [0; 3];
        for unit in 0..20_000u64 {
            let u = position(7, unit);
            let now = part(u, 0.7, 0.1);
            counts[now as usize] += 1;
            assert_eq!(now == Split::Train, part(u, 0.7, 0.0) == Split::Train);
        }
        for (count, share) in counts.iter().zip([0.7, 0.1, 0.2]) {
            let got = *count as f64 / 20_000.0;
            assert!((got - share).abs() < 0.01, "{counts:?}");
        }
    }

    #[test]
    fn the_train_parts_of_two_seeds_are_independent() {
        let both = (0..20_000u64)
            .filter(|&u| position(1, u) < 0.7 && position(2, u) < 0.7)
            .count();
        assert!((both as f64 / 20_000.0 - 0.49).abs() < 0.015, "{both}");
    }

    #[test]
    fn impossible_shares_are_refused() {
        let wrong = [
            (0.0, 0.1),
            (1.1, 0.0),
            (0.7, -0.1),
            (0.7, 0.4),
            (f64::NAN, 0.0),
        ];
        for (train, val) in wrong {
            assert!(check(train, val).is_err(), "{train} {val}");
        }
        assert!(check(0.9, 0.1).is_ok());
        assert!(check(1.0, 0.0).is_ok());
    }
}
