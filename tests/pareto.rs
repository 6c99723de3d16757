//! rb-pareto: the joint frontier, what it passes on and refuses, and what a
//! person sees. The score records are invented: scripts/pareto-fixtures.py
//! wrote those in tests/data/pareto/.

use crate::workdir::{root, shuffled, Workdir};
use serde_json::Value;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(root().join("tests/data/pareto").join(name)).expect("a fixture")
}

fn point(router: &str, alpha: f64, cost: f64, quality: f64) -> String {
    format!(
        "{{\"type\":\"point\",\"router\":\"{router}\",\"group\":{{}},\"alpha\":{alpha},\"n\":500,\"missing\":0,\"unrouted\":0,\"quality\":{quality},\"cost\":{cost}}}\n"
    )
}

fn model(name: &str, cost: f64, quality: f64) -> String {
    format!(
        "{{\"type\":\"baseline\",\"name\":\"model\",\"model\":\"{name}\",\"group\":{{}},\"n\":500,\"quality\":{quality},\"cost\":{cost}}}\n"
    )
}

fn best(name: &str, cost: f64, quality: f64) -> String {
    model(name, cost, quality).replace("\"name\":\"model\"", "\"name\":\"best-single\"")
}

/// The records of one type.
fn of_type(records: &[Value], kind: &str) -> Vec<Value> {
    records
        .iter()
        .filter(|r| r["type"] == kind)
        .cloned()
        .collect()
}

#[test]
fn the_frontier_and_the_distances_are_those_of_a_slow_reckoning() {
    let w = Workdir::new();
    let records = w
        .run("rb-pareto", &[], fixture("simulated.ndjson"))
        .ok()
        .json();
    let compared = |r: &&Value| r["type"] == "point" || r["name"] == "model";
    let place = |r: &Value| (r["cost"].as_f64().unwrap(), r["quality"].as_f64().unwrap());
    let all: Vec<(f64, f64)> = records.iter().filter(compared).map(place).collect();
    let beaten = |p: &(f64, f64)| all.iter().any(|o| o.0 <= p.0 && o.1 >= p.1 && o != p);
    let mut expected: Vec<(f64, f64)> = all.iter().filter(|p| !beaten(p)).copied().collect();
    expected.sort_by(|a, b| a.0.total_cmp(&b.0));
    expected.dedup();

    let frontier = of_type(&records, "frontier");
    assert_eq!(frontier.len(), 1);
    let mut found: Vec<(f64, f64)> = frontier[0]["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(place)
        .collect();
    found.dedup();
    assert_eq!(found, expected);

    // Distances by walking along the polyline in small steps.
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let values = all.iter().map(of);
        (
            values.clone().fold(f64::MAX, f64::min),
            values.fold(f64::MIN, f64::max),
        )
    };
    let (cost, quality) = (ends(|p| p.0), ends(|p| p.1));
    let scaled = |p: &(f64, f64)| {
        (
            (p.0 - cost.0) / (cost.1 - cost.0),
            (p.1 - quality.0) / (quality.1 - quality.0),
        )
    };
    let mut line: Vec<(f64, f64)> = expected.iter().map(scaled).collect();
    line.push((1.0, line[line.len() - 1].1));
    let walk: Vec<(f64, f64)> = line
        .windows(2)
        .flat_map(|s| {
            let (a, b) = (s[0], s[1]);
            (0..=2000).map(move |i| {
                let t = i as f64 / 2000.0;
                (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
            })
        })
        .collect();
    let paretos = of_type(&records, "pareto");
    assert_eq!(paretos.len(), 3);
    for pareto in paretos {
        let own = records
            .iter()
            .filter(|r| r["type"] == "point" && r["router"] == pareto["router"]);
        let mut own: Vec<(f64, f64)> = own.map(place).collect();
        own.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        own.dedup();
        let distance = |p: &(f64, f64)| {
            let p = scaled(p);
            walk.iter()
                .map(|s| (p.0 - s.0).hypot(p.1 - s.1))
                .fold(f64::MAX, f64::min)
        };
        let mean = own.iter().map(distance).sum::<f64>() / own.len() as f64;
        assert!(
            (mean - pareto["pareto_dist"].as_f64().unwrap()).abs() < 1e-3,
            "{pareto}"
        );
        let share = own.iter().filter(|p| !beaten(p)).count() as f64 / own.len() as f64;
        assert_eq!(pareto["pareto_share"], share, "{pareto}");
        assert_eq!(pareto["points"], own.len());
    }
}

#[test]
fn every_line_passes_byte_for_byte_and_a_second_run_changes_nothing() {
    let w = Workdir::new();
    let mut input = b"{ \"type\" : \"point\",\"router\":\"odd \\u2028\",\"alpha\":5e-1, \"quality\":0.50,\"cost\":1E-3,\"x\":1e999,\"y\":[1234567890123456789012345,\"\\ud800\"] }\r\n{\"type\":\"something new\",\"router\":7}\n".to_vec();
    input.extend(fixture("simulated.ndjson"));
    let once = w.run("rb-pareto", &[], &input).ok().stdout;
    assert!(once.starts_with(&input));
    assert!(once.len() > input.len());
    let twice = w.run("rb-pareto", &[], &once).ok().stdout;
    assert!(twice == once);
}

#[test]
fn the_order_of_lines_and_their_repetition_change_no_result() {
    let w = Workdir::new();
    let show = |input: &[u8]| {
        let args = ["--table", "--term", "--svg", "p.svg"];
        let shown = w.run("rb-pareto", &args, input).ok().stdout;
        let records = w.run("rb-pareto", &[], input).ok().json();
        let added = ["pareto", "frontier"].map(|kind| of_type(&records, kind));
        (shown, w.read("p.svg"), added)
    };
    for name in ["simulated.ndjson", "grouped.ndjson", "no-cost.ndjson"] {
        let plain = fixture(name);
        let expected = show(&plain);
        assert!(show(&shuffled(&plain, 5)) == expected);
        assert!(show(&[plain.clone(), shuffled(&plain, 6)].concat()) == expected);
    }
}

#[test]
fn a_router_alone_on_the_frontier_has_share_one_and_ties_share_a_place() {
    let w = Workdir::new();
    let alone = [
        model("small", 0.002, 0.3),
        model("large", 0.009, 0.8),
        point("r", 0.0, 0.001, 0.4),
        point("r", 1.0, 0.008, 0.9),
        point("worse", 0.0, 0.0015, 0.4),
        point("worse", 1.0, 0.0085, 0.85),
    ];
    let records = w.run("rb-pareto", &[], alone.concat()).ok().json();
    let paretos = of_type(&records, "pareto");
    assert_eq!(
        (&paretos[0]["pareto_share"], &paretos[0]["pareto_dist"]),
        (&1.0.into(), &0.0.into())
    );
    assert_eq!(paretos[1]["on_frontier"], 0);
    assert!(paretos[1]["pareto_dist"].as_f64().unwrap() > 0.0);

    // The last digits of a sum depend on its order; that is no difference.
    let tied = [
        model("m", 0.1 + 0.2, 0.7),
        point("a", 1.0, 0.3, 0.7),
        point("b", 1.0, 0.3, 0.7000000000000001),
    ];
    let records = w.run("rb-pareto", &[], tied.concat()).ok().json();
    for pareto in of_type(&records, "pareto") {
        assert_eq!(
            (&pareto["pareto_share"], &pareto["pareto_dist"]),
            (&1.0.into(), &0.0.into())
        );
    }
    let frontier = &of_type(&records, "frontier")[0]["points"];
    assert_eq!(frontier.as_array().unwrap().len(), 3);
    assert_eq!(frontier[0]["model"], "m");
    assert_eq!(
        (&frontier[1]["router"], &frontier[1]["alpha"]),
        (&"a".into(), &1.0.into())
    );
}

#[test]
fn what_knows_the_answers_is_drawn_but_not_compared() {
    let w = Workdir::new();
    let oracle = |name: &str| {
        model("x", 0.0001, 1.0).replace("\"name\":\"model\"", &format!("\"name\":\"{name}\""))
    };
    let input = [
        model("m", 0.003, 0.5),
        best("m", 0.003, 0.5),
        oracle("oracle"),
        oracle("dataset-oracle"),
        oracle("reference")
            .replace("{", "{\"reference\":\"shop\",")
            .replace("\"group\":{\"reference\":\"shop\",}", "\"group\":{}"),
        point("cheat", 1.0, 0.0002, 0.99),
        "{\"type\":\"summary\",\"router\":\"cheat\",\"group\":{},\"oracle\":true}\n".into(),
        point("fair", 1.0, 0.004, 0.6),
    ]
    .concat();
    let records = w.run("rb-pareto", &["--svg", "p.svg"], &input).ok().json();
    let paretos = of_type(&records, "pareto");
    assert_eq!(
        (&paretos[0]["router"], &paretos[0]["compared"]),
        (&"cheat".into(), &false.into())
    );
    assert!(paretos[0]["pareto_dist"].is_null());
    assert_eq!(paretos[1]["pareto_share"], 1.0);
    let frontier = of_type(&records, "frontier")[0]["points"].to_string();
    assert!(
        !frontier.contains("cheat") && frontier.contains("fair"),
        "{frontier}"
    );
    let svg = String::from_utf8(w.read("p.svg")).unwrap();
    for shown in [
        ">oracle",
        ">dataset oracle",
        ">shop (reference)",
        "cheat (knows the answers)",
    ] {
        assert!(svg.contains(shown), "{shown} is not in the picture");
    }
    let table = w.run("rb-pareto", &["--table"], &input).ok();
    assert!(table
        .text()
        .contains("cheat: knows the answers; shown, not compared."));
}

#[test]
fn groups_are_compared_one_by_one() {
    let w = Workdir::new();
    let grouped = fixture("grouped.ndjson");
    let records = w.run("rb-pareto", &[], &grouped).ok().json();
    let frontiers = of_type(&records, "frontier");
    assert_eq!(frontiers.len(), 3);
    for frontier in &frontiers {
        let own: Vec<u8> = String::from_utf8(grouped.clone())
            .unwrap()
            .lines()
            .filter(|l| l.contains(&format!("\"group\":{},", frontier["group"])))
            .flat_map(|l| format!("{l}\n").into_bytes())
            .collect();
        let alone = w.run("rb-pareto", &[], own).ok().json();
        assert_eq!(&of_type(&alone, "frontier")[0], frontier);
    }
    let table = w.run("rb-pareto", &["--table"], &grouped).ok();
    for heading in ["All 1,200 queries.", "dataset algebra: ", "dataset code: "] {
        assert!(table.text().contains(heading), "{heading} is missing");
    }
}

#[test]
fn without_costs_there_is_no_frontier_and_the_picture_shows_quality() {
    let w = Workdir::new();
    let ran = w
        .run("rb-pareto", &["--svg", "q.svg"], fixture("no-cost.ndjson"))
        .ok();
    assert!(ran.stderr.contains("no costs"), "{}", ran.stderr);
    let records = ran.json();
    assert!(of_type(&records, "frontier").is_empty());
    let paretos = of_type(&records, "pareto");
    assert_eq!(paretos.len(), 3);
    assert!(paretos
        .iter()
        .all(|p| p["pareto_dist"].is_null() && p["pareto_share"].is_null()));
    let svg = String::from_utf8(w.read("q.svg")).unwrap();
    assert!(svg.contains("no costs in the records") && svg.contains(">kmeans</text>"));
    let table = w
        .run(
            "rb-pareto",
            &["--table", "--term"],
            fixture("no-cost.ndjson"),
        )
        .ok();
    assert!(table
        .text()
        .contains("No costs in the records, so no frontier."));
    assert!(!table.text().contains("Pareto") && !table.text().contains("CostSave"));
    assert!(table.text().contains('■'));
}

/// The row of the table that starts with `label`, cut into words.
fn row<'t>(table: &'t str, label: &str) -> Vec<&'t str> {
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

#[test]
fn faults_are_told_with_their_place_and_remedy() {
    let w = Workdir::new();
    let refuse = |input: String, words: &[&str]| {
        let ran = w
            .run("rb-pareto", &["--svg", "p.svg"], input)
            .fails(3, words);
        assert!(ran.stdout.is_empty());
        assert!(!w.path("p.svg").exists());
    };
    let fine = point("r", 1.0, 0.002, 0.5);
    refuse(String::new(), &["no record", "pipeline"]);
    refuse(
        "{\"id\":\"q\",\"prompt\":\"hello\",\"outcomes\":{},\"routes\":{\"r\":\"m\"}}\n".into(),
        &["stdin:1:1", "query record", "run rb-score first"],
    );
    refuse(
        format!("{fine}{{\"type\":\"point\""),
        &["stdin:2:", "not a JSON object"],
    );
    refuse(format!("{fine}[1]\n"), &["stdin:2:1", "not a JSON object"]);
    refuse(
        format!("{fine}{{\"router\":\"r\"}}\n"),
        &["stdin:2:1", "no type"],
    );
    refuse(
        format!("{fine}{{\"type\":\"point\",\"router\":\"r\"}}\n"),
        &["stdin:2:1", "no alpha"],
    );
    refuse(
        format!("{fine}{}", point("s", 1.0, 0.1, 1.7)),
        &["stdin:2:", "quality is 1.7, expected 0..1"],
    );
    refuse(
        format!("{fine}{}", point("s", 1.0, -0.1, 0.7)),
        &["stdin:2:", "cost is -0.1", "not negative"],
    );
    refuse(
        format!("{fine}{}", point("s", 1.5, 0.1, 0.7)),
        &["stdin:2:", "alpha is 1.5, expected 0..1"],
    );
    refuse(
        format!("{fine}{}", fine.replace("0.5", "NaN")),
        &["stdin:2:", "NaN"],
    );
    let hull = "{\"type\":\"summary\",\"router\":\"r\",\"hull\":[{\"cost\":1}]}\n";
    refuse(
        format!("{fine}{hull}"),
        &["stdin:2:", "hull is", "\"quality\""],
    );
    refuse(
        format!("{fine}{}", point("r", 1.0, 0.002, 0.51)),
        &[
            "stdin:2:1",
            "router \"r\" at alpha 1 stands at stdin:1 already, with other figures",
        ],
    );
    refuse(
        "{\"type\":\"summary\",\"router\":\"r\",\"group\":{}}\n".into(),
        &["no point of a router and no single model"],
    );
}

#[test]
fn a_bad_record_can_be_skipped_and_is_counted() {
    let w = Workdir::new();
    let fine = point("r", 1.0, 0.002, 0.5);
    let bad = point("s", 1.0, 0.1, 1.7);
    let input = format!("{fine}{bad}");
    let ran = w
        .run("rb-pareto", &["--on-error", "skip"], input)
        .fails(1, &["skipped 1", "stdin:2:"]);
    assert!(ran.text().starts_with(&fine) && !ran.text().contains("\"s\""));
}

#[test]
fn the_picture_appears_whole_beside_the_records_and_fits_the_terminal() {
    let w = Workdir::new();
    w.run(
        "rb-pareto",
        &["--svg", "p.svg", "-o", "out.ndjson"],
        fixture("simulated.ndjson"),
    )
    .ok();
    let svg = String::from_utf8(w.read("p.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert!(w
        .read("out.ndjson")
        .starts_with(&fixture("simulated.ndjson")));
    let input = w.write("s.ndjson", fixture("simulated.ndjson"));
    for columns in [50, 80, 120] {
        let mut command = w.command("rb-pareto", &["--term"]);
        let out = command
            .arg(&input)
            .env("COLUMNS", columns.to_string())
            .output()
            .unwrap();
        let plot = String::from_utf8(out.stdout).unwrap();
        let widest = plot.lines().map(|l| l.chars().count()).max().unwrap();
        assert!(
            widest <= columns && widest > columns - 12,
            "{columns}: {widest}\n{plot}"
        );
        assert!(plot.contains("a kmeans") && plot.contains("* oracle"));
    }
    let ran = w.run(
        "rb-pareto",
        &["--svg", "none/p.svg"],
        fixture("simulated.ndjson"),
    );
    ran.fails(4, &["cannot write none/p.svg"]);
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
fn means_over_seeds_are_tabulated_and_drawn_with_their_intervals() {
    let w = Workdir::new();
    let demo = crate::workdir::demo();
    for seed in ["1", "2"] {
        let split = w.run("rb-split", &["--seed", seed], &demo).ok().stdout;
        let fitted = w.pipe(&split, &["rb-embed", "rb-fit kmeans"]);
        w.write(&format!("{seed}.ndjson"), fitted);
    }
    let seeds = [
        "--quiet",
        "--resamples",
        "200",
        "--seeds",
        "1.ndjson",
        "2.ndjson",
    ];
    let pooled = w.run("rb-score", &seeds, "").ok().stdout;
    // Passed on as they are, and nothing is added.
    let passed = w.run("rb-pareto", &["--svg", "p.svg"], &pooled).ok().stdout;
    assert!(passed == pooled);
    let svg = String::from_utf8(w.read("p.svg")).unwrap();
    assert!(svg.contains("means over 2 seeds") && svg.contains(">kmeans<"));
    let ran = w.run("rb-pareto", &["--table", "--term"], &pooled).ok();
    assert!(
        ran.text().contains("Means over 2 seeds, "),
        "{}",
        ran.text()
    );
    let table = &ran.text()[ran.text().find("Means over").unwrap()..];
    let of = |name: &str| -> Value {
        let lines = pooled.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        let mut records = lines.map(|l| serde_json::from_slice::<Value>(l).unwrap());
        records.find(|r| r["router"] == name).unwrap()
    };
    let quality = of("kmeans")["quality"].as_f64().unwrap() * 100.0;
    assert_eq!(row(table, "kmeans ")[0], format!("{quality:.1}"));
    assert!(table.contains("kmeans: saves "), "{table}");
    // The mean curve is drawn with its band.
    assert!(of("kmeans")["curve"].is_array());
    assert!(svg.contains("fill-opacity=\"0.15\""));
}

#[test]
fn streams_scored_apart_say_that_holm_is_partial() {
    let w = Workdir::new();
    let run = |router: &str| {
        format!("{{\"type\":\"run\",\"split\":\"test\",\"n\":500,\"routers\":[\"{router}\"],\"notes\":[]}}\n")
    };
    let summary = |router: &str, p: f64| {
        format!("{{\"type\":\"summary\",\"router\":\"{router}\",\"group\":{{}},\"diff\":0.02,\"diff_ci\":[0.001,0.04],\"verdict\":\"yes\",\"p\":{p},\"p_holm\":{p}}}\n")
    };
    let base = || [model("m", 0.003, 0.5), best("m", 0.003, 0.5)].concat();
    let one = |router: &str, p: f64| {
        [
            run(router),
            base(),
            point(router, 1.0, 0.002, 0.52),
            summary(router, p),
        ]
        .concat()
    };
    let apart = [one("a", 0.01), one("b", 0.03), one("c", 0.03)].concat();
    let table = |input: &str| {
        let ran = w.run("rb-pareto", &["--table"], input).ok();
        ran.text().replace("\n  ", " ")
    };
    let text = table(&apart);
    assert!(
        text.contains("Holm's correction is partial: the routers were scored in 3 runs"),
        "{text}"
    );
    assert!(text.contains("a stays better (p 0.030)"), "{text}");
    assert!(text.contains("b would be undecided (p 0.060)"), "{text}");
    let twice = [one("a", 0.01), one("a", 0.01)].concat();
    assert!(!table(&twice).contains("Holm"));
    assert!(table(&twice).contains("Scored: split test, 500 queries."));
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
