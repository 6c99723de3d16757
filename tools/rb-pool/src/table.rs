//! The table for a person.

use rb_score::pool::judge::{Group, Judged};
use rb_score::pool::lines::Head;
use rb_score::statistics::resampled::Resampled;
use rb_show::plain;
use rb_show::text::{self, UNKNOWN};

/// What share of the quality of all models is nearly all of it.
const NEARLY: f64 = 0.99;

const HEADINGS: [&str; 8] = [
    "models",
    "added",
    "on train",
    "gain",
    "on test",
    "gain",
    "random pools",
    "quantile",
];

/// All groups under one another.
pub(crate) fn table(head: &Head, groups: &[Group]) -> String {
    let objective = match head.router {
        Some(router) => format!("what {router} gets that has not seen the query, guarded"),
        None => "the best score in the pool".into(),
    };
    let mut out = format!(
        "Pools grown on train by {objective}.\nQuality in points of 100, in brackets 95 % intervals; gain: of the model that came\nlast; quantile: the share of other pools of the size that are worse on test.\n"
    );
    for group in groups {
        let title = match &group.dataset {
            Some(name) => text::clean(name),
            None => "All queries".into(),
        };
        out += &format!(
            "\n{title}: {} train, {} test\n",
            text::count(group.n[0] as f64),
            text::count(group.n[1] as f64)
        );
        let rows: Vec<Vec<String>> = (group.pools.iter().enumerate())
            .map(|(i, judged)| row(head, i + 1, judged))
            .collect();
        out += &plain::table(&HEADINGS, &rows);
        out += &far_from_best(head, group);
    }
    if let Some(group) = groups.first() {
        out += &enough(head, group);
    }
    for note in head.notes {
        out += &text::wrap(&format!("Note: {note}."), 80, 2);
    }
    out
}

fn row(head: &Head, size: usize, judged: &Judged) -> Vec<String> {
    let quality = |f: Option<&Resampled>| figure(f, text::points, text::interval);
    let gain = |f: Option<&Resampled>| figure(f, text::signed_points, text::signed_interval);
    let beside = &judged.beside;
    let range = beside.test_mean.zip(beside.test_range);
    let which = if beside.all {
        format!("all {}", beside.pools)
    } else {
        beside.pools.to_string()
    };
    vec![
        size.to_string(),
        text::clean(&head.names[judged.model]),
        quality(Some(&judged.quality)),
        gain(judged.gain.as_ref()),
        quality(judged.test_quality.as_ref()),
        gain(judged.test_gain.as_ref()),
        range.map_or(which.clone(), |(mean, range)| {
            format!(
                "{} {} of {which}",
                text::points(mean),
                text::interval(range)
            )
        }),
        beside
            .quantile
            .map_or(UNKNOWN.into(), |q| format!("{q:.2}")),
    ]
}

fn figure(
    figure: Option<&Resampled>,
    value: fn(f64) -> String,
    interval: fn((f64, f64)) -> String,
) -> String {
    let Some(figure) = figure else {
        return UNKNOWN.into();
    };
    match figure.interval() {
        Some(ends) => format!("{} {}", value(figure.value), interval(ends)),
        None => value(figure.value),
    }
}

/// Where a better pool of some size is known on train.
fn far_from_best(head: &Head, group: &Group) -> String {
    let mut out = String::new();
    for judged in &group.pools {
        let Some((pool, quality)) = &judged.beside.best else {
            continue;
        };
        let short = quality - judged.quality.value;
        // What the table would show.
        if short >= 0.0005 {
            let names: Vec<String> = pool.iter().map(|m| text::clean(&head.names[*m])).collect();
            out += &text::wrap(
                &format!(
                    "On train the best {} models are {}, {} points above the grown pool.",
                    pool.len(),
                    names.join(", "),
                    text::points(short)
                ),
                80,
                2,
            );
        }
    }
    out
}

/// How few models get nearly what the largest pool gets.
fn enough(head: &Head, group: &Group) -> String {
    let on_test = |j: &Judged| j.test_quality.as_ref().map(|q| q.value);
    let Some(most) = group.pools.iter().filter_map(on_test).reduce(f64::max) else {
        return String::new();
    };
    let near = |j: &&Judged| on_test(j).is_some_and(|q| q >= NEARLY * most);
    let Some(first) = group.pools.iter().find(near) else {
        return String::new();
    };
    let names: Vec<String> = (group.pools[..first.pool.len()].iter())
        .map(|j| text::clean(&head.names[j.model]))
        .collect();
    let said = format!(
        "{} of {} models reach 99 % of the most that a pool reaches on test: {}.",
        names.len(),
        head.names.len(),
        names.join(", ")
    );
    format!("\n{}", text::wrap(&said, 80, 2))
}
