//! The table and what it comes to: rows, sentences, verdicts, a pool of any size.

use super::{best, fixture, model, point};
use crate::workdir::Workdir;

/// The row of the table that starts with `label`, cut into words.
pub(super) fn row<'t>(table: &'t str, label: &str) -> Vec<&'t str> {
    let line = table.lines().find(|l| l.trim_start().starts_with(label));
    let line = line.unwrap_or_else(|| panic!("no row {label:?} in\n{table}"));
    line.trim_start()[label.len()..]
        .split_whitespace()
        .collect()
}

#[test]
fn the_table_shows_what_the_records_say_and_says_what_it_comes_to() {
    let w = Workdir::new();
    let table = w
        .run("rb-pareto", &["--table"], fixture("simulated.ndjson"))
        .ok();
    let table = table.text();
    assert_eq!(row(table, "elephant "), ["81.8", "81.6", "4.69", "0.0"]);
    assert_eq!(
        row(table, "best-single (elephant)"),
        ["81.8", "81.6", "4.69", "0.0"]
    );
    assert_eq!(row(table, "kmeans "), ["84.4", "84.3", "4.75", "+2.7"]);
    let said = table.replace("\n  ", " ");
    let sentence = "kmeans: costs 1 % more at a quality of +2.7 points against best-single elephant at alpha 1.";
    assert!(said.contains(sentence), "{said}");
    assert!(table.contains("No intervals in these records"));
    assert!(table.lines().all(|l| l.chars().count() <= 100), "{table}");
}

#[test]
fn the_table_says_plainly_that_no_router_is_better() {
    let w = Workdir::new();
    let says = |routers: &[(&str, f64)], words: &str| {
        let mut input = vec![model("m", 0.003, 0.5), best("m", 0.003, 0.5)];
        input.extend(routers.iter().map(|(name, q)| point(name, 1.0, 0.002, *q)));
        let ran = w.run("rb-pareto", &["--table"], input.concat()).ok();
        let text = ran.text().replace("\n  ", " ");
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    };
    // 0.44 points may not be called 0.4.
    says(
        &[("a", 0.5044), ("b", 0.49)],
        "No router is better than best-single m by more than 0.5 points at alpha 1.",
    );
    says(
        &[("a", 0.5044)],
        "a is not better than best-single m by more than 0.5 points at alpha 1.",
    );
    says(
        &[("a", 0.47), ("b", 0.49)],
        "No router is better than best-single m at alpha 1; the nearest, b is 1.0 point below it.",
    );
    says(
        &[("a", 0.5), ("b", 0.4)],
        "the nearest, a does not differ from it on average.",
    );
    says(
        &[("a", 0.52)],
        "a: saves 33 % at a quality of +2.0 points against best-single m at alpha 1.",
    );
}

#[test]
fn intervals_and_verdicts_are_shown_where_the_records_have_them() {
    let w = Workdir::new();
    let summary = "{\"type\":\"summary\",\"router\":\"a\",\"group\":{},\"diff\":0.018,\"diff_ci\":[-0.004,0.041],\"diff_n\":1704,\"detectable\":0.0321,\"n_needed\":17558,\"verdict\":\"undecided\"}\n";
    let with_ci =
        point("a", 1.0, 0.002, 0.52).replace("\"cost\"", "\"quality_ci\":[0.48,0.561],\"cost\"");
    let input = [
        model("m", 0.003, 0.5),
        best("m", 0.003, 0.5),
        with_ci,
        summary.into(),
    ]
    .concat();
    let ran = w.run("rb-pareto", &["--table"], input).ok();
    let words = row(ran.text(), "a ").join(" ");
    assert_eq!(words, "52.0 [48.0, 56.1] 2.00 +1.8 [-0.4, +4.1] undecided");
    let text = ran.text().replace("\n  ", " ");
    assert!(text.contains("a is not shown to be better than best-single m at alpha 1."));
    assert!(text.contains("a: saves 33 % at a quality of +1.8 points [-0.4, +4.1] against best-single m at alpha 1: not worse by more than 1.0 point (shown); better or not is undecided: n 1,704 can detect 3.2 points; 18,000 queries would decide about 1.0 point."), "{text}");
    assert!(!text.contains("No intervals"));
}

#[test]
fn wide_names_keep_the_columns_straight_and_strange_names_are_escaped() {
    let w = Workdir::new();
    let input = [
        model("模型-大", 0.003, 0.5),
        model("plain", 0.0, 0.4),
        best("模型-大", 0.003, 0.5),
        point("<b>&\\\"'\\u0007", 1.0, 0.002, 0.61),
    ]
    .concat();
    let ran = w
        .run("rb-pareto", &["--table", "--svg", "p.svg"], &input)
        .ok();
    // On the screen a wide character takes two columns.
    let column = |label: &str, value: &str| {
        let line = ran.text().lines().find(|l| l.contains(label)).unwrap();
        let before = &line[..line.find(value).unwrap()];
        before
            .chars()
            .map(|c| {
                if c > '\u{2fff}' && c < '\u{f000}' {
                    2
                } else {
                    1
                }
            })
            .sum::<usize>()
    };
    assert_eq!(column("模型-大", "50.0"), column("plain", "40.0"));
    assert_eq!(column("&", "61.0"), column("plain", "40.0"));
    let svg = String::from_utf8(w.read("p.svg")).unwrap();
    assert!(svg.contains("&lt;b&gt;&amp;&quot;&#39;\u{fffd}") && !svg.contains("<b>"));
    // The free model stands left of the logarithmic axis, under a tick of its own.
    assert!(svg.contains(">0</text>"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn a_router_that_routes_only_some_queries_is_compared_on_those() {
    let w = Workdir::new();
    let some = point("part", 1.0, 0.002, 0.6)
        .replace("\"unrouted\":0", "\"unrouted\":300")
        .replace("500", "200");
    let summary = "{\"type\":\"summary\",\"router\":\"part\",\"group\":{},\"gain_b\":-0.25}\n";
    let input = [
        model("m", 0.003, 0.5),
        best("m", 0.003, 0.5),
        some,
        summary.into(),
    ]
    .concat();
    let ran = w.run("rb-pareto", &["--table"], input).ok();
    // On its own 200 queries best-single has 0.6 / 0.75 = 0.8, not 0.5.
    let said = ran.text().replace("\n  ", " ");
    let sentence = "part: a quality of -20.0 points against best-single m at alpha 1 on the queries it routes.";
    assert!(said.contains(sentence), "{said}");
    assert_eq!(row(ran.text(), "part "), ["60.0", "2.00", "-20.0", "300"]);
}

/// What the table says of a router `a` whose summary has these members too, each
/// sentence on one line.
fn said(members: &str, flags: &[&str]) -> String {
    table_of(members, flags).replace("\n  ", " ")
}

fn table_of(members: &str, flags: &[&str]) -> String {
    let summary = format!("{{\"type\":\"summary\",\"router\":\"a\",\"group\":{{}},{members}}}\n");
    let (m, best) = (model("m", 0.003, 0.5), best("m", 0.003, 0.5));
    let input = [m, best, point("a", 1.0, 0.001, 0.5), summary].concat();
    let flags = [&["--table"], flags].concat();
    let ran = Workdir::new().run("rb-pareto", &flags, input).ok();
    ran.text().to_string()
}

#[test]
fn a_loss_within_the_margin_is_ruled_out_or_not_and_savings_are_told_in_money() {
    let of = |low: f64, high: f64| {
        format!("\"diff\":-0.005,\"diff_ci\":[{low},{high}],\"discordant\":9,\"verdict\":\"no\",\"cost_ratio\":0.34,\"cost_ratio_ci\":[0.31,0.36]")
    };
    for (low, high, margin, words) in [
        (
            -0.02,
            0.01,
            "0.03",
            "not worse by more than 3.0 points (shown)",
        ),
        (
            -0.02,
            0.01,
            "0.01",
            "not worse by more than 1.0 point (not shown)",
        ),
        (-0.05, -0.02, "0.01", "worse by more than 1.0 point (shown)"),
    ] {
        let text = said(&of(low, high), &["--margin", margin]);
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    let text = said(&of(-0.02, 0.01), &["--queries-per-month", "1000000"]);
    let sentence = "a: saves 66 % [64, 69] at a quality of -0.5 points [-2.0, +1.0] against best-single m at alpha 1:";
    assert!(text.contains(sentence), "{text}");
    let money =
        "Of 1,000,000 queries a month: USD 1,020 in place of 3,000, 1,980 [1,920, 2,070] less.";
    assert!(text.contains(money), "{text}");
    // Without a paired interval, the ends of both costs' intervals: 0.9/3.2, 1.1/2.8.
    let with =
        |line: String, ci: &str| line.replace("\"cost\"", &format!("\"cost_ci\":{ci},\"cost\""));
    let input = [
        model("m", 0.003, 0.5),
        with(best("m", 0.003, 0.5), "[0.0028,0.0032]"),
        with(point("a", 1.0, 0.001, 0.5), "[0.0009,0.0011]"),
    ];
    let ran = Workdir::new()
        .run("rb-pareto", &["--table"], input.concat())
        .ok();
    assert!(
        ran.text().contains("a: saves 67 % [61, 72] at"),
        "{}",
        ran.text()
    );
    let w = Workdir::new();
    w.run("rb-pareto", &["--table", "--margin", "1.5"], "")
        .fails(2, &["0..1"]);
    w.run("rb-pareto", &["--queries-per-month", "10"], "")
        .fails(2, &["--table"]);
}

#[test]
fn exactly_as_good_is_said_only_where_no_query_differs() {
    let of = |discordant: &str| {
        format!("\"diff\":0,\"diff_ci\":[-0.01,0.01]{discordant},\"verdict\":\"undecided\"")
    };
    let none = said(&of(",\"discordant\":0"), &[]);
    assert!(
        none.contains("a: saves 67 % and is exactly as good as best-single m at alpha 1"),
        "{none}"
    );
    for discordant in [",\"discordant\":12", ""] {
        let some = said(&of(discordant), &[]);
        assert!(!some.contains("exactly as good"), "{some}");
    }
    let some = said(&of(",\"discordant\":12"), &[]);
    assert!(some.contains("no difference found"), "{some}");
}

#[test]
fn a_chosen_point_is_told_with_its_own_figures_mix_and_verdict() {
    let members = "\"mix\":{\"m\":1},\"verdict_at\":\"budget=0.002\",\"diff\":-0.04,\"diff_ci\":[-0.08,0.001],\"discordant\":40,\"verdict\":\"no\",\"chosen_quality\":0.46,\"chosen_quality_ci\":[0.42,0.5],\"chosen_cost\":0.0015,\"chosen_cost_ci\":[0.0014,0.0016],\"chosen_mix\":{\"m\":0.48,\"n\":0.52}";
    let text = table_of(members, &[]);
    let rows = "Routers at the point chosen for budget=0.002\n";
    let chosen = &text[text.find(rows).expect("a section") + rows.len()..];
    let words = row(chosen, "a ").join(" ");
    assert!(words.contains("46.0 [42.0, 50.0]"), "{words}");
    assert!(
        words.contains("1.50 ±7 %") && words.ends_with("-4.0 [-8.0, +0.1] no"),
        "{words}"
    );
    let text = said(members, &[]);
    let sentence = "a: saves 50 % at a quality of -4.0 points [-8.0, +0.1] against best-single m at the point chosen for budget=0.002: not worse by more than 1.0 point (not shown); no, it is not better by 1.0 point; it sends 52 % to n, 48 % to m.";
    assert!(text.contains(sentence), "{text}");
    // Without a mix of its own, what the points beside it show.
    let about = members.replace(
        "\"chosen_mix\":{\"m\":0.48,\"n\":0.52}",
        "\"chosen_alpha\":[0.3,0.6]",
    );
    let summary = format!("{{\"type\":\"summary\",\"router\":\"a\",\"group\":{{}},{about}}}\n");
    let at = |alpha: f64, n: f64| {
        let mix = format!("\"mix\":{{\"m\":{},\"n\":{n}}},\"cost\"", 1.0 - n);
        point("a", alpha, 0.001, 0.5).replace("\"cost\"", &mix)
    };
    let (m, best) = (model("m", 0.003, 0.5), best("m", 0.003, 0.5));
    let input = [m, best, at(0.0, 0.75), at(0.5, 0.25), at(1.0, 0.0), summary].concat();
    let ran = Workdir::new().run("rb-pareto", &["--table"], input).ok();
    let text = ran.text().replace("\n  ", " ");
    assert!(
        text.contains("it sends about 50 % to m, 50 % to n."),
        "{text}"
    );
}

#[test]
fn of_a_thousand_models_the_best_and_the_cheapest_are_shown() {
    let w = Workdir::new();
    let models = (0..1000).map(|i| {
        let at = f64::from(i) / 1000.0;
        model(&format!("m{i}"), 0.001 + at, 0.1 + at / 2.0)
    });
    let input = [
        models.collect::<String>(),
        best("m999", 1.0, 0.5995),
        point("a", 1.0, 0.5, 0.5),
    ]
    .concat();
    let ran = w
        .run(
            "rb-pareto",
            &["--table", "--term", "--svg", "p.svg"],
            &input,
        )
        .ok();
    let text = ran.text();
    assert!(text.contains("  … 985 more\n"), "{text}");
    assert!(text.contains("m999") && text.contains("m990") && text.contains("m4"));
    assert!(!text.contains("m989") && !text.contains("m5 "));
    assert!(text.lines().count() < 80, "{text}");
    let svg = String::from_utf8(w.read("p.svg")).unwrap();
    assert!(svg.contains("985 more") && !svg.contains("m500"));
}
