//! What a reader of the figures must know, in plain words: written into the
//! `run` line and told once on standard error.

use crate::data::facts::Resource;
use crate::report::learning;
use crate::report::scoring::Scoring;
use crate::statistics::verdict::FEW_DISCORDANT;
use rb_record::thresholds::FEW;

pub(crate) fn of(s: &Scoring) -> Vec<String> {
    let mut notes = Vec::new();
    let facts = s.facts;
    let n = s.queries.len();
    if facts.split.is_none() {
        notes.push(format!(
            "no record has a split: all {n} queries are scored, also those that a router was fitted on; rb-split assigns one"
        ));
    }
    if facts.routers.is_empty() {
        notes.push(
            "no scored query has a route: only baselines are scored; rb-fit adds routes".into(),
        );
    }
    if facts.train.is_empty() {
        notes.push("no train split in the stream: best-single and dataset-expert cannot be picked and are null; best-single-on-test is picked on the scored queries and flatters".into());
    } else if s.choices.best_single.is_none() {
        notes.push("no model has outcomes on 95 % of train: best-single is null".into());
    }
    if n < FEW {
        notes.push(format!(
            "only {n} queries are scored: below {FEW}, differences of a few points are noise"
        ));
    }
    notes.extend(missing(s));
    for (router, routes) in facts.routers.iter().zip(&facts.routes) {
        let unrouted = s.queries.iter().filter(|q| !routes.is_routed(*q)).count();
        if unrouted > 0 {
            notes.push(format!(
                "router {router:?} has no route on {unrouted} of {n} queries; its figures, and what it is compared with, are of the others"
            ));
        }
    }
    notes.extend(learning::notes(&facts.routers));
    notes.extend(discordant(s));
    if let (Some(rule), false) = (s.config.choose, facts.routers.is_empty()) {
        for (r, (router, picks)) in facts.routers.iter().zip(&s.picks).enumerate() {
            if picks.rule.is_none() && !facts.oracle[r] {
                notes.push(format!(
                    "router {router:?} has no point with {rule} on the queries that the choice may look at: its verdicts are null"
                ));
            }
        }
    }
    if !s.replay.has_costs() {
        let what = s.replay.against().name();
        notes.push(match s.replay.against() {
            Resource::Cost => "no cost is known: costs, AIQ and cost savings are null".into(),
            _ => format!("no {what} is known: AIQ, savings and hulls against {what} are null"),
        });
    }
    for r in [Resource::Latency, Resource::Tokens] {
        notes.extend(unknown(s, r));
    }
    notes
}

/// Routers that answer nearly as best-single does, at alpha 1: an interval of
/// so few differences is a guess.
fn discordant(s: &Scoring) -> Vec<String> {
    let facts = s.facts;
    let Some(best) = s.choices.best_single else {
        return Vec::new();
    };
    let outcomes = &facts.scored.outcomes;
    let mut notes = Vec::new();
    let routers = facts.routers.iter().zip(&facts.routes);
    let compared = routers.zip(&facts.oracle).filter(|(_, oracle)| !**oracle);
    for ((router, routes), _) in compared {
        let differs = |q: &usize| {
            let (score, path) = (outcomes.score(*q, best), routes.at(*q, 1.0));
            (score.zip(path)).is_some_and(|(score, path)| s.replay.path(*q, path).score != score)
        };
        let count = s.queries.iter().filter(differs).count();
        if (1..FEW_DISCORDANT).contains(&count) {
            notes.push(format!(
                "router {router:?} scores differently from best-single on only {count} queries at alpha 1: below {FEW_DISCORDANT}, the interval of the difference is a guess"
            ));
        }
    }
    notes
}

/// Calls without an outcome, or the queries left out because of them.
fn missing(s: &Scoring) -> Option<String> {
    let facts = s.facts;
    let all = facts.scored.len();
    let missing = s.replay.missing().into_iter();
    let mut lacking: Vec<(usize, &str)> = (missing.zip(&facts.models))
        .map(|(count, name)| (count, name.as_str()))
        .filter(|(count, _)| *count > 0)
        .collect();
    if lacking.is_empty() {
        return None;
    }
    lacking.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    const SHOWN: usize = 4;
    let mut models: Vec<String> = (lacking.iter().take(SHOWN))
        .map(|(count, name)| format!("{name} on {count}"))
        .collect();
    if lacking.len() > SHOWN {
        models.push(format!("{} more", lacking.len() - SHOWN));
    }
    let models = models.join(", ");
    Some(if s.config.drop_missing {
        format!(
            "{} of {all} queries are left out, because some model has no outcome there ({models})",
            all - s.queries.len()
        )
    } else {
        format!(
            "outcomes are missing ({models} of {all} queries): such a call counts as score 0 at the dearest known cost of the query; --missing drop leaves those queries out"
        )
    })
}

/// A latency or token count that some scores lack: the dearest stands in.
fn unknown(s: &Scoring, r: Resource) -> Option<String> {
    let outcomes = &s.facts.scored.outcomes;
    let k = s.facts.models.len();
    let (mut known, mut scored) = (0, 0);
    for q in s.queries.iter() {
        for m in (0..k).filter(|m| outcomes.score(q, *m).is_some()) {
            scored += 1;
            known += outcomes.resource(q, m, r).is_some() as usize;
        }
    }
    let name = r.name();
    (s.replay.known[r as usize] && known < scored).then(|| {
        format!(
            "{name} is unknown for {} of {scored} scored outcomes: the largest known of the query stands in",
            scored - known
        )
    })
}
