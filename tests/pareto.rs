//! rb-pareto: the joint frontier, what it passes on and refuses, and what a
//! person sees. The score records are invented: scripts/pareto-fixtures.py
//! wrote those in tests/data/pareto/.

mod seeds;
mod table;

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
