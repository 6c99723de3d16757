//! The guard: keeps a router that expects a score of each model from doing worse
//! than it would by expecting less.
//!
//! What sets models apart on one query is mostly noise where models are many and
//! near each other, or where one dominates. From alpha a on, expectations are
//! drawn to each model's mean, and models may be left out:
//!
//! ```text
//! p'(x,m) = p̄_m + γ·(p(x,m) − mean over train of p(·,m))      m in the pool
//! ```
//!
//! γ in 0, 0.1 … 1; the pool is all models, or is grown from the best single one by
//! the model that adds most routed quality, while that is more than a standard
//! error. What is judged is the quality of what is routed, not squared error, on
//! train queries that the expectations p̂ have not seen: γ and pool are those that
//! gain most at alpha 1 on the best single model, less a standard error of the
//! paired difference. With γ = 0 that model is chosen, so nobody is chosen who is
//! not shown to be better. a is the least of some alphas from which on the utility,
//! costs and all, is nowhere below what it is without a guard.
//!
//! A score that is not known counts as what was expected, and one that is makes up
//! for it by its share of known ones π_m (doubly robust; complete tables: s):
//!
//! ```text
//! s'(x,m) = p̂(x,m) + (s − p̂(x,m))/π_m where s is known, else p̂(x,m)
//! ```
//!
//! O(γs·alphas·n·K). Source: our own.

use crate::estimates::{Estimates, Steps};
use crate::file::packed::Packed64;
use crate::file::params::{Flag, Params};
use crate::table::impute::{self, Targets};
use crate::table::Table;
use ndarray::Array2;
use rayon::prelude::*;
use rb_record::error::{Error, Result};
use rb_record::policy::{push_step, Expected, Step};
use serde::{Deserialize, Serialize};

/// Tenths of γ.
const TENTHS: usize = 10;
/// Where utilities are compared, ascending; a is one of them.
const ALPHAS: [f64; 9] = [0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0];
/// The standard errors that a gain on the best single model must be above to count.
const DOUBT: f64 = 1.0;
/// The most models of a grown pool: each costs a pass over all.
const POOL: usize = 12;

/// `--guard`.
pub const FLAG: Flag = Flag {
    name: "guard",
    value: "WHETHER",
    default: "on",
    help: "on: towards alpha 1, models' expected scores are drawn to their means, or few models \
           used, as far as held-out train queries gain by it; off: as they are",
};

/// [`FLAG`] of routers that are as they were published.
pub const OFF: Flag = Flag {
    default: "off",
    ..FLAG
};

/// The value of [`FLAG`].
pub fn is_on(params: &Params) -> Result<bool> {
    Ok(params.word(FLAG.name, &["on", "off"])? == 0)
}

/// How expectations are guarded; nothing is where there is no guard.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// a: the least alpha that is guarded.
    from: f64,
    /// γ.
    gamma: f64,
    /// 2×K: the models' mean scores, and the means of what was expected of them.
    means: Packed64,
    /// Places of the models that may be chosen, ascending; at least one.
    pool: Vec<usize>,
}

/// What a choice came to on each query.
struct Routed {
    score: Vec<f64>,
    /// In units of G.
    cost: f64,
}

impl Routed {
    fn quality(&self) -> f64 {
        self.score.iter().sum()
    }
    fn utility(&self, alpha: f64) -> f64 {
        alpha * self.quality() - (1.0 - alpha) * self.cost
    }
}

/// The guard for a router that expected `unseen` of the table's queries by fits
/// that had not seen them; None: as it is, it is best.
pub fn choose(unseen: &Estimates, table: &Table) -> Option<Guard> {
    let (n, k) = unseen.p.dim();
    if n == 0 || k < 2 {
        return None;
    }
    let targets = &judged(unseen, table);
    let mean = |m: usize| unseen.p.column(m).sum() / n as f64;
    let means = Array2::from_shape_fn((2, k), |(row, m)| match row {
        0 => targets.mean_score[m],
        _ => mean(m),
    });
    let all: Vec<usize> = (0..k).collect();
    let of = |gamma: f64, pool: &[usize]| Guard {
        from: 0.0,
        gamma,
        means: Packed64(means.clone()),
        pool: pool.to_vec(),
    };
    let plain: Vec<f64> = ALPHAS
        .iter()
        .map(|&alpha| routed(unseen, targets, alpha).utility(alpha))
        .collect();
    let grown = grown_pool(&unseen.p, targets);
    let mut guards: Vec<Guard> = Vec::new();
    for tenths in 0..=TENTHS {
        let gamma = tenths as f64 / TENTHS as f64;
        guards.push(of(gamma, &grown));
        if tenths < TENTHS {
            guards.push(of(gamma, &all));
        }
    }
    // The worth of each at alpha 1, the most careful ones first.
    let worth: Vec<f64> = guards
        .par_iter()
        .map(|guard| worth_at_one(&routed(&guard.guarded(unseen), targets, 1.0), targets))
        .collect();
    let best = (0..guards.len()).reduce(|a, b| if worth[b] > worth[a] + 1e-12 { b } else { a })?;
    let as_it_is = worth_at_one(&routed(unseen, targets, 1.0), targets);
    (worth[best] > as_it_is + 1e-12).then(|| {
        let guard = guards.swap_remove(best);
        Guard {
            from: guard.least_from(unseen, targets, &plain),
            ..guard
        }
    })
}

/// The gain in quality on the best single model, less [`DOUBT`] standard errors.
fn worth_at_one(routed: &Routed, targets: &Targets) -> f64 {
    let best = best_single(targets);
    let n = routed.score.len() as f64;
    let (mut sum, mut squares) = (0.0, 0.0);
    for (score, own) in routed.score.iter().zip(targets.score.column(best)) {
        sum += score - own;
        squares += (score - own).powi(2);
    }
    let mean = sum / n;
    let error = ((squares / n - mean * mean).max(0.0) / n).sqrt();
    mean - DOUBT * error
}

/// The place of the model of the best mean score, ties to the first.
fn best_single(targets: &Targets) -> usize {
    let mean = &targets.mean_score;
    (1..mean.len()).fold(0, |b, m| if mean[m] > mean[b] { m } else { b })
}

/// Scores to judge routes by, and costs.
fn judged(unseen: &Estimates, table: &Table) -> Targets {
    let grid = table.score();
    let n = table.len() as f64;
    let share: Vec<f64> = (0..table.k()).map(|m| grid.known(m) as f64 / n).collect();
    let score = Array2::from_shape_fn(unseen.p.dim(), |(i, m)| {
        let expected = unseen.p[[i, m]];
        match grid.get(i, m) {
            Some(score) if share[m] >= 1.0 => score,
            Some(score) => expected + (score - expected) / share[m],
            None => expected,
        }
    });
    Targets {
        mean_score: impute::column_means(&score),
        score,
        ..impute::targets(table)
    }
}

/// What the shared rule chooses at one alpha.
fn routed(e: &Estimates, targets: &Targets, alpha: f64) -> Routed {
    let mut routed = Routed {
        score: Vec::with_capacity(e.p.nrows()),
        cost: 0.0,
    };
    for i in 0..e.p.nrows() {
        let m = e.row(i).decide(alpha);
        routed.score.push(targets.score[[i, m]]);
        if e.scale > 0.0 {
            routed.cost += targets.cost[[i, m]] / e.scale;
        }
    }
    routed
}

/// Places of the models that raise the quality of what is routed, ascending: the
/// best single model, and one by one the model that adds most, while that is more
/// than a standard error.
fn grown_pool(p: &Array2<f64>, targets: &Targets) -> Vec<usize> {
    let (n, k) = p.dim();
    let best = best_single(targets);
    let mut pool = vec![best];
    // By query: the most that is expected of the pool, and the score got by it.
    let mut now: Vec<(f64, f64)> = (0..n)
        .map(|i| (p[[i, best]], targets.score[[i, best]]))
        .collect();
    while pool.len() < POOL.min(k) {
        let gains = |m: usize| -> (f64, f64) {
            let (mut sum, mut squares) = (0.0, 0.0);
            for (i, &(expected, score)) in now.iter().enumerate() {
                if p[[i, m]] > expected {
                    let gain = targets.score[[i, m]] - score;
                    sum += gain;
                    squares += gain * gain;
                }
            }
            (sum, (squares - sum * sum / n as f64).max(0.0).sqrt())
        };
        let free: Vec<usize> = (0..k).filter(|m| !pool.contains(m)).collect();
        let tried: Vec<(f64, f64)> = free.par_iter().map(|&m| gains(m)).collect();
        let most = (0..free.len()).reduce(|a, b| if tried[b].0 > tried[a].0 { b } else { a });
        let Some(at) = most.filter(|&at| tried[at].0 > tried[at].1) else {
            break;
        };
        let m = free[at];
        for (i, now) in now.iter_mut().enumerate() {
            if p[[i, m]] > now.0 {
                *now = (p[[i, m]], targets.score[[i, m]]);
            }
        }
        pool.push(m);
    }
    pool.sort_unstable();
    pool
}

impl Guard {
    /// The least alpha from which on it is nowhere worse than `plain`, which has
    /// that utility at each of [`ALPHAS`].
    fn least_from(&self, unseen: &Estimates, targets: &Targets, plain: &[f64]) -> f64 {
        let guarded = self.guarded(unseen);
        let mut from = 1.0;
        for (&alpha, plain) in ALPHAS.iter().zip(plain).rev() {
            if routed(&guarded, targets, alpha).utility(alpha) < plain - 1e-9 {
                break;
            }
            from = alpha;
        }
        from
    }

    /// Guarded expectations.
    fn guarded(&self, e: &Estimates) -> Estimates {
        let mut guarded = e.clone();
        guarded.p.fill(f64::NEG_INFINITY);
        for &m in &self.pool {
            let (mean, centre) = (self.means.0[[0, m]], self.means.0[[1, m]]);
            let drawn = e.p.column(m).mapv(|p| mean + self.gamma * (p - centre));
            // Where nothing is drawn, only the pool counts.
            let own = if self.gamma < 1.0 {
                drawn
            } else {
                e.p.column(m).to_owned()
            };
            guarded.p.column_mut(m).assign(&own);
        }
        guarded
    }

    /// The steps of each query.
    pub fn steps(&self, e: &Estimates) -> Vec<Steps> {
        let guarded = self.guarded(e);
        let of = |i: usize| self.joined(&e.row(i), &guarded.row(i));
        (0..e.p.nrows()).into_par_iter().map(of).collect()
    }

    fn joined(&self, plain: &Expected, guarded: &Expected) -> Steps {
        let mut steps = Steps::new();
        let below = plain.steps().into_iter().filter(|s| s.alpha < self.from);
        below.for_each(|step| push_step(&mut steps, step));
        if plain.scale <= 0.0 || self.from <= 0.0 {
            return guarded.steps();
        }
        let above = guarded.steps();
        for (i, step) in above.iter().enumerate() {
            let next = above.get(i + 1).map_or(f64::INFINITY, |s| s.alpha);
            if next > self.from {
                let alpha = step.alpha.max(self.from);
                push_step(&mut steps, Step::of(alpha, step.model));
            }
        }
        steps
    }

    /// The model of each query at one alpha.
    pub fn decide(&self, e: &Estimates, alpha: f64) -> Vec<usize> {
        let guarded = self.guarded(e);
        let is_guarded = alpha >= self.from || e.scale <= 0.0;
        let rule = if is_guarded { &guarded } else { e };
        (0..e.p.nrows())
            .map(|i| rule.row(i).decide(alpha))
            .collect()
    }

    /// Refuses sizes that do not agree and numbers out of range.
    pub fn check(&self, models: usize) -> Result<()> {
        self.means.check("the means of the guard", 2, models)?;
        let sound = (0.0..=1.0).contains(&self.from)
            && (0.0..=1.0).contains(&self.gamma)
            && !self.pool.is_empty()
            && self.pool.windows(2).all(|w| w[0] < w[1])
            && self.pool.iter().all(|&m| m < models);
        if sound {
            Ok(())
        } else {
            Err(Error::router_file(
                "the guard's models or numbers are out of range; fit and save the router again",
            ))
        }
    }
}
