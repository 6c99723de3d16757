//! The `learning` records of rb-score: curves of quality at alpha 1, micro, over
//! routers NAME@N of one stream (`crate::learning`).
//!
//! The bootstrap is joint: in a resample all sizes have the same weights, so what
//! the sizes share (the queries) does not blur their differences. Every size counts
//! the same.

use crate::data::facts::Group;
use crate::learning::curve::{Curve, Sample, SIZES};
use crate::learning::family::families;
use crate::report::line::Object;
use crate::report::router::score::RouterScore;
use crate::report::scoring::Scoring;
use crate::statistics::resampled::Resampled;
use rb_learn::optimise::power_law::PowerLaw;

/// Notes on families that are too small for a curve.
pub(crate) fn notes(routers: &[String]) -> Vec<String> {
    let few = families(routers)
        .into_iter()
        .filter(|(_, sizes)| (2..SIZES).contains(&sizes.len()));
    few.map(|(family, sizes)| {
        format!(
            "{family} is there at {} sizes of train: a learning curve needs {SIZES}",
            sizes.len()
        )
    })
    .collect()
}

impl Scoring<'_> {
    /// A line for each family of at least [`SIZES`] sizes that route every
    /// query. `oracle`: its quality on the same queries.
    pub(crate) fn learning_lines(
        &self,
        group: Option<&Group>,
        scores: &[RouterScore],
        oracle: f64,
    ) -> String {
        let mut out = String::new();
        for (family, members) in families(&self.facts.routers) {
            let known: Option<Vec<Resampled>> = (members.values())
                .map(|place| Some(scores[*place].at_one()?.quality.clone()))
                .collect();
            let Some(values) = known.filter(|k| k.len() >= SIZES) else {
                continue;
            };
            let quality: Vec<f64> = values.iter().map(|q| q.value).collect();
            let curve = Curve::of(&Sample {
                sizes: members.keys().copied().collect(),
                weights: vec![1.0; values.len()],
                values,
                highest: oracle,
            });
            let fit = curve.fit.as_ref().ok();
            let law = fit.map(|f| f.law);
            let mut object = Object::new("learning");
            object
                .put("router", family)
                .put_group(group)
                .put("sizes", &members.keys().collect::<Vec<_>>())
                .put("quality", &quality)
                .put("q_max", &law.map(|l| l.most));
            if let Some(ends) = fit.and_then(|f| f.most) {
                object.put("q_max_ci", &ends);
            }
            if let Some(ends) = fit.and_then(|f| f.n99) {
                object.put("n99_ci", &ends);
            }
            object
                .put("a", &law.map(|l| l.a))
                .put("b", &law.map(|l| l.b))
                .put("n99", &law.as_ref().and_then(PowerLaw::n99))
                .put("extrapolated", &fit.and_then(|f| f.extrapolated));
            if curve.bound.is_some() {
                object.put("at_bound", &true);
            }
            if let Err(why) = &curve.fit {
                object.put("why", why);
            }
            object.end(&mut out);
        }
        out
    }
}
