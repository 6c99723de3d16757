//! Ridge of several targets with a strength of its own for each direction
//! among the targets, chosen by the error on rows left out.
//!
//! Models fail together far more predictably than apart, so one strength for
//! all of n×K scores either fits noise in what sets the models apart, which is
//! what routing lives by, or gives up what they share. Squared error adds up
//! over any orthonormal axes q of the K targets, so each may have its own λ:
//!
//! ```text
//! λ(q) = argmin over λ of Σ_i ((y_i − ŷ_i(λ))·q)²     ŷ_i made without i's part
//! W    = Σ_q W(λ(q))·q·qᵀ                             W(λ) as in ridge.rs
//! ```
//!
//! The axes are the principal ones of the values that a ridge fits on all
//! rows, at the finite strength with the least error in all. λ = ∞ is allowed:
//! along that axis only the mean is left. A reduced-rank regression in the
//! spirit of Izenman 1975 and of the curds and whey of Breiman and Friedman 1997.
//! O(parts·(n·d² + S·d³ + S·n·K²)); K×K numbers are kept for each strength.

use crate::folds::Parts;
use crate::ridge;
use ndarray::{concatenate, s, Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

/// The ridge strengths tried.
pub const STRENGTHS: [f64; 8] = [0.25, 1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, f64::INFINITY];

/// Weights ((d+1)×K, intercepts last) of each of `targets` (n×K each) on `x`
/// (n×d). Without parts to judge by, the means alone.
pub fn fit(x: ArrayView2<f32>, targets: &[Array2<f64>], parts: &Parts) -> Vec<Array2<f64>> {
    let k = targets.first().map_or(0, Array2::ncols);
    let views: Vec<_> = targets.iter().map(Array2::view).collect();
    let all = concatenate(Axis(1), &views).unwrap_or_else(|_| Array2::zeros((x.nrows(), 0)));
    let block = |m: &Array2<f64>, t: usize| m.slice(s![.., t * k..(t + 1) * k]).to_owned();
    if parts.is_empty() {
        let means = &ridge::fit(x, all.view(), &[f64::INFINITY])[0];
        return (0..targets.len()).map(|t| block(means, t)).collect();
    }
    let errors = errors(x, &all, targets.len(), parts);
    let fits = ridge::fit(x, all.view(), &STRENGTHS);
    (0..targets.len())
        .map(|t| {
            let total: Vec<f64> = errors.iter().map(|e| e[t].diag().sum()).collect();
            let pilot = block(&fits[least(&total[..total.len() - 1])], t);
            let axes = principal_axes(&ridge::predict(x, pilot.view()));
            let mut weights = Array2::zeros(pilot.dim());
            for q in axes.columns() {
                let along: Vec<f64> = errors.iter().map(|e| q.dot(&e[t].dot(&q))).collect();
                weights += &outer(block(&fits[least(&along)], t).dot(&q).view(), q);
            }
            weights
        })
        .collect()
}

/// For each strength and target Σ (y − ŷ)·(y − ŷ)ᵀ over the rows left out (K×K).
fn errors(
    x: ArrayView2<f32>,
    all: &Array2<f64>,
    targets: usize,
    parts: &Parts,
) -> Vec<Vec<Array2<f64>>> {
    let k = all.ncols() / targets.max(1);
    let of_part = |(held, rest): &(Vec<usize>, Vec<usize>)| -> Vec<Vec<Array2<f64>>> {
        let (seen, unseen) = (x.select(Axis(0), rest), x.select(Axis(0), held));
        let wanted = all.select(Axis(0), held);
        ridge::fit(seen.view(), all.select(Axis(0), rest).view(), &STRENGTHS)
            .iter()
            .map(|w| {
                let off = &wanted - &ridge::predict(unseen.view(), w.view());
                let block = |t| products(off.slice(s![.., t * k..(t + 1) * k]));
                (0..targets).map(block).collect()
            })
            .collect()
    };
    let each: Vec<_> = parts.par_iter().map(of_part).collect();
    let mut sums = vec![vec![Array2::zeros((k, k)); targets]; STRENGTHS.len()];
    for part in &each {
        for (sums, part) in sums.iter_mut().flatten().zip(part.iter().flatten()) {
            *sums += part;
        }
    }
    sums
}

/// mᵀ·m, row after row.
fn products(m: ArrayView2<f64>) -> Array2<f64> {
    let mut out = Array2::zeros((m.ncols(), m.ncols()));
    for row in m.rows() {
        for (mut to, v) in out.rows_mut().into_iter().zip(row) {
            to.scaled_add(*v, &row);
        }
    }
    out
}

fn outer(a: ArrayView1<f64>, b: ArrayView1<f64>) -> Array2<f64> {
    Array2::from_shape_fn((a.len(), b.len()), |(i, j)| a[i] * b[j])
}

/// The principal axes of the rows of `values` (K×K, orthonormal columns), by
/// cyclic Jacobi rotations of their covariance.
fn principal_axes(values: &Array2<f64>) -> Array2<f64> {
    let k = values.ncols();
    let means = values.sum_axis(Axis(0)) / values.nrows().max(1) as f64;
    let mut a = products((values - &means).view());
    let mut axes = Array2::eye(k);
    let whole = a.iter().map(|v| v * v).sum::<f64>();
    const SWEEPS: usize = 50;
    for _ in 0..SWEEPS {
        let rest: f64 = a
            .indexed_iter()
            .filter(|((i, j), _)| i != j)
            .map(|(_, v)| v * v)
            .sum();
        if rest <= 1e-24 * whole {
            break;
        }
        for i in 0..k {
            for j in i + 1..k {
                if a[[i, j]] != 0.0 {
                    // The smaller angle that makes a[i, j] zero.
                    let ratio = (a[[j, j]] - a[[i, i]]) / (2.0 * a[[i, j]]);
                    let tangent = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
                    rotate(&mut a, i, j, tangent);
                    a.swap_axes(0, 1);
                    rotate(&mut a, i, j, tangent);
                    rotate(&mut axes, i, j, tangent);
                }
            }
        }
    }
    axes
}

/// Turns columns i and j of `m` by the angle of this tangent.
fn rotate(m: &mut Array2<f64>, i: usize, j: usize, tangent: f64) {
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    for mut row in m.rows_mut() {
        let (a, b) = (row[i], row[j]);
        row[i] = cosine * a - sine * b;
        row[j] = sine * a + cosine * b;
    }
}

/// The place of the least value; ties to the first.
pub fn least(values: &[f64]) -> usize {
    (1..values.len()).fold(0, |b, i| if values[i] < values[b] { i } else { b })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::hash;

    fn noise(rows: usize, columns: usize, salt: u64) -> Array2<f64> {
        Array2::from_shape_fn((rows, columns), |(i, j)| {
            hash::unit(hash::text(salt, "axis", &format!("{i} {j}"))) - 0.5
        })
    }

    #[test]
    fn the_axes_are_orthonormal_and_turn_the_covariance_diagonal() {
        for k in [1, 2, 9] {
            let values = noise(40, k, 1);
            let q = principal_axes(&values);
            assert!((q.t().dot(&q) - Array2::<f64>::eye(k))
                .iter()
                .all(|v| v.abs() < 1e-12));
            let centred = &values - &(values.sum_axis(Axis(0)) / 40.0);
            let turned = q.t().dot(&centred.t().dot(&centred)).dot(&q);
            for ((i, j), v) in turned.indexed_iter() {
                assert!(i == j || v.abs() < 1e-10, "{i},{j}: {v}");
            }
        }
        assert_eq!(
            principal_axes(&Array2::zeros((5, 3))),
            Array2::<f64>::eye(3)
        );
    }

    /// Three targets that share a strong signal; what sets them apart is noise.
    fn data() -> (Array2<f32>, Array2<f64>, Parts) {
        let x = noise(400, 30, 2).mapv(|v| v as f32);
        let (signal, own) = (noise(30, 1, 3), noise(400, 3, 4));
        let y = &x.mapv(f64::from).dot(&signal) + &own;
        let (held, rest): (Vec<usize>, Vec<usize>) = (0..400).partition(|i| i % 2 == 0);
        (x, y, vec![(held.clone(), rest.clone()), (rest, held)])
    }

    #[test]
    fn what_is_shared_is_fitted_and_what_is_noise_is_left_out() {
        let (x, y, parts) = data();
        let w = &fit(x.view(), std::slice::from_ref(&y), &parts)[0];
        let one = &ridge::fit(x.view(), y.view(), &[4.0])[0];
        let apart = |w: &Array2<f64>| {
            let w = w.slice(s![..30, ..]);
            let means = w.sum_axis(Axis(1)) / 3.0;
            let own = &w - &means.insert_axis(Axis(1));
            own.iter().map(|v| v * v).sum::<f64>().sqrt()
        };
        let shared = |w: &Array2<f64>| {
            w.slice(s![..30, ..])
                .sum_axis(Axis(1))
                .mapv(|v| v * v)
                .sum()
                .sqrt()
        };
        assert!(apart(w) < 0.5 * apart(one), "{} {}", apart(w), apart(one));
        assert!(
            shared(w) > 0.8 * shared(one),
            "{} {}",
            shared(w),
            shared(one)
        );
    }

    #[test]
    fn without_parts_the_means_are_left() {
        let (x, y, _) = data();
        let w = &fit(x.view(), std::slice::from_ref(&y), &Vec::new())[0];
        assert!(w.slice(s![..30, ..]).iter().all(|v| *v == 0.0));
        assert!((w[[30, 1]] - y.column(1).mean().unwrap()).abs() < 1e-12);
    }
}
