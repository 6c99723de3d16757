//! The baseline lines of one group.

use crate::baseline::row::{Baseline, Shape};
use crate::baseline::yardsticks::{mix, Yardsticks};
use crate::baseline::BASELINES;
use crate::data::facts::Group;
use crate::data::queries::Queries;
use crate::metric::curve::aiq::aiq;
use crate::replay::tally::Tally;
use crate::report::bands::band::Band;
use crate::report::bands::baselines::Bands;
use crate::report::bands::sample::Sample;
use crate::report::line::Object;
use crate::report::scoring::Scoring;
use rb_record::hull::ndch;
use std::collections::BTreeMap;

impl Scoring<'_> {
    /// The lines of every baseline but those made of a router.
    pub(crate) fn baseline_lines(
        &self,
        group: Option<&Group>,
        queries: &Queries,
        y: &Yardsticks,
        bands: &Bands,
    ) -> String {
        let choices = &self.choices;
        let mut out = String::new();
        for row in BASELINES {
            match row.shape {
                Shape::EachModel => {
                    for m in 0..self.facts.models.len() {
                        out += &self.single_line(row, Some(m), group, queries, y, bands);
                    }
                }
                Shape::OneModel(of) => {
                    out += &self.single_line(row, of(choices), group, queries, y, bands);
                }
                Shape::ByDataset(_) | Shape::ByQuery(_) | Shape::Drawn => {
                    out += &self.policy_line(row, group, queries, bands);
                }
                Shape::Mixtures => out += &self.zero_line(group, queries.len(), y, bands),
                Shape::Recorded => out += &self.reference_lines(group, queries),
                Shape::OfRouter => {}
            }
        }
        out
    }

    /// One model for all queries; None: it could not be chosen.
    fn single_line(
        &self,
        row: &Baseline,
        model: Option<usize>,
        group: Option<&Group>,
        queries: &Queries,
        y: &Yardsticks,
        bands: &Bands,
    ) -> String {
        let (facts, n) = (self.facts, queries.len());
        let mut object = Object::new("baseline");
        object
            .put("name", row.name)
            .put("model", &model.map(|m| &facts.models[m]))
            .put_group(group);
        match model {
            Some(m) => object
                .put_means(&y.singles[m], 0)
                .put_band("", Some(&bands.singles[m].band))
                .put_mix(&facts.models, &mix(&self.replay, queries, |_| m), n),
            None => object.put_no_means(n, 0),
        };
        let mut out = String::new();
        object.end(&mut out);
        out
    }

    /// A model for each query, by its dataset, by what is known of it, or drawn.
    fn policy_line(
        &self,
        row: &Baseline,
        group: Option<&Group>,
        queries: &Queries,
        bands: &Bands,
    ) -> String {
        let (facts, replay, choices) = (self.facts, &self.replay, &self.choices);
        let n = queries.len();
        let value = |q: usize| row.value(replay, choices, q);
        let is_policy = row.is_policy(choices);
        let tally = is_policy.then(|| Tally::of(replay, queries, value));
        let band = bands.get(row, choices).map(|b| &b.band);
        let mut object = Object::new("baseline");
        object.put("name", row.name);
        if let Shape::ByDataset(of) = row.shape {
            let mut occur: Vec<usize> = queries.iter().map(|q| facts.scored.dataset(q)).collect();
            occur.sort_unstable();
            occur.dedup();
            let name = |d: usize, of: &Vec<usize>| {
                (facts.datasets[d].as_str(), facts.models[of[d]].as_str())
            };
            let models = of(choices).map(|of| {
                let pairs = occur.iter().map(|d| name(*d, of));
                pairs.collect::<BTreeMap<&str, &str>>()
            });
            object.put("models", &models);
        }
        object.put_group(group);
        let Some(tally) = tally else {
            let mut out = String::new();
            object.put_no_means(n, 0).end(&mut out);
            return out;
        };
        object.put_means(&tally, 0).put_band("", band);
        let taken = |model: &dyn Fn(usize) -> usize| mix(replay, queries, model);
        match row.shape {
            Shape::ByDataset(of) => {
                let of = of(choices);
                let model = |q: usize| of.map_or(0, |of| of[facts.scored.dataset(q)]);
                object.put_mix(&facts.models, &taken(&model), n);
            }
            Shape::ByQuery(of) => {
                object.put_mix(&facts.models, &taken(&|q| of(replay, q)), n);
            }
            _ => {
                let share = 1.0 / facts.models.len() as f64;
                let even = facts.models.iter().map(|m| (m.as_str(), share));
                object.put("mix", &even.collect::<BTreeMap<&str, f64>>());
            }
        }
        let mut out = String::new();
        object.end(&mut out);
        out
    }

    /// Mixtures of the single models.
    fn zero_line(&self, group: Option<&Group>, n: usize, y: &Yardsticks, bands: &Bands) -> String {
        let mut out = String::new();
        let points = y.points();
        let missing: f64 = y.singles.iter().map(Tally::missing).sum();
        let mut zero = Object::new("baseline");
        zero.put("name", "zero");
        zero.put_group(group)
            .put("n", &n)
            .put_count("missing", missing)
            .put("unrouted", &0)
            .put("aiq", &aiq(points.iter().copied(), &points))
            .put("aiq_macro", &{
                let points = y.points_macro();
                aiq(points.iter().copied(), &points)
            });
        for (name, interval) in [
            ("aiq_ci", bands.zero_aiq),
            ("aiq_macro_ci", bands.zero_aiq_macro),
        ] {
            if interval.is_some() {
                zero.put(name, &interval);
            }
        }
        zero.put_against(self.replay.against())
            .put_hull(
                self.replay.has_costs().then(|| ndch(&points)).as_deref(),
                self.replay.against(),
            )
            .end(&mut out);
        out
    }

    /// The recorded answers of other routers.
    fn reference_lines(&self, group: Option<&Group>, queries: &Queries) -> String {
        let facts = self.facts;
        let mut out = String::new();
        for (r, reference) in facts.references.iter().enumerate() {
            let recorded = |q: usize| self.replay.reference(q, r).is_some();
            let recorded = queries.filter(&facts.pager, recorded);
            let value = |q: usize| self.replay.reference(q, r).unwrap_or_default();
            let tally = Tally::of(&self.replay, &recorded, value);
            let sample = Sample::new(&self.replay, &recorded, self.config.plan());
            let means = sample.policies(&self.replay, 1, |_, q| value(q));
            let band = means.into_iter().next().map(|m| Band::new(&self.replay, m));
            Object::new("baseline")
                .put("name", "reference")
                .put("reference", reference)
                .put_group(group)
                .put_means(&tally, queries.len() - recorded.len())
                .put_band("", band.as_ref())
                .end(&mut out);
        }
        out
    }
}
