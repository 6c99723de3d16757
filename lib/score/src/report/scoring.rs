//! Everything that is decided once, before the first line is written.

use crate::baseline::choices::Choices;
use crate::baseline::yardsticks::Yardsticks;
use crate::data::facts::Facts;
use crate::data::queries::Queries;
use crate::metric::measure::Asked;
use crate::replay::choose::{Chooser, Chosen};
use crate::replay::rule::{Rule, MARGIN};
use crate::replay::Replay;
use crate::report::asked::Fitted;
use crate::report::bands::baselines::Bands;
use crate::report::bands::sample::Sample;
use crate::statistics::bootstrap::Plan;
use rb_record::thresholds::WORTH;
use std::collections::BTreeMap;

/// What the user decides.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// A point at every alpha where the curve changes, not at 0, 0.01 … 1.
    pub exact: bool,
    /// Score only queries on which every model of the pool has an outcome.
    pub drop_missing: bool,
    /// Replay however few outcomes are known: every other call is a penalty.
    pub accept_gaps: bool,
    /// The model (its place) that is best-single; None: it is picked on train.
    pub best_single: Option<usize>,
    /// Keep the curves in every resample, to be averaged over seeds.
    pub keep_curves: bool,
    /// Of everything drawn.
    pub seed: u64,
    /// Resamples of the bootstrap; 0: no intervals and no verdicts.
    pub resamples: usize,
    /// The difference in quality that is worth having.
    pub worth: f64,
    /// How far below best-single counts as not below.
    pub margin: f64,
    /// The point that verdicts are about; None: alpha 1.
    pub choose: Option<Rule>,
    /// The router (its place) that the others are compared with.
    pub versus: Option<usize>,
}

impl Config {
    /// Without intervals, everything else as rb-score does it.
    pub const PLAIN: Config = Config {
        exact: false,
        drop_missing: false,
        accept_gaps: true,
        best_single: None,
        keep_curves: false,
        seed: 0,
        resamples: 0,
        worth: WORTH,
        margin: MARGIN,
        choose: None,
        versus: None,
    };

    pub(crate) fn plan(&self) -> Plan {
        Plan {
            seed: self.seed,
            resamples: self.resamples,
        }
    }
}

/// The points chosen for one router. None: nothing satisfies the rule.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Picks {
    /// By the user's rule.
    pub(crate) rule: Option<Chosen>,
    /// The best quality.
    pub(crate) gain: Option<Chosen>,
    /// The cheapest that is not below best-single.
    pub(crate) save: Option<Chosen>,
}

/// The baselines over some queries, in the sample and in every resample.
pub(crate) struct Comparators<'q> {
    pub(crate) yardsticks: Yardsticks,
    pub(crate) bands: Bands,
    pub(crate) sample: Sample<'q>,
}

/// Everything that is decided once, before the first line is written.
pub struct Scoring<'a> {
    pub(crate) config: Config,
    pub(crate) facts: &'a Facts,
    pub(crate) replay: Replay<'a>,
    /// Of the val split, where it has routes, and those of its queries that a
    /// choice may look at.
    pub(crate) val: Option<(Replay<'a>, Queries)>,
    pub(crate) choices: Choices,
    /// The queries that are scored.
    pub(crate) queries: Queries,
    /// G, the scale of lambda.
    pub(crate) scale: Option<f64>,
    /// By router.
    pub(crate) picks: Vec<Picks>,
    pub(crate) notes: Vec<String>,
    /// See [`Ask::fitted`](crate::report::asked::Ask::fitted).
    pub(crate) fitted: BTreeMap<String, Fitted>,
    /// See [`Ask::pairs`](crate::report::asked::Ask::pairs).
    pub(crate) pairs: bool,
    /// Tells this run's records from another's.
    pub(crate) run: String,
    pub(crate) asked: Asked,
}

impl Scoring<'_> {
    /// What a reader of the figures must know, in plain words.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Chooses operating points on other queries than they are reported on.
    pub(crate) fn chooser(&self) -> Chooser<'_> {
        let val = self.val.as_ref().map(|(val, queries)| (val, queries));
        Chooser::new(&self.replay, &self.queries, val, self.config.seed)
    }
}
