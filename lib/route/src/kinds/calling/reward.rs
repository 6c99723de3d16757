//! reward: the model whose answer a reward model is expected to like best, or,
//! after calling several, the answer that it does like best.
//!
//! With R(q,m) the reward of m's answer, x the unit embedding, and candidates
//! c: the single models that have rewards on train and, with `--after-calling`
//! n ≥ 2, the sets of up to n of them that are worth calling (best_of_n.rs). The
//! reward of a set is the best of its models', its cost the sum of theirs.
//!
//! ```text
//! δ(q,c) = R(q,c) − mean over m of R(q,m)         what sets candidates apart
//! δ̂(x,c) = x·w_c + b_c                            ridge on δ, one c at a time
//! p(x,c) = a_c + β·δ̂(x,c)                         expected score
//! ```
//!
//! What all models share on a query changes no choice, so it is taken off
//! before the ridge; so the best δ̂ is the best predicted reward. Each strength
//! is the one with the least squared error out of fold, ∞ allowed.
//!
//! Rewards are not scores, and alpha trades scores against cost: β is the
//! exchange rate. It is the least-squares slope, within queries, of train
//! scores on out-of-fold δ̂, with one query's worth of the spread of δ added
//! below, so that predictions that hardly differ buy nothing. It is kept above
//! zero: at alpha 1 the best predicted reward holds even where rewards say
//! nothing about scores, at lower alphas it then buys nothing. For single
//! models a is one number, so p is one rising function of δ̂. With sets each
//! candidate has its own, and the slope is taken within candidates too: the
//! best of several noisy rewards is partly luck, so that a set's reward promises
//! less than a single model's.
//!
//! A set's models are called by ascending train cost, all of them, and the
//! answer with the best reward is kept, whatever was predicted. An answer
//! without a reward stands at its δ̂ plus the mean of R − δ̂ over those with
//! one. g by ridge (heads.rs). Gaps on train are filled by shrunk effects
//! (impute.rs); a model without any reward on train is never chosen.
//!
//! Fit O(N·d² + S·(d³ + N·d·C)) for C candidates and S strengths, beside the
//! choice of sets; a query O(d·(C + K)). Fails where the reward model likes
//! what the score does not, one model's style above all; where the vector does
//! not tell rewards apart. Source: routing by rewards after Lu et al. 2023
//! (Zooter, arXiv 2311.08692), which distils a softmax of them into a
//! classifier without costs; best of n after Nakano et al. 2021, arXiv 2112.09332.

use crate::file::packed::Packed64;
use crate::file::params::{Flag, Params};
use crate::kinds::calling::{best_of_n, Action, ByCalling, Caller};
use crate::kinds::linear::heads::Heads;
use crate::router::{Entry, Estimates, Family, FitTime, Router, Shape};
use crate::table::signals::{Heard, Reads};
use crate::table::{impute, Batch, Field, Needs, Table};
use ndarray::{Array2, ArrayView2, Axis};
use rb_learn::axis_ridge::{least, STRENGTHS};
use rb_learn::folds::Parts;
use rb_learn::folds::{self, FOLDS};
use rb_learn::linear::Design;
use rb_learn::{dense, ridge};
use rb_record::error::{Error, Result};
use rb_record::policy::Expected;
use serde::{Deserialize, Serialize};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "reward",
    family: Family::AfterCall,
    about: "Best predicted reward, or best of n by the observed one",
    help: "Ridge regression predicts from the embedding how a reward model will like each \
           model's answer (outcomes.MODEL.reward, any number); the best predicted reward is \
           chosen. Alpha trades scores against cost: predicted rewards are turned into expected \
           scores by the slope of train scores on out-of-fold predictions. With --after-calling \
           sets of models are candidates too: all of a set are called and paid for, and the \
           answer with the best observed reward is kept. A model without any reward on train \
           is never chosen.",
    oracle: false,
    fit_time: FitTime::InStep,
    flags: &[Flag {
        name: "after-calling",
        value: "N",
        default: "1",
        help: "Call up to N models and keep the answer with the best observed reward; 1: choose by the predicted one",
    }],
    needs: |params| {
        Ok(Needs {
            embedding: true,
            text: false,
            signals: match calls(params)? {
                0 | 1 => Reads::Nothing,
                _ => Reads::Reward,
            },
        })
    },
    fit,
    load,
};

/// What a standard deviation of δ is expected to bring at least, in score.
const LEAST: f64 = 1e-6;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reward {
    /// The models to be called, in order: single ones first.
    candidates: Vec<Vec<usize>>,
    /// (d+1)×C, the intercepts last: δ̂.
    weights: Packed64,
    /// β, in score a unit of reward.
    slope: f64,
    /// 1×C: a.
    levels: Packed64,
    /// 1×K: mean train scores.
    means: Packed64,
    cost: Heads,
    scale: f64,
}

/// What is known of a query before any call, of each candidate.
struct Query {
    delta: Vec<f64>,
    p: Vec<f64>,
    g: Vec<f64>,
    scale: f64,
}

fn calls(params: &Params) -> Result<usize> {
    params.count("after-calling", 1)
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let calls = calls(params)?;
    let known = table.grid(Field::Reward);
    let rated: Vec<usize> = (0..table.k()).filter(|&m| known.known(m) > 0).collect();
    if rated.is_empty() {
        return Err(Error::input(
            "no train outcome has a reward (outcomes.MODEL.reward, any number), which this router learns from; import it (rb-import reads a column named reward), or choose a router that needs none, such as domain",
        ));
    }
    let targets = impute::targets(table);
    let rewards = impute::rewards(table);
    let mut candidates: Vec<Vec<usize>> = rated.iter().map(|&m| vec![m]).collect();
    if calls > 1 {
        candidates.extend(best_of_n::sets(&rewards, &targets, &rated, calls)?);
    }
    let mut delta = Array2::zeros((table.len(), candidates.len()));
    let mut score = Array2::zeros(delta.dim());
    for (c, set) in candidates.iter().enumerate() {
        let (reward, kept) = best_of_n::kept(&rewards, &targets.score, set);
        for (i, (r, s)) in reward.into_iter().zip(kept).enumerate() {
            let shared: f64 = rated.iter().map(|&m| rewards[[i, m]]).sum();
            delta[[i, c]] = r - shared / rated.len() as f64;
            score[[i, c]] = s;
        }
    }
    let x = dense::normalized(table.x.view());
    let parts = folds::every(&table.folds(FOLDS, seed), FOLDS);
    let (weights, predicted) = regress(x.view(), &delta, &parts);
    let (slope, levels) = exchange(&predicted, &delta, &score, calls > 1);
    Ok(Box::new(ByCalling(Reward {
        candidates,
        weights: Packed64(weights),
        slope,
        levels: Packed64::from_row(levels),
        means: Packed64::from_row(targets.mean_score.clone()),
        cost: Heads::costs(&targets, &Design::Dense(x), 1.0),
        scale: targets.scale,
    })))
}

/// Ridge weights ((d+1)×C) of each column of `delta`, and what fits that had
/// not seen a row predict of it (n×C). Without parts the means.
fn regress(x: ArrayView2<f32>, delta: &Array2<f64>, parts: &Parts) -> (Array2<f64>, Array2<f64>) {
    if parts.is_empty() {
        let weights = ridge::fit(x, delta.view(), &[f64::INFINITY]).swap_remove(0);
        let means = ridge::predict(x, weights.view());
        return (weights, means);
    }
    let of_parts: Vec<Vec<Array2<f64>>> = parts
        .iter()
        .map(|(held, rest)| {
            let seen = delta.select(Axis(0), rest);
            let fits = ridge::fit(x.select(Axis(0), rest).view(), seen.view(), &STRENGTHS);
            let own = x.select(Axis(0), held);
            let predict = |w: &Array2<f64>| ridge::predict(own.view(), w.view());
            fits.iter().map(predict).collect()
        })
        .collect();
    let unseen: Vec<Array2<f64>> = (0..STRENGTHS.len())
        .map(|s| {
            let of_strength: Vec<_> = of_parts.iter().map(|p| p[s].clone()).collect();
            folds::scatter(parts, &of_strength, delta.nrows())
        })
        .collect();
    let fits = ridge::fit(x, delta.view(), &STRENGTHS);
    let (mut weights, mut predicted) = (fits[0].clone(), unseen[0].clone());
    for (c, column) in delta.columns().into_iter().enumerate() {
        let error = |p: &Array2<f64>| (&p.column(c) - &column).iter().map(|v| v * v).sum();
        let chosen = least(&unseen.iter().map(error).collect::<Vec<f64>>());
        weights.column_mut(c).assign(&fits[chosen].column(c));
        predicted.column_mut(c).assign(&unseen[chosen].column(c));
    }
    (weights, predicted)
}

/// β, and a of each candidate: one for all, or `own` ones.
fn exchange(
    predicted: &Array2<f64>,
    delta: &Array2<f64>,
    score: &Array2<f64>,
    own: bool,
) -> (f64, Vec<f64>) {
    let (n, c) = score.dim();
    let within = |values: &Array2<f64>| {
        let rows = values.sum_axis(Axis(1)) / c as f64;
        let mut rest = values - &rows.insert_axis(Axis(1));
        if own {
            let columns = rest.sum_axis(Axis(0)) / n as f64;
            rest -= &columns;
        }
        rest
    };
    let (p, s, d) = (within(predicted), within(score), within(delta));
    let squares = |v: &Array2<f64>| v.iter().map(|v| v * v).sum::<f64>();
    let spread = squares(&d) / n as f64;
    let below = squares(&p) + spread;
    let (slope, floor) = if spread > 0.0 {
        let along = p.iter().zip(&s).map(|(p, s)| p * s).sum::<f64>();
        (along / below, LEAST / (spread / c as f64).sqrt())
    } else {
        (0.0, LEAST)
    };
    let slope = slope.max(floor);
    let level = impute::column_means(&(score - &(predicted * slope)));
    let shared = level.iter().sum::<f64>() / c as f64;
    let levels = level
        .iter()
        .map(|&l| if own { l } else { shared })
        .collect();
    (slope, levels)
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: Reward = crate::file::state::read_state(state)?;
    let c = router.candidates.len();
    router.weights.check("the weights", shape.dim + 1, c)?;
    router.levels.check("the levels", 1, c)?;
    router.means.check("the means", 1, shape.models)?;
    router.cost.check("the cost", shape.dim, shape.models)?;
    crate::file::state::check_finite("the slope", &[router.slope, router.scale])?;
    let sound = |set: &Vec<usize>| {
        let known = |m: &usize| *m < shape.models && router.single(*m).is_some();
        let distinct = |i: usize| !set[..i].contains(&set[i]);
        !set.is_empty() && set.iter().all(known) && (0..set.len()).all(distinct)
    };
    if c > 0 && router.candidates.iter().all(sound) {
        Ok(Box::new(ByCalling(router)))
    } else {
        Err(Error::router_file(
        "the models to be called are none, out of range or not distinct; fit and save the router again",
    ))
    }
}

impl Reward {
    /// The candidate that is model `m` alone.
    fn single(&self, m: usize) -> Option<usize> {
        self.candidates.iter().position(|set| *set == [m])
    }

    /// What comes next on the way to having called all of candidate `c`.
    fn towards(&self, c: usize, query: &Query, heard: &[Heard]) -> Action {
        let set = &self.candidates[c];
        let missing = set.iter().find(|&&m| heard.iter().all(|h| h.model != m));
        match missing {
            Some(&m) => Action::Call(m),
            None => Action::Keep(set[best_of_n::best(self.rewards(set, query, heard))]),
        }
    }

    /// The rewards of the models of a set that were all called.
    fn rewards<'a>(
        &'a self,
        set: &'a [usize],
        query: &'a Query,
        heard: &'a [Heard],
    ) -> impl Iterator<Item = f64> + 'a {
        let predicted = |m: usize| self.single(m).map_or(0.0, |c| query.delta[c]);
        let observed = move |m: usize| {
            heard
                .iter()
                .find(|h| h.model == m)
                .and_then(|h| h.signal.reward)
        };
        let apart: Vec<f64> = set
            .iter()
            .filter_map(|&m| Some(observed(m)? - predicted(m)))
            .collect();
        let shared = apart.iter().sum::<f64>() / apart.len().max(1) as f64;
        set.iter()
            .map(move |&m| observed(m).unwrap_or(predicted(m) + shared))
    }
}

impl Query {
    fn rule(&self) -> Expected<'_> {
        Expected {
            p: &self.p,
            g: &self.g,
            scale: self.scale,
        }
    }
}

impl Caller for Reward {
    type Query = Query;

    fn queries(&self, batch: &Batch) -> Vec<Query> {
        let x = dense::normalized(batch.x);
        let delta = ridge::predict(x.view(), self.weights.0.view());
        let cost = self.cost.predict(&Design::Dense(x));
        let of = |i: usize| {
            let delta = delta.row(i).to_vec();
            let expected = |(d, a): (&f64, &f64)| a + self.slope * d;
            let sum = |set: &Vec<usize>| set.iter().map(|&m| cost[[i, m]]).sum();
            Query {
                p: delta.iter().zip(&self.levels.0).map(expected).collect(),
                g: self.candidates.iter().map(sum).collect(),
                scale: self.scale,
                delta,
            }
        };
        (0..batch.len()).map(of).collect()
    }

    fn next(&self, query: &Query, heard: &[Heard], alpha: f64) -> Action {
        self.towards(query.rule().decide(alpha), query, heard)
    }

    fn actions(&self, query: &Query, heard: &[Heard]) -> Vec<(f64, Action)> {
        let mut actions: Vec<(f64, Action)> = Vec::new();
        for step in query.rule().steps() {
            let action = self.towards(step.model, query, heard);
            if actions.last().is_none_or(|last| last.1 != action) {
                actions.push((step.alpha, action));
            }
        }
        actions
    }

    /// Of a model that is never chosen: its mean train score.
    fn estimate(&self, batch: &Batch) -> Option<Estimates> {
        let mut p = Array2::zeros((batch.len(), self.means.0.ncols()));
        for (mut row, query) in p.rows_mut().into_iter().zip(self.queries(batch)) {
            for (m, p) in row.iter_mut().enumerate() {
                *p = self.single(m).map_or(self.means.0[[0, m]], |c| query.p[c]);
            }
        }
        let x = dense::normalized(batch.x);
        Some(Estimates {
            p,
            g: self.cost.predict(&Design::Dense(x)),
            scale: self.scale,
        })
    }

    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}

#[cfg(test)]
#[path = "reward_tests.rs"]
mod tests;
