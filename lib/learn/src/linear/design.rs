//! X, n×d, dense or sparse, as linear models read it: row by row.

use crate::matrix::simd::{lanes, wide, Work};
use ndarray::Array2;

/// A sparse matrix by rows.
#[derive(Debug, Clone)]
pub struct Csr {
    columns: usize,
    start: Vec<usize>,
    index: Vec<u32>,
    value: Vec<f64>,
}

impl Csr {
    /// From rows of (column, value); every column is less than `columns`.
    pub fn of(rows: Vec<Vec<(u32, f64)>>, columns: usize) -> Csr {
        let mut csr = Csr {
            columns,
            start: vec![0],
            index: Vec::new(),
            value: Vec::new(),
        };
        for row in rows {
            for (j, v) in row {
                csr.index.push(j);
                csr.value.push(v);
            }
            csr.start.push(csr.index.len());
        }
        csr
    }

    /// n.
    pub fn rows(&self) -> usize {
        self.start.len() - 1
    }

    /// The (column, value) pairs of a row.
    #[inline(always)]
    pub fn row(&self, i: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let span = self.start[i]..self.start[i + 1];
        self.index[span.clone()]
            .iter()
            .zip(&self.value[span])
            .map(|(j, v)| (*j as usize, *v))
    }
}

/// X, n×d.
#[derive(Debug, Clone)]
pub enum Design {
    /// Few numbers a row are not 0.
    Sparse(Csr),
    /// n×d in standard layout.
    Dense(Array2<f32>),
}

impl Design {
    /// n.
    pub fn rows(&self) -> usize {
        match self {
            Design::Sparse(x) => x.rows(),
            Design::Dense(x) => x.nrows(),
        }
    }

    /// d.
    pub fn columns(&self) -> usize {
        match self {
            Design::Sparse(x) => x.columns,
            Design::Dense(x) => x.ncols(),
        }
    }

    /// Calls `with` for the (column, value) pairs of row `i`.
    #[inline(always)]
    pub fn each(&self, i: usize, mut with: impl FnMut(usize, f64)) {
        match self {
            // Plain loops: what is called by an iterator is not always compiled for
            // wide vectors (simd.rs).
            Design::Sparse(x) => {
                let span = x.start[i]..x.start[i + 1];
                for (j, v) in x.index[span.clone()].iter().zip(&x.value[span]) {
                    with(*j as usize, *v);
                }
            }
            Design::Dense(x) => {
                for (j, v) in x.row(i).into_iter().enumerate() {
                    with(j, f64::from(*v));
                }
            }
        }
    }

    /// Xw + b of parameters (w, b).
    pub(super) fn scores(&self, parameters: &[f64]) -> Vec<f64> {
        wide(Scores(self, parameters))
    }

    /// Σ t_i·row i, d numbers.
    pub(super) fn weighted_sum(&self, weights: &[f64]) -> Vec<f64> {
        wide(WeightedSum(self, weights))
    }
}

struct Scores<'a>(&'a Design, &'a [f64]);

impl Work for Scores<'_> {
    type Output = Vec<f64>;
    #[inline(always)]
    fn call(self) -> Vec<f64> {
        let Scores(x, parameters) = self;
        let d = x.columns();
        let (w, b) = (&parameters[..d], parameters[d]);
        let mut z = vec![b; x.rows()];
        for (i, z) in z.iter_mut().enumerate() {
            match x.slice(i) {
                Some(row) => *z += lanes(row, w),
                None => x.each(i, |j, v| *z += v * w[j]),
            }
        }
        z
    }
}

struct WeightedSum<'a>(&'a Design, &'a [f64]);

impl Work for WeightedSum<'_> {
    type Output = Vec<f64>;
    #[inline(always)]
    fn call(self) -> Vec<f64> {
        let WeightedSum(x, weights) = self;
        let mut to = vec![0.0; x.columns()];
        for (i, t) in weights.iter().enumerate() {
            match x.slice(i) {
                Some(row) => {
                    for (to, v) in to.iter_mut().zip(row) {
                        *to += t * f64::from(*v);
                    }
                }
                None => x.each(i, |j, v| to[j] += t * v),
            }
        }
        to
    }
}

impl Design {
    /// Row `i` as it lies in memory, where it does.
    fn slice(&self, i: usize) -> Option<&[f32]> {
        match self {
            Design::Sparse(_) => None,
            Design::Dense(x) => x.row(i).to_slice(),
        }
    }
}
