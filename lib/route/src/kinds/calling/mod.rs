//! Routers that call models in turn: at each step a model is called or an
//! answer is kept, on what the answers so far have shown.
//!
//! A [`Caller`] is a pure rule: from what is known of a query before any call,
//! and from the models heard so far, to the next action. It never holds a
//! signal that it has not asked for: [`ByCalling`] does the calling. What a
//! rule says it says for every alpha at once, so the steps of a query are
//! exact: the tree of calls is walked with an interval of alpha at each node.
//! At most K calls a query, each model once.

pub mod acceptance;
pub mod best_of_n;
pub mod cascade;
pub mod cascade_routing;
pub mod cascade_search;
pub mod hybrid;
pub mod reward;
pub mod routerbench_cascade;
pub mod uncertainty;

use crate::router::{Account, Action, Estimates, Router, Steps};
use crate::table::signals::{Asking, Heard, Signals};
use crate::table::{Batch, Needs};
use rayon::prelude::*;
use rb_record::error::Result;
use rb_record::policy::{push_step, Step};

/// A rule that calls models in turn.
pub trait Caller: Send + Sync {
    /// What is known of a query before any call.
    type Query: Send + Sync;

    /// What is known of each query of the batch, which has no signals.
    fn queries(&self, batch: &Batch) -> Vec<Self::Query>;

    /// The rule itself at one alpha.
    fn next(&self, query: &Self::Query, heard: &[Heard], alpha: f64) -> Action;

    /// The rule for every alpha: actions with the alphas that they hold from,
    /// the first at 0, strictly increasing. Agrees with [`next`](Caller::next).
    fn actions(&self, query: &Self::Query, heard: &[Heard]) -> Vec<(f64, Action)>;

    /// Expected scores and costs before any call.
    fn estimate(&self, batch: &Batch) -> Option<Estimates>;

    /// As [`Router::state`].
    fn state(&self) -> Result<String>;

    /// As [`Router::needs`].
    fn needs(&self) -> Option<Needs> {
        None
    }

    /// As [`Router::accounts`], of one query after all its calls.
    fn account(&self, _query: &Self::Query, _heard: &[Heard], _alpha: f64) -> Option<Account> {
        None
    }
}

/// Makes a router of a caller.
pub struct ByCalling<C>(pub C);

impl<C: Caller> ByCalling<C> {
    fn queries(&self, batch: &Batch) -> Vec<C::Query> {
        self.0.queries(&Batch {
            signals: Signals::default(),
            truth: None,
            ..*batch
        })
    }

    /// Follows the rule at one alpha while `may_call` allows it.
    fn follow<'a>(
        &self,
        query: &C::Query,
        mut asking: Asking<'a>,
        alpha: f64,
        may_call: impl Fn(usize) -> bool,
    ) -> (Action, Asking<'a>) {
        loop {
            match self.0.next(query, asking.heard(), alpha) {
                Action::Call(m) if may_call(m) => asking.call(m),
                action => return (action, asking),
            }
        }
    }

    /// Appends the steps over `from..to` to `steps`.
    fn walk(&self, query: &C::Query, asking: Asking, from: f64, to: f64, steps: &mut Steps) {
        let actions = self.0.actions(query, asking.heard());
        for (i, &(start, action)) in actions.iter().enumerate() {
            let end = actions.get(i + 1).map_or(f64::INFINITY, |a| a.0);
            let (from, to) = (from.max(start), to.min(end));
            if from >= to {
                continue;
            }
            match action {
                Action::Keep(m) => {
                    push_step(steps, Step::after_calling(from, m, called(&asking)));
                }
                Action::Call(m) => {
                    let mut asking = asking.clone();
                    asking.call(m);
                    self.walk(query, asking, from, to, steps);
                }
            }
        }
    }
}

fn called(asking: &Asking) -> Vec<usize> {
    asking.heard().iter().map(|h| h.model).collect()
}

impl<C: Caller> Router for ByCalling<C> {
    fn routes(&self, batch: &Batch) -> Vec<Steps> {
        let queries = self.queries(batch);
        let of = |(i, query)| {
            let mut steps = Steps::new();
            let asking = batch.signals.asking(i);
            self.walk(query, asking, 0.0, f64::INFINITY, &mut steps);
            steps
        };
        queries.par_iter().enumerate().map(of).collect()
    }
    fn decide(&self, batch: &Batch, alpha: f64) -> Vec<Step<usize>> {
        let queries = self.queries(batch);
        let of = |(i, query)| {
            let asking = batch.signals.asking(i);
            let (action, asking) = self.follow(query, asking, alpha, |_| true);
            let (Action::Call(m) | Action::Keep(m)) = action;
            Step::after_calling(alpha, m, called(&asking))
        };
        queries.iter().enumerate().map(of).collect()
    }
    fn converse(&self, batch: &Batch, alpha: f64, answered: &[Vec<bool>]) -> Vec<Action> {
        let queries = self.queries(batch);
        let of = |(i, query)| {
            let asking = batch.signals.asking(i);
            self.follow(query, asking, alpha, |m| answered[i][m]).0
        };
        queries.iter().enumerate().map(of).collect()
    }
    fn estimate(&self, batch: &Batch) -> Option<Estimates> {
        self.0.estimate(batch)
    }
    fn accounts(&self, batch: &Batch, alpha: f64) -> Option<Vec<Account>> {
        let queries = self.queries(batch);
        let of = |(i, query)| {
            let asking = batch.signals.asking(i);
            let (_, asking) = self.follow(query, asking, alpha, |_| true);
            self.0.account(query, asking.heard(), alpha)
        };
        queries.iter().enumerate().map(of).collect()
    }
    fn state(&self) -> Result<String> {
        self.0.state()
    }
    fn needs(&self) -> Option<Needs> {
        self.0.needs()
    }
}
