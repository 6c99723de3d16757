//! routerbench-cascade: RouterBench's cascade with an oracle for a judge (Hu et
//! al. 2024, arXiv 2403.12031). It reads scores: an upper bound, never compared.
//!
//! Models are called by ascending mean train cost. After each call a judge
//! accepts the answer where its true score reaches the threshold θ, the
//! 0.95-quantile of all train scores; with probability ε it says the opposite.
//! The next model is called while its cost is less than what is left of the
//! budget T; the first one always is, and the last answer is kept in any case:
//!
//! ```text
//! stop after m   if (s_m ≥ θ) xor flip(q, m)      flip = hash(seed, prompt, model) < ε
//!                or c_next ≥ T − Σ cost so far
//! ```
//!
//! Each budget T has a quality and a cost on train; alpha chooses among the
//! budgets by the shared rule, as if each were a model. An unknown score is not
//! accepted, an unknown cost is the model's mean on train.
//!
//! Fit O(N·K·budgets), a query O(K·budgets). By ε it says what a judge of that
//! quality would be worth, not what one can have. Fails where no budget binds:
//! then the curve is a point.

use crate::file::params::{Flag, Params};
use crate::router::{Entry, Estimates, Family, FitTime, Router, Shape, Steps};
use crate::table::{impute, Batch, Needs, Table};
use rayon::prelude::*;
use rb_record::error::{Error, Result};
use rb_record::hash;
use rb_record::policy::{push_step, Expected, Step};
use serde::{Deserialize, Serialize};

/// Its row in the table of routers.
pub const ENTRY: Entry = Entry {
    name: "routerbench-cascade",
    family: Family::Bound,
    about: "RouterBench's cascade with an oracle judge: an upper bound, never compared",
    help: "Calls models by ascending cost until a judge accepts the answer or the budget of the \
           query is spent. The judge knows the true score (outcomes.MODEL.score, also of test \
           queries) and errs at random with probability --error. An oracle: it is drawn, and \
           left out of frontiers, rankings and verdicts.",
    flags: &[
        Flag {
            name: "error",
            value: "P",
            default: "0.1",
            help: "The probability that the judge says the opposite of the truth (RouterBench: 0, \
                   0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)",
        },
        Flag {
            name: "budgets",
            value: "A,B",
            default: "0.001,0.005,0.01,0.05,0.1,0.5,1,5,10,50,100",
            help: "The most that one query may cost (USD, or the unit of --against): one \
                   operating point each",
        },
    ],
    oracle: true,
    fit_time: FitTime::InStep,
    needs: |_| Ok(Needs::default()),
    fit,
    load,
};

/// The share of train scores that lie below the threshold.
const QUANTILE: f64 = 0.95;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Oracle {
    /// All models, by mean train cost.
    order: Vec<usize>,
    threshold: f64,
    error: f64,
    /// By model: the seed of its judge's errors.
    judges: Vec<u64>,
    /// By model, for calls whose cost is unknown.
    mean_cost: Vec<f64>,
    /// Ascending.
    budgets: Vec<f64>,
    /// Of each budget, on train.
    quality: Vec<f64>,
    cost: Vec<f64>,
    /// G.
    scale: f64,
}

fn fit(table: &Table, params: &Params, seed: u64) -> Result<Box<dyn Router>> {
    let targets = impute::targets(table);
    let (k, n) = (table.k(), table.len());
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| {
        targets.mean_cost[a]
            .total_cmp(&targets.mean_cost[b])
            .then(targets.mean_score[b].total_cmp(&targets.mean_score[a]))
            .then(a.cmp(&b))
    });
    let known = (0..n).flat_map(|i| (0..k).filter_map(move |m| table.score().get(i, m)));
    let judge = |name: &String| hash::text(seed, "routerbench-cascade", name);
    let mut oracle = Oracle {
        order,
        threshold: quantile(known.collect(), QUANTILE),
        error: params.number("error", 0.0, 1.0)?,
        judges: table.models.iter().map(judge).collect(),
        mean_cost: targets.mean_cost.clone(),
        budgets: budgets(params.text("budgets"))?,
        quality: Vec::new(),
        cost: Vec::new(),
        scale: targets.scale,
    };
    let batch = table.batch_with_truth();
    for &budget in &oracle.budgets {
        let (mut quality, mut cost) = (0.0, 0.0);
        for i in 0..n {
            let step = oracle.follow(&batch, i, budget, 0.0);
            quality += targets.score[[i, step.model]];
            cost += step
                .calls()
                .iter()
                .map(|&m| targets.cost[[i, m]])
                .sum::<f64>();
        }
        oracle.quality.push(quality / n as f64);
        oracle.cost.push(cost / n as f64);
    }
    Ok(Box::new(oracle))
}

/// The quantile with linear interpolation between order statistics, as
/// numpy's; 1 of none.
fn quantile(mut values: Vec<f64>, q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        return 1.0;
    };
    let at = q * last as f64;
    let (low, high) = (values[at as usize], values[(at as usize + 1).min(last)]);
    low + (at - at.floor()) * (high - low)
}

fn budgets(text: &str) -> Result<Vec<f64>> {
    let read = |t: &str| t.trim().parse::<f64>().ok();
    let found: Vec<f64> = text.split(',').map_while(read).collect();
    let sound = found.len() == text.split(',').count()
        && found.iter().all(|b| b.is_finite() && *b > 0.0)
        && found.windows(2).all(|w| w[0] < w[1]);
    if sound {
        Ok(found)
    } else {
        Err(Error::usage(format!(
        "--budgets is {text:?}, expected amounts over 0, ascending, with commas between, such as 0.001,0.01,0.1"
    )))
    }
}

fn load(state: &str, shape: Shape) -> Result<Box<dyn Router>> {
    let router: Oracle = crate::file::state::read_state(state)?;
    let k = shape.models;
    let mut order = router.order.clone();
    order.sort_unstable();
    let points = router.budgets.len();
    let numbers = [router.threshold, router.error, router.scale];
    let all = [
        &numbers[..],
        &router.mean_cost,
        &router.budgets,
        &router.quality,
        &router.cost,
    ];
    let sound = k > 0
        && order.into_iter().eq(0..k)
        && (router.judges.len(), router.mean_cost.len()) == (k, k)
        && points > 0
        && (router.quality.len(), router.cost.len()) == (points, points)
        && all.iter().all(|v| v.iter().all(|v| v.is_finite()));
    if sound {
        Ok(Box::new(router))
    } else {
        Err(Error::router_file(
        "the order of the models, the judges or the budgets are out of range; fit and save the router again",
    ))
    }
}

impl Oracle {
    /// The shared rule, over budgets.
    fn rule(&self) -> Expected<'_> {
        Expected {
            p: &self.quality,
            g: &self.cost,
            scale: self.scale,
        }
    }

    fn errs(&self, unit: u64, m: usize) -> bool {
        let draw = hash::text(self.judges[m], "judge", &format!("{unit:016x}"));
        hash::unit(draw) < self.error
    }

    /// What is called and kept on query `i` under one budget.
    fn follow(&self, batch: &Batch, i: usize, budget: f64, alpha: f64) -> Step<usize> {
        let mut called = Vec::new();
        let mut kept = self.order[0];
        let mut left = budget;
        for &m in &self.order {
            let cost = batch.truth.and_then(|t| t.cost(i, m));
            let cost = cost.unwrap_or(self.mean_cost[m]);
            if !called.is_empty() && cost >= left {
                break;
            }
            called.push(m);
            left -= cost;
            kept = m;
            let score = batch.truth.and_then(|t| t.score(i, m));
            let accepted = score.is_some_and(|s| {
                let reaches = s >= self.threshold;
                reaches != self.errs(batch.unit[i], m)
            });
            if accepted {
                break;
            }
        }
        Step::after_calling(alpha, kept, called)
    }
}

impl Router for Oracle {
    fn routes(&self, batch: &Batch) -> Vec<Steps> {
        let chosen = self.rule().steps();
        let of = |i: usize| {
            let mut steps = Steps::new();
            for s in &chosen {
                push_step(
                    &mut steps,
                    self.follow(batch, i, self.budgets[s.model], s.alpha),
                );
            }
            steps
        };
        (0..batch.len()).into_par_iter().map(of).collect()
    }

    fn decide(&self, batch: &Batch, alpha: f64) -> Vec<Step<usize>> {
        let budget = self.budgets[self.rule().decide(alpha)];
        (0..batch.len())
            .map(|i| self.follow(batch, i, budget, alpha))
            .collect()
    }

    fn estimate(&self, _: &Batch) -> Option<Estimates> {
        None
    }

    fn state(&self) -> Result<String> {
        crate::file::state::write_state(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::table_builder::{self, Row};
    use rb_record::record::unit::unit_of;
    use rb_record::record::Outcome;

    /// Costs 1, 2 and 4; the cheap model is right on every fourth query, the
    /// middle one on every second, the dear one always.
    fn table() -> Table {
        let rows = (0..4000).map(|i| {
            let right = [i % 4 == 0, i % 2 == 0, true];
            let outcome = |m: usize| Outcome {
                score: Some(f64::from(u8::from(right[m]))),
                cost: Some([1.0, 2.0, 4.0][m]),
                ..Outcome::default()
            };
            Row {
                id: format!("q{i:04}"),
                dataset: String::new(),
                unit: unit_of(Some(&format!("prompt {i}")), None),
                text: String::new(),
                x: Vec::new(),
                outcomes: (0..3).map(|m| (format!("m{m}"), outcome(m))).collect(),
            }
        });
        table_builder::table(rows.collect())
    }

    fn decide(error: &str, budgets: &str, alpha: f64) -> Vec<Step<usize>> {
        let table = table();
        let mut params = Params::defaults(ENTRY.flags);
        params.0.insert("error".into(), error.into());
        params.0.insert("budgets".into(), budgets.into());
        let router = fit(&table, &params, 1).unwrap();
        router.decide(&table.batch_with_truth(), alpha)
    }

    #[test]
    fn a_judge_that_never_errs_stops_at_the_first_right_answer() {
        for (i, step) in decide("0", "100", 1.0).iter().enumerate() {
            let calls = [1, 3, 2, 3][i % 4];
            assert_eq!((step.calls().len(), step.model), (calls, calls - 1));
        }
    }

    #[test]
    fn a_budget_ends_the_calls_before_it_is_reached_and_never_the_first() {
        let calls = |budgets| decide("0", budgets, 1.0)[1].calls().len();
        // 1 and then 2 cost 3, and all three 7: less than the budget is asked for.
        assert_eq!(calls("0.5"), 1);
        assert_eq!(calls("3"), 1);
        assert_eq!(calls("3.1"), 2);
        assert_eq!(calls("7"), 2);
        assert_eq!(calls("7.1"), 3);
        // Alpha goes from the least budget to the best.
        let both = |alpha| decide("0", "0.5,100", alpha)[1].calls().len();
        assert_eq!((both(0.0), both(1.0)), (1, 3));
    }

    #[test]
    fn errors_are_as_many_as_asked_for_and_belong_to_prompt_and_model() {
        let steps = decide("0.2", "100", 1.0);
        // The cheap model is wrong on 3,000 queries; it is kept where the judge errs.
        let wrong = steps.iter().enumerate().filter(|(i, _)| i % 4 != 0);
        let kept = wrong.filter(|(_, s)| s.model == 0).count();
        assert!((500..700).contains(&kept), "{kept}");
        assert_eq!(steps, decide("0.2", "100", 1.0));
        let always = decide("1", "100", 1.0);
        assert!(always.iter().enumerate().all(|(i, s)| match i % 4 {
            0 => s.calls().len() == 3,
            _ => s.calls() == [0],
        }));
    }

    #[test]
    fn quantiles_are_numpys_and_budgets_are_read_or_refused() {
        assert!((quantile(vec![0.0, 1.0, 0.5], 0.95) - 0.95).abs() < 1e-12);
        assert_eq!(quantile(vec![0.0, 1.0, 1.0], 0.95), 1.0);
        assert_eq!(quantile(Vec::new(), 0.95), 1.0);
        assert_eq!(budgets("0.1, 2").unwrap(), [0.1, 2.0]);
        for text in ["", "1,", "1,1", "2,1", "0", "x", "1,inf"] {
            assert!(budgets(text).is_err(), "{text}");
        }
    }
}
