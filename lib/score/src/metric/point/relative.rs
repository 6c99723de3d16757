//! A router beside one named model (`--relative-to`, by default the dearest):
//! quality and cost as shares of that model's. Hu et al. 2024 (RouterBench,
//! arXiv 2403.12031) and Ong et al. 2024 (RouteLLM, arXiv 2406.18665) sum
//! their results up this way.
//!
//! `quality` and `cost` are of alpha 1. `keep` has a row for 90, 95, 99 and
//! 100 % of the model's quality: the cheapest point whose paired difference
//! Q − share·Q_model is not below −0.005, with 95 % confidence, chosen on val or
//! cross-fitted (`choose`), and the quality and cost it has on the scored
//! queries. A share is null where the model's own figure is 0 or unknown, a row
//! where no point will do; the whole is null where no model can be named
//! (without costs the dearest is unknown).

use crate::metric::measure::{Direction, Report, View, KEPT};
use crate::replay::tally::Tally;
use serde::Serialize;

/// The row of `relative`.
pub const RELATIVE: Report = Report {
    name: "relative",
    direction: Direction::Neither,
    definition: "quality and cost at alpha 1 as shares of one model's (--relative-to, else the dearest), and at the cheapest points chosen to keep 90, 95, 99 and 100 % of its quality",
    source: "Hu et al. 2024, arXiv 2403.12031; Ong et al. 2024, arXiv 2406.18665; chosen on other queries",
    of: |v| crate::metric::measure::json(&relative(v)),
};

#[derive(Debug, Serialize)]
struct Relative<'a> {
    model: &'a str,
    quality: Option<f64>,
    cost: Option<f64>,
    keep: Vec<Kept>,
}

#[derive(Debug, Serialize)]
struct Kept {
    /// The part of the model's quality asked for.
    share: f64,
    quality: Option<f64>,
    cost: Option<f64>,
    chosen_on: Option<&'static str>,
}

fn relative<'a>(v: &'a View) -> Option<Relative<'a>> {
    let m = v.asked.relative_to?;
    let model = &v.yardsticks.singles[m];
    let share = |a: Option<f64>, b: Option<f64>| Some(a? / b.filter(|b| *b > 0.0)?);
    let quality = |t: &Tally| share(t.quality(), model.quality());
    let cost = |t: &Tally| share(t.cost(), model.cost());
    let keep = KEPT.iter().zip(&v.chosen.kept).map(|(kept, chosen)| {
        let at = chosen.as_ref().map(|c| v.at(c).0);
        Kept {
            share: *kept,
            quality: at.as_ref().and_then(quality),
            cost: at.as_ref().and_then(cost),
            chosen_on: chosen.as_ref().map(|c| c.on),
        }
    });
    Some(Relative {
        model: &v.replay.facts.models[m],
        quality: quality(v.end),
        cost: cost(v.end),
        keep: keep.collect(),
    })
}
