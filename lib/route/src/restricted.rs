//! What a router chooses where only some of its models may be had, at alpha 1: the
//! best of them by what it expects, guarded (guard.rs) for just these models.
//!
//! One fit over all models serves every pool, because what is expected of a model
//! hardly depends on which others there are. Train queries are expected of out of
//! fold; test queries by the fit on all of train. Guards are chosen on the same
//! out-of-fold queries for each pool anew, which makes train a little too good;
//! test knows nothing of it.

use crate::file::params::Params;
use crate::guard::{self, FLAG};
use crate::kinds::guarded;
use crate::router::{Entry, Estimates};
use crate::table::{Field, Grid, Table};
use ndarray::{Array2, Axis};
use rb_record::error::{Error, Result};

/// A router's expectations, ready to be asked for any pool.
pub struct Restricted {
    /// Train queries with their scores and nothing else.
    train: Table,
    /// Of the train queries, by fits that had not seen them.
    unseen: Estimates,
    /// Of the test queries.
    test: Estimates,
}

/// The model chosen for each query, by its place in the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Of the train rows asked for.
    pub train: Vec<usize>,
    /// Of the test rows asked for.
    pub test: Vec<usize>,
}

impl Restricted {
    /// Fits `kind` with its defaults on all of `train`, to choose for `rows` of train
    /// and test (tables over the same models). The scores of the train rows are all
    /// known. Errors: the router expects no score of each model, or train has a
    /// single prompt.
    pub fn fit(
        kind: &Entry,
        seed: u64,
        (train, test): (&Table, &Table),
        rows: [&[usize]; 2],
    ) -> Result<Restricted> {
        let mut params = Params::defaults(kind.flags);
        if let Some(guarded) = params.0.get_mut(FLAG.name) {
            *guarded = "off".into();
        }
        let fit = |part: &Table| (kind.fit)(part, &params, seed);
        let all = fit(train)?;
        let expected = all.estimate(&test.select(rows[1]).batch());
        let unseen = guarded::out_of_fold(train, seed, fit)?;
        let (Some(test), Some(mut unseen)) = (expected, unseen) else {
            return Err(Error::usage(format!(
                "the router {} does not tell what it expects of each model, or train has a single prompt; choose another --router, such as kmeans or domain",
                kind.name
            )));
        };
        unseen.p = unseen.p.select(Axis(0), rows[0]);
        Ok(Restricted {
            train: scores_alone(&train.select(rows[0])),
            unseen,
            test,
        })
    }

    /// The choice out of `pool` (places, at least one); of equals the first there.
    pub fn choose(&self, pool: &[usize]) -> Choice {
        let models: Vec<String> = (pool.iter())
            .map(|m| self.train.models[*m].clone())
            .collect();
        let (unseen, test) = (of_pool(&self.unseen, pool), of_pool(&self.test, pool));
        let guard = guard::choose(&unseen, &self.train.over(&models));
        let decide = |e: &Estimates| -> Vec<usize> {
            let chosen = match &guard {
                Some(guard) => guard.decide(e, 1.0),
                None => (0..e.p.nrows()).map(|i| e.row(i).decide(1.0)).collect(),
            };
            chosen.into_iter().map(|place| pool[place]).collect()
        };
        Choice {
            train: decide(&unseen),
            test: decide(&test),
        }
    }
}

/// What is expected of these models. Costs do not count at alpha 1, and their
/// absence leaves ties to the order of the pool.
fn of_pool(e: &Estimates, pool: &[usize]) -> Estimates {
    let p = e.p.select(Axis(1), pool);
    Estimates {
        g: Array2::zeros(p.raw_dim()),
        p: p.as_standard_layout().into_owned(),
        scale: 0.0,
    }
}

/// The table without vectors, texts, costs and signals.
fn scores_alone(table: &Table) -> Table {
    let (n, k) = (table.len(), table.k());
    let mut grids = vec![Grid::unknown(n, k); Field::Answer as usize + 1];
    grids[Field::Score as usize] = table.score().clone();
    Table {
        text: vec![String::new(); n],
        x: Array2::zeros((n, 0)),
        grids,
        ..table.clone()
    }
}
