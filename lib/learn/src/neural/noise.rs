//! Noise on the inputs of a network in training, each row's taken from one pool of
//! normal numbers, from a drawn place on and with a drawn sign: a draw a row, not
//! one a number.

use crate::matrix::simd::wide;
use crate::neural::layer;
use ndarray::Array2;
use rand::rngs::StdRng;
use rand::Rng;

/// Numbers in the pool, besides a row's: what a cache close by holds.
const POOL: usize = 1 << 15;

/// N(0, deviation²) for every number.
pub struct Noise {
    deviation: f32,
    pool: Vec<f32>,
}

impl Noise {
    /// For rows of `width` numbers; without deviation nothing is ever drawn.
    pub fn new(deviation: f32, width: usize, rng: &mut StdRng) -> Noise {
        let pool = if deviation > 0.0 {
            layer::normal(POOL + width, deviation, rng)
        } else {
            Vec::new()
        };
        Noise { deviation, pool }
    }

    /// Adds noise to the rows of `x`, which is in standard layout.
    pub fn disturb(&self, x: &mut Array2<f32>, rng: &mut StdRng) {
        if self.deviation <= 0.0 {
            return;
        }
        for mut row in x.rows_mut() {
            let draw = rng.gen_range(0..2 * POOL);
            let (from, sign) = (draw / 2, if draw % 2 == 0 { 1.0 } else { -1.0 });
            if let Some(row) = row.as_slice_mut() {
                let noise = &self.pool[from..];
                wide(|| (row.iter_mut().zip(noise)).for_each(|(x, z)| *x += sign * z));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn rows_have_the_spread_asked_for_and_nothing_in_common() {
        let mut rng = StdRng::seed_from_u64(4);
        let noise = Noise::new(0.5, 64, &mut rng);
        let mut x = Array2::zeros((1000, 64));
        noise.disturb(&mut x, &mut rng);
        let variance = x.iter().map(|v| v * v).sum::<f32>() / x.len() as f32;
        assert!((variance / 0.25 - 1.0).abs() < 0.05, "{variance}");
        let along = (0..999)
            .map(|i| x.row(i).dot(&x.row(i + 1)) / 64.0)
            .sum::<f32>()
            / 999.0;
        assert!(along.abs() < 0.005, "{along}");
    }

    #[test]
    fn without_deviation_nothing_is_drawn() {
        let (mut rng, mut same) = (StdRng::seed_from_u64(4), StdRng::seed_from_u64(4));
        let mut x = Array2::ones((3, 2));
        Noise::new(0.0, 2, &mut rng).disturb(&mut x, &mut rng);
        assert_eq!(x, Array2::<f32>::ones((3, 2)));
        assert_eq!(rng.gen::<u64>(), same.gen::<u64>());
    }
}
