//! The same query and model run several times: what becomes of the runs.
//!
//! A mean is taken field by field over the runs in which the field is known. A
//! run that is itself a mean of n counts n times. The runs are added up in the
//! order of their values, so that the order of the rows changes no bit. Of their
//! answers the most frequent one is kept.

use crate::tables::fields::{Parts, KEPT, PARTS, SCORE};
use rb_record::json;
use rb_record::record::{Outcome, OUTCOME_FIELDS};
use std::borrow::Cow;

/// What to do with a second run that says something else than the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Repeats {
    /// Refuse it, naming both.
    #[default]
    Error,
    /// Average all runs, and keep how many there were as `n`.
    Mean,
    /// Keep the first run.
    First,
}

/// One run: its numbers, and how many runs these are the mean of.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Run {
    /// The numbers; unknown ones are no part of a mean.
    pub outcome: Outcome,
    /// Tokens that are parts of others.
    pub parts: Parts,
    /// None: it is one run.
    pub n: Option<f64>,
}

impl Run {
    /// The numbers in the order of [`FIELDS`](crate::tables::fields::FIELDS).
    pub(crate) fn values(&self) -> [Option<f64>; KEPT] {
        let mut values = [None; KEPT];
        let (own, parts) = values.split_at_mut(OUTCOME_FIELDS.len());
        own.copy_from_slice(&self.outcome.values());
        parts.copy_from_slice(&self.parts);
        values
    }

    /// Sets the field of that number.
    pub(crate) fn set(&mut self, field: usize, value: Option<f64>) {
        match field.checked_sub(OUTCOME_FIELDS.len()) {
            None => self.outcome.set(field, value),
            Some(part) => self.parts[part] = value,
        }
    }
}

/// The `n` that an outcome's own JSON holds.
pub(crate) fn n_of(raw: &str) -> Option<f64> {
    let members = json::members(raw).ok()?;
    let n = members.iter().find(|m| *m.key == *b"n")?;
    let n = serde_json::from_str::<f64>(n.value).ok();
    n.filter(|n| n.is_finite() && *n >= 1.0)
}

/// The [`PARTS`] that an outcome's own JSON holds; what is no number is unknown.
pub(crate) fn parts_of(raw: &str) -> Parts {
    let members = json::members(raw).unwrap_or_default();
    PARTS.map(|name| {
        let member = members.iter().find(|m| *m.key == *name.as_bytes())?;
        serde_json::from_str::<f64>(member.value).ok()
    })
}

/// The answer that an outcome's own JSON holds, if it is not empty.
pub(crate) fn answer_of(raw: &str) -> Option<Cow<'_, str>> {
    text_of(raw, b"answer").filter(|answer| !answer.is_empty())
}

/// The response that an outcome's own JSON holds, if it is a text.
pub(crate) fn response_of(raw: &str) -> Option<Cow<'_, str>> {
    text_of(raw, b"response")
}

fn text_of<'a>(raw: &'a str, name: &[u8]) -> Option<Cow<'a, str>> {
    let members = json::members(raw).ok()?;
    let member = members.iter().find(|m| *m.key == *name)?;
    json::string(member.value)
}

/// The mean of all runs; its `n` counts those with a score, if more than one.
pub(crate) fn mean(runs: &[Run]) -> Run {
    let mut mean = Run::default();
    for field in 0..KEPT {
        let known = runs
            .iter()
            .filter_map(|run| Some((run.values()[field]?, run.n.unwrap_or(1.0))));
        let mut known: Vec<(f64, f64)> = known.collect();
        known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let weight: f64 = known.iter().map(|(_, n)| n).sum();
        if field == SCORE {
            mean.n = Some(weight).filter(|n| *n > 1.0);
        }
        // Equal values are their own mean to the last bit.
        let value = match (known.first(), known.last()) {
            (Some((low, _)), Some((high, _))) if low == high => Some(*low),
            (Some((low, _)), Some((high, _))) => {
                let sum: f64 = known.iter().map(|(value, n)| value * n).sum();
                Some((sum / weight).clamp(*low, *high))
            }
            _ => None,
        };
        mean.set(field, value);
    }
    mean
}

/// The answer of the most runs, of several the first in order; a run that is a
/// mean of n counts n times. None: no run has an answer.
pub(crate) fn most_frequent<'a>(runs: &[(Run, Option<&'a str>)]) -> Option<&'a str> {
    let known = runs
        .iter()
        .filter_map(|(run, answer)| Some(((*answer)?, run.n.unwrap_or(1.0))));
    let mut known: Vec<(&str, f64)> = known.collect();
    known.sort_by(|a, b| a.0.cmp(b.0).then(a.1.total_cmp(&b.1)));
    let mut most: Option<(&str, f64)> = None;
    for same in known.chunk_by(|a, b| a.0 == b.0) {
        let weight: f64 = same.iter().map(|(_, n)| n).sum();
        if most.is_none_or(|(_, before)| weight > before) {
            most = Some((same[0].0, weight));
        }
    }
    most.map(|(answer, _)| answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(score: Option<f64>, cost: Option<f64>, n: Option<f64>) -> Run {
        Run {
            outcome: Outcome {
                score,
                cost,
                ..Outcome::default()
            },
            n,
            ..Run::default()
        }
    }

    #[test]
    fn a_mean_counts_what_is_known_and_earlier_means_by_their_n() {
        let runs = [
            run(Some(1.0), Some(0.2), None),
            run(None, Some(0.4), None),
            run(Some(0.25), None, Some(2.0)),
        ];
        let got = mean(&runs);
        assert_eq!(got.outcome.score, Some(0.5));
        assert_eq!(got.n, Some(3.0));
        assert!((got.outcome.cost.unwrap() - 0.3).abs() < 1e-15);
        assert_eq!(got.outcome.latency, None);
        assert_eq!(mean(&[run(Some(0.3), None, None)]).n, None);
    }

    #[test]
    fn the_answer_of_most_runs_is_kept_whatever_their_order() {
        let of = |n| run(None, None, n);
        let mut runs = vec![
            (of(None), Some("b")),
            (of(None), None),
            (of(Some(2.0)), Some("c")),
            (of(None), Some("a")),
            (of(None), Some("a")),
        ];
        assert_eq!(most_frequent(&runs), Some("a"), "of a and c the first");
        runs.reverse();
        assert_eq!(most_frequent(&runs), Some("a"));
        runs.push((of(None), Some("b")));
        runs.push((of(None), Some("b")));
        assert_eq!(most_frequent(&runs), Some("b"));
        assert_eq!(most_frequent(&[(of(None), None)]), None);
    }

    #[test]
    fn the_order_of_runs_changes_no_bit() {
        let mut runs: Vec<Run> = (0..50)
            .map(|i| run(Some(1.0 / f64::from(i + 3)), Some(f64::from(i) * 0.1), None))
            .collect();
        let want = mean(&runs);
        runs.reverse();
        runs.rotate_left(17);
        assert_eq!(mean(&runs), want);
    }
}
