//! The routers: what each promises, and the one table that lists them in the
//! order `rb-fit --help` shows. Adding a router is one file and one row.

pub use crate::estimates::{Estimates, Steps};
use crate::file::params::{Flag, Params};
use crate::guard::Guard;
use crate::table::seen::Asked;
use crate::table::{Batch, Needs, Table};
use crate::unseen::{steps, Unseen};
use rb_record::error::Result;
use rb_record::policy::Step;

/// What a router does next on a query; models by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Call this model, which has not been called yet.
    Call(usize),
    /// Stop, and keep the answer of this model, which has been called.
    Keep(usize),
}

/// How the answers to one query led to what is kept; models by their places.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The calls, in order.
    pub turns: Vec<Turn>,
    /// Why no more were made, in a few words.
    pub why: &'static str,
}

/// One call of an [`Account`].
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Who was called.
    pub model: usize,
    /// How likely its answer was right, 0..1, by all that was known then.
    pub believed: f64,
    /// Those called before it that gave the same answer.
    pub agrees_with: Vec<usize>,
}

/// A fitted router.
pub trait Router: Send + Sync {
    /// For each query of the batch its exact steps over alpha.
    fn routes(&self, batch: &Batch) -> Vec<Steps>;

    /// The decision rule itself at one alpha: for each query what is called
    /// and kept there. [`routes`](Router::routes) must agree with it; tests
    /// compare the two, so it may not be written in terms of the steps.
    fn decide(&self, batch: &Batch, alpha: f64) -> Vec<Step<usize>>;

    /// What comes next at one alpha, for each query: `answered` tells the
    /// models (K a query) that have answered so far. A router that chooses
    /// without signals calls its model, then keeps the answer.
    fn converse(&self, batch: &Batch, alpha: f64, answered: &[Vec<bool>]) -> Vec<Action> {
        let next = |(step, answered): (Step<usize>, &Vec<bool>)| {
            let missing = step.calls().iter().find(|&&m| !answered[m]);
            missing.map_or(Action::Keep(step.model), |&m| Action::Call(m))
        };
        self.decide(batch, alpha)
            .into_iter()
            .zip(answered)
            .map(next)
            .collect()
    }

    /// Expected scores and costs, for routers that have them.
    fn estimate(&self, batch: &Batch) -> Option<Estimates>;

    /// How it chooses by what it [expects](Router::estimate), for routers that look at
    /// nothing else: by the shared rule, under a guard or without.
    fn rule(&self) -> Option<Option<&Guard>> {
        None
    }

    /// The routes of the table that it was fitted on, each by what was learnt without
    /// the query's outcomes, where the fit made such expectations on its way or they
    /// cost next to nothing; None: it takes fits on parts of the table.
    fn unseen(&self, _fitted_on: &Table, _seed: u64) -> Option<Vec<Steps>> {
        None
    }

    /// For each query how its answers led to what is kept at one alpha, for routers
    /// that listen to them.
    fn accounts(&self, _batch: &Batch, _alpha: f64) -> Option<Vec<Account>> {
        None
    }

    /// Everything the router learnt, as JSON at full precision.
    fn state(&self) -> Result<String>;

    /// What is too large for the router file and lies beside it: weights of an
    /// encoder.
    fn beside(&self) -> Option<Vec<u8>> {
        None
    }

    /// What it reads of a query, where its row cannot tell: it holds another
    /// router.
    fn needs(&self) -> Option<Needs> {
        None
    }
}

/// A router that estimates p and g and leaves the choice to the shared rule.
pub trait Estimator: Send + Sync {
    /// Expected scores and costs of each query.
    fn estimate(&self, batch: &Batch) -> Estimates;
    /// As [`Router::state`].
    fn state(&self) -> Result<String>;
    /// As [`Router::needs`].
    fn needs(&self) -> Option<Needs> {
        None
    }
    /// What keeps it from doing worse than by expecting less.
    fn guard(&self) -> Option<&Guard> {
        None
    }
    /// What is expected of each row of the table that it was fitted on by what was
    /// learnt without the row's outcomes (see [`Router::unseen`]).
    fn unseen(&self, _fitted_on: &Table, _seed: u64) -> Option<Unseen<'_>> {
        None
    }
}

/// Makes a router of an estimator.
pub struct ByEstimate<E>(pub E);

impl<E: Estimator> Router for ByEstimate<E> {
    fn routes(&self, batch: &Batch) -> Vec<Steps> {
        steps(&self.0.estimate(batch), self.0.guard())
    }
    fn decide(&self, batch: &Batch, alpha: f64) -> Vec<Step<usize>> {
        let e = self.0.estimate(batch);
        let chosen: Vec<usize> = match self.0.guard() {
            Some(guard) => guard.decide(&e, alpha),
            None => (0..batch.len()).map(|i| e.row(i).decide(alpha)).collect(),
        };
        chosen.into_iter().map(|m| Step::of(alpha, m)).collect()
    }
    fn estimate(&self, batch: &Batch) -> Option<Estimates> {
        Some(self.0.estimate(batch))
    }
    fn rule(&self) -> Option<Option<&Guard>> {
        Some(self.0.guard())
    }
    fn unseen(&self, fitted_on: &Table, seed: u64) -> Option<Vec<Steps>> {
        let unseen = self.0.unseen(fitted_on, seed)?;
        Some(unseen.routes(fitted_on, seed))
    }
    fn state(&self) -> Result<String> {
        self.0.state()
    }
    fn needs(&self) -> Option<Needs> {
        self.0.needs()
    }
}

/// A router that chooses between two models by P(strong wins): strong from
/// alpha = 1 − P on.
pub trait TwoModel: Send + Sync {
    /// P(strong wins) of each query, 0..1.
    fn p_strong(&self, batch: &Batch) -> Vec<f64>;
    /// The places of the strong and the weak model.
    fn pair(&self) -> (usize, usize);
    /// As [`Router::state`].
    fn state(&self) -> Result<String>;
}

/// Makes a router of a two-model one.
pub struct ByThreshold<T>(pub T);

impl<T: TwoModel> Router for ByThreshold<T> {
    fn routes(&self, batch: &Batch) -> Vec<Steps> {
        let (strong, weak) = self.0.pair();
        let p = self.0.p_strong(batch);
        p.into_iter()
            .map(|p| rb_record::policy::strong_from(p, strong, weak))
            .collect()
    }
    fn decide(&self, batch: &Batch, alpha: f64) -> Vec<Step<usize>> {
        let (strong, weak) = self.0.pair();
        let p = self.0.p_strong(batch);
        p.into_iter()
            .map(|p| Step::of(alpha, if alpha >= 1.0 - p { strong } else { weak }))
            .collect()
    }
    fn estimate(&self, _: &Batch) -> Option<Estimates> {
        None
    }
    fn state(&self) -> Result<String> {
        self.0.state()
    }
}

/// The sizes that a router's state must agree with when it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// K, the number of models.
    pub models: usize,
    /// d, the width of the embedding; 0: none is read.
    pub dim: usize,
}

/// Who a router is for; `rb-fit --help` lists them so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Good without any tuning.
    Start,
    /// As a paper has it, to be compared with.
    Published,
    /// Decides after it has seen what a model answered.
    AfterCall,
    /// What a router must beat, or cannot pass.
    Bound,
}

impl Family {
    /// In the order of `rb-fit --help`.
    pub const ALL: [Family; 4] = [
        Family::Start,
        Family::Published,
        Family::AfterCall,
        Family::Bound,
    ];

    /// The heading of its routers.
    pub fn heading(self) -> &'static str {
        match self {
            Family::Start => "Start here",
            Family::Published => "Published",
            Family::AfterCall => "After a call",
            Family::Bound => "Bounds",
        }
    }
}

/// How the time of a fit goes with the number of train queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FitTime {
    /// Next to none: it but keeps the queries, and routing is what takes time.
    Kept,
    /// In step with them: two fits on halves take about as long as the one on all.
    InStep,
    /// Half as many take clearly more than half as long.
    Slower,
}

/// One row of the table of routers.
pub struct Entry {
    /// As in `rb-fit NAME`; also the default name of its routes.
    pub name: &'static str,
    /// Under which heading `rb-fit --help` lists it.
    pub family: Family,
    /// One line for `rb-fit --help`.
    pub about: &'static str,
    /// The model, its objective, when it fails, and its source, for `rb-fit NAME --help`.
    pub help: &'static str,
    /// Its own flags, with their defaults.
    pub flags: &'static [Flag],
    /// It reads the scores of what it routes (oracle_outcomes.rs): its routes are marked,
    /// and left out of frontiers, rankings, verdicts and claims.
    pub oracle: bool,
    /// How long a fit on fewer queries takes: `--save` makes some (file/calibrate/).
    pub fit_time: FitTime,
    /// What it reads of a query; may depend on its flags.
    pub needs: fn(&Params) -> Result<Needs>,
    /// Fits on a table of at least one row and one model. Same table, same
    /// parameters, same seed: the same state, whatever the threads.
    pub fit: fn(&Table, &Params, u64) -> Result<Box<dyn Router>>,
    /// Reads a state back; sizes that do not agree are refused (`Error::router_file`).
    pub load: fn(&str, Shape) -> Result<Box<dyn Router>>,
}

impl Entry {
    /// What a router of these parameters asks of a query.
    pub fn asked(&self, params: &Params) -> Result<Asked> {
        Ok(Asked {
            needs: (self.needs)(params)?,
            oracle: self.oracle,
        })
    }

    /// The queries of a table as this router may see them.
    pub fn batch<'a>(&self, table: &'a Table) -> Batch<'a> {
        if self.oracle {
            table.batch_with_truth()
        } else {
            table.batch()
        }
    }
}
