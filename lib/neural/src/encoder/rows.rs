//! What is done to each row or number of a tensor at once, with its gradient: the
//! norm, the softmax and the GELU of an encoder. candle's own have no backward pass
//! or make a tensor of each of their steps.
//!
//! ```text
//! standard  y = (x − mean x)/√(var x + eps)   gx = (gy − mean gy − y·mean(gy·y))/√(var x + eps)
//! softmax   y = e^x / Σ e^x                   gx = y·(gy − Σ gy·y)
//! gelu      y = x·Φ(x)                        gx = gy·(Φ(x) + x·φ(x))
//! ```
//!
//! Loops over contiguous f32 in one order. e^x to 2e-7 of itself, Φ to 1e-7.

use candle_core::{CpuStorage, CustomOp1, CustomOp3, Layout, Result, Shape, Tensor};
use rb_learn::matrix::simd::wide;

/// One of the three.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rows {
    Standard { eps: f32 },
    Softmax,
    Gelu,
}

impl Rows {
    /// Applied to the rows (the last dimension) of `x`.
    pub(crate) fn of(self, x: &Tensor) -> Result<Tensor> {
        x.contiguous()?.apply_op1(self)
    }

    fn forward(self, x: &[f32], y: &mut [f32], columns: usize) {
        for (x, y) in x.chunks_exact(columns).zip(y.chunks_exact_mut(columns)) {
            match self {
                Rows::Standard { eps } => {
                    let (mean, scale) = moments(x, eps);
                    wide(|| {
                        y.iter_mut()
                            .zip(x)
                            .for_each(|(y, x)| *y = (x - mean) * scale)
                    });
                }
                Rows::Softmax => {
                    let most = x.iter().copied().fold(f32::MIN, f32::max);
                    wide(|| y.iter_mut().zip(x).for_each(|(y, x)| *y = exp(x - most)));
                    let share = 1.0 / sum(y.iter().copied());
                    wide(|| y.iter_mut().for_each(|y| *y *= share));
                }
                Rows::Gelu => wide(|| {
                    y.iter_mut().zip(x).for_each(|(y, x)| *y = x * below(*x).0);
                }),
            }
        }
    }

    fn backward(self, x: &[f32], y: &[f32], g: &[f32], to: &mut [f32], columns: usize) {
        let rows = x.chunks_exact(columns).zip(y.chunks_exact(columns));
        let more = g.chunks_exact(columns).zip(to.chunks_exact_mut(columns));
        for ((x, y), (g, to)) in rows.zip(more) {
            match self {
                Rows::Standard { eps } => {
                    let (_, scale) = moments(x, eps);
                    let n = columns as f32;
                    let mean = sum(g.iter().copied()) / n;
                    let along = sum(g.iter().zip(y).map(|(g, y)| g * y)) / n;
                    let all = to.iter_mut().zip(g).zip(y);
                    wide(|| all.for_each(|((to, g), y)| *to = (g - mean - y * along) * scale));
                }
                Rows::Softmax => {
                    let along = sum(g.iter().zip(y).map(|(g, y)| g * y));
                    let all = to.iter_mut().zip(g).zip(y);
                    wide(|| all.for_each(|((to, g), y)| *to = y * (g - along)));
                }
                Rows::Gelu => {
                    let all = to.iter_mut().zip(g).zip(x);
                    wide(|| {
                        all.for_each(|((to, g), x)| {
                            let (share, density) = below(*x);
                            *to = g * (share + x * density);
                        });
                    });
                }
            }
        }
    }
}

/// Mean, and 1/√(variance + eps).
fn moments(x: &[f32], eps: f32) -> (f32, f32) {
    let n = x.len() as f32;
    let mean = sum(x.iter().copied()) / n;
    let variance = sum(x.iter().map(|x| (x - mean) * (x - mean))) / n;
    (mean, 1.0 / (variance + eps).sqrt())
}

/// In double precision, one after another.
fn sum(numbers: impl Iterator<Item = f32>) -> f32 {
    numbers.map(f64::from).sum::<f64>() as f32
}

/// e^x = 2^k·2^r with k whole and |r| ≤ ½, the latter by its Taylor polynomial; 0 below −87.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let t = x.clamp(-87.0, 88.0) * std::f32::consts::LOG2_E;
    // The numbers of this size have no fraction: to add and to take away rounds.
    let k = (t + 12_582_912.0) - 12_582_912.0;
    let r = (t - k) * std::f32::consts::LN_2;
    let p = 1.0
        + r * (1.0
            + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r / 720.0)))));
    p * f32::from_bits(((k as i32 + 127) << 23) as u32)
}

/// Φ(x) and φ(x) of the standard normal; Φ by Abramowitz and Stegun 26.2.17's
/// sister for erf, 7.1.26 (error below 1.5e-7).
#[inline(always)]
fn below(x: f32) -> (f32, f32) {
    const C: [f32; 5] = [
        0.254_829_6,
        -0.284_496_74,
        1.421_413_8,
        -1.453_152,
        1.061_405_4,
    ];
    let e = exp(-0.5 * x * x);
    let t = 1.0 / (1.0 + 0.327_591_1 * std::f32::consts::FRAC_1_SQRT_2 * x.abs());
    let tail = 0.5 * e * t * (C[0] + t * (C[1] + t * (C[2] + t * (C[3] + t * C[4]))));
    let share = if x < 0.0 { tail } else { 1.0 - tail };
    // 1/√(2π)
    (share, 0.398_942_3 * e)
}

fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let all = storage.as_slice::<f32>()?;
    match layout.contiguous_offsets() {
        Some((from, to)) => Ok(&all[from..to]),
        None => candle_core::bail!("rows are worked on where they are contiguous"),
    }
}

fn columns(layout: &Layout) -> usize {
    layout.dims().last().copied().unwrap_or(1).max(1)
}

impl CustomOp1 for Rows {
    fn name(&self) -> &'static str {
        "rows"
    }
    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = slice(storage, layout)?;
        let mut y = vec![0.0; x.len()];
        self.forward(x, &mut y, columns(layout));
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }
    fn bwd(&self, x: &Tensor, y: &Tensor, g: &Tensor) -> Result<Option<Tensor>> {
        let g = g.contiguous()?;
        Ok(Some(x.apply_op3_no_bwd(y, &g, &Back(*self))?))
    }
}

/// The gradient of x from x, y and the gradient of y.
struct Back(Rows);

impl CustomOp3 for Back {
    fn name(&self) -> &'static str {
        "rows backward"
    }
    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        y: &CpuStorage,
        y_layout: &Layout,
        g: &CpuStorage,
        g_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let x = slice(x, x_layout)?;
        let mut to = vec![0.0; x.len()];
        let (y, g) = (slice(y, y_layout)?, slice(g, g_layout)?);
        self.0.backward(x, y, g, &mut to, columns(x_layout));
        Ok((CpuStorage::F32(to), x_layout.shape().clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::Tape;
    use rb_learn::optimise::adam::check_gradient;

    #[test]
    fn gradients_agree_with_differences() {
        let at: Vec<f32> = (0..12).map(|i| 2.0 * (1.7 * i as f32).sin()).collect();
        let weights: Vec<f32> = (0..12).map(|i| (0.9 * i as f32 + 0.2).cos()).collect();
        let weights = Tensor::from_vec(weights, (3, 4), &candle_core::Device::Cpu).unwrap();
        for rows in [Rows::Standard { eps: 1e-5 }, Rows::Softmax, Rows::Gelu] {
            let tape = Tape::of(&[(3, 4)]);
            check_gradient(&at, |at| {
                tape.gradient(at, |p| (rows.of(&p[0])? * &weights)?.sum_all())
            });
        }
    }

    #[test]
    fn the_exponential_and_the_normal_distribution_are_those_of_doubles() {
        for i in -1700..1700 {
            let x = i as f32 / 20.0;
            let wanted = f64::from(x).exp();
            assert!(
                (f64::from(exp(x)) / wanted - 1.0).abs() < 1e-6 * (1.0 + f64::from(x.abs())),
                "{x}"
            );
        }
        // Φ(−2), Φ(0), Φ(1.5)
        for (x, wanted) in [(-2.0, 0.022_750_13), (0.0, 0.5), (1.5, 0.933_192_8)] {
            assert!((below(x).0 - wanted).abs() < 2e-7, "{x} {}", below(x).0);
        }
    }
}
