//! The score records of a stream, in their order.

use crate::baseline::yardsticks::Yardsticks;
use crate::data::facts::Group;
use crate::data::queries::Queries;
use crate::metric::measure::ChosenPoints;
use crate::replay::choose::Chooser;
use crate::report::bands::baselines::Bands;
use crate::report::bands::sample::Sample;
use crate::report::contrast::Contrast;
use crate::report::line::Object;
use crate::report::router::score::{reach, Metrics, RouterScore};
use crate::report::scoring::{Comparators, Scoring};
use crate::report::text::Text;
use crate::report::verdicts::adjust;
use rayon::prelude::*;
use rb_record::error::Result;
use rb_record::stream::progress::Step;
use rb_store::pages::guard;

/// Finds one comparison of a router.
type Of = fn(&mut RouterScore) -> Option<&mut Contrast>;

impl Scoring<'_> {
    /// Writes every line, in order; each call gets whole lines. Errors: those of
    /// the sink; a temporary file fails.
    pub fn write(&self, sink: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        guard(|| self.write_all(sink))
    }

    pub(crate) fn write_all(&self, sink: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        sink(&self.run_line())?;
        let chooser = &self.chooser();
        let chosen: Vec<ChosenPoints> = (0..self.facts.routers.len())
            .into_par_iter()
            .map(|r| self.points(chooser, r))
            .collect();
        let step = match self.facts.groups.len() {
            0 => Step::new("scoring", "", None),
            n => Step::new("scoring", "groups", Some(1 + n)),
        };
        self.write_group(None, &self.queries, chooser, &chosen, sink)?;
        step.add(1);
        for group in &self.facts.groups {
            let kept = |q: usize| !self.config.drop_missing || self.replay.is_complete(q);
            let queries = group.queries.filter(&self.facts.pager, kept);
            self.write_group(Some(group), &queries, chooser, &chosen, sink)?;
            step.add(1);
        }
        Ok(())
    }

    pub(crate) fn write_group(
        &self,
        group: Option<&Group>,
        queries: &Queries,
        chooser: &Chooser,
        chosen: &[ChosenPoints],
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
            reach: reach(&known, &scores),
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
        if self.pairs {
            sink(&self.pair_lines(group, queries, &known))?;
        }
        let oracle = known.yardsticks.oracle.quality().unwrap_or(1.0);
        sink(&self.learning_lines(group, &scores, oracle))
    }

    /// What routers on `queries` are compared with.
    pub(crate) fn known<'q>(&'q self, queries: &Queries) -> Comparators<'q> {
        let sample = Sample::new(&self.replay, queries, self.config.plan());
        let yardsticks = Yardsticks::new(&self.replay, &self.choices, queries);
        Comparators {
            bands: Bands::new(&self.replay, &self.choices, &yardsticks.singles, &sample),
            yardsticks,
            sample,
        }
    }

    pub(crate) fn router_scores(&self, known: &Comparators) -> Vec<RouterScore> {
        let step = Step::new("comparing", "routers", Some(self.facts.routers.len()));
        (0..self.facts.routers.len())
            .into_par_iter()
            .map(|r| {
                let score = self.router_score(known, r);
                step.add(1);
                score
            })
            .collect()
    }

    pub(crate) fn model(&self, place: Option<usize>) -> Option<&str> {
        place.map(|m| self.facts.models[m].as_str())
    }

    pub(crate) fn run_line(&self) -> String {
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
        let mut line = Object::new("run");
        line.put("run", &self.run)
            .put("version", env!("CARGO_PKG_VERSION"))
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
            .put("embedders", &facts.embedders)
            .put("against", self.replay.against().name())
            .put("cost_scale", &self.scale)
            .put("strong", &self.model(self.asked.strong))
            .put("weak", &self.model(self.asked.weak))
            .put("seed", &self.config.seed)
            .put("resamples", &self.config.resamples)
            .put("notes", &self.notes);
        if !self.fitted.is_empty() {
            line.put("fitted", &self.fitted);
        }
        line.end(&mut out);
        out
    }
}
