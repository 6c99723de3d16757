//! The queries that pools are judged on: every model's score of every one.

/// Complete scores of the queries of a split. Queries of one prompt lie side by
/// side (the bootstrap asks for it).
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// K.
    pub models: usize,
    /// n×K, row by row, 0..1.
    pub scores: Vec<f64>,
    /// By query: the number of its dataset.
    pub dataset: Vec<usize>,
    /// By query: a hash of its prompt.
    pub unit: Vec<u64>,
}

impl Part {
    /// n.
    pub fn len(&self) -> usize {
        self.unit.len()
    }
    /// Whether there is no query.
    pub fn is_empty(&self) -> bool {
        self.unit.is_empty()
    }
    /// The score of a model on a query.
    pub fn score(&self, query: usize, model: usize) -> f64 {
        self.scores[query * self.models + model]
    }
    /// The queries of one dataset, ascending; None: all.
    pub fn rows(&self, dataset: Option<usize>) -> Vec<usize> {
        let of = |q: &usize| dataset.is_none_or(|d| self.dataset[*q] == d);
        (0..self.len()).filter(of).collect()
    }
}

/// The mean of some queries' scores; None of no query.
pub fn mean(scores: &[f64], rows: &[usize]) -> Option<f64> {
    let sum: f64 = rows.iter().map(|q| scores[*q]).sum();
    (!rows.is_empty()).then(|| sum / rows.len() as f64)
}
