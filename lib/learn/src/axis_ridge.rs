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
//! What no prediction reaches has a strength of its own, too. O(n·d² +
//! parts·S·(d³ + n·K·min(n, d, K))); for each strength the lesser of K×K and n×K
//! numbers are kept.

use crate::dense;
use crate::folds::{self, Parts};
use crate::matrix::cholesky::Factor;
use crate::matrix::symmetric;
use crate::ridge::{self, Moments};
use ndarray::{concatenate, s, Array2, ArrayView2, Axis};

/// The ridge strengths tried.
pub const STRENGTHS: [f64; 8] = [0.25, 1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, f64::INFINITY];

/// Weights ((d+1)×K, intercepts last) of each of `targets` (n×K each) on `x`
/// (n×d). Without parts to judge by, the means alone.
pub fn fit(x: ArrayView2<f32>, targets: &[Array2<f64>], parts: &Parts) -> Vec<Array2<f64>> {
    fit_and_hold_out(x, targets, parts).0
}

/// [`fit`], and what is predicted of each target (n×K) by fits of the same strengths
/// that have not seen the row; without parts zeros.
pub fn fit_and_hold_out(
    x: ArrayView2<f32>,
    targets: &[Array2<f64>],
    parts: &Parts,
) -> (Vec<Array2<f64>>, Vec<Array2<f64>>) {
    let k = targets.first().map_or(0, Array2::ncols);
    let views: Vec<_> = targets.iter().map(Array2::view).collect();
    let all = concatenate(Axis(1), &views).unwrap_or_else(|_| Array2::zeros((x.nrows(), 0)));
    let block = |m: &Array2<f64>, t: usize| m.slice(s![.., t * k..(t + 1) * k]).to_owned();
    if parts.is_empty() {
        let means = &ridge::fit(x, all.view(), &[f64::INFINITY])[0];
        let weights = (0..targets.len()).map(|t| block(means, t)).collect();
        return (weights, vec![Array2::zeros((x.nrows(), k)); targets.len()]);
    }
    // Where rows are fewer than columns their moments are the greater work.
    let least_rows = parts.iter().map(|(_, rest)| rest.len()).min().unwrap_or(0);
    let whole = (x.ncols() <= least_rows).then(|| Moments::of(x, all.view()));
    let (errors, of_parts) = errors(x, &all, targets.len(), parts, whole.as_ref());
    let fits = match &whole {
        Some(whole) => whole.fit(&STRENGTHS),
        None => ridge::fit(x, all.view(), &STRENGTHS),
    };
    let root = whole.filter(|_| x.ncols() < k).map(|w| {
        let gram = w.gram();
        // Columns that never vary must not divide by nothing.
        let tiny = 1e-9 * gram.diag().sum() / x.ncols() as f64;
        Factor::of(gram.view(), tiny.max(f64::MIN_POSITIVE.sqrt()))
    });
    let strengths: Vec<Strengths> = (0..targets.len())
        .map(|t| {
            let total: Vec<f64> = errors.iter().map(|e| e[t].total()).collect();
            let finite = &total[..total.len() - 1];
            let axes = axes(x, &block(&fits[least(finite)], t), root.as_ref());
            Strengths::choose(axes, &total, |s| &errors[s][t])
        })
        .collect();
    let combined = |(t, own): (usize, &Strengths)| own.combined(|s| block(&fits[s], t));
    let weights = strengths.iter().enumerate().map(combined).collect();
    let unseen = |(t, own): (usize, &Strengths)| {
        let rows: Vec<_> = (parts.iter().zip(&of_parts))
            .map(|((held, _), of_part)| match of_part {
                OfPart::Rows(rows) => own.combined(|s| block(&rows[s], t)),
                OfPart::Weights(weights) => {
                    let weights = own.combined(|s| block(&weights[s], t));
                    ridge::predict(dense::rows(x, held).view(), weights.view())
                }
            })
            .collect();
        folds::scatter(parts, &rows, x.nrows())
    };
    let unseen = strengths.iter().enumerate().map(unseen).collect();
    (weights, unseen)
}

/// λ(q) by axis.
struct Strengths {
    /// K×r, orthonormal columns.
    axes: Array2<f64>,
    /// Places in [`STRENGTHS`], one an axis.
    chosen: Vec<usize>,
    /// That of what is left beside the axes; None: nothing is.
    rest: Option<usize>,
}

impl Strengths {
    /// Those with the least errors; `total`: of all axes together, one a strength.
    fn choose<'a>(
        axes: Array2<f64>,
        total: &[f64],
        errors: impl Fn(usize) -> &'a Errors,
    ) -> Strengths {
        let along: Vec<Vec<f64>> = (0..total.len()).map(|s| errors(s).along(&axes)).collect();
        let chosen = (0..axes.ncols())
            .map(|q| least(&along.iter().map(|a| a[q]).collect::<Vec<_>>()))
            .collect();
        let beside: Vec<f64> = (total.iter().zip(&along))
            .map(|(total, along)| total - along.iter().sum::<f64>())
            .collect();
        let rest = (axes.ncols() < axes.nrows()).then(|| least(&beside));
        Strengths { axes, chosen, rest }
    }

    /// W(λ(q))·q·qᵀ over the axes, and over what is left beside them.
    fn combined(&self, weights: impl Fn(usize) -> Array2<f64>) -> Array2<f64> {
        let Strengths { axes, chosen, rest } = self;
        let mut out = Array2::zeros(weights(0).dim());
        for s in 0..STRENGTHS.len() {
            let own: Vec<usize> = (0..chosen.len()).filter(|&q| chosen[q] == s).collect();
            let is_rest = *rest == Some(s);
            if own.is_empty() && !is_rest {
                continue;
            }
            let (weights, own) = (weights(s), axes.select(Axis(1), &own));
            out += &project(&weights, &own);
            if is_rest {
                out += &weights;
                out -= &project(&weights, axes);
            }
        }
        out
    }
}

/// W·Q·Qᵀ.
fn project(weights: &Array2<f64>, axes: &Array2<f64>) -> Array2<f64> {
    dense::product(weights.dot(axes).view(), axes.view())
}

/// The errors of one strength on rows left out, whatever the direction.
enum Errors {
    /// Σ (y − ŷ)·(y − ŷ)ᵀ (K×K).
    Products(Array2<f64>),
    /// y − ŷ (n×K), where rows are fewer than models.
    Rows(Array2<f64>),
}

impl Errors {
    fn none(n: usize, k: usize) -> Errors {
        if k <= n {
            Errors::Products(Array2::zeros((k, k)))
        } else {
            Errors::Rows(Array2::zeros((n, k)))
        }
    }

    /// Adds the errors `off` of `rows`.
    fn add(&mut self, rows: &[usize], off: ArrayView2<f64>) {
        match self {
            Errors::Products(sum) => *sum += &dense::transposed_product(off, off),
            Errors::Rows(all) => {
                for (&i, off) in rows.iter().zip(off.rows()) {
                    let mut to = all.row_mut(i);
                    to += &off;
                }
            }
        }
    }

    /// Of all directions together.
    fn total(&self) -> f64 {
        match self {
            Errors::Products(sum) => sum.diag().sum(),
            Errors::Rows(all) => all.iter().map(|v| v * v).sum(),
        }
    }

    /// Along each of the columns of `axes` (K×r).
    fn along(&self, axes: &Array2<f64>) -> Vec<f64> {
        let sum = |a: &Array2<f64>, b: &Array2<f64>| (a * b).sum_axis(Axis(0)).to_vec();
        match self {
            Errors::Products(all) => sum(axes, &all.dot(axes)),
            Errors::Rows(all) => {
                let along = all.dot(axes);
                sum(&along, &along)
            }
        }
    }
}

/// What a part's fits say of the rows that they left out, by strength.
enum OfPart {
    /// The weights that say it ((d+1)×K a target, side by side).
    Weights(Vec<Array2<f64>>),
    /// What they say (rows×K a target), where the rows are fewer than the weights'.
    Rows(Vec<Array2<f64>>),
}
type OfParts = Vec<OfPart>;

/// For each strength and target what it errs on the rows left out, and what says so.
fn errors(
    x: ArrayView2<f32>,
    all: &Array2<f64>,
    targets: usize,
    parts: &Parts,
    whole: Option<&Moments>,
) -> (Vec<Vec<Errors>>, OfParts) {
    let k = all.ncols() / targets.max(1);
    let none = |_| (0..targets).map(|_| Errors::none(x.nrows(), k)).collect();
    let mut sums: Vec<Vec<Errors>> = (0..STRENGTHS.len()).map(none).collect();
    let mut of_parts = OfParts::new();
    for (held, rest) in parts {
        let (unseen, wanted) = (dense::rows(x, held), dense::rows(all.view(), held));
        let fits = match whole {
            Some(whole) => {
                let part = Moments::of(unseen.view(), wanted.view());
                whole.without(&part).fit(&STRENGTHS)
            }
            None => {
                let (seen, known) = (dense::rows(x, rest), dense::rows(all.view(), rest));
                ridge::fit(seen.view(), known.view(), &STRENGTHS)
            }
        };
        let is_few = held.len() <= x.ncols();
        let mut rows = Vec::new();
        // One product for all strengths.
        let views: Vec<_> = fits.iter().map(Array2::view).collect();
        let together = concatenate(Axis(1), &views).expect("weights of the same columns");
        let all_said = ridge::predict(unseen.view(), together.view());
        let width = all.ncols();
        for (s, sums) in sums.iter_mut().enumerate() {
            let said = all_said.slice(s![.., s * width..(s + 1) * width]);
            let off = &wanted - &said;
            for (t, sum) in sums.iter_mut().enumerate() {
                sum.add(held, off.slice(s![.., t * k..(t + 1) * k]));
            }
            if is_few {
                rows.push(said.to_owned());
            }
        }
        of_parts.push(if is_few {
            OfPart::Rows(rows)
        } else {
            OfPart::Weights(fits)
        });
    }
    (sums, of_parts)
}

/// The principal axes of what `weights` ((d+1)×K) predict for `x` (K×r,
/// orthonormal columns): all K, or where rows or columns are fewer than K as many
/// as there are. `root`: the factor of the Gram matrix of x, where d ≤ n.
fn axes(x: ArrayView2<f32>, weights: &Array2<f64>, root: Option<&Factor>) -> Array2<f64> {
    let (d, k) = (x.ncols(), weights.ncols());
    let slopes = weights.slice(s![..d, ..]);
    let values = match root {
        // As many rows as columns, and the same covariance.
        Some(root) if d < k => {
            let mut rows = Array2::zeros((d, k));
            for (mut to, w) in rows.columns_mut().into_iter().zip(slopes.columns()) {
                to.assign(&ndarray::Array1::from_vec(root.transposed_times(w)));
            }
            rows
        }
        _ => {
            let values = ridge::predict(x, weights.view());
            let means = values.sum_axis(Axis(0)) / values.nrows().max(1) as f64;
            values - &means
        }
    };
    symmetric::principal_axes(values.view())
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
    fn what_is_held_out_is_predicted_by_fits_that_have_not_seen_it() {
        let (x, y, parts) = data();
        let hold_out = |y: &Array2<f64>| {
            fit_and_hold_out(x.view(), std::slice::from_ref(y), &parts)
                .1
                .swap_remove(0)
        };
        let unseen = hold_out(&y);
        let squares = |m: Array2<f64>| m.iter().map(|v| v * v).sum::<f64>();
        let mean = y.mean_axis(Axis(0)).unwrap();
        assert!(squares(&y - &unseen) < squares(&y - &mean));
        // A row far off changes what is said of others, not of itself by much.
        let mut odd = y.clone();
        odd[[0, 1]] += 1.0;
        let moved = (hold_out(&odd) - unseen).mapv(f64::abs);
        assert!(moved[[0, 1]] < 0.1, "{}", moved[[0, 1]]);
    }

    #[test]
    fn without_parts_the_means_are_left() {
        let (x, y, _) = data();
        let w = &fit(x.view(), std::slice::from_ref(&y), &Vec::new())[0];
        assert!(w.slice(s![..30, ..]).iter().all(|v| *v == 0.0));
        assert!((w[[30, 1]] - y.column(1).mean().unwrap()).abs() < 1e-12);
    }

    #[test]
    fn models_beyond_rows_or_columns_are_fitted_as_well() {
        // What all models share is found among more of them than rows, or columns.
        for (n, d, k) in [(40, 60, 90), (200, 10, 30), (200, 30, 10)] {
            let x = noise(n, d, 6).mapv(|v| v as f32);
            let shared = x.mapv(f64::from).dot(&noise(d, 1, 7)) * 5.0;
            let y = &noise(n, k, 8) * 0.1 + &shared;
            let (held, rest): (Vec<usize>, Vec<usize>) = (0..n).partition(|i| i % 2 == 0);
            let parts = vec![(held.clone(), rest.clone()), (rest, held)];
            let w = &fit(x.view(), std::slice::from_ref(&y), &parts)[0];
            let off = &y - &ridge::predict(x.view(), w.view());
            let squares = |m: &Array2<f64>| m.iter().map(|v| v * v).sum::<f64>();
            assert!(squares(&off) < 0.2 * squares(&y), "{n} {d} {k}");
        }
    }
}
