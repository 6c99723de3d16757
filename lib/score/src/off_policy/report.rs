//! The score records of a log (FORMAT.md): a `run` line, the single models and
//! best-single, and for each router its points and a summary.

use crate::baseline::choices::{best_single, cost_scale, PickedBy};
use crate::data::facts::{Facts, Resource};
use crate::off_policy::estimate::{Estimate, Estimator};
use crate::off_policy::log_sample::LogSample;
use crate::off_policy::overlap::LEAST_ESS;
use crate::off_policy::propensity::LEAST;
use crate::off_policy::router::{router, RouterEstimate, GRID};
use crate::replay::Replay;
use crate::report::bands::sample::Sample;
use crate::report::line::Object;
use crate::report::scoring::Config;
use crate::report::verdicts::{adjust, VerdictInput};
use crate::statistics::resampled::Resampled;
use rayon::prelude::*;
use rb_record::error::{Error, Result};
use rb_record::policy::lambda;
use rb_record::thresholds::FEW;
use rb_store::pages::guard;
use std::collections::BTreeMap;

/// A log, ready to be written.
pub struct OffPolicy<'a> {
    facts: &'a Facts,
    config: Config,
    lines: Vec<String>,
    notes: Vec<String>,
}

impl<'a> OffPolicy<'a> {
    /// Errors: no query tells who answered it; a temporary file fails.
    pub fn new(facts: &'a Facts, config: Config) -> Result<OffPolicy<'a>> {
        guard(|| OffPolicy::estimate(facts, config))
    }

    fn estimate(facts: &'a Facts, config: Config) -> Result<OffPolicy<'a>> {
        let no_log = || {
            Error::input("no scored query tells who answered it: --off-policy takes outcomes of one model a query, or logged = {\"model\":M,\"propensity\":p} with that model's outcome; where all models answered, leave --off-policy out")
        };
        let log = facts.log.as_ref().ok_or_else(no_log)?;
        let sample = LogSample::new(facts, log, config.seed);
        if sample.len() == 0 {
            return Err(no_log());
        }
        let estimator = Estimator::new(&sample);
        let replay = Replay::new(facts);
        let best = best_single(&facts.train, config.best_single);
        let mut own = OffPolicy {
            facts,
            config,
            lines: Vec::new(),
            notes: Vec::new(),
        };
        let all = Sample::new(&replay, &sample.queries, config.plan());
        let singles = estimator.estimates(&all, facts.models.len(), config.worth, |m, _| m);
        let mut routers: Vec<RouterEstimate> = (0..facts.routers.len())
            .into_par_iter()
            .map(|r| router(&estimator, &replay, config, r, best.map(|(m, _)| m)))
            .collect();
        let tested = routers.iter_mut().enumerate();
        let tested = tested.filter(|(r, e)| !facts.oracle[*r] && !e.is_constant());
        adjust(tested.filter_map(|(_, e)| e.best.as_mut()));
        own.tell(&estimator, &singles, &routers, best);
        let run = own.run_line(&estimator);
        own.lines.push(run);
        own.baselines(&singles, best.map(|(m, _)| m));
        for (r, estimate) in routers.iter().enumerate() {
            own.router_lines(r, estimate);
        }
        Ok(own)
    }

    /// What a reader of the figures must know, in plain words.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Writes every line, in order. Errors: those of the sink.
    pub fn write(&self, sink: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        self.lines.iter().try_for_each(|line| sink(line))
    }

    fn tell(
        &mut self,
        estimator: &Estimator,
        singles: &[Estimate],
        routers: &[RouterEstimate],
        best: Option<(usize, PickedBy)>,
    ) {
        let (facts, sample) = (self.facts, estimator.sample);
        let n = sample.len();
        let mut notes = Vec::new();
        let counts = sample.counts();
        let counted = facts.models.iter().zip(&counts);
        let answered: Vec<String> = counted.map(|(m, n)| format!("{m} {n}")).collect();
        notes.push(format!(
            "figures are estimated from a log of {n} queries, each answered by one model ({})",
            answered.join(", ")
        ));
        if sample.left_out > 0 {
            notes.push(format!(
                "{} of {} scored queries are left out: they do not tell who answered, or with what score",
                sample.left_out,
                facts.scored.len()
            ));
        }
        let p = &estimator.propensities;
        if p.estimated > 0 {
            let from = if sample.dimension > 0 {
                "the embedding and length of the prompt"
            } else {
                "the prompt's length"
            };
            notes.push(format!(
                "the probabilities of {} of {n} choices are not in the log: estimated from {from}, the dataset and the time where --time names it; {} of them were below {LEAST} and count as {LEAST}. If the choice depended on anything else, the figures are biased",
                p.estimated, p.clipped
            ));
        }
        if sample.dimension == 0 {
            notes.push("no embedding on every query: scores are expected by model, dataset and length alone; rb-embed narrows the intervals".into());
        }
        if facts.split.is_none() {
            notes.push("no record has a split: all queries are scored, also those that a router was fitted on; rb-split assigns one".into());
        }
        match best {
            None => notes.push("no train split in the stream: best-single cannot be picked and the differences to it are null; --best-single names it".into()),
            Some((m, PickedBy::Datasets)) => notes.push(format!(
                "best-single is {:?} by its means a dataset on train, weighted by the datasets' shares; --best-single names another",
                facts.models[m]
            )),
            Some(_) => {}
        }
        if n < FEW {
            notes.push(format!(
                "only {n} queries are scored: below {FEW}, differences of a few points are noise"
            ));
        }
        let few = |e: &Estimate| e.refused.is_some();
        let models = facts.models.iter().zip(singles).filter(|(_, e)| few(e));
        let models: Vec<String> = models
            .map(|(m, e)| format!("{m} {:.0}", e.overlap.ess))
            .collect();
        if !models.is_empty() {
            notes.push(format!(
                "too few answers to tell what these models alone would earn (as good as so many of equal weight, expected at least {LEAST_ESS:.0}): {}",
                models.join(", ")
            ));
        }
        for (router, estimate) in facts.routers.iter().zip(routers) {
            if let Some(why) = &estimate.refused {
                notes.push(format!("router {router:?}: {why}"));
            }
            if estimate.unrouted > 0 {
                notes.push(format!(
                    "router {router:?} has no route on {} of {n} queries; its figures, and what it is compared with, are of the others",
                    estimate.unrouted
                ));
            }
        }
        self.notes = notes;
    }

    fn run_line(&self, estimator: &Estimator) -> String {
        let (facts, sample, p) = (self.facts, estimator.sample, &estimator.propensities);
        let mut datasets = BTreeMap::new();
        for d in &sample.dataset {
            *datasets.entry(&facts.datasets[*d]).or_insert(0) += 1;
        }
        let mut units: Vec<u64> = sample
            .queries
            .iter()
            .map(|q| facts.scored.unit(q))
            .collect();
        units.dedup();
        let mut out = String::new();
        Object::new("run")
            .put("version", env!("CARGO_PKG_VERSION"))
            .put("split", &facts.split.map(|s| s.name()))
            .put("n", &sample.len())
            .put("units", &units.len())
            .put("train", &facts.train.len())
            .put("estimate", "off-policy")
            .put("left_out", &sample.left_out)
            .put("given", &p.given)
            .put("estimated", &p.estimated)
            .put("clipped", &p.clipped)
            .put("datasets", &datasets)
            .put("models", &facts.models)
            .put("routers", &facts.routers)
            .put("embedders", &facts.embedders)
            .put("against", Resource::Cost.name())
            .put("cost_scale", &cost_scale(facts))
            .put("seed", &self.config.seed)
            .put("resamples", &self.config.resamples)
            .put("notes", &self.notes)
            .end(&mut out);
        out
    }

    fn baselines(&mut self, singles: &[Estimate], best: Option<usize>) {
        let facts = self.facts;
        let mut line = |name: &str, model: Option<usize>, n: usize| {
            let mut object = Object::new("baseline");
            object
                .put("name", name)
                .put("model", &model.map(|m| &facts.models[m]))
                .put_group(None);
            put_estimate(&mut object, facts, model.map(|m| &singles[m]), n, 0);
            let mut out = String::new();
            object.end(&mut out);
            self.lines.push(out);
        };
        let n = singles.first().map_or(0, |e| e.overlap.n);
        (0..facts.models.len()).for_each(|m| line("model", Some(m), n));
        line("best-single", best, n);
    }

    fn router_lines(&mut self, r: usize, estimate: &RouterEstimate) {
        let facts = self.facts;
        let scale = cost_scale(facts).unwrap_or(0.0);
        for (i, point) in estimate.points.iter().flatten().enumerate() {
            let alpha = i as f64 / GRID as f64;
            let mut object = Object::new("point");
            object
                .put("router", &facts.routers[r])
                .put_group(None)
                .put("alpha", &alpha)
                .put("lambda", &lambda(alpha, scale));
            put_estimate(
                &mut object,
                facts,
                Some(point),
                estimate.n,
                estimate.unrouted,
            );
            let mut out = String::new();
            object.end(&mut out);
            self.lines.push(out);
        }
        let mut summary = Object::new("summary");
        summary.put("router", &facts.routers[r]).put_group(None);
        if facts.oracle[r] {
            summary.put("oracle", &true);
        }
        put_estimate(
            &mut summary,
            facts,
            estimate.last(),
            estimate.n,
            estimate.unrouted,
        );
        if let (Some(why), None) = (&estimate.refused, estimate.last()) {
            summary.put("refused", why);
        }
        VerdictInput {
            choose: None,
            constant: estimate.is_constant(),
            worth: self.config.worth,
            margin: self.config.margin,
            best: estimate.best.as_ref(),
            discordant: None,
            zero: None,
            shuffle: None,
            versus: None,
        }
        .put(&mut summary);
        let mut out = String::new();
        summary.put_json("hull", "null").end(&mut out);
        self.lines.push(out);
    }
}

/// The common members, estimated, and what the log has of them.
fn put_estimate(
    object: &mut Object,
    facts: &Facts,
    estimate: Option<&Estimate>,
    n: usize,
    unrouted: usize,
) {
    let figures = |read: fn(&Estimate) -> Option<&Resampled>| estimate.and_then(read);
    let quality = figures(|e| e.quality.as_ref());
    let cost = figures(|e| e.cost.as_ref());
    let latency = figures(|e| e.latency.as_ref());
    let value = |r: Option<&Resampled>, most: f64| r.map(|r| r.value.clamp(0.0, most));
    object
        .put("n", &n)
        .put("missing", &0)
        .put("unrouted", &unrouted)
        .put("quality", &value(quality, 1.0))
        .put_json("quality_macro", "null")
        .put("cost", &value(cost, f64::MAX))
        .put_json("cost_macro", "null")
        .put("latency", &value(latency, f64::MAX))
        .put_json("tokens", "null")
        .put("calls", &estimate.map(|_| 1));
    for (name, figure, most) in [
        ("quality_ci", quality, 1.0),
        ("cost_ci", cost, f64::MAX),
        ("latency_ci", latency, f64::MAX),
    ] {
        if let Some((low, high)) = figure.and_then(Resampled::interval) {
            object.put(name, &(low.clamp(0.0, most), high.clamp(0.0, most)));
        }
    }
    object.put("estimate", "off-policy");
    if let Some(e) = estimate {
        let share = |(m, count): (usize, &usize)| {
            let share = *count as f64 / e.overlap.n.max(1) as f64;
            (*count > 0).then(|| (facts.models[m].as_str(), share))
        };
        let mix: BTreeMap<&str, f64> = e
            .overlap
            .chosen
            .iter()
            .enumerate()
            .filter_map(share)
            .collect();
        object
            .put("mix", &mix)
            .put("matched", &e.overlap.matched)
            .put("ess", &e.overlap.ess);
        if let Some(why) = &e.refused {
            object.put("refused", why);
        }
    }
}
