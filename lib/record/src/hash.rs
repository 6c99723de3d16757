//! Seeded hashes of text: the source of every split, fold and draw that must
//! not depend on the order of lines or on threads.
//!
//! XXH3 (64 and 128 bits) is fast, has a published specification and gives the
//! same value on every machine.

use xxhash_rust::xxh3::{xxh3_128, xxh3_64_with_seed, Xxh3Default};

/// A hash of `text` for one `purpose`, so that draws for different purposes
/// are independent under the same seed.
pub fn text(seed: u64, purpose: &str, text: &str) -> u64 {
    let seed = xxh3_64_with_seed(purpose.as_bytes(), seed);
    xxh3_64_with_seed(text.as_bytes(), seed)
}

/// A seed of its own for one `purpose`.
pub fn seed(seed: u64, purpose: &str) -> u64 {
    xxh3_64_with_seed(purpose.as_bytes(), seed)
}

/// A hash as a number in [0, 1), its upper 53 bits.
pub fn unit(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1u64 << 53) as f64
}

/// A 128-bit digest of bytes that come piece by piece.
#[derive(Default)]
pub struct Digest(Xxh3Default);

impl Digest {
    /// The next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    /// As a number.
    pub fn number(&self) -> u128 {
        self.0.digest128()
    }
    /// In hexadecimal.
    pub fn text(&self) -> String {
        format!("{:032x}", self.0.digest128())
    }
}

/// A 128-bit digest in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_spread_evenly_and_purposes_are_independent() {
        let n = 10_000;
        let mut below = 0;
        let mut both = 0;
        for i in 0..n {
            let a = unit(text(1, "a", &i.to_string())) < 0.3;
            let b = unit(text(1, "b", &i.to_string())) < 0.3;
            below += a as usize;
            both += (a && b) as usize;
        }
        assert!((below as f64 / n as f64 - 0.3).abs() < 0.02, "{below}");
        assert!((both as f64 / n as f64 - 0.09).abs() < 0.015, "{both}");
    }
}
