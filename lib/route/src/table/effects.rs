//! Random effects: what to expect of outcomes that were never seen, out of
//! those that were.
//!
//! Model, for query i, model m, and one or more groupings c of the queries
//! (their datasets, their clusters):
//!
//! ```text
//! y_im = μ + b_m + Σ_c (a_{c(i)} + d_{c(i),m}) + q_i + e_im
//! ```
//!
//! each effect normal around 0 with a variance of its own: how good a model is,
//! how hard a group, how good the model is in that group, how hard the query.
//! With λ = σ²/τ² the ratio of the noise's variance to an effect's, and n the
//! known outcomes that share it, the best linear prediction of each is
//!
//! ```text
//! u = Σ (what the other effects leave)/(n + λ)
//! ```
//!
//! so an effect counts by its own n: a query with one outcome hardly stands out
//! of its dataset, a model with few labels hardly out of the others; and a model
//! that was asked the easy queries only gains nothing by it, because these are
//! easy for all. Sweeps over the effects solve for all of them (Henderson 1975).
//! Between sweeps the variances are estimated by restricted maximum likelihood
//! (Harville 1977): σ² = Σ r·(y − μ)/(N − 1) and τ² = Σu²/Σ n/(n + λ), the sum
//! below lessened by the share of effects that the coarser ones take up.
//! An effect that next to none of the outcomes share cannot be told from noise
//! (queries with one outcome each): then λ stays where it starts.
//!
//! O(sweeps·N·effects) for N known outcomes. Fails where what is missing depends
//! on its own value beyond all of these effects: nobody can tell.

/// A partition of the rows.
#[derive(Debug, Clone)]
pub struct Grouping {
    /// The group of each row.
    pub of: Vec<usize>,
    /// How many groups there are.
    pub groups: usize,
}

/// One known outcome, of the query in this row.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The query's row in the table.
    pub row: usize,
    /// The model's place in the pool.
    pub model: usize,
    /// Its score, cost ratio or reward.
    pub value: f64,
}

/// The most sweeps, those before the first look at the variances, and the
/// change (in standard deviations; in parts of λ) at which they have settled.
const SWEEPS: usize = 200;
const WARM: usize = 3;
const SETTLED: f64 = 1e-4;
const SETTLED_STRENGTH: f64 = 0.01;
/// λ of each kind of effect before anything is known of its variance.
const OF_MODEL: f64 = 8.0;
const OF_GROUP: f64 = 4.0;
const OF_MODEL_IN_GROUP: f64 = 16.0;
const OF_QUERY: f64 = 2.0;
/// The range of λ.
const LEAST: f64 = 1e-6;
const MOST: f64 = 1e6;
/// The share of outcomes that must have company in their effect, for its
/// variance to be estimated.
const SHARED: f64 = 0.1;

/// One kind of effect.
struct Effect {
    /// The effect that each known outcome has a part in.
    key: Vec<u32>,
    /// Known outcomes of each.
    count: Vec<f64>,
    value: Vec<f64>,
    /// λ.
    strength: f64,
    /// The share of effects left free by coarser ones.
    freedom: f64,
    is_estimated: bool,
}

impl Effect {
    fn of(key: Vec<u32>, size: usize, freedom: f64, strength: f64) -> Effect {
        let mut count = vec![0.0; size];
        key.iter().for_each(|&k| count[k as usize] += 1.0);
        let alone = count.iter().filter(|n| **n == 1.0).count() as f64;
        let shared = key.len() as f64 - alone;
        Effect {
            value: vec![0.0; size],
            is_estimated: freedom > 0.0 && shared >= SHARED * key.len() as f64,
            key,
            count,
            strength,
            freedom,
        }
    }

    /// Moves the effects to where the residuals `rest` call them, and these
    /// with them; the largest move.
    fn sweep(&mut self, rest: &mut [f64], sums: &mut Vec<f64>) -> f64 {
        sums.clear();
        sums.resize(self.value.len(), 0.0);
        for (&k, r) in self.key.iter().zip(rest.iter()) {
            sums[k as usize] += r;
        }
        let mut most = 0.0f64;
        for ((sum, value), n) in sums.iter_mut().zip(&mut self.value).zip(&self.count) {
            let new = (*sum + n * *value) / (n + self.strength);
            *sum = new - *value;
            most = most.max(sum.abs());
            *value = new;
        }
        for (&k, r) in self.key.iter().zip(rest) {
            *r -= sums[k as usize];
        }
        most
    }

    /// λ anew by the variance `noise`; by what part it changed.
    fn estimate(&mut self, noise: f64) -> f64 {
        if !self.is_estimated {
            return 0.0;
        }
        let squares: f64 = self.value.iter().map(|u| u * u).sum();
        let counts = self.count.iter();
        let free: f64 = counts.map(|n| n / (n + self.strength)).sum();
        let variance = squares / (free * self.freedom);
        let new = if variance > 0.0 {
            (noise / variance).clamp(LEAST, MOST)
        } else {
            MOST
        };
        let change = (new / self.strength).ln().abs();
        self.strength = new;
        change
    }
}

/// The effects, fitted.
pub struct Effects<'a> {
    mean: f64,
    /// 1 a model.
    model: Vec<f64>,
    /// Of each grouping: 1 a group, K a group.
    groupings: Vec<(&'a [usize], Vec<f64>, Vec<f64>)>,
    /// 1 a query.
    query: (&'a [usize], Vec<f64>),
}

/// Fits `known` outcomes of `models`. `queries` tells which rows are the same
/// query; a grouping with fewer than two groups tells nothing and is left out.
pub fn fit<'a>(
    known: &[Known],
    models: usize,
    queries: &'a Grouping,
    groupings: &'a [Grouping],
) -> Effects<'a> {
    let groupings: Vec<&Grouping> = groupings.iter().filter(|g| g.groups > 1).collect();
    let less_one = |size: usize| 1.0 - 1.0 / size.max(1) as f64;
    let keys = |key: &dyn Fn(&Known) -> usize| known.iter().map(|k| key(k) as u32).collect();
    let mut effects = vec![Effect::of(
        keys(&|k| k.model),
        models,
        less_one(models),
        OF_MODEL,
    )];
    for g in &groupings {
        let free = less_one(g.groups);
        effects.push(Effect::of(keys(&|k| g.of[k.row]), g.groups, free, OF_GROUP));
        effects.push(Effect::of(
            keys(&|k| g.of[k.row] * models + k.model),
            g.groups * models,
            free * less_one(models),
            OF_MODEL_IN_GROUP,
        ));
    }
    effects.push(Effect::of(
        keys(&|k| queries.of[k.row]),
        queries.groups,
        1.0,
        OF_QUERY,
    ));
    let mean = solve(known, &mut effects);
    let mut effects = effects.into_iter();
    let mut next = || effects.next();
    let (model, count) = next().map_or_else(Default::default, |e| (e.value, e.count));
    let groupings = groupings
        .into_iter()
        .map(|g| {
            let mut values = || next().map_or_else(Vec::new, |e| e.value);
            (g.of.as_slice(), values(), values())
        })
        .collect();
    Effects {
        mean,
        model: like_the_others(model, &count),
        groupings,
        query: (&queries.of, next().map_or_else(Vec::new, |e| e.value)),
    }
}

/// A model of which nothing is known is expected to be as the others are.
fn like_the_others(mut model: Vec<f64>, count: &[f64]) -> Vec<f64> {
    let seen = model.iter().zip(count).filter(|(_, n)| **n > 0.0);
    let (sum, n) = seen.fold((0.0, 0.0), |(s, n), (u, _)| (s + u, n + 1.0));
    for (u, n_m) in model.iter_mut().zip(count) {
        if *n_m == 0.0 && n > 0.0 {
            *u = sum / n;
        }
    }
    model
}

/// Sweeps until nothing moves; gives μ.
fn solve(known: &[Known], effects: &mut [Effect]) -> f64 {
    let n = known.len() as f64;
    let plain = known.iter().map(|k| k.value).sum::<f64>() / n.max(1.0);
    let mut rest: Vec<f64> = known.iter().map(|k| k.value - plain).collect();
    let spread = (rest.iter().map(|r| r * r).sum::<f64>() / n.max(1.0)).sqrt();
    if known.len() < 2 || spread <= f64::EPSILON * plain.abs() {
        return plain;
    }
    let (mut mean, mut sums) = (plain, Vec::new());
    for sweep in 0..SWEEPS {
        let shift = rest.iter().sum::<f64>() / n;
        mean += shift;
        rest.iter_mut().for_each(|r| *r -= shift);
        let mut moved = shift.abs();
        for effect in effects.iter_mut() {
            moved = moved.max(effect.sweep(&mut rest, &mut sums));
        }
        let mut changed = 0.0f64;
        if sweep >= WARM {
            let of = |(k, r): (&Known, &f64)| r * (k.value - mean);
            let noise = known.iter().zip(&rest).map(of).sum::<f64>() / (n - 1.0);
            let noise = noise.max(LEAST * spread * spread);
            for effect in effects.iter_mut() {
                changed = changed.max(effect.estimate(noise));
            }
        }
        if sweep > WARM && moved < SETTLED * spread && changed < SETTLED_STRENGTH {
            break;
        }
    }
    mean
}

impl Effects<'_> {
    /// What is expected of a model on the query in a row.
    pub fn expected(&self, row: usize, model: usize) -> f64 {
        let own =
            |(of, _, own): &(&[usize], Vec<f64>, Vec<f64>)| own[of[row] * self.model.len() + model];
        self.of_row(row) + self.model[model] + self.groupings.iter().map(own).sum::<f64>()
    }

    /// What is expected there of a model like all others.
    pub fn of_row(&self, row: usize) -> f64 {
        let group = |(of, group, _): &(&[usize], Vec<f64>, Vec<f64>)| group[of[row]];
        let (of, query) = &self.query;
        self.mean + self.groupings.iter().map(group).sum::<f64>() + query[of[row]]
    }
}

#[cfg(test)]
#[path = "effects_tests.rs"]
mod tests;
