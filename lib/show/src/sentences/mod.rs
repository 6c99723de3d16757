//! What the figures come to, in sentences: first what every router saves and
//! what that costs in quality, then whether any is better than the best single
//! model. They promise no more than the records carry: rounded against the
//! router, and without an interval they say so.

pub mod against;
pub mod conclusion;
pub mod holm;
pub mod words;

use crate::output::Config;
use crate::panel::Panel;
use crate::scores::Group;
use crate::sentences::against::{Against, Best};
use crate::text;
use rb_record::thresholds::FEW;

/// The sentences of one group.
pub fn sentences(panel: &Panel, config: &Config) -> Vec<String> {
    let group = &panel.group;
    let mut out = Vec::new();
    match Best::of(group) {
        Some(best) => {
            let compared = group.routers.iter().filter(|(_, r)| !r.is_oracle());
            let against = compared.filter_map(|(n, r)| Against::of(n, r, &best));
            let mut against: Vec<Against> = against.collect();
            against.sort_by(|a, b| b.diff.total_cmp(&a.diff));
            for router in &against {
                out.push(router.sentence(&best, config));
                out.extend(router.cheapest(&best, config));
            }
            out.extend(conclusion::conclusion(&against, &best.name));
            if !against.is_empty() && against.iter().all(|a| a.interval.is_none()) {
                out.push("No intervals in these records: nothing here says how much of a difference is chance.".into());
            }
        }
        None if group.routers.is_empty() => {}
        None => out.push(
            "No best-single in these records, so nothing says whether a router is worth having."
                .into(),
        ),
    }
    out.extend(holm::partial(group));
    notes(group, &mut out);
    out
}

/// What is told beside the comparison.
fn notes(group: &Group, out: &mut Vec<String>) {
    for (name, router) in &group.routers {
        let refused = router.summary.as_ref().and_then(|s| s.text("refused"));
        out.extend(
            refused.map(|why| format!("{}: not told, {}.", text::clean(name), text::clean(why))),
        );
    }
    let silent = group.routers.iter().filter(|(_, r)| r.points.is_empty());
    for (name, _) in silent {
        out.push(format!("{}: has no point here.", text::clean(name)));
    }
    let oracles = group.routers.iter().filter(|(_, r)| r.is_oracle());
    for (name, _) in oracles {
        out.push(format!(
            "{}: knows the answers; shown, not compared.",
            text::clean(name)
        ));
    }
    let notes = group.notes.iter().flatten();
    out.extend(notes.map(|note| format!("Note: {}.", text::clean(note))));
    // rb-score notes it for everything, not for the groups.
    let few = group.n().filter(|n| *n < FEW as f64);
    if let Some(n) = few.filter(|_| group.notes.is_none()) {
        out.push(format!(
            "Only {} queries: a difference of a few points can be chance.",
            text::count(n)
        ));
    }
    let runs = group.runs.iter().filter(|run| !run.is_empty());
    out.extend(runs.map(|run| format!("Scored: {}.", text::clean(run))));
}
