//! The baseline lines of one group.

use crate::data::facts::Group;
use crate::data::queries::Queries;
use crate::metric::curve::aiq::aiq;
use crate::replay::baseline::{mix, oracle, Yardsticks};
use crate::replay::tally::Tally;
use crate::report::bands::band::Band;
use crate::report::bands::baselines::Bands;
use crate::report::bands::sample::Sample;
use crate::report::line::Object;
use crate::report::scoring::Scoring;
use rb_record::hull::ndch;
use std::collections::BTreeMap;

impl Scoring<'_> {
    pub(crate) fn baseline_lines(
        &self,
        group: Option<&Group>,
        queries: &Queries,
        y: &Yardsticks,
        bands: &Bands,
    ) -> String {
        let (facts, choices) = (self.facts, &self.choices);
        let scored = &facts.scored;
        let n = queries.len();
        let mut out = String::new();
        let only = |m: usize| mix(&self.replay, queries, |_| m);
        let line = |name: &str| {
            let mut object = Object::new("baseline");
            object.put("name", name);
            object
        };
        // One model for all queries; None: it could not be chosen.
        let mut single = |name: &str, model: Option<usize>| {
            let mut object = line(name);
            object
                .put("model", &model.map(|m| &facts.models[m]))
                .put_group(group);
            match model {
                Some(m) => object
                    .put_means(&y.singles[m], 0)
                    .put_band("", Some(&bands.singles[m].band))
                    .put_mix(&facts.models, &only(m), n),
                None => object.put_no_means(n, 0),
            };
            object.end(&mut out);
        };
        (0..facts.models.len()).for_each(|m| single("model", Some(m)));
        single("best-single", choices.best_single);
        single("best-single-on-test", Some(choices.best_on_test));

        let k = facts.models.len() as f64;
        let even: BTreeMap<&str, f64> =
            facts.models.iter().map(|m| (m.as_str(), 1.0 / k)).collect();
        line("random")
            .put_group(group)
            .put_means(&y.random, 0)
            .put_band("", Some(&bands.random.band))
            .put("mix", &even)
            .end(&mut out);

        out += &self.zero_line(group, n, y, bands);

        let mut by_dataset =
            |name: &str, of: Option<&Vec<usize>>, known: Option<(&Tally, &Band)>| {
                let mut object = line(name);
                let models: Option<BTreeMap<&str, &str>> = of.map(|of| {
                    let pairs = y.oracle.datasets.iter();
                    pairs
                        .map(|&d| (facts.datasets[d].as_str(), facts.models[of[d]].as_str()))
                        .collect()
                });
                object.put("models", &models).put_group(group);
                match (of, known) {
                    (Some(of), Some((tally, band))) => {
                        object.put_means(tally, 0).put_band("", Some(band)).put_mix(
                            &facts.models,
                            &mix(&self.replay, queries, |q| of[scored.dataset(q)]),
                            n,
                        )
                    }
                    _ => object.put_no_means(n, 0),
                };
                object.end(&mut out);
            };
        by_dataset(
            "dataset-expert",
            choices.expert.as_ref(),
            y.expert.as_ref().map(|t| (t, &bands.expert.band)),
        );
        by_dataset(
            "dataset-oracle",
            Some(&choices.dataset_oracle),
            Some((&y.dataset_oracle, &bands.dataset_oracle.band)),
        );

        line("oracle")
            .put_group(group)
            .put_means(&y.oracle, 0)
            .put_band("", Some(&bands.oracle.band))
            .put_mix(
                &facts.models,
                &mix(&self.replay, queries, |q| oracle(&self.replay, q)),
                n,
            )
            .end(&mut out);
        out += &self.reference_lines(group, queries);
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
