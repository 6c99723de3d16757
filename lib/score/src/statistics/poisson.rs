//! Poisson(1) weights as hashes of (seed, resample, prompt), several resamples
//! at a time: nothing is stored, and no order matters.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Resamples computed together.
pub const LANES: usize = 8;
/// Weights a hash of 64 bits holds.
const WORDS: usize = 4;

/// One number for each of [`LANES`] resamples.
pub type Lanes = [f64; LANES];

/// Of the hashes of one block of resamples.
pub(crate) type Seeds = [u64; LANES / WORDS];

/// Adds x, weighted, to a sum.
#[inline(always)]
pub fn add(sum: &mut Lanes, x: f64, v: &Lanes) {
    for (sum, v) in sum.iter_mut().zip(v) {
        *sum += v * x;
    }
}

/// The seeds of a block's hashes; `again` counts second draws.
pub(crate) fn block_seeds(seed: u64, first: usize, again: u8) -> Seeds {
    std::array::from_fn(|i| {
        let number = (first / WORDS + i) as u64;
        xxh3_64_with_seed(&number.to_le_bytes(), seed.wrapping_add(again.into()))
    })
}

/// Poisson(1) by inversion from 16 bits: the weight is the number of
/// thresholds, 65536·P(weight ≤ k), that the draw reaches. Its mean and
/// variance are 1 within 2e-5.
pub(crate) fn poisson(seeds: &Seeds, prompt: u64) -> Lanes {
    const THRESHOLDS: [u16; 8] = [24109, 48219, 60273, 64292, 65296, 65497, 65531, 65535];
    let mut draws = [0u16; LANES];
    for (seed, draws) in seeds.iter().zip(draws.chunks_exact_mut(WORDS)) {
        let bits = xxh3_64_with_seed(&prompt.to_le_bytes(), *seed);
        for (i, draw) in draws.iter_mut().enumerate() {
            *draw = (bits >> (16 * i)) as u16;
        }
    }
    let mut weights = [0u16; LANES];
    for threshold in THRESHOLDS {
        for (weight, draw) in weights.iter_mut().zip(&draws) {
            *weight += (*draw >= threshold) as u16;
        }
    }
    weights.map(f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_poisson_and_of_mean_one() {
        let (mut count, mut sum, mut squares, n) = ([0.0; 4], 0.0, 0.0, 40_000 * LANES);
        for i in 0..40_000 {
            for w in poisson(&block_seeds(i, 0, 0), i) {
                sum += w;
                squares += w * w;
                if w < 4.0 {
                    count[w as usize] += 1.0;
                }
            }
        }
        let n = n as f64;
        assert!((sum / n - 1.0).abs() < 0.007 && (squares / n - 2.0).abs() < 0.02);
        for (k, p) in [0.36788, 0.36788, 0.18394, 0.06131].into_iter().enumerate() {
            assert!((count[k] / n - p).abs() < 0.004, "{k}: {}", count[k] / n);
        }
    }
}
