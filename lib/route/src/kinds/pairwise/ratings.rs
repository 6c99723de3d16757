//! Routers that rate models and no more: a rating says who wins, not what a
//! model scores. In one form two models are told apart by P(strong wins) =
//! σ(rating of strong − rating of weak), in the other all models by expected
//! scores that follow from the chances of winning (wins.rs), with expected
//! costs by ridge (heads.rs).

use crate::file::params::Params;
use crate::kinds::linear::heads::Heads;
use crate::kinds::pairwise::comparisons::Comparisons;
use crate::kinds::pairwise::wins::Units;
use crate::kinds::single::pair;
use crate::router::{ByEstimate, ByThreshold, Estimates, Estimator, Router, Shape, TwoModel};
use crate::table::{impute, Batch, Table};
use ndarray::Array2;
use rb_learn::dense;
use rb_learn::linear::{sigmoid, Design};
use rb_record::error::Result;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What rates models for queries.
pub trait Rating: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The ratings (n×K) for each query; only differences within a row count.
    fn of(&self, batch: &Batch) -> Array2<f64>;
    /// Refuses sizes that do not agree.
    fn check(&self, shape: Shape) -> Result<()>;
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "lowercase", deny_unknown_fields)]
enum State<R> {
    Models(Models<R>),
    Pair(Pair<R>),
}

/// All models by expected scores.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Models<R> {
    ratings: R,
    units: Units,
    cost: Heads,
    scale: f64,
}

/// Two models by P(strong wins).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair<R> {
    ratings: R,
    strong: usize,
    weak: usize,
}

/// A state with the name of its form, without copying it.
#[derive(Serialize)]
#[serde(tag = "form", rename_all = "lowercase")]
enum Borrowed<'a, R> {
    Models(&'a Models<R>),
    Pair(&'a Pair<R>),
}

/// The router of what `rate` makes of the comparisons: two models where `--strong` or `--weak` asks
/// for them, else all.
pub fn fit<R: Rating>(
    table: &Table,
    params: &Params,
    rate: impl FnOnce(&Comparisons) -> Result<R>,
) -> Result<Box<dyn Router>> {
    let targets = impute::targets(table);
    let comparisons = Comparisons::new(table, &targets);
    if pair::is_asked(params) {
        let (strong, weak) = pair::strong_and_weak(table, &targets, params)?;
        return Ok(Box::new(ByThreshold(Pair {
            ratings: rate(&comparisons)?,
            strong,
            weak,
        })));
    }
    let x = Design::Dense(dense::normalized(table.x.view()));
    Ok(Box::new(ByEstimate(Models {
        ratings: rate(&comparisons)?,
        units: Units::of(table, &targets),
        cost: Heads::costs(&targets, &x, 1.0),
        scale: targets.scale,
    })))
}

/// Reads a router by ratings back; sizes that do not agree are refused.
pub fn load<R: Rating>(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    match crate::file::state::read_state::<State<R>>(state)? {
        State::Models(router) => {
            router.ratings.check(shape)?;
            router.units.check()?;
            router.cost.check_costs(router.scale, shape)?;
            Ok(Box::new(ByEstimate(router)))
        }
        State::Pair(router) => {
            router.ratings.check(shape)?;
            pair::check(router.strong, router.weak, shape)?;
            Ok(Box::new(ByThreshold(router)))
        }
    }
}

impl<R: Rating> Estimator for Models<R> {
    fn estimate(&self, batch: &Batch) -> Estimates {
        let mut p = self.ratings.of(batch);
        for mut row in p.rows_mut() {
            let expected = self.units.expected(&row.to_vec(), sigmoid);
            row.iter_mut().zip(expected).for_each(|(p, e)| *p = e);
        }
        Estimates {
            p,
            g: self
                .cost
                .predict(&Design::Dense(dense::normalized(batch.x))),
            scale: self.scale,
        }
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(&Borrowed::Models(self))
    }
}

impl<R: Rating> TwoModel for Pair<R> {
    fn p_strong(&self, batch: &Batch) -> Vec<f64> {
        let ratings = self.ratings.of(batch);
        let lead = |r: ndarray::ArrayView1<f64>| sigmoid(r[self.strong] - r[self.weak]);
        ratings.rows().into_iter().map(lead).collect()
    }
    fn pair(&self) -> (usize, usize) {
        (self.strong, self.weak)
    }
    fn state(&self) -> Result<String> {
        crate::file::state::write_state(&Borrowed::Pair(self))
    }
}
