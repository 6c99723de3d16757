//! Means of places, shrunk to the means of all (shrinkage.rs), from sums alone.
//!
//! The squared error of p on the queries of a fold needs no query: over those of
//! one place it is n·p² − 2·p·Σy + Σy², and the last term is the same for every
//! strength.

use crate::kinds::shrinkage::{shrink, STRENGTHS};
use crate::summed::sums::{Cell, Sums};
use ndarray::Array2;
use rb_learn::axis_ridge::least;
use rb_learn::folds::FOLDS;
use rb_learn::sum::exact::ExactSum;

/// Sums rounded, a row a place, and the number of queries of each.
fn rounded(cells: &[Cell], of: fn(&Cell) -> &[ExactSum]) -> (Array2<f64>, Vec<f64>) {
    let models = cells.first().map_or(0, |c| of(c).len());
    let sums = Array2::from_shape_fn((cells.len(), models), |(p, m)| of(&cells[p])[m].value());
    (sums, cells.iter().map(|c| c.n as f64).collect())
}

/// (n·mean + L·overall)/(n + L) of the scores and costs of each of `places` places
/// (places×K each); a place without queries has the overall means.
pub fn means(
    sums: &Sums,
    places: usize,
    (score, cost): (&[f64], &[f64]),
    strength: f64,
) -> (Array2<f64>, Array2<f64>) {
    let cells = sums.by_place(places, score.len());
    let of = |which: fn(&Cell) -> &[ExactSum], overall: &[f64]| {
        let (sums, counts) = rounded(&cells, which);
        shrink(sums, &counts, overall, strength)
    };
    (of(|c| &c.score, score), of(|c| &c.cost, cost))
}

/// The strength with the least out-of-fold squared error of scores; ties to the
/// weaker. With one fold only there is nothing to choose by: the middle one.
pub fn choose(sums: &Sums, places: usize, models: usize) -> f64 {
    let whole = sums.by_place(places, models);
    let all = sums.total(models, |_, _| true);
    let mut error = [0.0f64; STRENGTHS.len()];
    let mut judged = 0;
    for fold in 0..FOLDS {
        let held = sums.total(models, |_, f| f == fold);
        if held.n == 0 || held.n == all.n {
            continue;
        }
        judged += held.n;
        let rest = (all.n - held.n) as f64;
        let overall: Vec<f64> = (all.score.iter().zip(&held.score))
            .map(|(all, held)| all.without(held).value() / rest)
            .collect();
        let cells: Vec<(usize, &Cell)> = (0..places)
            .filter_map(|p| Some((p, sums.cells.get(&(p, fold))?)))
            .collect();
        let (mut seen, mut counts) = rounded(&whole, |c| &c.score);
        for (p, cell) in &cells {
            counts[*p] -= cell.n as f64;
            for (m, held) in cell.score.iter().enumerate() {
                seen[[*p, m]] = whole[*p].score[m].without(held).value();
            }
        }
        for (e, strength) in error.iter_mut().zip(STRENGTHS) {
            let p = shrink(seen.clone(), &counts, &overall, strength);
            for (place, cell) in &cells {
                for (p, sum) in p.row(*place).iter().zip(&cell.score) {
                    *e += p * (cell.n as f64 * p - 2.0 * sum.value());
                }
            }
        }
    }
    if judged == 0 {
        return STRENGTHS[STRENGTHS.len() / 2];
    }
    STRENGTHS[least(&error)]
}
