//! What a router promises whose fit is a sum, and its fit on one table.

use crate::router::Router;
use crate::summed::sums::{fold_of, Places, Sums};
use crate::table::impute::{self, Targets};
use crate::table::Table;
use rb_record::error::Result;

/// A router to be fitted by sums.
pub trait Summing: Send + Sync {
    /// How many places there are.
    fn places(&self) -> usize;

    /// The place of each row, below [`places`](Summing::places).
    fn place(&self, table: &Table) -> Vec<usize> {
        vec![0; table.len()]
    }

    /// Whether it learns out of fold: then places are summed fold by fold.
    fn is_folded(&self) -> bool {
        false
    }

    /// The lengths of the prompts in tokens, where it counts them.
    fn lengths(&self, _table: &Table) -> Vec<u64> {
        Vec::new()
    }

    /// The router, of the sums and the means of all (whose rows are not read).
    fn finish(&self, sums: &Sums, means: &Targets, models: &[String]) -> Result<Box<dyn Router>>;
}

/// The rows of a table more.
pub fn add(sums: &mut Sums, summing: &dyn Summing, table: &Table, targets: &Targets, seed: u64) {
    let is_folded = summing.is_folded();
    let fold = |unit: &u64| if is_folded { fold_of(seed, *unit) } else { 0 };
    let places = Places {
        place: summing.place(table),
        fold: table.unit.iter().map(fold).collect(),
    };
    sums.add(targets, &places);
    for length in summing.lengths(table) {
        *sums.lengths.entry(length).or_default() += 1;
    }
}

/// Fits on a whole table, gaps filled.
pub fn fit(summing: &dyn Summing, table: &Table, seed: u64) -> Result<Box<dyn Router>> {
    let targets = impute::targets(table);
    let mut sums = Sums::default();
    add(&mut sums, summing, table, &targets, seed);
    summing.finish(&sums, &targets, &table.models)
}
