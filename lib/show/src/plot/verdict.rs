//! What the figures come to, in sentences: first whether any router is better
//! than the best single model, then one sentence a router. They promise no
//! more than the records carry: rounded against the router, and without an
//! interval they say so.

use crate::plot::{text, Panel};
use crate::scores::{Figures, Router, Summary};
use rb_record::thresholds::{FEW, WORTH};

/// A router against the best single model.
struct Against<'a> {
    name: String,
    figures: &'a Figures,
    /// Where: ` at alpha 1`.
    at: String,
    cost: Option<f64>,
    diff: f64,
    complete: bool,
    summary: Option<&'a Summary>,
    interval: Option<(f64, f64)>,
    verdict: Option<&'a str>,
}

impl<'a> Against<'a> {
    fn of(name: &str, router: &'a Router, best: f64) -> Option<Against<'a>> {
        let last = router.last()?;
        let summary = router.summary.as_ref();
        let chosen = summary.filter(|s| !s.is_at_one());
        let number = |name: &str| summary?.numbers.get(name).copied();
        let (at, cost, diff) = match chosen.and_then(|s| s.texts.get("verdict_at")) {
            Some(rule) => (
                format!(" at the point chosen for {}", text::clean(rule)),
                number("chosen_cost"),
                number("diff"),
            ),
            None => (
                at_alpha(last.alpha),
                last.figures.cost,
                router.against(best),
            ),
        };
        Some(Against {
            name: text::clean(name),
            figures: &last.figures,
            at,
            cost,
            diff: diff?,
            complete: router.is_complete(),
            summary,
            interval: summary.and_then(|s| s.intervals.get("diff_ci").copied()),
            verdict: summary
                .and_then(|s| s.texts.get("verdict"))
                .map(String::as_str),
        })
    }
    fn number(&self, name: &str) -> Option<f64> {
        self.summary?.numbers.get(name).copied()
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
    if let Some(n) = group
        .n()
        .filter(|n| *n < FEW as f64 && group.notes.is_none())
    {
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
    let at = &first.at;
    let worth = first.number("worth").unwrap_or(WORTH);
    let ruled_out = |a: &Against| a.interval.is_some_and(|(_, high)| high < worth);
    if against
        .iter()
        .all(|a| a.verdict != Some("yes") && ruled_out(a))
    {
        let size = size(worth);
        return Some(format!(
            "{nobody} better than {best} by {size} or more{at}."
        ));
    }
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

fn at_alpha(alpha: f64) -> String {
    match alpha {
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
    let spent = router.figures.against.name();
    let cost = match (router.cost, best_cost) {
        (Some(cost), Some(of)) if of > 0.0 && router.complete => match cost / of {
            ratio if ratio < 2.0 => format!(", at {} of its {spent}", text::percent(ratio)),
            ratio => format!(", at {ratio:.1} times its {spent}"),
        },
        _ if !router.complete => " on the queries it routes".into(),
        _ => String::new(),
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
    let (name, at) = (&router.name, &router.at);
    match router.interval {
        Some(ci) => {
            let difference = match router.diff {
                d if d.abs() < 1e-9 => format!("exactly as good as {best}"),
                d => format!("{} points over {best}", text::signed_points(d)),
            };
            format!(
                "{name}: {difference} {}{at}{cost}: {}{mix}.",
                text::signed_interval(ci),
                verdict(router, ci)
            )
        }
        None => {
            let difference = match router.diff {
                d if d.abs() < 1e-9 => format!("exactly as good as {best}"),
                d if d > 0.0 => format!("{} above {best}", size(d)),
                d => format!("{} below {best}", size(d)),
            };
            let verdict = router.verdict.map_or(String::new(), |verdict| {
                format!(" (verdict: {})", text::clean(verdict))
            });
            format!("{name}: {difference}{at}{cost}{verdict}{mix}.")
        }
    }
}

/// What the interval comes to, and what would help where it comes to nothing.
fn verdict(router: &Against, (low, _): (f64, f64)) -> String {
    let worth = router.number("worth").unwrap_or(WORTH);
    match router.verdict {
        Some("yes") => "yes, it is better".into(),
        Some("no") => format!("no, it is not better by {}", size(worth)),
        Some("constant") => "constant, it hardly chooses".into(),
        Some("undecided") if low > 0.0 => {
            "undecided: it would be better alone, but the best of several routers can be so by chance (Holm)".into()
        }
        Some("undecided") => {
            let known = (
                router.number("diff_n"),
                router.number("detectable"),
                router.number("n_needed"),
            );
            match known {
                (Some(n), Some(least), Some(needed)) => format!(
                    "undecided: n {} can detect {}; {} queries would decide about {}",
                    text::count(n),
                    size(least),
                    text::count(two_digits(needed)),
                    size(worth)
                ),
                _ => "undecided".into(),
            }
        }
        Some(other) => text::clean(other),
        None => "no verdict".into(),
    }
}

/// An estimate need not pretend to more: 6,127 as 6,200.
fn two_digits(n: f64) -> f64 {
    let unit = 10f64.powf((n.max(1.0).log10().floor() - 1.0).max(0.0));
    (n / unit).ceil() * unit
}
