//! What the figures come to, in sentences: first whether any router is better
//! than the best single model, then one sentence a router. They promise no
//! more than the records carry: rounded against the router, and without an
//! interval they say so.

use super::text;
use super::Panel;
use crate::scores::{Figures, Router};

/// A difference in quality below which nobody should build on a router.
const WORTH: f64 = 0.01;
/// Below this number of queries chance alone moves quality by points.
const FEW: f64 = 200.0;

/// A router against the best single model.
struct Against<'a> {
    name: String,
    figures: &'a Figures,
    alpha: f64,
    diff: f64,
    complete: bool,
    interval: Option<(f64, f64)>,
    verdict: Option<&'a str>,
}

impl<'a> Against<'a> {
    fn of(name: &str, router: &'a Router, best: f64) -> Option<Against<'a>> {
        let last = router.last()?;
        let summary = router.summary.as_ref();
        Some(Against {
            name: text::clean(name),
            figures: &last.figures,
            alpha: last.alpha,
            diff: router.against(best)?,
            complete: router.is_complete(),
            interval: summary.and_then(|s| s.intervals.get("diff_ci").copied()),
            verdict: summary
                .and_then(|s| s.texts.get("verdict"))
                .map(String::as_str),
        })
    }
}

/// The sentences of one group.
pub fn sentences(panel: &Panel) -> Vec<String> {
    let group = &panel.group;
    let mut out = Vec::new();
    let best = group.baseline("best-single");
    let known = best.and_then(|b| Some((b, b.figures.quality?)));
    match known {
        Some((best, quality)) => {
            let model = best
                .model
                .as_ref()
                .map_or(String::new(), |m| format!(" {}", text::clean(m)));
            let name = format!("best-single{model}");
            let compared = group.routers.iter().filter(|(_, r)| !r.is_oracle());
            let against = compared.filter_map(|(n, r)| Against::of(n, r, quality));
            let mut against: Vec<Against> = against.collect();
            against.sort_by(|a, b| b.diff.total_cmp(&a.diff));
            out.extend(conclusion(&against, &name));
            for router in &against {
                out.push(sentence(router, &name, best.figures.cost));
            }
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
    out.extend(
        group
            .notes
            .iter()
            .flatten()
            .map(|note| format!("Note: {}.", text::clean(note))),
    );
    // rb-score notes it for everything, not for the groups.
    if let Some(n) = group.n().filter(|n| *n < FEW && group.notes.is_none()) {
        out.push(format!(
            "Only {} queries: a difference of a few points can be chance.",
            text::count(n)
        ));
    }
    out
}

/// The answer to the question everybody asks, where it is no.
fn conclusion(against: &[Against], best: &str) -> Option<String> {
    let first = against.first()?;
    let one = against.len() == 1;
    let nobody = if one {
        format!("{} is not", first.name)
    } else {
        "No router is".into()
    };
    let at = at_alpha(first);
    if against
        .iter()
        .all(|a| a.verdict.is_some_and(|v| v != "yes"))
    {
        return Some(format!("{nobody} shown to be better than {best}{at}."));
    }
    // Sums in another order differ in the last bits.
    if first.diff < 1e-9 {
        let nearest = match first.diff > -1e-9 {
            true => format!("{} is exactly as good", first.name),
            false => format!("{} is {} below it", first.name, size(first.diff)),
        };
        return Some(match one {
            true => format!("{nobody} better than {best}{at}."),
            false => format!("{nobody} better than {best}{at}; the nearest, {nearest}."),
        });
    }
    if first.diff < WORTH {
        let more = (first.diff * 1000.0 - 1e-6).ceil() / 1000.0;
        return Some(format!(
            "{nobody} better than {best} by more than {}{at}.",
            size(more)
        ));
    }
    None
}

fn at_alpha(router: &Against) -> String {
    match router.alpha {
        1.0 => " at alpha 1".into(),
        alpha => format!(" at alpha {alpha}, the last scored"),
    }
}

fn size(diff: f64) -> String {
    match text::points(diff.abs()).as_str() {
        "0.0" => "less than 0.1 points".into(),
        "1.0" => "1.0 point".into(),
        points => format!("{points} points"),
    }
}

fn sentence(router: &Against, best: &str, best_cost: Option<f64>) -> String {
    let difference = match router.diff {
        d if d.abs() < 1e-9 => format!("exactly as good as {best}"),
        d if d > 0.0 => format!("{} above {best}", size(d)),
        d => format!("{} below {best}", size(d)),
    };
    let cost = match (router.figures.cost, best_cost) {
        (Some(cost), Some(of)) if of > 0.0 && router.complete => match cost / of {
            ratio if ratio < 2.0 => format!(", at {} of its cost", text::percent(ratio)),
            ratio => format!(", at {ratio:.1} times its cost"),
        },
        _ if !router.complete => " on the queries it routes".into(),
        _ => String::new(),
    };
    let interval = match (router.interval, router.verdict) {
        (Some(ci), Some(verdict)) => {
            format!(
                " (95 % interval {}; verdict: {})",
                text::signed_interval(ci),
                text::clean(verdict)
            )
        }
        (Some(ci), None) => format!(" (95 % interval {})", text::signed_interval(ci)),
        (None, Some(verdict)) => format!(" (verdict: {})", text::clean(verdict)),
        (None, None) => String::new(),
    };
    let most = router.figures.mix.iter().max_by(|a, b| a.1.total_cmp(b.1));
    let mix = match most {
        Some((model, share)) if *share > 0.99 => format!(
            "; it sends {} of the queries to {}",
            if *share < 1.0 { "nearly all" } else { "all" },
            text::clean(model)
        ),
        _ => String::new(),
    };
    format!(
        "{}: {difference}{}{cost}{interval}{mix}.",
        router.name,
        at_alpha(router)
    )
}
