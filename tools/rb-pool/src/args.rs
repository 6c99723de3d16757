//! The flags of rb-pool.

use clap::{Parser, ValueEnum};
use rb_cli::{Common, Memory};
use rb_record::error::{Error, Result};
use rb_route::router::Entry;
use std::path::PathBuf;

/// The largest pool of a dataset unless told otherwise.
pub(crate) const TOP: usize = 3;

const NOTES: &str = "\
Pools grow on train: to the models so far comes the one that adds most, of equals
the cheaper. Each is judged on test, beside random pools of its size; where those
would be all there are, all are tried, and the best of them on train is told.
Only queries that every model has answered count; how many were left out is told.

--keep K writes the records with the outcomes of K models; every other byte stays.";

/// Which few models are worth having: pools grown on train, judged on test
///
/// Reads query records with outcomes. Their split counts; where none has one it is
/// made as rb-fit does. Writes records, at a terminal a table.
#[derive(Parser)]
#[command(name = "rb-pool", version, after_help = NOTES)]
pub(crate) struct Args {
    /// Query records, .gz and .zst too; none or `-`: standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// What a pool is worth
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Objective::Oracle)]
    pub(crate) objective: Objective,
    /// The router of --objective routed, as in rb-fit, with its defaults
    #[arg(long, value_name = "ROUTER", default_value = "kmeans")]
    pub(crate) router: String,
    /// The largest pool [default: all models; of a dataset 3]
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) size: Option<usize>,
    /// Also the pools of each dataset by itself
    #[arg(long, value_name = "FIELD", value_enum)]
    pub(crate) by: Option<By>,
    /// Write the records with the outcomes of the K models that the objective
    /// chooses, in place of figures
    #[arg(long, value_name = "K", value_parser = count, conflicts_with_all = ["size", "by", "table"])]
    pub(crate) keep: Option<usize>,
    /// Random pools of each size
    #[arg(long, value_name = "N", default_value = "200", value_parser = count)]
    pub(crate) random: usize,
    /// Resamples of the bootstrap behind the 95 % intervals; 0: no intervals
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub(crate) resamples: usize,
    /// Choose among these models only
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) models: Vec<String>,
    /// Leave these models out
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) exclude: Vec<String>,
    /// Use the queries that all models have answered, even where they are fewer
    /// than half
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(crate) missing: Option<Missing>,
    /// Print a table for a person
    #[arg(long)]
    pub(crate) table: bool,
    #[command(flatten)]
    pub(crate) memory: Memory,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Objective {
    /// The best score in the pool: what a perfect router would get
    Oracle,
    /// What a router gets that has not seen the query, guarded (reads embeddings)
    Routed,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum By {
    /// The record's dataset
    Dataset,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Missing {
    /// Queries with gaps are left out
    Drop,
}

fn count(text: &str) -> std::result::Result<usize, String> {
    let count = text.parse().ok().filter(|n| (1..=1_000_000).contains(n));
    count.ok_or_else(|| "expected a whole number from 1 on".into())
}

impl Args {
    /// The router of the objective; None: it has none.
    pub(crate) fn kind(&self) -> Result<Option<&'static Entry>> {
        if self.objective == Objective::Oracle {
            return Ok(None);
        }
        match rb_route::kinds::entry(&self.router) {
            Some(entry) if !entry.oracle => Ok(Some(entry)),
            _ => Err(Error::usage(format!(
                "--router {:?}: expected a router of rb-fit that is no oracle, such as kmeans or domain; rb-fit --help lists them",
                self.router
            ))),
        }
    }
}
