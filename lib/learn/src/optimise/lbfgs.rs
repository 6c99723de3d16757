//! Limited-memory BFGS for smooth convex functions: deterministic, no threads
//! of its own, sums in one fixed order.
//!
//! Direction by the two-loop recursion over the last ten steps, step length by
//! halving until the Armijo condition f(w + t·p) ≤ f(w) + 1e-4·t·gᵀp holds
//! (Nocedal and Wright 2006, algorithms 7.4 and 3.1). A pair whose curvature
//! is not positive is left out, so the direction always descends.

use crate::matrix::simd::{self, dot};
use std::collections::VecDeque;

const MEMORY: usize = 10;
const HALVINGS: usize = 30;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub struct Stop {
    /// The most steps.
    pub iterations: usize,
    /// The largest absolute gradient component that counts as zero.
    pub gradient: f64,
}

/// Multiplies a vector by a guess at the inverse Hessian, in place.
pub type Precondition<'a> = dyn Fn(&mut [f64]) + 'a;

/// The point where `f`, which returns its value and writes its gradient into
/// the second argument, is least; starts at `start`. `precondition` multiplies a
/// vector by a guess at the inverse Hessian, in place; None: there is none. Also
/// ends where no step along the direction lowers `f` any more: rounding has the
/// last word.
pub fn minimise(
    start: Vec<f64>,
    stop: Stop,
    precondition: Option<&Precondition>,
    mut f: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Vec<f64> {
    let mut at = start;
    let mut gradient = vec![0.0; at.len()];
    let mut value = f(&at, &mut gradient);
    let mut memory = Memory::default();
    for _ in 0..stop.iterations {
        if gradient.iter().all(|g| g.abs() <= stop.gradient) {
            break;
        }
        let direction = memory.direction(&gradient, |q, size| match precondition {
            Some(precondition) => precondition(q),
            None => q.iter_mut().for_each(|v| *v *= size.unwrap_or(1.0)),
        });
        let slope = dot(&direction, &gradient);
        // Before the curvature is known a step of length 1 at most.
        let mut length = if memory.is_empty() && precondition.is_none() {
            1.0 / dot(&direction, &direction).sqrt().max(1.0)
        } else {
            1.0
        };
        let mut next = None;
        for _ in 0..HALVINGS {
            let point = add(&at, length, &direction);
            let mut new = vec![0.0; at.len()];
            let there = f(&point, &mut new);
            if there <= value + 1e-4 * length * slope {
                next = Some((point, there, new));
                break;
            }
            length /= 2.0;
        }
        let Some((point, there, new)) = next else {
            break;
        };
        let step = add(&point, -1.0, &at);
        let change = add(&new, -1.0, &gradient);
        let curvature = dot(&step, &change);
        if curvature > 1e-12 * dot(&change, &change) {
            memory.push(step, change, curvature);
        }
        at = point;
        value = there;
        gradient = new;
    }
    at
}

/// The last steps and what they did to the gradient, ten at most.
#[derive(Debug, Default)]
pub struct Memory(VecDeque<(Vec<f64>, Vec<f64>, f64)>);

impl Memory {
    /// −H·g, H the inverse Hessian as the remembered steps tell it (two loops)
    /// from the guess that `scale` multiplies a vector by in place. It is told the
    /// last step's sᵀy/yᵀy, the size of that guess where it knows none better.
    pub fn direction(
        &self,
        gradient: &[f64],
        scale: impl FnOnce(&mut [f64], Option<f64>),
    ) -> Vec<f64> {
        let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut along = Vec::with_capacity(self.0.len());
        for (step, change, rho) in self.0.iter().rev() {
            let a = rho * dot(step, &q);
            simd::add(&mut q, -a, change);
            along.push(a);
        }
        let last = self.0.back();
        scale(
            &mut q,
            last.map(|(_, change, rho)| 1.0 / (rho * dot(change, change))),
        );
        for ((step, change, rho), a) in self.0.iter().zip(along.into_iter().rev()) {
            let b = rho * dot(change, &q);
            simd::add(&mut q, a - b, step);
        }
        q
    }

    /// Remembers a step, what it did to the gradient, and the product of the two,
    /// which must be positive.
    pub fn push(&mut self, step: Vec<f64>, change: Vec<f64>, curvature: f64) {
        if self.0.len() == MEMORY {
            self.0.pop_front();
        }
        self.0.push_back((step, change, 1.0 / curvature));
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// a + t·b.
fn add(a: &[f64], t: f64, b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(x, y)| x + t * y).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ill_conditioned_bowl_is_brought_to_its_bottom() {
        // f = ½ Σ c_j (w_j − j)², conditions 1 to 1000.
        let c: Vec<f64> = (0..30).map(|j| 10f64.powf(3.0 * j as f64 / 29.0)).collect();
        let stop = Stop {
            iterations: 500,
            gradient: 1e-8,
        };
        let w = minimise(vec![0.0; 30], stop, None, |w, g| {
            let mut f = 0.0;
            for j in 0..30 {
                let off = w[j] - j as f64;
                g[j] = c[j] * off;
                f += 0.5 * c[j] * off * off;
            }
            f
        });
        for (j, w) in w.iter().enumerate() {
            assert!((w - j as f64).abs() < 1e-6, "{j}: {w}");
        }
    }

    #[test]
    fn a_guess_at_the_curvature_leads_there_in_a_few_steps() {
        let c: Vec<f64> = (0..30).map(|j| 10f64.powf(3.0 * j as f64 / 29.0)).collect();
        let stop = Stop {
            iterations: 500,
            gradient: 1e-8,
        };
        let guess = |v: &mut [f64]| v.iter_mut().zip(&c).for_each(|(v, c)| *v /= 1.5 * c);
        let mut looks = 0;
        let w = minimise(vec![0.0; 30], stop, Some(&guess), |w, g| {
            looks += 1;
            let mut f = 0.0;
            for j in 0..30 {
                let off = w[j] - j as f64;
                g[j] = c[j] * off;
                f += 0.5 * c[j] * off * off;
            }
            f
        });
        assert!(looks < 10, "{looks}");
        assert!(w
            .iter()
            .enumerate()
            .all(|(j, w)| (w - j as f64).abs() < 1e-6));
    }
}
