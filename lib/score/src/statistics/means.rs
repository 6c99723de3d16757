//! Resampled means of columns of figures, a row a query.

use crate::statistics::bootstrap::{Adds, Frame};
use crate::statistics::poisson::{add, Lanes, LANES};
use std::ops::Range;

/// Columns whose sums in a block fit the processor's registers.
const TILE: usize = 5;

impl Frame<'_> {
    /// The resampled means of `width` columns: `[column][resample]`. `row`
    /// writes the figures of the query at a place.
    pub fn means(&self, width: usize, row: impl Fn(usize, &mut [f64])) -> Vec<Vec<f64>> {
        // Cells at a time: what a cache close by holds.
        const CELLS: usize = 1 << 16;
        let some = |range: Range<usize>| {
            let mut cells = vec![0.0; width * range.len()];
            for (q, row_of) in range.zip(cells.chunks_mut(width.max(1))) {
                row(q, row_of);
            }
            cells
        };
        let step = (CELLS / width.max(1)).max(64);
        let blocks = self.fold(step, vec![[0.0; LANES]; width], some, Columns(width));
        (0..width)
            .map(|column| self.resamples(&blocks, |sums| sums[column]))
            .collect()
    }
}

/// Means of so many columns: prepared is a row a query.
struct Columns(usize);

impl Adds<Vec<f64>, Vec<Lanes>> for Columns {
    #[inline(always)]
    fn add(&self, sums: &mut Vec<Lanes>, cells: &Vec<f64>, place: usize, run: &[Lanes]) {
        let width = self.0;
        let rows = &cells[place * width..(place + run.len()) * width];
        let mut tiles = sums.chunks_exact_mut(TILE);
        let mut first = 0;
        for tile in &mut tiles {
            add_columns::<TILE>(tile, rows, width, first, run);
            first += TILE;
        }
        for sum in tiles.into_remainder().chunks_exact_mut(1) {
            add_columns::<1>(sum, rows, width, first, run);
            first += 1;
        }
    }
}

/// Adds N columns of `rows` from `first` on to their N sums, weighted.
#[inline(always)]
fn add_columns<const N: usize>(
    sums: &mut [Lanes],
    rows: &[f64],
    width: usize,
    first: usize,
    run: &[Lanes],
) {
    let Some(sums) = sums.first_chunk_mut::<N>() else {
        return;
    };
    // Beside the sums themselves, so that they stay in registers.
    let mut own = *sums;
    for (row, v) in rows.chunks_exact(width).zip(run) {
        if let Some(row) = row[first..].first_chunk::<N>() {
            for (sum, x) in own.iter_mut().zip(row) {
                add(sum, *x, v);
            }
        }
    }
    *sums = own;
}
