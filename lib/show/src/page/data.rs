//! What the page shows, as JSON that may stand inside a script element.

use crate::natural;
use crate::panel::Panel;
use crate::scores::figures::{Baseline, Figures};
use rb_record::record::resource::Resource;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Data<'a> {
    /// What quality is traded against, and its unit.
    against: &'static str,
    unit: &'static str,
    groups: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    label: String,
    n: Option<f64>,
    routers: Vec<Router<'a>>,
    models: Vec<Mark<'a>>,
    /// Baselines that are one point: best-single, oracle and their like.
    baselines: Vec<Mark<'a>>,
    /// Cost and quality along the joint frontier.
    frontier: Vec<(f64, f64)>,
}

#[derive(Serialize)]
struct Router<'a> {
    name: &'a str,
    oracle: bool,
    points: Vec<Mark<'a>>,
    diff: Option<f64>,
    diff_ci: Option<(f64, f64)>,
    aiq: Option<f64>,
    verdict: Option<&'a str>,
}

#[derive(Serialize)]
struct Mark<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alpha: Option<f64>,
    cost: Option<f64>,
    quality: Option<f64>,
    ci: Option<(f64, f64)>,
    mix: &'a BTreeMap<String, f64>,
}

fn mark<'a>(name: Option<&'a str>, alpha: Option<f64>, figures: &'a Figures) -> Mark<'a> {
    Mark {
        name,
        alpha,
        cost: figures.cost,
        quality: figures.quality,
        ci: figures.quality_ci,
        mix: &figures.mix,
    }
}

/// Of a router's or a reference's own, or a curve: no point beside the models.
fn is_point(baseline: &Baseline) -> bool {
    let own = baseline.router.is_some() || baseline.name == "model";
    !own && baseline.figures.quality.is_some()
}

fn group(panel: &Panel) -> Group<'_> {
    let group = &panel.group;
    let mut routers: Vec<_> = group.routers.iter().collect();
    routers.sort_by(|a, b| natural::order(a.0, b.0));
    let routers = routers.into_iter().map(|(name, router)| {
        let summary = router.summary.as_ref();
        Router {
            name,
            oracle: router.is_oracle(),
            points: router
                .points
                .iter()
                .map(|p| mark(None, Some(p.alpha), &p.figures))
                .collect(),
            diff: summary.and_then(|s| s.number("diff")),
            diff_ci: summary.and_then(|s| s.interval("diff_ci")),
            aiq: summary.and_then(|s| s.number("aiq")),
            verdict: summary.and_then(|s| s.text("verdict")),
        }
    });
    let baselines = group.baselines.iter().filter(|b| is_point(b));
    Group {
        label: match (group.label(), &group.pooled) {
            (Some(label), _) => label,
            (None, Some(pooled)) => pooled.clone(),
            (None, None) => "all queries".into(),
        },
        n: group.n(),
        routers: routers.collect(),
        models: group
            .models()
            .map(|(m, f)| mark(Some(m), None, f))
            .collect(),
        baselines: baselines
            .map(|b| {
                mark(
                    Some(b.reference.as_deref().unwrap_or(&b.name)),
                    None,
                    &b.figures,
                )
            })
            .collect(),
        frontier: panel
            .joint
            .frontier
            .iter()
            .map(|m| (m.point.cost, m.point.quality))
            .collect(),
    }
}

/// The data of all panels.
pub(super) fn json(panels: &[Panel]) -> String {
    let against = panels.first().map_or(Resource::Cost, |p| p.group.against());
    let data = Data {
        against: against.name(),
        unit: against.unit(),
        groups: panels.iter().map(group).collect(),
    };
    let text = serde_json::to_string(&data).expect("figures and names are JSON");
    // Inside a script element `<` could end it, and a name may hold anything.
    text.replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}
