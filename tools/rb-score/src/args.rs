//! The flags of rb-score, and what they ask of the library.

use crate::definitions::definitions;
use clap::{Parser, ValueEnum};
use rb_cli::{Common, Memory};
use rb_record::error::{Error, Result};
use rb_record::record::field::Field;
use rb_record::record::Split;
use rb_record::thresholds::WORTH;
use rb_score::data::fact::Wanted;
use rb_score::data::facts::Resource;
use rb_score::data::logged::LogFields;
use rb_score::replay::rule::{Rule, MARGIN};
use rb_score::report::asked::{Ask, Fitted};
use rb_score::report::scoring::Config;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What `-h` shows.
pub(crate) const SHORT: rb_cli::Short = rb_cli::Short {
    flags: &["by", "choose", "versus", "seeds", "quiet"],
    examples: &[
        "rb-embed bench.ndjson | rb-fit kmeans | rb-score | rb-pareto --table",
        "rb-score --by dataset --choose 'quality>=best-single' fitted.ndjson",
    ],
};

/// Score the routes in query records: exact curves, baselines, metrics
#[derive(Parser)]
#[command(name = "rb-score", version, after_help = definitions())]
pub(crate) struct Args {
    /// Query records with routes (`-`, or none: standard input)
    pub(crate) files: Vec<PathBuf>,
    /// The split to score [default: test; everything where no record has a split]
    #[arg(long, value_enum)]
    pub(crate) split: Option<Part>,
    /// Also score each group of queries that share FIELD: a field's name or a
    /// JSON pointer such as /meta/lang. May be repeated
    #[arg(long, value_name = "FIELD")]
    pub(crate) by: Vec<String>,
    /// Write a point at every alpha where a curve changes, not at 0, 0.01 … 1
    #[arg(long)]
    pub(crate) exact: bool,
    /// What a call without an outcome means [default: penalty, refused where so
    /// few outcomes are known that a replay would say nothing]
    #[arg(long, value_enum)]
    pub(crate) missing: Option<Missing>,
    /// The records are a log, in which one model answered each query: estimate
    /// what routers would have earned. Read are the outcome of the only model
    /// that has one, or logged = {"model":M,"propensity":p}
    #[arg(long, conflicts_with_all = ["by", "exact", "missing", "choose", "versus", "margin", "against", "right_at", "strong", "weak", "relative_to", "partial", "merge", "seeds"])]
    pub(crate) off_policy: bool,
    /// The field of a log with the time of a query, a number: the choice may have
    /// depended on it
    #[arg(long, value_name = "FIELD", requires = "off_policy")]
    pub(crate) time: Option<String>,
    /// The model that routers are compared with [default: the best on train]
    #[arg(long, value_name = "MODEL", conflicts_with = "seeds")]
    pub(crate) best_single: Option<String>,
    /// Resamples of the bootstrap behind the 95 % intervals; 0: no intervals and
    /// no verdicts
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub(crate) resamples: usize,
    /// The point that verdicts are about [default: alpha 1]
    ///
    /// Chosen on val, else on the other half of the queries: 'quality>=best-single', 'quality>=0.8', 'cost<=0.0004',
    /// 'latency<=1.5' or 'strong<=0.5'.
    #[arg(long, value_name = "RULE")]
    pub(crate) choose: Option<String>,
    /// Also compare every router with this one, query by query
    #[arg(long, value_name = "ROUTER")]
    pub(crate) versus: Option<String>,
    /// Also compare every router with every other, query by query: a `pair` record
    /// for each two, p corrected over all of them
    #[arg(long, conflicts_with_all = ["off_policy", "partial", "seeds"])]
    pub(crate) pairs: bool,
    /// The difference in quality worth having: a verdict is no where it can be
    /// ruled out
    #[arg(long, value_name = "D", default_value_t = WORTH)]
    pub(crate) worth: f64,
    /// How far below best-single's quality counts as not below it
    #[arg(long, value_name = "D", default_value_t = MARGIN)]
    pub(crate) margin: f64,
    /// End with exit code 1 unless this holds over all scored queries:
    /// 'ROUTER beats best-single' (or zero, shuffle, the router of --versus), or
    /// 'ROUTER.METRIC>=NUMBER'. May be repeated
    #[arg(long = "assert", value_name = "CLAIM")]
    pub(crate) claims: Vec<String>,
    /// What quality is traded against: the axis of hulls, AIQ, savings and lambda
    #[arg(long, value_enum, default_value_t = Against::Cost)]
    pub(crate) against: Against,
    /// The least score of a right answer, for recall by rarity
    #[arg(long, value_name = "SCORE", default_value_t = 0.5)]
    pub(crate) right_at: f64,
    /// The strong model of PGR, APGR and CPT [default: best-single]
    #[arg(long, value_name = "MODEL")]
    pub(crate) strong: Option<String>,
    /// The weak model of PGR, APGR and CPT [default: the cheapest]
    #[arg(long, value_name = "MODEL")]
    pub(crate) weak: Option<String>,
    /// Report quality and cost as shares of this model's [default: the dearest]
    #[arg(long, value_name = "MODEL")]
    pub(crate) relative_to: Option<String>,
    /// A router file that rb-fit saved: its kind, parameters, embedder and train
    /// digest are told in the `run` record, so that a figure can be traced. May be
    /// repeated
    #[arg(long = "router-file", value_name = "FILE")]
    pub(crate) router_files: Vec<PathBuf>,
    /// Write what scoring needs of each query, one compact line each, instead of
    /// scores: a part of a larger run, for --merge. Needs no memory
    #[arg(long, conflicts_with_all = ["exact", "missing", "resamples", "choose", "versus", "worth", "margin", "claims", "against", "right_at", "strong", "weak", "relative_to"])]
    pub(crate) partial: bool,
    /// The files are parts that --partial wrote: score them together. Any
    /// order of any parts gives the same bytes as one run over all records
    #[arg(long, conflicts_with_all = ["partial", "split", "by"])]
    pub(crate) merge: bool,
    /// Each FILE is the same benchmark split by another seed: write the means
    ///
    /// Whole streams, or parts with --merge. The intervals of the means know which
    /// prompts several seeds share.
    #[arg(long, conflicts_with_all = ["partial", "by", "exact", "claims"])]
    pub(crate) seeds: bool,
    #[command(flatten)]
    pub(crate) memory: Memory,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Part {
    Test,
    Val,
    Train,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Against {
    /// USD
    Cost,
    /// Seconds
    Latency,
    /// Prompt and completion tokens
    Tokens,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Missing {
    /// Score 0 at the dearest known cost of the query; counted
    Penalty,
    /// The query is left out, for every router and baseline; counted
    Drop,
}

impl Args {
    /// What is scored, and by which fields.
    pub(crate) fn wanted(&self) -> Wanted {
        Wanted {
            split: self.split.map(|part| match part {
                Part::Test => Split::Test,
                Part::Val => Split::Val,
                Part::Train => Split::Train,
            }),
            by: self.by.iter().map(|field| Field::parse(field)).collect(),
            log: self.off_policy.then(|| LogFields {
                time: self.time.as_deref().map(Field::parse),
            }),
        }
    }

    /// How it is scored; the routers and models that flags name are looked up
    /// once the records are read (`named.rs`).
    pub(crate) fn config(&self) -> Result<Config> {
        let choose = self.choose.as_deref().map(Rule::parse).transpose()?;
        Ok(Config {
            exact: self.exact,
            drop_missing: self.missing == Some(Missing::Drop),
            accept_gaps: self.missing == Some(Missing::Penalty),
            best_single: None,
            keep_curves: self.seeds,
            seed: self.common.seed,
            resamples: self.resamples,
            worth: difference("worth", self.worth)?,
            margin: difference("margin", self.margin)?,
            choose,
            versus: None,
        })
    }

    /// What only some metrics and the `run` record ask for; `fitted` is what the
    /// router files tell.
    pub(crate) fn ask(&self, fitted: BTreeMap<String, Fitted>) -> Ask {
        Ask {
            right_at: self.right_at,
            strong: self.strong.clone(),
            weak: self.weak.clone(),
            relative_to: self.relative_to.clone(),
            fitted,
            pairs: self.pairs,
        }
    }

    /// What quality is traded against.
    pub(crate) fn resource(&self) -> Resource {
        match self.against {
            Against::Cost => Resource::Cost,
            Against::Latency => Resource::Latency,
            Against::Tokens => Resource::Tokens,
        }
    }
}

/// A difference in quality, as --worth and --margin take it.
fn difference(flag: &str, value: f64) -> Result<f64> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(Error::usage(format!(
            "--{flag} is {value}, expected a difference in score, 0..1"
        )))
    }
}
