//! Dense training targets from outcomes with gaps: two-way (query + model)
//! effects, so that a model measured only on easy queries gains nothing by it.
//!
//! Scores: s(q,m) ≈ a_q + b_m, the least-squares fit over the known scores by
//! alternating means (shrinking a_q would carry the bias back in). An unknown score is estimated as a_q + b_m, kept in 0..1. Costs:
//! c(q,m) ≈ r_q·b_m with r_q = Σ known c / Σ b_m over the same models, which
//! stands costs of 0. What is known stays exactly as it is, so on complete
//! data nothing changes. A model whose cost is never known gets the cost scale
//! G everywhere: unknown is not free. Rewards (any real) are filled as scores
//! are, without the bounds.

use crate::table::{Field, Grid, Table};
use ndarray::Array2;

/// The most passes of alternating means, and the change at which they have settled.
const PASSES: usize = 500;
const SETTLED: f64 = 1e-10;

/// Dense targets of a table: expected score and cost where unknown, the
/// observed value elsewhere.
#[derive(Debug, Clone)]
pub struct Targets {
    /// n×K scores, 0..1.
    pub score: Array2<f64>,
    /// n×K costs in USD; all 0 where no cost is known at all.
    pub cost: Array2<f64>,
    /// Mean train score of each model, gaps filled.
    pub mean_score: Vec<f64>,
    /// Mean train cost of each model, gaps filled.
    pub mean_cost: Vec<f64>,
    /// G: the mean train cost of the dearest model; 0 where no cost is known.
    pub scale: f64,
}

/// The models of a table without a known train cost, where others have one.
pub fn models_without_cost(table: &Table) -> Vec<usize> {
    let cost = table.grid(Field::Cost);
    let unknown: Vec<usize> = (0..table.k()).filter(|&m| cost.known(m) == 0).collect();
    if unknown.len() == table.k() {
        Vec::new()
    } else {
        unknown
    }
}

/// Fills the gaps of a table's scores and costs.
pub fn targets(table: &Table) -> Targets {
    let score = fill_scores(table.score());
    let (cost, scale) = fill_costs(table.cost());
    Targets {
        mean_score: column_means(&score),
        mean_cost: column_means(&cost),
        score,
        cost,
        scale,
    }
}

/// The mean of each column.
pub fn column_means(grid: &Array2<f64>) -> Vec<f64> {
    let n = grid.nrows().max(1) as f64;
    (0..grid.ncols())
        .map(|m| grid.column(m).sum() / n)
        .collect()
}

/// Rewards (n×K) with their gaps filled as those of scores are, but on no
/// scale of their own: a_q + b_m, whatever it is.
pub fn rewards(grid: &Grid) -> Array2<f64> {
    fill(grid, f64::MIN, f64::MAX)
}

fn fill_scores(grid: &Grid) -> Array2<f64> {
    fill(grid, 0.0, 1.0)
}

/// Two-way effects where nothing is known, kept in `least..=most`.
fn fill(grid: &Grid, least: f64, most: f64) -> Array2<f64> {
    let (n, k) = (grid.rows(), grid.columns());
    let mut filled = Array2::zeros((n, k));
    let mut gaps = false;
    let mut model: Vec<f64> = (0..k).map(|m| grid.mean(m).unwrap_or(f64::NAN)).collect();
    let overall: Vec<f64> = model.iter().copied().filter(|v| !v.is_nan()).collect();
    let overall = overall.iter().sum::<f64>() / overall.len().max(1) as f64;
    // A model without any known score is expected to be as the others are.
    model
        .iter_mut()
        .for_each(|v| *v = if v.is_nan() { 0.0 } else { *v - overall });
    let mut query = vec![overall; n];
    for i in 0..n {
        for m in 0..k {
            match grid.get(i, m) {
                Some(v) => filled[[i, m]] = v,
                None => gaps = true,
            }
        }
    }
    if !gaps {
        return filled;
    }
    for _ in 0..PASSES {
        let mut moved = 0.0f64;
        for (i, a) in query.iter_mut().enumerate() {
            let (mut sum, mut count) = (0.0, 0.0);
            for (m, b) in model.iter().enumerate() {
                if let Some(v) = grid.get(i, m) {
                    sum += v - b;
                    count += 1.0;
                }
            }
            *a = if count > 0.0 { sum / count } else { overall };
        }
        for (m, b) in model.iter_mut().enumerate() {
            let (mut sum, mut count) = (0.0, 0.0);
            for (i, a) in query.iter().enumerate() {
                if let Some(v) = grid.get(i, m) {
                    sum += v - a;
                    count += 1.0;
                }
            }
            let new = if count > 0.0 { sum / count } else { 0.0 };
            moved = moved.max((new - *b).abs());
            *b = new;
        }
        if moved < SETTLED {
            break;
        }
    }
    for i in 0..n {
        for m in 0..k {
            if grid.get(i, m).is_none() {
                filled[[i, m]] = (query[i] + model[m]).clamp(least, most);
            }
        }
    }
    filled
}

fn fill_costs(grid: &Grid) -> (Array2<f64>, f64) {
    let (n, k) = (grid.rows(), grid.columns());
    let mut filled = Array2::zeros((n, k));
    let known: Vec<bool> = (0..k).map(|m| grid.known(m) > 0).collect();
    if !known.iter().any(|&k| k) {
        return (filled, 0.0);
    }
    let mut model: Vec<f64> = (0..k).map(|m| grid.mean(m).unwrap_or(0.0)).collect();
    let ratios = |model: &[f64]| -> Vec<f64> {
        (0..n)
            .map(|i| {
                let (mut cost, mut expected) = (0.0, 0.0);
                for (m, b) in model.iter().enumerate() {
                    if let Some(c) = grid.get(i, m) {
                        cost += c;
                        expected += b;
                    }
                }
                if expected > 0.0 {
                    cost / expected
                } else {
                    1.0
                }
            })
            .collect()
    };
    let complete = (0..k).all(|m| grid.known(m) == n || !known[m]);
    let mut ratio = ratios(&model);
    for _ in 0..if complete { 0 } else { PASSES } {
        let mut moved = 0.0f64;
        for (m, b) in model.iter_mut().enumerate() {
            let (mut cost, mut expected) = (0.0, 0.0);
            for (i, r) in ratio.iter().enumerate() {
                if let Some(c) = grid.get(i, m) {
                    cost += c;
                    expected += r;
                }
            }
            if expected > 0.0 {
                let new = cost / expected;
                moved = moved.max((new - *b).abs() / new.max(f64::MIN_POSITIVE));
                *b = new;
            }
        }
        ratio = ratios(&model);
        if moved < SETTLED {
            break;
        }
    }
    for i in 0..n {
        for m in 0..k {
            filled[[i, m]] = grid.get(i, m).unwrap_or(ratio[i] * model[m]);
        }
    }
    let scale = (0..k)
        .filter(|&m| known[m])
        .map(|m| filled.column(m).sum() / n.max(1) as f64)
        .fold(0.0, f64::max);
    for (m, known) in known.iter().enumerate() {
        if !known {
            filled.column_mut(m).fill(scale);
        }
    }
    (filled, scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(rows: &[&[f64]]) -> Grid {
        let mut g = Grid::unknown(rows.len(), rows[0].len());
        for (i, row) in rows.iter().enumerate() {
            for (m, v) in row.iter().enumerate() {
                if *v >= 0.0 {
                    g.set(i, m, *v);
                }
            }
        }
        g
    }
    const GAP: f64 = -1.0;

    #[test]
    fn complete_data_stay_exactly_as_they_are() {
        let g = grid(&[&[0.1, 0.9], &[0.3, 0.25]]);
        assert_eq!(fill_scores(&g)[[1, 1]], 0.25);
        assert_eq!(column_means(&fill_scores(&g))[0], (0.1 + 0.3) / 2.0);
    }

    #[test]
    fn a_model_measured_only_on_easy_queries_gains_nothing_by_it() {
        // The second model is worse on every query both were asked, and was
        // never asked the hard ones; its raw mean (0.8) beats the first's (0.5).
        let mut rows: Vec<Vec<f64>> = vec![vec![0.9, 0.8]; 20];
        rows.extend(vec![vec![0.1, GAP]; 20]);
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let means = column_means(&fill_scores(&grid(&rows)));
        assert!(means[1] < means[0], "{means:?}");
    }

    #[test]
    fn an_unknown_reward_is_filled_from_its_query_and_its_model_without_bounds() {
        let r = rewards(&grid(&[&[1.0, 4.0], &[7.0, GAP], &[2.0, 5.0]]));
        assert!((r[[1, 1]] - 10.0).abs() < 1e-6, "{r}");
        let mut low = Grid::unknown(2, 2);
        for (i, m, v) in [(0, 0, -8.0), (0, 1, -6.0), (1, 0, -3.0)] {
            low.set(i, m, v);
        }
        assert!((rewards(&low)[[1, 1]] + 1.0).abs() < 1e-6);
    }

    #[test]
    fn an_unknown_cost_is_estimated_in_proportion_and_never_free() {
        let (c, scale) = fill_costs(&grid(&[
            &[1.0, 10.0, GAP],
            &[2.0, 20.0, GAP],
            &[4.0, GAP, GAP],
        ]));
        assert!((c[[2, 1]] - 40.0).abs() < 1e-6, "{c}");
        assert!((scale - 70.0 / 3.0).abs() < 1e-6);
        assert_eq!(c[[0, 2]], scale);
        assert_eq!(fill_costs(&grid(&[&[GAP, GAP]])).1, 0.0);
    }
}
