//! Exact sums of scores and costs by place, and by fold within it.

use crate::table::impute::Targets;
use ndarray::{Array2, ArrayView1};
use rb_learn::folds::FOLDS;
use rb_learn::sum::exact::ExactSum;
use rb_record::hash;
use std::collections::BTreeMap;

/// The queries of one place and fold.
#[derive(Debug, Clone)]
pub struct Cell {
    /// How many.
    pub n: u64,
    /// By model: the sum of scores.
    pub score: Vec<ExactSum>,
    /// By model: the sum of costs (USD, or what quality is traded against).
    pub cost: Vec<ExactSum>,
}

impl Cell {
    /// No query, of K models.
    pub fn empty(models: usize) -> Cell {
        Cell {
            n: 0,
            score: vec![ExactSum::default(); models],
            cost: vec![ExactSum::default(); models],
        }
    }

    fn add(&mut self, score: ArrayView1<f64>, cost: ArrayView1<f64>) {
        self.n += 1;
        let each = |sums: &mut [ExactSum], values: ArrayView1<f64>| {
            sums.iter_mut().zip(values).for_each(|(s, v)| s.add(*v));
        };
        each(&mut self.score, score);
        each(&mut self.cost, cost);
    }

    fn add_all(&mut self, other: &Cell) {
        self.n += other.n;
        let each = |sums: &mut [ExactSum], others: &[ExactSum]| {
            sums.iter_mut().zip(others).for_each(|(s, o)| s.add_all(o));
        };
        each(&mut self.score, &other.score);
        each(&mut self.cost, &other.cost);
    }
}

/// Where the rows of a table belong.
#[derive(Debug, Default)]
pub struct Places {
    /// By row.
    pub place: Vec<usize>,
    /// By row, below [`FOLDS`].
    pub fold: Vec<usize>,
}

/// What a fit by sums learns from.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    /// By place and fold.
    pub cells: BTreeMap<(usize, usize), Cell>,
    /// How many prompts have each length in tokens; empty for routers that do not ask.
    pub lengths: BTreeMap<u64, u64>,
}

/// The fold of a prompt by its hash alone, so that a part deals as the whole does.
pub fn fold_of(seed: u64, unit: u64) -> usize {
    let seed = hash::seed(seed, "folds");
    (hash::text(seed, "part", &unit.to_string()) % FOLDS as u64) as usize
}

impl Sums {
    /// The sums over the rows of a table, all of whose values are known or filled.
    pub fn of(targets: &Targets, places: &Places) -> Sums {
        let mut sums = Sums::default();
        sums.add(targets, places);
        sums
    }

    /// The rows of a table more.
    pub fn add(&mut self, targets: &Targets, places: &Places) {
        let models = targets.score.ncols();
        let at = places.place.iter().zip(&places.fold);
        for (i, (&place, &fold)) in at.enumerate() {
            self.cell(place, fold, models)
                .add(targets.score.row(i), targets.cost.row(i));
        }
    }

    /// All of other sums more, over as many models.
    pub fn add_all(&mut self, other: &Sums) {
        for ((place, fold), cell) in &other.cells {
            self.cell(*place, *fold, cell.score.len()).add_all(cell);
        }
        for (length, n) in &other.lengths {
            *self.lengths.entry(*length).or_default() += n;
        }
    }

    fn cell(&mut self, place: usize, fold: usize, models: usize) -> &mut Cell {
        let cell = self.cells.entry((place, fold));
        cell.or_insert_with(|| Cell::empty(models))
    }

    /// The number of queries.
    pub fn n(&self) -> u64 {
        self.cells.values().map(|c| c.n).sum()
    }

    /// The queries that `keep` admits by place and fold, taken together.
    pub fn total(&self, models: usize, keep: impl Fn(usize, usize) -> bool) -> Cell {
        let mut total = Cell::empty(models);
        let kept = self.cells.iter().filter(|((p, f), _)| keep(*p, *f));
        kept.for_each(|(_, cell)| total.add_all(cell));
        total
    }

    /// A total for each of `places` places.
    pub fn by_place(&self, places: usize, models: usize) -> Vec<Cell> {
        let mut cells = vec![Cell::empty(models); places];
        for ((place, _), cell) in &self.cells {
            if let Some(to) = cells.get_mut(*place) {
                to.add_all(cell);
            }
        }
        cells
    }

    /// The models' means and the cost scale, as `impute::targets` has them of the
    /// same queries; without rows. `is_priced`: costs are known.
    pub fn means(&self, models: usize, is_priced: bool) -> Targets {
        let total = self.total(models, |_, _| true);
        let n = total.n.max(1) as f64;
        let means = |sums: &[ExactSum]| sums.iter().map(|s| s.value() / n).collect();
        let mean_cost: Vec<f64> = means(&total.cost);
        let dearest = mean_cost.iter().copied().fold(0.0, f64::max);
        Targets {
            score: Array2::zeros((0, models)),
            cost: Array2::zeros((0, models)),
            mean_score: means(&total.score),
            scale: if is_priced { dearest } else { 0.0 },
            mean_cost,
        }
    }
}
