//! What a router expects of each model, and the route that follows from it.

use ndarray::{Array2, Axis};
use rb_record::policy::{Expected, Step};

/// A route over models named by their place in the router's pool.
pub type Steps = Vec<Step<usize>>;

/// Expected scores (n×K) and costs (n×K, USD) of a batch, and the cost scale G
/// in USD (not positive where no cost is known). Both in standard layout.
#[derive(Debug, Clone)]
pub struct Estimates {
    /// Expected scores, n×K.
    pub p: Array2<f64>,
    /// Expected costs, n×K.
    pub g: Array2<f64>,
    /// G.
    pub scale: f64,
}

impl Estimates {
    /// Those of some rows.
    pub fn select(&self, rows: &[usize]) -> Estimates {
        Estimates {
            p: self.p.select(Axis(0), rows),
            g: self.g.select(Axis(0), rows),
            scale: self.scale,
        }
    }

    /// The shared rule's input for query `i`.
    pub fn row(&self, i: usize) -> Expected<'_> {
        Expected {
            p: self.p.row(i).to_slice().unwrap_or_default(),
            g: self.g.row(i).to_slice().unwrap_or_default(),
            scale: self.scale,
        }
    }
}
