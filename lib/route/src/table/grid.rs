//! A grid of queries × models in which a value may be unknown. One of which
//! nothing is known takes no memory.

/// An n×K grid of f64, a row a query.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    rows: usize,
    columns: usize,
    // NaN marks the unknown; it never leaves this type. Empty: all unknown.
    values: Vec<f64>,
}

impl Grid {
    /// All unknown.
    pub fn unknown(rows: usize, columns: usize) -> Grid {
        Grid {
            rows,
            columns,
            values: Vec::new(),
        }
    }
    /// The value, where it is known.
    pub fn get(&self, row: usize, column: usize) -> Option<f64> {
        let v = *self.values.get(row * self.columns + column)?;
        (!v.is_nan()).then_some(v)
    }
    /// Makes a value known.
    pub fn set(&mut self, row: usize, column: usize, value: f64) {
        if self.values.is_empty() {
            self.values = vec![f64::NAN; self.rows * self.columns];
        }
        self.values[row * self.columns + column] = value;
    }
    /// K.
    pub fn columns(&self) -> usize {
        self.columns
    }
    /// n.
    pub fn rows(&self) -> usize {
        self.rows
    }
    /// How many values of a column are known.
    pub fn known(&self, column: usize) -> usize {
        (0..self.rows)
            .filter(|&i| self.get(i, column).is_some())
            .count()
    }
    /// The mean of a column's known values.
    pub fn mean(&self, column: usize) -> Option<f64> {
        let known = || (0..self.rows).filter_map(|i| self.get(i, column));
        let n = known().count();
        (n > 0).then(|| known().sum::<f64>() / n as f64)
    }
    /// Columns by their places here; None: all unknown.
    pub(crate) fn over(&self, places: &[Option<usize>]) -> Grid {
        let mut grid = Grid::unknown(self.rows, places.len());
        for (row, (to, from)) in
            (0..self.rows).flat_map(|i| places.iter().enumerate().map(move |p| (i, p)))
        {
            if let Some(value) = from.and_then(|from| self.get(row, from)) {
                grid.set(row, to, value);
            }
        }
        grid
    }
    pub(crate) fn select(&self, rows: &[usize]) -> Grid {
        let mut values = Vec::new();
        if !self.values.is_empty() {
            values.reserve_exact(rows.len() * self.columns);
            for &i in rows {
                values.extend_from_slice(&self.values[i * self.columns..(i + 1) * self.columns]);
            }
        }
        Grid {
            rows: rows.len(),
            columns: self.columns,
            values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(grid: &Grid) -> usize {
        (0..grid.columns())
            .map(|m| grid.rows() - grid.known(m))
            .sum()
    }

    #[test]
    fn what_was_never_set_is_unknown_and_has_no_mean() {
        let mut grid = Grid::unknown(3, 2);
        assert_eq!(
            (grid.get(2, 1), grid.known(0), grid.mean(0)),
            (None, 0, None)
        );
        let none = grid.select(&[1, 1]);
        assert_eq!((none.rows(), none.columns(), none.get(1, 1)), (2, 2, None));
        assert_eq!(unknown(&grid), 6);
        grid.set(0, 1, 0.5);
        grid.set(2, 1, 1.0);
        assert_eq!(
            (grid.known(1), grid.mean(1), grid.mean(0)),
            (2, Some(0.75), None)
        );
        assert_eq!(unknown(&grid), 4);
        let some = grid.select(&[2, 1]);
        assert_eq!((some.get(0, 1), some.get(1, 1)), (Some(1.0), None));
        let over = grid.over(&[None, Some(1)]);
        assert_eq!(
            (over.rows(), over.get(0, 0), over.get(0, 1)),
            (3, None, Some(0.5))
        );
    }
}
