//! Scoring: from the facts of a stream to score records (FORMAT.md). First a
//! `run` line, then for everything and for each group the baselines and, a
//! router at a time, its points, its shuffles and its summary.

pub mod asked;
pub mod bands;
pub mod baselines;
pub mod contrast;
pub mod equal_cost;
pub mod learning;
pub mod line;
#[cfg(test)]
mod metric_tests;
pub mod notes;
pub mod points;
pub mod pooled;
pub mod router;
#[cfg(test)]
mod tests;
pub mod text;
pub mod verdicts;

use crate::data::facts::{Facts, Group};
use crate::data::queries::Queries;
use crate::metric::measure::{Asked, Points};
use crate::replay::baseline::{cost_scale, Choices, Yardsticks};
use crate::replay::choose::{Chooser, Chosen, Rule, MARGIN};
use crate::replay::Replay;
pub use crate::report::asked::Ask;
use crate::report::bands::{Bands, Sample};
use crate::report::contrast::Contrast;
use crate::report::line::Object;
use crate::report::router::{Metrics, RouterScore};
use crate::report::text::Text;
use crate::report::verdicts::adjust;
use crate::statistics::bootstrap::Plan;
use crate::statistics::paired::Against;
use rayon::prelude::*;
use rb_record::error::{Error, Result};
use rb_record::hull::ndch;
use rb_record::thresholds::WORTH;
use rb_store::pages::guard;

/// What the user decides.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// A point at every alpha where the curve changes, not at 0, 0.01 … 1.
    pub exact: bool,
    /// Score only queries on which every model of the pool has an outcome.
    pub drop_missing: bool,
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
        seed: 0,
        resamples: 0,
        worth: WORTH,
        margin: MARGIN,
        choose: None,
        versus: None,
    };

    fn plan(&self) -> Plan {
        Plan {
            seed: self.seed,
            resamples: self.resamples,
        }
    }
}

/// The points chosen for one router. None: nothing satisfies the rule.
#[derive(Debug, Clone, Copy, Default)]
struct Picks {
    /// By the user's rule.
    rule: Option<Chosen>,
    /// The best quality.
    gain: Option<Chosen>,
    /// The cheapest that is not below best-single.
    save: Option<Chosen>,
}

/// Finds one comparison of a router.
type Of = fn(&mut RouterScore) -> Option<&mut Contrast>;

/// The baselines over some queries, in the sample and in every resample.
pub(crate) struct Known<'q> {
    yardsticks: Yardsticks,
    bands: Bands,
    sample: Sample<'q>,
}

impl Known<'_> {
    /// The largest cost at which a hull ends: of the routers that are no
    /// oracles, and of zero.
    fn reach(&self, scores: &[RouterScore]) -> Option<f64> {
        let zero = ndch(&self.yardsticks.points()).last().map(|end| end.cost);
        let compared = scores.iter().filter(|s| !s.oracle);
        let ends = compared.map(|s| s.hull_end);
        ends.chain([zero]).flatten().reduce(f64::max)
    }
}

/// The val split with those of its queries that are scored.
fn looked_at(val: &Facts, drop_missing: bool) -> (Replay<'_>, Queries) {
    let replay = Replay::new(val);
    let kept = |q: usize| !drop_missing || replay.is_complete(q);
    let queries = Queries::all(val.scored.len()).filter(&val.room, kept);
    (replay, queries)
}

/// Everything that is decided once, before the first line is written.
pub struct Scoring<'a> {
    config: Config,
    facts: &'a Facts,
    replay: Replay<'a>,
    /// Of the val split, where it has routes, and those of its queries that a
    /// choice may look at.
    val: Option<(Replay<'a>, Queries)>,
    choices: Choices,
    /// The queries that are scored.
    queries: Queries,
    /// G, the scale of lambda.
    scale: Option<f64>,
    /// By router.
    picks: Vec<Picks>,
    notes: Vec<String>,
    asked: Asked,
}

impl<'a> Scoring<'a> {
    /// Errors: no query is left; a temporary file fails.
    pub fn new(facts: &'a Facts, config: Config) -> Result<Scoring<'a>> {
        guard(|| Scoring::decide(facts, config))
    }

    fn decide(facts: &'a Facts, config: Config) -> Result<Scoring<'a>> {
        let replay = Replay::new(facts);
        let n = facts.scored.len();
        let kept = |q: usize| !config.drop_missing || replay.is_complete(q);
        let queries = Queries::all(n).filter(&facts.room, kept);
        if queries.is_empty() {
            let missing = replay.missing();
            let worst = (0..missing.len()).max_by_key(|m| missing[*m]).unwrap_or(0);
            return Err(Error::input(format!(
                "--missing drop leaves no query: on each of the {n} some model has no outcome ({:?} on {}); leave that model out of the records, or use --missing penalty",
                facts.models[worst],
                missing[worst]
            )));
        }
        let choices = Choices::new(&replay, &queries);
        let asked = asked::resolve(&Ask::default(), &facts.models, &choices)?;
        let mut scoring = Scoring {
            asked,
            config,
            facts,
            choices,
            scale: cost_scale(facts),
            notes: Vec::new(),
            picks: Vec::new(),
            val: facts
                .val
                .as_deref()
                .map(|val| looked_at(val, config.drop_missing)),
            replay,
            queries,
        };
        scoring.picks = scoring.pick();
        scoring.notes = notes::of(&scoring);
        Ok(scoring)
    }

    /// Asks the metrics for something of the user's own.
    pub fn asking(mut self, ask: &Ask) -> Result<Scoring<'a>> {
        self.asked = asked::resolve(ask, &self.facts.models, &self.choices)?;
        Ok(self)
    }

    /// What a reader of the figures must know, in plain words.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Chooses operating points on other queries than they are reported on.
    fn chooser(&self) -> Chooser<'_> {
        let val = self.val.as_ref().map(|(val, queries)| (val, queries));
        Chooser::new(&self.replay, &self.queries, val, self.config.seed)
    }

    fn pick(&self) -> Vec<Picks> {
        let chooser = self.chooser();
        let strong = self.choices.best_single;
        let against = strong.map(|model| Against { model, share: 1.0 });
        let margin = self.config.margin;
        let by = |router: usize, rule: Rule| {
            chooser.choose(router, against, |c| rule.merit(c, strong, margin))
        };
        (0..self.facts.routers.len())
            .into_par_iter()
            .map(|router| match self.facts.oracle[router] {
                true => Picks::default(),
                false => Picks {
                    rule: self.config.choose.and_then(|rule| by(router, rule)),
                    gain: chooser.choose(router, None, |c| {
                        Some((c.tally.quality()?, c.tally.cost().map_or(0.0, |c| -c)))
                    }),
                    save: by(router, Rule::BestSingle),
                },
            })
            .collect()
    }

    /// Writes every line, in order; each call gets whole lines. Errors: those of
    /// the sink; a temporary file fails.
    pub fn write(&self, sink: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        guard(|| self.write_all(sink))
    }

    fn write_all(&self, sink: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        sink(&self.run_line())?;
        let chooser = &self.chooser();
        let chosen: Vec<Points> = (0..self.facts.routers.len())
            .into_par_iter()
            .map(|r| self.points(chooser, r))
            .collect();
        self.write_group(None, &self.queries, chooser, &chosen, sink)?;
        for group in &self.facts.groups {
            let kept = |q: usize| !self.config.drop_missing || self.replay.is_complete(q);
            let queries = group.queries.filter(&self.facts.room, kept);
            self.write_group(Some(group), &queries, chooser, &chosen, sink)?;
        }
        Ok(())
    }

    fn write_group(
        &self,
        group: Option<&Group>,
        queries: &Queries,
        chooser: &Chooser,
        chosen: &[Points],
        sink: &mut dyn FnMut(&str) -> Result<()>,
    ) -> Result<()> {
        let known = self.known(queries);
        sink(&self.baseline_lines(group, queries, &known.yardsticks, &known.bands))?;
        let mut scores = self.router_scores(&known);
        let tested = |scores: &mut [RouterScore], contrast: Of| {
            let some = scores.iter_mut().filter(|s| !s.constant && !s.oracle);
            adjust(some.filter_map(contrast))
        };
        tested(&mut scores, |s| Some(&mut s.best.as_mut()?.difference));
        tested(&mut scores, |s| s.alone.as_mut()?.zero.as_mut());
        tested(&mut scores, |s| Some(&mut s.alone.as_mut()?.shuffle));
        tested(&mut scores, |s| s.versus.as_mut());
        let versus = scores.iter().find(|s| Some(s.router) == self.config.versus);
        let metrics = Metrics {
            reach: known.reach(&scores),
            chooser,
            chosen,
            versus: versus.and_then(|s| s.at_costs.as_ref()),
        };
        // No more lines wait than there are threads.
        for scores in scores.chunks(rayon::current_num_threads()) {
            let routers: Vec<Text> = (scores.par_iter())
                .map(|score| self.router_lines(group, &known, &metrics, score))
                .collect();
            routers.into_iter().try_for_each(|lines| lines.pass(sink))?;
        }
        let oracle = known.yardsticks.oracle.quality().unwrap_or(1.0);
        sink(&self.learning_lines(group, &scores, oracle))
    }

    /// What routers on `queries` are compared with.
    fn known<'q>(&'q self, queries: &Queries) -> Known<'q> {
        let sample = Sample::new(&self.replay, queries, self.config.plan());
        let yardsticks = Yardsticks::new(&self.replay, &self.choices, queries);
        Known {
            bands: Bands::new(&self.replay, &self.choices, &yardsticks.singles, &sample),
            yardsticks,
            sample,
        }
    }

    fn router_scores(&self, known: &Known) -> Vec<RouterScore> {
        (0..self.facts.routers.len())
            .into_par_iter()
            .map(|r| self.router_score(known, r))
            .collect()
    }

    fn model(&self, place: Option<usize>) -> Option<&str> {
        place.map(|m| self.facts.models[m].as_str())
    }

    fn run_line(&self) -> String {
        let facts = self.facts;
        let mut datasets = std::collections::BTreeMap::new();
        let (mut units, mut last) = (0, None);
        for q in self.queries.iter() {
            let name = &facts.datasets[facts.scored.dataset(q)];
            *datasets.entry(name).or_insert(0) += 1;
            let unit = facts.scored.unit(q);
            // Queries come by unit.
            units += usize::from(last.replace(unit) != Some(unit));
        }
        let mut out = String::new();
        Object::new("run")
            .put("split", &facts.split.map(|s| s.name()))
            .put("n", &self.queries.len())
            .put("units", &units)
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
            .put("against", self.replay.against().name())
            .put("cost_scale", &self.scale)
            .put("strong", &self.model(self.asked.strong))
            .put("weak", &self.model(self.asked.weak))
            .put("seed", &self.config.seed)
            .put("resamples", &self.config.resamples)
            .put("notes", &self.notes)
            .end(&mut out);
        out
    }
}
