//! The default split: each distinct prompt has a place u in [0, 1) by hash, so
//! duplicates never straddle and adding data moves nobody. Shares are
//! approximate.

use crate::hash;
use crate::record::Split;

/// The share of train where nothing else is asked for.
pub const TRAIN: f64 = 0.7;

/// u in [0, 1) of a unit ([`crate::table::unit_of`]).
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
