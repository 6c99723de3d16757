//! Means of places, shrunk to the means of all (shrinkage.rs), from sums alone.
//!
//! The squared error of p on the queries of a fold needs no query: over those of
//! one place it is n·p² − 2·p·Σy + Σy², and the last term is the same for every
//! strength.

use crate::kinds::shrinkage::{shrink, STRENGTHS};
use crate::summed::sums::{Cell, Sums};
use crate::table::impute::Targets;
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

/// [`means`] at the strength that is [chosen](choose), and that strength; `overall`: of
/// all queries.
pub fn chosen(sums: &Sums, places: usize, overall: &Targets) -> (Array2<f64>, Array2<f64>, f64) {
    let (score, cost) = (&*overall.mean_score, &*overall.mean_cost);
    let strength = choose(sums, places, score.len());
    let (score, cost) = means(sums, places, (score, cost), strength);
    (score, cost, strength)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summed::sums::Places;
    use rb_record::hash;

    const PLACES: usize = 6;

    /// 90 queries of three models whose scores hang on the place by `share`.
    fn drawn(share: f64, seed: u64) -> (Targets, Places) {
        let unit = |what: &str, i: usize| hash::unit(hash::text(seed, what, &i.to_string()));
        let place: Vec<usize> = (0..90).map(|i| (unit("place", i) * 5.0) as usize).collect();
        let score = Array2::from_shape_fn((90, 3), |(i, m)| {
            let own = unit("level", place[i] * 3 + m);
            share * own + (1.0 - share) * unit("noise", i * 3 + m)
        });
        let targets = Targets {
            mean_score: Vec::new(),
            mean_cost: Vec::new(),
            scale: 0.0,
            cost: Array2::zeros((90, 3)),
            score,
        };
        let fold = (0..90).map(|i| (unit("fold", i) * 5.0) as usize).collect();
        (targets, Places { place, fold })
    }

    /// Query by query, as the definition says it.
    fn error(targets: &Targets, places: &Places, strength: f64) -> f64 {
        let n = places.place.len();
        let mut error = 0.0;
        for (i, m) in (0..n).flat_map(|i| (0..3).map(move |m| (i, m))) {
            let rest = || (0..n).filter(|&j| places.fold[j] != places.fold[i]);
            let mean = rest().map(|j| targets.score[[j, m]]).sum::<f64>() / rest().count() as f64;
            let near = || rest().filter(|&j| places.place[j] == places.place[i]);
            let sum: f64 = near().map(|j| targets.score[[j, m]]).sum();
            let count = near().count() as f64;
            let p = if count + strength > 0.0 {
                (sum + strength * mean) / (count + strength)
            } else {
                mean
            };
            error += (targets.score[[i, m]] - p).powi(2);
        }
        error
    }

    #[test]
    fn the_strength_is_the_best_query_by_query() {
        let mut chosen = std::collections::BTreeSet::new();
        for seed in 0..12 {
            let (targets, places) = drawn(f64::from(seed as u32 % 4) / 4.0, seed);
            let sums = Sums::of(&targets, &places);
            let errors = STRENGTHS.map(|s| error(&targets, &places, s));
            let strength = choose(&sums, PLACES, 3);
            assert_eq!(
                strength,
                STRENGTHS[least(&errors)],
                "seed {seed}: {errors:?}"
            );
            chosen.insert(strength as u64);
        }
        assert!(chosen.len() > 2, "{chosen:?}");
    }

    #[test]
    fn a_place_without_queries_has_the_overall_means() {
        let (targets, places) = drawn(0.5, 3);
        let sums = Sums::of(&targets, &places);
        let overall = ([0.25, 0.5, 0.75], [1.0, 2.0, 3.0]);
        let (score, cost) = means(&sums, PLACES, (&overall.0, &overall.1), 0.0);
        assert_eq!(score.row(PLACES - 1).to_vec(), overall.0);
        assert_eq!(cost.row(PLACES - 1).to_vec(), overall.1);
        let one = places.place.iter().position(|p| *p == 0).unwrap();
        let of: Vec<usize> = (0..90)
            .filter(|i| places.place[*i] == places.place[one])
            .collect();
        let mean = of.iter().map(|i| targets.score[[*i, 1]]).sum::<f64>() / of.len() as f64;
        assert!((score[[0, 1]] - mean).abs() < 1e-12);
    }
}
