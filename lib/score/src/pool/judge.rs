//! Grown pools with their figures: quality and gain on train and test with
//! intervals of the bootstrap, the place among random pools, and how far greedy
//! is from the best pool where all pools of a size were tried.
//!
//! On train a gain is of the model that was chosen because it gains there, so its
//! interval is that of a fixed pool and a little too good; on test it is not.

use crate::pool::draw::{self, Drawn};
use crate::pool::greedy::{self, Step, EQUAL};
use crate::pool::objective::{Objective, Scores};
use crate::pool::part::{mean, Part};
use crate::statistics::bootstrap::{Frame, Plan};
use crate::statistics::interval::{interval, Interval};
use crate::statistics::resampled::Resampled;
use std::collections::BTreeSet;

/// With fewer prompts there is no interval.
const PROMPTS: usize = 10;

/// How pools are grown and judged.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// The largest pool.
    pub size: usize,
    /// The largest pool of one dataset; 0: datasets are not looked at.
    pub by_dataset: usize,
    /// Random pools of each size.
    pub random: usize,
    /// Of the bootstrap, and of the random pools.
    pub plan: Plan,
}

/// What is grown from, and judged on.
pub struct Judge<'a> {
    /// What a pool is worth.
    pub objective: &'a dyn Objective,
    /// Names of the models, in the order of preference.
    pub names: &'a [String],
    /// Names of the datasets.
    pub datasets: &'a [String],
    /// Pools are grown on it; at least one query.
    pub train: &'a Part,
    /// Pools are judged on it; may be empty.
    pub test: &'a Part,
}

/// The pools of everything, or of one dataset.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its name; None: everything.
    pub dataset: Option<String>,
    /// Train and test queries.
    pub n: [usize; 2],
    /// By size, from one on.
    pub pools: Vec<Judged>,
}

/// A grown pool and what it comes to.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The model that came last.
    pub model: usize,
    /// All of them, ascending.
    pub pool: Vec<usize>,
    /// On train.
    pub quality: Resampled,
    /// On train, over the pool before; None: it is the first.
    pub gain: Option<Resampled>,
    /// On test; None: no query.
    pub test_quality: Option<Resampled>,
    /// On test, over the pool before.
    pub test_gain: Option<Resampled>,
    /// The pools beside it.
    pub beside: Beside,
}

/// Other pools of the same size.
#[derive(Debug, Clone)]
pub struct Beside {
    /// How many.
    pub pools: usize,
    /// Whether these are all pools of the size.
    pub all: bool,
    /// Their mean on test, and the range of the middle 95 % of them.
    pub test_mean: Option<f64>,
    /// As said.
    pub test_range: Option<Interval>,
    /// The share of them that are worse on test, equal ones counting half; None
    /// where there is only one pool, or no test query.
    pub quantile: Option<f64>,
    /// The best pool on train and its quality there, where all were tried.
    pub best: Option<(Vec<usize>, f64)>,
}

impl Judge<'_> {
    /// Everything first, then each dataset of train by name.
    pub fn groups(&self, config: &Config) -> Vec<Group> {
        let mut asked: Vec<(Option<usize>, usize)> = vec![(None, config.size)];
        if config.by_dataset > 0 {
            let present: BTreeSet<usize> = self.train.dataset.iter().copied().collect();
            asked.extend(present.into_iter().map(|d| (Some(d), config.by_dataset)));
        }
        let rows: Vec<[Vec<usize>; 2]> = (asked.iter())
            .map(|(d, _)| [self.train.rows(*d), self.test.rows(*d)])
            .collect();
        let largest = asked.iter().map(|(_, size)| *size).max().unwrap_or(0);
        let drawn: Vec<Drawn> = (1..=largest.min(self.names.len()))
            .map(|size| {
                let pools = draw::pools(self.names, size, config.random, config.plan.seed);
                draw::judged(self.objective, pools, &rows)
            })
            .collect();
        (asked.iter().zip(&rows).enumerate())
            .map(|(g, ((dataset, size), rows))| Group {
                dataset: dataset.map(|d| self.datasets[d].clone()),
                n: [rows[0].len(), rows[1].len()],
                pools: self.group(rows, *size, &drawn, g, config.plan),
            })
            .collect()
    }

    fn group(
        &self,
        rows: &[Vec<usize>; 2],
        size: usize,
        drawn: &[Drawn],
        group: usize,
        plan: Plan,
    ) -> Vec<Judged> {
        let steps = greedy::grow(self.objective, &rows[0], self.names.len(), size);
        let of = |part: &Part, rows: &[usize], read: fn(&Scores) -> &[f64]| {
            let columns: Vec<&[f64]> = steps.iter().map(|s| read(&s.scores)).collect();
            resampled(part, rows, &columns, plan)
        };
        let train = of(self.train, &rows[0], |s| &s.train);
        let test = of(self.test, &rows[1], |s| &s.test);
        (steps.iter().enumerate())
            .map(|(i, step)| Judged {
                model: step.model,
                pool: step.pool.clone(),
                quality: train[i].clone(),
                gain: gain(&train, i),
                test_quality: test.get(i).cloned(),
                test_gain: gain(&test, i),
                beside: beside(step, &drawn[i], group, &rows[1]),
            })
            .collect()
    }
}

/// What the last model of pool `i` added.
fn gain(quality: &[Resampled], i: usize) -> Option<Resampled> {
    let before = quality.get(i.checked_sub(1)?)?;
    Some(quality.get(i)?.with(before, |now, before| now - before))
}

/// The means of columns over these queries, resampled together; nothing where
/// there is no query.
fn resampled(part: &Part, rows: &[usize], columns: &[&[f64]], plan: Plan) -> Vec<Resampled> {
    let Some(values) = (columns.iter().map(|c| mean(c, rows))).collect::<Option<Vec<f64>>>() else {
        return Vec::new();
    };
    let prompts: BTreeSet<u64> = rows.iter().map(|q| part.unit[*q]).collect();
    let key = |i: usize| (part.dataset[rows[i]], part.unit[rows[i]]);
    let mut draws = vec![Vec::new(); columns.len()];
    if prompts.len() >= PROMPTS {
        draws = Frame::new(rows.len(), key, plan).means(columns.len(), |i, row| {
            for (to, column) in row.iter_mut().zip(columns) {
                *to = column[rows[i]];
            }
        });
    }
    (values.into_iter().zip(draws))
        .map(|(value, draws)| Resampled { value, draws })
        .collect()
}

fn beside(step: &Step, drawn: &Drawn, group: usize, test: &[usize]) -> Beside {
    let means = &drawn.means[group];
    let on_test: Vec<f64> = means.iter().filter_map(|m| m[1]).collect();
    let own = mean(&step.scores.test, test).filter(|_| drawn.pools.len() > 1);
    let n = on_test.len() as f64;
    let quantile = own.map(|own| {
        let worse = |v: &&f64| **v < own - EQUAL;
        let equal = |v: &&f64| (**v - own).abs() <= EQUAL;
        let count = |is: &dyn Fn(&&f64) -> bool| on_test.iter().filter(is).count() as f64;
        (count(&worse) + 0.5 * count(&equal)) / n
    });
    let on_train = drawn.pools.iter().zip(means);
    let known = on_train.filter_map(|(pool, m)| Some((pool, m[0]?)));
    let best = known.reduce(|a, b| if b.1 > a.1 + EQUAL { b } else { a });
    Beside {
        pools: drawn.pools.len(),
        all: drawn.all,
        test_mean: (n > 0.0).then(|| on_test.iter().sum::<f64>() / n),
        test_range: interval(on_test),
        quantile,
        best: best
            .filter(|_| drawn.all)
            .map(|(pool, quality)| (pool.clone(), quality)),
    }
}
