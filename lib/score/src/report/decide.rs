//! From the facts of a stream to all that is decided before the first line is
//! written: which queries count, what is compared with what, which points are
//! chosen.

use crate::baseline::choices::{cost_scale, Choices, Picking};
use crate::data::facts::Facts;
use crate::data::queries::Queries;
use crate::replay::rule::Rule;
use crate::replay::Replay;
use crate::report::asked::Ask;
use crate::statistics::paired::Rival;
use rayon::prelude::*;
use rb_record::error::{Error, Result};
use rb_record::hash::Digest;
use rb_store::pages::guard;

use crate::report::asked;
use crate::report::coverage;
use crate::report::notes;
use crate::report::scoring::{Config, Picks, Scoring};

/// The val split with those of its queries that are scored.
fn looked_at(val: &Facts, drop_missing: bool) -> (Replay<'_>, Queries) {
    let replay = Replay::new(val);
    let kept = |q: usize| !drop_missing || replay.is_complete(q);
    let queries = Queries::all(val.scored.len()).filter(&val.pager, kept);
    (replay, queries)
}

impl<'a> Scoring<'a> {
    /// Errors: no query is left; a temporary file fails.
    pub fn new(facts: &'a Facts, config: Config) -> Result<Scoring<'a>> {
        guard(|| Scoring::decide(facts, config))
    }

    pub(crate) fn decide(facts: &'a Facts, config: Config) -> Result<Scoring<'a>> {
        let replay = Replay::new(facts);
        let n = facts.scored.len();
        let kept = |q: usize| !config.drop_missing || replay.is_complete(q);
        let queries = Queries::all(n).filter(&facts.pager, kept);
        if queries.is_empty() {
            let missing = replay.missing();
            let worst = (0..missing.len()).max_by_key(|m| missing[*m]).unwrap_or(0);
            return Err(Error::input(format!(
                "--missing drop leaves no query: on each of the {n} some model has no outcome ({:?} on {}); leave that model out of the records, or use --missing penalty",
                facts.models[worst],
                missing[worst]
            )));
        }
        if !config.drop_missing && !config.accept_gaps {
            coverage::refuse_sparse(facts, config.worth)?;
        }
        let picking = Picking {
            best_single: config.best_single,
            complete_only: config.drop_missing,
        };
        let choices = Choices::new(&replay, &queries, picking);
        let asked = asked::resolve(&Ask::default(), &facts.models, &choices)?;
        let mut scoring = Scoring {
            asked,
            config,
            facts,
            choices,
            scale: cost_scale(facts),
            notes: Vec::new(),
            fitted: Default::default(),
            pairs: false,
            run: String::new(),
            picks: Vec::new(),
            val: facts
                .val
                .as_deref()
                .map(|val| looked_at(val, config.drop_missing)),
            replay,
            queries,
        };
        scoring.run = scoring.digest();
        scoring.picks = scoring.pick();
        scoring.notes = notes::of(&scoring);
        Ok(scoring)
    }

    /// Asks the metrics for something of the user's own.
    pub fn asking(mut self, ask: &Ask) -> Result<Scoring<'a>> {
        self.asked = asked::resolve(ask, &self.facts.models, &self.choices)?;
        self.fitted = ask.fitted.clone();
        self.pairs = ask.pairs;
        Ok(self)
    }

    /// A digest of what is scored together: the queries, the models, the routers,
    /// and what decides how.
    fn digest(&self) -> String {
        let (facts, config) = (self.facts, &self.config);
        let mut digest = Digest::default();
        let mut add = |text: &str| {
            digest.add(text.as_bytes());
            digest.add(&[0]);
        };
        add(&format!("{config:?} {:?}", self.replay.against()));
        facts.models.iter().for_each(|m| add(m));
        add("");
        facts.routers.iter().for_each(|r| add(r));
        for q in self.queries.iter() {
            digest.add(&facts.scored.unit(q).to_le_bytes());
        }
        digest.text()
    }

    pub(crate) fn pick(&self) -> Vec<Picks> {
        let chooser = self.chooser();
        let strong = self.choices.best_single;
        let against = strong.map(|model| Rival { model, share: 1.0 });
        let margin = self.config.margin;
        let by = |router: usize, rule: Rule| {
            chooser.choose(router, against, |c| rule.merit(c, strong, margin))
        };
        (0..self.facts.routers.len())
            .into_par_iter()
            .map(|router| {
                if self.facts.oracle[router] {
                    Picks::default()
                } else {
                    Picks {
                        rule: self.config.choose.and_then(|rule| by(router, rule)),
                        gain: chooser.choose(router, None, |c| {
                            Some((c.tally.quality()?, c.tally.cost().map_or(0.0, |c| -c)))
                        }),
                        save: by(router, Rule::BestSingle),
                    }
                }
            })
            .collect()
    }
}
