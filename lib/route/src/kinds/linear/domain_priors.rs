//! domain, and what it has expected of train without each row, for routers that build on
//! it and learn how answers change what was expected.

use crate::kinds::linear::domain::{self, Domain};
use crate::router::Estimator;
use crate::table::Table;
use ndarray::Array2;

/// What is expected of each row of train by what was learnt without its outcomes, but
/// for the few strengths, which all rows choose together.
pub struct DomainPriors {
    /// p, n×K.
    pub p: Array2<f64>,
    /// The likeliest dataset, as [`domain::classes_of`] numbers them.
    pub dataset: Vec<usize>,
}

/// The fit itself, for routers that build on it, and what they learn from: priors of
/// train out of fold (the folds of `seed`). Of train with one prompt, which has no
/// folds, they are those of the fit itself.
pub fn learn(table: &Table, seed: u64) -> (Domain, DomainPriors) {
    let (mut domain, likeliest) = domain::learn_whole(table, seed);
    // A number a query and model: nothing to keep where nobody asks for it.
    let priors = match domain.unseen.take() {
        Some(unseen) => DomainPriors {
            p: unseen.p,
            dataset: likeliest,
        },
        None => DomainPriors {
            p: domain.estimate(&table.batch()).p,
            dataset: domain::classes_of(table).0,
        },
    };
    (domain, priors)
}
