//! Scoring: from the facts of a stream to score records (FORMAT.md). First a
//! `run` line, then for everything and for each group the baselines and, a
//! router at a time, its points, its shuffles and its summary.

mod baselines;
pub mod line;
mod notes;
mod router;
#[cfg(test)]
mod tests;

use crate::baseline::{cost_scale, Choices, Yardsticks};
use crate::choose::Chooser;
use crate::error::{Error, Result};
use crate::facts::{Facts, Group};
use crate::replay::Replay;
use line::Object;
use rayon::prelude::*;

/// What the user decides.
#[derive(Debug, Clone, Copy, Default)]
pub struct Config {
    /// A point at every alpha where the curve changes, not at 0, 0.01 … 1.
    pub exact: bool,
    /// Score only queries on which every model of the pool has an outcome.
    pub drop_missing: bool,
    /// Of everything drawn.
    pub seed: u64,
}

/// Everything that is decided once, before the first line is written.
pub struct Scoring<'a> {
    config: Config,
    facts: &'a Facts,
    replay: Replay<'a>,
    /// Of the val split, where it has routes.
    val: Option<Replay<'a>>,
    choices: Choices,
    /// The queries that are scored, ascending.
    queries: Vec<usize>,
    /// By query: left out under `drop_missing`.
    dropped: Vec<bool>,
    /// G, the scale of lambda.
    scale: Option<f64>,
    notes: Vec<String>,
}

impl<'a> Scoring<'a> {
    pub fn new(facts: &'a Facts, config: Config) -> Result<Scoring<'a>> {
        let replay = Replay::new(facts);
        let n = facts.scored.len();
        let dropped: Vec<bool> = (0..n)
            .map(|q| config.drop_missing && !replay.is_complete(q))
            .collect();
        let queries: Vec<usize> = (0..n).filter(|q| !dropped[*q]).collect();
        if queries.is_empty() {
            let worst = (0..facts.models.len()).max_by_key(|m| replay.missing_of(*m));
            let worst = worst.unwrap_or(0);
            return Err(Error::input(format!(
                "--missing drop leaves no query: on each of the {n} some model has no outcome ({:?} on {}); leave that model out of the records, or use --missing penalty",
                facts.models[worst],
                replay.missing_of(worst)
            )));
        }
        let choices = Choices::new(&replay, &queries);
        let mut scoring = Scoring {
            config,
            facts,
            choices,
            scale: cost_scale(facts),
            notes: Vec::new(),
            val: facts.val.as_deref().map(Replay::new),
            replay,
            queries,
            dropped,
        };
        scoring.notes = notes::of(&scoring);
        Ok(scoring)
    }

    /// What a reader of the figures must know, in plain words.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Chooses operating points on other queries than they are reported on.
    pub fn chooser(&self) -> Chooser<'_> {
        let Config {
            drop_missing, seed, ..
        } = self.config;
        Chooser::new(
            &self.replay,
            &self.queries,
            self.val.as_ref(),
            drop_missing,
            seed,
        )
    }

    /// Writes every line, in order; each call gets whole lines.
    pub fn write(&self, sink: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        sink(&self.run_line())?;
        self.write_group(None, &self.queries, sink)?;
        for group in &self.facts.groups {
            let kept = group.queries.iter().copied();
            let queries: Vec<usize> = kept.filter(|q| !self.dropped[*q]).collect();
            self.write_group(Some(group), &queries, sink)?;
        }
        Ok(())
    }

    fn write_group(
        &self,
        group: Option<&Group>,
        queries: &[usize],
        sink: &mut dyn FnMut(&str) -> Result<()>,
    ) -> Result<()> {
        let yardsticks = Yardsticks::new(&self.replay, &self.choices, queries);
        sink(&self.baseline_lines(group, queries, &yardsticks))?;
        let routers: Vec<String> = (0..self.facts.routers.len())
            .into_par_iter()
            .map(|r| self.router_lines(group, queries, &yardsticks, r))
            .collect();
        routers.iter().try_for_each(|lines| sink(lines))
    }

    fn run_line(&self) -> String {
        let facts = self.facts;
        let mut units: Vec<u64> = self.queries.iter().map(|q| facts.scored.unit[*q]).collect();
        units.dedup();
        let mut datasets = std::collections::BTreeMap::new();
        for q in &self.queries {
            let name = &facts.datasets[facts.scored.dataset[*q]];
            *datasets.entry(name).or_insert(0) += 1;
        }
        let mut out = String::new();
        Object::new("run")
            .put("split", &facts.split.map(|s| s.name()))
            .put("n", &self.queries.len())
            .put("units", &units.len())
            .put("train", &facts.train.len())
            .put(
                "missing",
                if self.config.drop_missing {
                    "drop"
                } else {
                    "penalty"
                },
            )
            .put("dropped", &(facts.scored.len() - self.queries.len()))
            .put("datasets", &datasets)
            .put("models", &facts.models)
            .put("routers", &facts.routers)
            .put("references", &facts.references)
            .put("cost_scale", &self.scale)
            .put("notes", &self.notes)
            .end(&mut out);
        out
    }
}
