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
use ndarray::{Array2, ArrayView1};
use rayon::prelude::*;
use rb_learn::sum::exact::ExactSum;
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
        mean_score: exact_means(&score),
        mean_cost: exact_means(&cost),
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

/// The mean of each column, of an exact sum: those of parts add up to it.
fn exact_means(grid: &Array2<f64>) -> Vec<f64> {
    let n = grid.nrows().max(1) as f64;
    let columns: Vec<_> = grid.columns().into_iter().collect();
    let sum = |c: &ArrayView1<f64>| c.iter().copied().collect::<ExactSum>().value();
    columns.par_iter().map(|c| sum(c) / n).collect()
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
    let means = exact_means(&filled);
    let scale = (0..k)
        .filter(|&m| counts[m] > 0)
        .map(|m| means[m])
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
    if costs.is_empty() {
        return expected;
    }
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
    use crate::table::table_builder::{self, Row};
    use rb_record::record::Outcome;

    const GAP: f64 = f64::NAN;

    /// Models by letter, a row a query; datasets by row. A score and a reward
    /// are the value, a cost what `cost` makes of it.
    fn table(values: &[Vec<f64>], datasets: &[&str], cost: fn(f64) -> f64) -> Table {
        let row = |(i, values): (usize, &Vec<f64>)| Row {
            id: format!("q{i:03}"),
            dataset: datasets[i % datasets.len()].into(),
            unit: i as u64,
            text: String::new(),
            x: Vec::new(),
            outcomes: values
                .iter()
                .enumerate()
                .map(|(m, v)| {
                    let known = (!v.is_nan()).then_some(*v);
                    let outcome = Outcome {
                        score: known.map(|v| v.clamp(0.0, 1.0)),
                        cost: known.map(cost),
                        reward: known,
                        ..Outcome::default()
                    };
                    (((b'a' + m as u8) as char).to_string(), outcome)
                })
                .collect(),
        };
        table_builder::table(values.iter().enumerate().map(row).collect())
    }

    #[test]
    fn complete_data_stay_exactly_as_they_are() {
        let t = targets(&table(
            &[vec![0.1, 0.9], vec![0.3, 0.25]],
            &["d", "e"],
            |v| 3.0 * v,
        ));
        assert_eq!(t.score, ndarray::array![[0.1, 0.9], [0.3, 0.25]]);
        assert_eq!(t.cost[[1, 0]], 3.0 * 0.3);
        assert_eq!(t.mean_score[0], (0.1 + 0.3) / 2.0);
        assert_eq!(t.scale, (3.0 * 0.9 + 3.0 * 0.25) / 2.0);
    }

    #[test]
    fn a_model_measured_only_on_easy_queries_gains_nothing_by_it() {
        // The second model is worse on every query both were asked, and was
        // never asked the hard ones; its raw mean (0.8) beats the first's (0.5).
        let mut rows: Vec<Vec<f64>> = vec![vec![0.9, 0.8]; 20];
        rows.extend(vec![vec![0.1, GAP]; 20]);
        let means = targets(&table(&rows, &[""], |_| 1.0)).mean_score;
        assert!(means[1] < means[0], "{means:?}");
    }

    #[test]
    fn a_model_with_few_labels_keeps_the_shape_that_they_show() {
        // Four models on three datasets; d is best on the third, by 20 labels
        // a dataset of 200.
        let right = |i: usize, m: usize| {
            let good = [0.9, 0.5, 0.5, if i % 3 == 2 { 0.95 } else { 0.4 }][m];
            let draw =
                rb_record::hash::unit(rb_record::hash::text(5, "right", &format!("{i} {m}")));
            f64::from(u8::from(
                draw < if i % 3 == 2 && m < 3 { 0.4 } else { good },
            ))
        };
        let rows: Vec<Vec<f64>> = (0..600)
            .map(|i| {
                let of = |m| if m == 3 && i >= 60 { GAP } else { right(i, m) };
                (0..4).map(of).collect()
            })
            .collect();
        let score = targets(&table(&rows, &["x", "y", "z"], |_| 1.0)).score;
        let mean = |dataset: usize, m: usize| {
            let of = (60..600).filter(|i| i % 3 == dataset);
            of.map(|i| score[[i, m]]).sum::<f64>() / 180.0
        };
        assert!(mean(2, 3) > mean(2, 0) + 0.2, "{}", mean(2, 3));
        assert!(mean(0, 3) < mean(0, 0) - 0.2, "{}", mean(0, 3));
    }

    #[test]
    fn an_unknown_reward_is_filled_from_its_query_and_its_model_without_bounds() {
        let mut rows: Vec<Vec<f64>> = (0..30)
            .map(|i| vec![f64::from(i % 7) - 12.0, f64::from(i % 7) - 9.0])
            .collect();
        rows.push(vec![7.0, GAP]);
        let r = rewards(&table(&rows, &[""], |_| 1.0));
        assert!((r[[30, 1]] - 10.0).abs() < 0.2, "{}", r[[30, 1]]);
        assert_eq!(r[[3, 0]], 3.0 - 12.0);
    }

    #[test]
    fn an_unknown_cost_is_estimated_in_proportion_and_never_free() {
        let mut rows: Vec<Vec<f64>> = (0..30)
            .map(|i| 2f64.powi(i % 4))
            .map(|c| vec![c, 10.0 * c])
            .collect();
        // Known of the second model: only cheap queries.
        rows.extend(vec![vec![16.0, GAP]; 10]);
        let t = targets(&table(&rows, &[""], |v| v));
        let dear = t.cost[[35, 1]];
        assert!((dear / 160.0 - 1.0).abs() < 0.15, "{dear}");
        assert_eq!(t.scale, t.mean_cost[1]);
        assert_eq!(t.scale, scale(&table(&rows, &[""], |v| v)));
        let free = targets(&table(&[vec![GAP, 0.0], vec![0.0, GAP]], &[""], |v| v));
        assert_eq!(free.cost, Array2::<f64>::zeros((2, 2)));
        // A model without any known cost is as dear as the dearest.
        let two = table(&[vec![1.0, 1.0], vec![1.0, 1.0]], &[""], |v| v);
        let mut costs = Grid::unknown(2, 2);
        costs.set(0, 0, 1.0);
        costs.set(1, 0, 3.0);
        let (filled, scale) = fill_costs(&costs, &alike_of(&two));
        assert_eq!((filled[[0, 1]], filled[[1, 1]], scale), (2.0, 2.0, 2.0));
    }
}
