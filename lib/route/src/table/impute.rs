//! Dense training targets from outcomes with gaps.
//!
//! An unknown score is what effects.rs expects there: by the model, by how hard
//! the query's dataset and neighbours are and how good the model is on them, by
//! the query itself, each shrunk by its own count, and kept in 0..1. So a model
//! measured only on easy queries gains nothing by it, and a new model keeps the
//! shape that its few outcomes show. Neighbours are clusters of the vectors
//! where the table has vectors. Costs the same, in units of the model's mean
//! cost, so that effects multiply: c(q,m) ≈ b_m·r(q,m), and b_m = Σ known c / Σ r
//! over the same queries. What is known stays exactly as it is, so on complete
//! data nothing changes. A model whose cost is never known gets the cost scale
//! G everywhere: unknown is not free. Rewards (any real) are filled as scores
//! are, without the bounds.

use crate::table::alike;
use crate::table::effects::{self, Grouping, Known};
use crate::table::{Field, Grid, Table};
use ndarray::Array2;
use std::cell::LazyCell;

/// How often the models' mean costs are taken anew.
const RESCALED: usize = 4;

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
    let alike = alike_of(table);
    let score = fill(table.score(), &alike, 0.0, 1.0);
    let (cost, scale) = fill_costs(table.cost(), &alike);
    Targets {
        mean_score: column_means(&score),
        mean_cost: column_means(&cost),
        score,
        cost,
        scale,
    }
}

/// G, as [`targets`] has it.
pub fn scale(table: &Table) -> f64 {
    fill_costs(table.cost(), &alike_of(table)).1
}

/// The mean of each column.
pub fn column_means(grid: &Array2<f64>) -> Vec<f64> {
    let n = grid.nrows().max(1) as f64;
    (0..grid.ncols())
        .map(|m| grid.column(m).sum() / n)
        .collect()
}

/// Rewards (n×K) with their gaps filled as those of scores are, but on no
/// scale of their own.
pub fn rewards(table: &Table) -> Array2<f64> {
    let grid = table.grid(Field::Reward);
    fill(grid, &alike_of(table), f64::MIN, f64::MAX)
}

/// The rows that are the same query, and those that are alike.
struct Alike {
    queries: Grouping,
    groupings: Vec<Grouping>,
}

/// Worked out only where something is missing.
fn alike_of(table: &Table) -> LazyCell<Alike, impl FnOnce() -> Alike + use<'_>> {
    LazyCell::new(|| Alike {
        queries: alike::queries(table),
        groupings: alike::groupings(table),
    })
}

fn known_of(grid: &Grid) -> Vec<Known> {
    let (n, k) = (grid.rows(), grid.columns());
    let cells = (0..n).flat_map(|row| (0..k).map(move |model| (row, model)));
    let known = |(row, model)| {
        grid.get(row, model)
            .map(|value| Known { row, model, value })
    };
    cells.filter_map(known).collect()
}

fn fill<F: FnOnce() -> Alike>(
    grid: &Grid,
    alike: &LazyCell<Alike, F>,
    least: f64,
    most: f64,
) -> Array2<f64> {
    let (n, k) = (grid.rows(), grid.columns());
    let known = known_of(grid);
    let mut filled = Array2::zeros((n, k));
    if known.len() < n * k {
        let effects = effects::fit(&known, k, &alike.queries, &alike.groupings);
        filled = Array2::from_shape_fn((n, k), |(i, m)| effects.expected(i, m).clamp(least, most));
    }
    for k in known {
        filled[[k.row, k.model]] = k.value;
    }
    filled
}

fn fill_costs<F: FnOnce() -> Alike>(grid: &Grid, alike: &LazyCell<Alike, F>) -> (Array2<f64>, f64) {
    let (n, k) = (grid.rows(), grid.columns());
    let mut filled = Array2::zeros((n, k));
    let counts: Vec<usize> = (0..k).map(|m| grid.known(m)).collect();
    if counts.iter().all(|c| *c == 0) {
        return (filled, 0.0);
    }
    if counts.iter().any(|c| *c > 0 && *c < n) {
        filled = expected_costs(grid, alike);
    }
    for k in known_of(grid) {
        filled[[k.row, k.model]] = k.value;
    }
    let scale = (0..k)
        .filter(|&m| counts[m] > 0)
        .map(|m| filled.column(m).sum() / n.max(1) as f64)
        .fold(0.0, f64::max);
    for (m, count) in counts.iter().enumerate() {
        if *count == 0 {
            filled.column_mut(m).fill(scale);
        }
    }
    (filled, scale)
}

/// b_m·r(q,m) of every query and model (n×K), of models with a known cost.
fn expected_costs(grid: &Grid, alike: &Alike) -> Array2<f64> {
    let (n, k) = (grid.rows(), grid.columns());
    let mut mean: Vec<f64> = (0..k).map(|m| grid.mean(m).unwrap_or(0.0)).collect();
    let costs = known_of(grid);
    // A model that was free wherever it is known says nothing of the queries.
    let paid = |c: &&Known| mean[c.model] > 0.0;
    let costs: Vec<Known> = costs.iter().filter(paid).copied().collect();
    let mut expected = Array2::zeros((n, k));
    for _ in 0..RESCALED {
        let ratio = |c: &Known| Known {
            value: c.value / mean[c.model],
            ..*c
        };
        let ratios: Vec<Known> = costs.iter().map(ratio).collect();
        let values = || ratios.iter().map(|r| r.value);
        let (least, most) = (
            values().fold(f64::MAX, f64::min),
            values().fold(0.0, f64::max),
        );
        let effects = effects::fit(&ratios, k, &alike.queries, &alike.groupings);
        expected = Array2::from_shape_fn((n, k), |(i, m)| {
            mean[m] * effects.expected(i, m).clamp(least, most)
        });
        let mut sums = vec![(0.0, 0.0); k];
        for c in &costs {
            let (cost, ratio) = &mut sums[c.model];
            *cost += c.value;
            *ratio += effects.of_row(c.row).clamp(least, most);
        }
        for (mean, (cost, ratio)) in mean.iter_mut().zip(sums) {
            if ratio > 0.0 {
                *mean = cost / ratio;
            }
        }
    }
    expected
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

    /// Every row a query of its own, in the groups named.
    fn alike(groups: &[usize]) -> LazyCell<Alike, impl FnOnce() -> Alike + use<'_>> {
        LazyCell::new(|| Alike {
            queries: Grouping {
                of: (0..groups.len()).collect(),
                groups: groups.len(),
            },
            groupings: vec![Grouping {
                of: groups.to_vec(),
                groups: groups.iter().max().map_or(0, |g| g + 1),
            }],
        })
    }

    fn fill_scores(g: &Grid) -> Array2<f64> {
        fill(g, &alike(&vec![0; g.rows()]), 0.0, 1.0)
    }

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
    fn one_outcome_a_query_tells_which_model_is_good_on_which_group() {
        // Model 0 is right on group 0 and wrong on group 1, model 1 the other
        // way round; each query was answered by one of them, in turn.
        let groups: Vec<usize> = (0..400).map(|i| i / 200).collect();
        let mut g = Grid::unknown(400, 2);
        for (i, group) in groups.iter().enumerate() {
            g.set(i, i % 2, f64::from(u8::from(i % 2 == *group)));
        }
        let filled = fill(&g, &alike(&groups), 0.0, 1.0);
        for i in (0..400).step_by(37) {
            let (own, other) = (groups[i], 1 - groups[i]);
            assert!(filled[[i, own]] > 0.7, "{}", filled[[i, own]]);
            assert!(filled[[i, other]] < 0.3, "{}", filled[[i, other]]);
        }
    }

    #[test]
    fn an_unknown_reward_is_filled_from_its_query_and_its_model_without_bounds() {
        let mut g = Grid::unknown(60, 2);
        for i in 0..60 {
            let hard = (i % 6) as f64 * 10.0;
            g.set(i, 0, -hard);
            if i % 4 != 3 {
                g.set(i, 1, 3.0 - hard);
            }
        }
        let filled = fill(&g, &alike(&[0; 60]), f64::MIN, f64::MAX);
        for i in (3..60).step_by(4) {
            let true_reward = 3.0 - (i % 6) as f64 * 10.0;
            assert!(
                (filled[[i, 1]] - true_reward).abs() < 1.0,
                "{i}: {}",
                filled[[i, 1]]
            );
        }
    }

    #[test]
    fn an_unknown_cost_is_estimated_in_proportion_and_never_free() {
        let mut g = Grid::unknown(60, 3);
        for i in 0..60 {
            let long = [1.0, 2.0, 4.0][i % 3];
            g.set(i, 0, long);
            if i % 4 != 3 {
                g.set(i, 1, 10.0 * long);
            }
        }
        let (c, scale) = fill_costs(&g, &alike(&[0; 60]));
        for i in (3..60).step_by(4) {
            let dear = 10.0 * [1.0, 2.0, 4.0][i % 3];
            assert!(
                (c[[i, 1]] / dear - 1.0).abs() < 0.15,
                "{i}: {} of {dear}",
                c[[i, 1]]
            );
        }
        assert!((scale / (70.0 / 3.0) - 1.0).abs() < 0.05, "{scale}");
        assert_eq!(c[[0, 2]], scale);
        assert_eq!(fill_costs(&grid(&[&[GAP, GAP]]), &alike(&[0])).1, 0.0);
    }
}
