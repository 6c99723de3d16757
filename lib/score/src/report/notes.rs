//! What a reader of the figures must know, in plain words: written into the
//! `run` line and told once on standard error.

use crate::baseline::choices::PickedBy;
use crate::data::facts::Resource;
use crate::data::train_summary::ENOUGH_PERCENT;
use crate::report::bands::sample::FEWEST;
use crate::report::scoring::Scoring;
use crate::report::{coverage, learning};
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
        let null = if s.choices.best_single.is_some() {
            "dataset-expert cannot be picked and is null"
        } else {
            "best-single and dataset-expert cannot be picked and are null"
        };
        notes.push(format!("no train split in the stream: {null}; best-single-on-test is picked on the scored queries and flatters"));
    } else if s.choices.best_single.is_none() {
        let complete = if s.config.drop_missing {
            " on which every model has one"
        } else {
            ""
        };
        notes.push(format!(
            "no train query has an outcome{complete}: best-single is null; --best-single names it"
        ));
    }
    if n < FEW {
        notes.push(format!(
            "only {n} queries are scored: below {FEW}, differences of a few points are noise"
        ));
    }
    if n < FEWEST && s.config.resamples > 0 {
        notes.push(format!(
            "below {FEWEST} queries there are no intervals and no verdicts"
        ));
    }
    notes.extend(picked(s));
    if s.config.drop_missing {
        notes.extend(dropped(s));
    } else {
        notes.extend(gaps(s));
    }
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

/// Routers that answer nearly as best-single does at the point that verdicts are
/// about: an interval of so few differences is a guess.
fn discordant(s: &Scoring) -> Vec<String> {
    let facts = s.facts;
    let Some(best) = s.choices.best_single else {
        return Vec::new();
    };
    let outcomes = &facts.scored.outcomes;
    let mut notes = Vec::new();
    let routers = facts.routers.iter().enumerate();
    for (r, router) in routers.filter(|(r, _)| !facts.oracle[*r]) {
        let Some(policy) = s.policy(r, &s.queries) else {
            continue;
        };
        let differs = |(q, path): &(usize, usize)| {
            let score = outcomes.score(*q, best);
            score.is_some_and(|score| s.replay.path(*q, *path).score != score)
        };
        let count = policy.iter().filter(differs).count();
        if (1..FEW_DISCORDANT).contains(&count) {
            let at = match s.config.choose {
                None => "alpha 1".to_string(),
                Some(rule) => format!("the point of {rule}"),
            };
            notes.push(format!(
                "router {router:?} scores differently from best-single on only {count} queries at {at}: below {FEW_DISCORDANT}, the interval of the difference is a guess"
            ));
        }
    }
    notes
}

/// The queries left out because some model has no outcome there.
fn dropped(s: &Scoring) -> Option<String> {
    let missing = s.replay.missing();
    let all = s.facts.scored.len();
    let models = coverage::listed(s.facts, &missing, |count| format!("on {count}"))?;
    Some(format!(
        "{} of {all} queries are left out, because some model has no outcome there ({models})",
        all - s.queries.len()
    ))
}

/// Scores and costs that are unknown, and what stands in for each.
fn gaps(s: &Scoring) -> Vec<String> {
    let (facts, mut notes) = (s.facts, Vec::new());
    let all = facts.scored.len();
    let outcomes = &facts.scored.outcomes;
    let models = 0..facts.models.len();
    let unscored: Vec<usize> = models.map(|m| all - outcomes.known_scores(m)).collect();
    // A share that rounds to all of it tells nothing.
    let share = |missing: usize| {
        let known = 100.0 * (all - missing) as f64 / all as f64;
        if known < 99.0 {
            format!("on {missing} ({} % known)", coverage::percent(known))
        } else {
            format!("on {missing}")
        }
    };
    if let Some(models) = coverage::listed(facts, &unscored, share) {
        notes.push(format!(
            "outcomes are missing ({models} of {all} queries): such a call counts as score 0 at the dearest known cost of the query; --missing drop leaves those queries out"
        ));
    }
    if s.replay.has_costs() {
        let mut unpaid = vec![0; facts.models.len()];
        for q in 0..all {
            for (m, count) in unpaid.iter_mut().enumerate() {
                let known = outcomes.score(q, m).is_some();
                *count += usize::from(known && outcomes.cost(q, m).is_none());
            }
        }
        let name = match s.replay.against() {
            Resource::Cost => "costs are",
            Resource::Latency => "latencies are",
            Resource::Tokens => "tokens are",
        };
        if let Some(models) = coverage::listed(facts, &unpaid, |count| format!("on {count}")) {
            notes.push(format!(
                "{name} unknown ({models} of {all} queries) where the score is known: the dearest known of the query stands in, else the largest of the models' means; the scores count as they are"
            ));
        }
    }
    notes
}

/// How best-single was picked where its mean on train could not be compared.
fn picked(s: &Scoring) -> Option<String> {
    let best = s.model(s.choices.best_single)?;
    match s.choices.picked_by? {
        PickedBy::Mean => None,
        PickedBy::User => Some(format!("best-single is {best:?}, as --best-single says")),
        PickedBy::CommonQueries => Some(format!(
            "no model has outcomes on {ENOUGH_PERCENT} % of train: best-single is {best:?} by differences on the train queries that two models have in common; --best-single names another"
        )),
        PickedBy::Datasets => Some(format!(
            "no two models have a train query in common: best-single is {best:?} by the means a dataset, weighted by the datasets' shares of train; --best-single names another"
        )),
    }
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
