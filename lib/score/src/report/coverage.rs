//! How much of the outcomes is known, and whether that is enough for a replay. A
//! call without an outcome counts as a failure, so where each query was answered
//! by one model of three, a model that is right on 89 % of its own queries would
//! be told as 32 %: a replay of such a log says nothing and is refused.

use crate::data::facts::Facts;
use rb_record::error::{Error, Result};

/// Of all scores, query by model, and of each model's, what a replay takes.
const LEAST: f64 = 0.75;
const LEAST_OF_A_MODEL: f64 = 0.5;

/// 2.8 = 1.96 + 0.84: 80 % power at 5 %.
const POWER: f64 = 2.8;

/// A share in percent, as short as it is true: never 100 unless it is.
pub(crate) fn percent(share: f64) -> String {
    let rounded = format!("{share:.0}");
    if rounded == "100" && share < 100.0 {
        return format!("{:.2}", (share * 100.0).floor() / 100.0);
    }
    rounded
}

/// The models with a count, the largest first; None: all counts are 0.
pub(crate) fn listed(
    facts: &Facts,
    counts: &[usize],
    tell: impl Fn(usize) -> String,
) -> Option<String> {
    const SHOWN: usize = 4;
    let counted = counts.iter().zip(&facts.models);
    let mut some: Vec<(usize, &str)> = (counted.filter(|(count, _)| **count > 0))
        .map(|(count, name)| (*count, name.as_str()))
        .collect();
    some.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let shown = some.iter().take(SHOWN);
    let mut models: Vec<String> = shown
        .map(|(count, name)| format!("{name} {}", tell(*count)))
        .collect();
    if some.len() > SHOWN {
        models.push(format!("{} more", some.len() - SHOWN));
    }
    (!some.is_empty()).then(|| models.join(", "))
}

/// How many queries, answered by all models, show a difference in quality of
/// `worth` with 80 % power, where the difference of two models varies as much as
/// one score does (two models whose scores correlate by a half).
fn queries_that_decide(facts: &Facts, worth: f64) -> Option<u64> {
    let outcomes = &facts.scored.outcomes;
    let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for q in 0..facts.scored.len() {
        for score in (0..facts.models.len()).filter_map(|m| outcomes.score(q, m)) {
            n += 1.0;
            sum += score;
            squares += score * score;
        }
    }
    let variance: f64 = squares / n - (sum / n) * (sum / n);
    let needed = (POWER * POWER * variance / (worth * worth)).ceil();
    (needed.is_finite() && needed >= 1.0).then_some(needed as u64)
}

/// Refuses a replay of outcomes that are mostly unknown.
pub(crate) fn refuse_sparse(facts: &Facts, worth: f64) -> Result<()> {
    let (n, models) = (facts.scored.len(), facts.models.len());
    let outcomes = &facts.scored.outcomes;
    let known: Vec<usize> = (0..models).map(|m| outcomes.known_scores(m)).collect();
    let share = |known: usize, of: usize| known as f64 / of as f64;
    let all = share(known.iter().sum(), n * models);
    let few = |m: &usize| share(known[*m], n) < LEAST_OF_A_MODEL;
    let scarce: Vec<usize> = (0..models).filter(few).collect();
    if all >= LEAST && scarce.is_empty() {
        return Ok(());
    }
    let missing: Vec<usize> = known.iter().map(|k| n - k).collect();
    let of_model = |missing: usize| format!("{} %", percent(100.0 * share(n - missing, n)));
    let list = listed(facts, &missing, of_model).unwrap_or_default();
    let least = if all < LEAST {
        format!("expected at least {:.0} %", 100.0 * LEAST)
    } else {
        format!(
            "expected at least {:.0} % of every model's",
            100.0 * LEAST_OF_A_MODEL
        )
    };
    let sample = match queries_that_decide(facts, worth) {
        Some(needed) => format!(
            "about {needed} sampled queries, which show a difference of {worth} with 80 % power"
        ),
        None => "some hundred sampled queries".into(),
    };
    Err(Error::input(format!(
        "only {} % of the outcomes are known ({list}), {least}: a replay would count every other call as a failure. Where each query was answered by one model, --off-policy estimates what routers would earn from that log; or run all models on {sample}. (--missing drop scores only what all models answered; --missing penalty replays all the same)",
        percent(100.0 * all)
    )))
}
