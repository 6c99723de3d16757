//! What is missing. A pool is judged on queries that every model has answered:
//! filled gaps would be guesses at just the scores that decide, and a best score
//! over the known ones favours models that were asked more often.

use crate::report::coverage::percent;
use rb_record::error::{Error, Result};

/// The least share of queries that all models must have answered.
const LEAST: f64 = 0.5;

/// Which queries of a split are complete, and what is missing on the others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gaps {
    /// Places of the queries that every model has a score on.
    pub complete: Vec<usize>,
    /// The others, and those without any score.
    pub left_out: usize,
    /// By model: on how many queries its score is missing.
    pub missing: Vec<usize>,
}

impl Gaps {
    /// Of `n` queries and `models` models; `unscored`: further queries without any
    /// score.
    pub fn of(
        n: usize,
        models: usize,
        unscored: usize,
        known: impl Fn(usize, usize) -> bool,
    ) -> Gaps {
        let is_complete = |q: &usize| (0..models).all(|m| known(*q, m));
        let complete: Vec<usize> = (0..n).filter(is_complete).collect();
        let missing = |m: usize| unscored + (0..n).filter(|q| !known(*q, m)).count();
        Gaps {
            left_out: n + unscored - complete.len(),
            missing: (0..models).map(missing).collect(),
            complete,
        }
    }

    fn share(&self) -> f64 {
        self.complete.len() as f64 / (self.complete.len() + self.left_out).max(1) as f64
    }

    /// The models with gaps in words, those of the most gaps first.
    fn words(&self, names: &[String]) -> String {
        const SHOWN: usize = 4;
        let mut short: Vec<(usize, &str)> = (self.missing.iter().zip(names))
            .filter(|(n, _)| **n > 0)
            .map(|(n, name)| (*n, name.as_str()))
            .collect();
        short.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        let mut words: Vec<String> = (short.iter().take(SHOWN))
            .map(|(n, name)| format!("{name} on {n}"))
            .collect();
        if short.len() > SHOWN {
            words.push(format!("{} more models", short.len() - SHOWN));
        }
        words.join(", ")
    }

    /// What a person should know; None: nothing is missing.
    pub fn note(&self, split: &str, names: &[String]) -> Option<String> {
        (self.left_out > 0).then(|| {
            format!(
                "{} of {} {split} queries lack an outcome ({}) and are left out; missing is not zero",
                self.left_out,
                self.left_out + self.complete.len(),
                self.words(names)
            )
        })
    }

    /// Refuses figures from so few complete queries that they would stand for a
    /// selection of them; `dropped`: the user asked for just that.
    pub fn refuse(&self, split: &str, names: &[String], dropped: bool) -> Result<()> {
        let enough = self.share() >= LEAST || dropped;
        if enough && !self.complete.is_empty() {
            return Ok(());
        }
        let mut worst: Vec<usize> = (0..names.len()).collect();
        worst.sort_by(|a, b| self.missing[*b].cmp(&self.missing[*a]).then(a.cmp(b)));
        let first = worst.first().map_or("", |m| names[*m].as_str());
        let anyway = if self.complete.is_empty() {
            ""
        } else {
            "; --missing drop takes those few queries all the same"
        };
        Err(Error::input(format!(
            "all {} models have answered only {} % of the {split} queries ({} of {}; missing: {}), expected at least {:.0} %: a pool cannot be judged where its models were not asked. Leave the models of many gaps out (--exclude {first},…), or run them on the rest{anyway}",
            names.len(),
            percent(100.0 * self.share()),
            self.complete.len(),
            self.complete.len() + self.left_out,
            self.words(names),
            100.0 * LEAST
        )))
    }
}
