//! rb-score: figures that do not depend on line order or threads, the rule for
//! missing outcomes, and the exact curve of every router.

use crate::scored::{edit, number, of, routed};
use crate::workdir::{demo, open, root, shared, shuffled, Workdir};
use rb_record::skips::Skips;
use rb_route::file::fit;
use rb_route::file::params::Params;
use rb_route::kinds::ROUTERS;
use rb_route::table::seen::{Seen, Window};
use rb_route::table::training;
use serde_json::{json, Value};
use std::collections::BTreeMap;

#[test]
fn neither_the_order_of_lines_nor_threads_nor_files_change_a_byte() {
    let w = Workdir::new();
    let stream = routed(&w);
    let args = [
        "--by",
        "dataset",
        "--exact",
        "--choose",
        "cost<=0.001",
        "--versus",
        "cheap",
    ];
    let plain = w.run("rb-score", &args, &stream).ok().stdout;
    for (salt, threads) in [(1, "1"), (2, "2")] {
        let args = [&args[..], &["--threads", threads]].concat();
        let again = w.run("rb-score", &args, shuffled(&stream, salt)).ok();
        assert!(plain == again.stdout);
    }
    let half = stream.len() / 2
        + stream[stream.len() / 2..]
            .iter()
            .position(|b| *b == b'\n')
            .expect("a line end")
        + 1;
    w.write("a", &stream[..half]);
    w.write("b", &stream[half..]);
    let files = [&args[..], &["b", "a"]].concat();
    assert!(plain == w.run("rb-score", &files, "").ok().stdout);
}

#[test]
fn a_router_written_by_hand_is_scored_like_any_other() {
    let w = Workdir::new();
    let lines = w.run("rb-score", &[], routed(&w)).ok().json();
    let model = of(&lines, json!({"name": "model", "model": "sim-small"}))[0];
    let points = of(&lines, json!({"type": "point", "router": "cheap"}));
    assert_eq!(points.len(), 101);
    for p in points {
        for key in [
            "n",
            "missing",
            "quality",
            "quality_macro",
            "cost",
            "latency",
            "mix",
        ] {
            assert_eq!(p[key], model[key], "{key}");
        }
        for key in ["quality_ci", "quality_macro_ci", "cost_ci", "latency_ci"] {
            for end in 0..2 {
                let (p, model) = (number(&p[key][end]), number(&model[key][end]));
                assert!((p - model).abs() < 1e-9, "{key}: {p} {model}");
            }
        }
    }
    let cascade = of(&lines, json!({"type": "summary", "router": "cascade"}))[0];
    assert_eq!(cascade["calls"], 2.0);
    assert_eq!(cascade["mix"], json!({"sim-frontier": 1.0}));
    assert_eq!(
        cascade["called"],
        json!({"sim-frontier": 1.0, "sim-small": 1.0})
    );
    let frontier = of(&lines, json!({"name": "model", "model": "sim-frontier"}))[0];
    let both = number(&frontier["cost"]) + number(&model["cost"]);
    assert!((number(&cascade["cost"]) - both).abs() < 1e-12);
    assert_eq!(cascade["quality"], frontier["quality"]);
    assert_eq!(lines[0]["type"], "run");
    // The demo data lack seven outcomes of dear models on purpose.
    assert_eq!(model["missing"], 0);
    assert_eq!(cascade["missing"], frontier["missing"]);
}

#[test]
fn groups_are_scored_as_if_they_stood_alone() {
    let w = Workdir::new();
    let stream = routed(&w);
    let lines = w.run("rb-score", &["--by", "dataset"], &stream).ok().json();
    let alone = edit(&stream, |r| {
        if r["dataset"] != "demo-code" && r["split"] == "test" {
            r["split"] = json!("none");
        }
    });
    let alone = w.run("rb-score", &[], alone).ok().json();
    let group = json!({"dataset": "demo-code"});
    for router in ["kmeans", "cheap", "cascade"] {
        let group = of(
            &lines,
            json!({"type": "point", "router": router, "group": group}),
        );
        let alone = of(&alone, json!({"type": "point", "router": router}));
        assert_eq!((group.len(), alone.len()), (101, 101));
        for (a, b) in group.iter().zip(alone) {
            let mut a = (*a).clone();
            a["group"] = json!({});
            assert_eq!(a, *b);
        }
    }
}

#[test]
fn removing_the_cheapest_models_outcomes_never_pays() {
    let w = Workdir::new();
    let stream = routed(&w);
    let before = w.run("rb-score", &["--by", "dataset"], &stream).ok().json();
    let gone = |r: &Value| r["split"] == "test" && r["dataset"] == "demo-arith";
    let holed = edit(&stream, |r| {
        if gone(r) {
            let outcomes = r["outcomes"].as_object_mut().expect("outcomes");
            outcomes.remove("sim-small").expect("the cheapest model");
        }
    });
    let ran = w.run("rb-score", &["--by", "dataset"], holed).ok();
    assert!(ran.stderr.contains("sim-small on "), "{}", ran.stderr);
    let after = ran.json();
    let mut lost = 0.0;
    for group in [json!({}), json!({"dataset": "demo-arith"})] {
        for router in ["kmeans", "cheap", "cascade"] {
            let key = json!({"type": "point", "router": router, "group": group});
            for (a, b) in of(&before, key.clone()).iter().zip(of(&after, key)) {
                assert!(number(&b["cost"]) >= number(&a["cost"]), "{a} {b}");
                assert!(number(&b["quality"]) <= number(&a["quality"]), "{a} {b}");
                // Every call of the model on that dataset, and no other.
                let in_dataset = json!({"type": "point", "router": router, "alpha": a["alpha"],
                    "group": {"dataset": "demo-arith"}});
                let there = of(&before, in_dataset)[0];
                let shares = if there["called"].is_null() {
                    &there["mix"]
                } else {
                    &there["called"]
                };
                let calls = shares["sim-small"].as_f64().unwrap_or(0.0) * number(&there["n"]);
                let more = number(&b["missing"]) - number(&a["missing"]);
                assert_eq!(more, calls.round());
                lost += calls;
            }
        }
    }
    assert!(lost > 1000.0, "the test removed hardly a call");
}

#[test]
#[cfg_attr(not(has_shared_data), ignore = "needs ../shared/data")]
fn on_real_data_a_model_without_outcomes_is_never_cheaper_nor_better() {
    let path = shared("cascades.ndjson.zst");
    let w = Workdir::new();
    let stream = w.pipe(
        open(&path),
        &["rb-embed", "rb-fit kmeans --k 16", "rb-fit random"],
    );
    let before = w.run("rb-score", &[], &stream).ok().json();
    let best = number(&of(&before, json!({"name": "best-single"}))[0]["quality"]);
    assert!((0.82..0.855).contains(&best), "{best}");
    let oracle = number(&of(&before, json!({"name": "oracle"}))[0]["quality"]);
    assert!((0.94..0.98).contains(&oracle), "{oracle}");
    let holed = edit(&stream, |r| {
        if r["split"] == "test" && r["dataset"] == "mmlu" {
            r["outcomes"]["llama3.2-3b"] = Value::Null;
        }
    });
    let after = w.run("rb-score", &[], holed).ok().json();
    let mut missing = 0.0;
    for router in ["kmeans", "random"] {
        let key = json!({"type": "point", "router": router});
        for (a, b) in of(&before, key.clone()).iter().zip(of(&after, key)) {
            assert!(number(&b["cost"]) >= number(&a["cost"]), "{a} {b}");
            assert!(number(&b["quality"]) <= number(&a["quality"]), "{a} {b}");
            missing += number(&b["missing"]);
        }
    }
    assert!(missing > 1000.0, "{missing}");
    let model = json!({"name": "model", "model": "llama3.2-3b"});
    let calls = before[0]["datasets"]["mmlu"].clone();
    assert_eq!(of(&after, model)[0]["missing"], calls);
}

#[test]
#[cfg_attr(not(has_shared_data), ignore = "needs ../shared/data")]
fn on_real_data_without_costs_quality_is_scored_and_cost_is_null() {
    let path = shared("nim9.ndjson.zst");
    let w = Workdir::new();
    let stream = w.pipe(open(&path), &["rb-embed", "rb-fit kmeans"]);
    let ran = w.run("rb-score", &[], &stream).ok();
    assert!(ran.stderr.contains("no cost is known"), "{}", ran.stderr);
    let lines = ran.json();
    let oracle = number(&of(&lines, json!({"name": "oracle"}))[0]["quality"]);
    assert!((0.77..0.81).contains(&oracle), "{oracle}");
    let summary = of(&lines, json!({"type": "summary"}))[0];
    let gap = 1.0 - number(&summary["quality"]) / oracle;
    assert!((number(&summary["gap_o"]) - gap).abs() < 1e-12);
    assert!(number(&summary["gain_b"]) > 0.0);
    for key in [
        "cost",
        "cost_macro",
        "tokens",
        "aiq",
        "aiq_macro",
        "costsave_peak",
        "hull",
    ] {
        assert!(summary[key].is_null(), "{key}");
    }
}

/// The router's own decision rule, asked at 1,001 alphas, against the points of
/// rb-score --exact: queries looked up one by one, nothing shared with curves.
#[test]
#[allow(clippy::too_many_lines)] // one rule written out, on purpose in one piece
fn the_exact_curve_of_every_router_equals_its_decision_rule() {
    let w = Workdir::new();
    let mut kept = 0;
    let embedded = w.pipe(demo(), &["rb-embed", "rb-split"]);
    // All of train, and the first 40 test queries on which all is known.
    let mut stream = Vec::new();
    let mut tests: Vec<Value> = Vec::new();
    for line in embedded.split_inclusive(|b| *b == b'\n') {
        let record: Value = serde_json::from_slice(line).expect("a record");
        if record["split"] == "test" {
            let known = record["outcomes"].as_object().map(|o| o.len());
            if kept == 40 || known != Some(6) {
                continue;
            }
            kept += 1;
            tests.push(record);
        }
        stream.extend_from_slice(line);
    }
    let path = w.write("bench", &stream);
    for entry in ROUTERS {
        let exact = w.pipe(
            &stream,
            &[&format!("rb-fit {}", entry.name), "rb-score --exact"],
        );
        let lines: Vec<Value> = exact
            .split(|b| *b == b'\n')
            .filter(|l| !l.is_empty())
            .map(|l| serde_json::from_slice(l).expect("a score record"))
            .collect();
        let points = of(&lines, json!({"type": "point", "router": entry.name}));

        let params = Params::defaults(entry.flags);
        let config = training::Config {
            asked: entry.asked(&params).expect("needs"),
            name: entry.name.into(),
            ..Default::default()
        };
        let mut skips = Skips::new(rb_record::skips::OnError::Stop);
        let mut input = rb_record::stream::Input::open(std::slice::from_ref(&path));
        let loaded = training::load(&mut input, &config, &mut skips).expect("the stream");
        let embedder = loaded.embedder.known.clone();
        let fitted = fit::fit(
            &fit::Config {
                entry,
                params: &params,
                name: entry.name,
                embedder: embedder.as_ref().map(|e| e.0.as_str()),
                seed: 0,
                against: rb_record::record::resource::Resource::Cost,
                tuning: None,
            },
            &loaded.train,
        )
        .expect("a fit");
        let width = embedder.map_or(0, |e| e.1);
        let models = &fitted.header.models;
        let lines = loaded
            .lines
            .read()
            .expect("lines")
            .next_lines(usize::MAX, usize::MAX);
        let seen = (lines.expect("lines").iter().zip(&loaded.splits))
            .filter(|(_, split)| training::is_routed(**split))
            .map(|(line, _)| {
                let record = rb_record::record::Record::parse(line).expect("a record");
                Seen::read(&record, &[loaded.asked], false).expect("a query")
            })
            .collect();
        let window = Window::new(seen, width);
        let routed = window.over(
            models,
            entry
                .oracle
                .then_some(rb_record::record::resource::Resource::Cost),
        );
        let batch = routed.batch();
        let mut compared = 0;
        for i in 0..=1000 {
            let alpha = i as f64 / 1000.0;
            let near = |p: &&&Value| {
                let at = number(&p["alpha"]);
                at > 0.0 && at < 1.0 && (at - alpha).abs() < 1e-9
            };
            if points.iter().any(|p| near(&p)) {
                continue;
            }
            compared += 1;
            let (mut quality, mut cost) = (0.0, 0.0);
            let steps = fitted.router.decide(&batch, alpha);
            assert_eq!(steps.len(), tests.len());
            for (step, record) in steps.iter().zip(&tests) {
                let outcome = |m: usize| &record["outcomes"][fitted.header.models[m].as_str()];
                quality += number(&outcome(step.model)["score"]);
                let paid = step.calls().iter().map(|m| number(&outcome(*m)["cost"]));
                cost += paid.sum::<f64>();
            }
            let n = tests.len() as f64;
            let holds = points.iter().rfind(|p| number(&p["alpha"]) <= alpha);
            let point = holds.expect("a point at 0");
            let (q, c) = (number(&point["quality"]), number(&point["cost"]));
            let name = entry.name;
            assert!(
                (q - quality / n).abs() < 1e-12,
                "{name} at {alpha}: {q} {}",
                quality / n
            );
            assert!(
                (c - cost / n).abs() < 1e-12,
                "{name} at {alpha}: {c} {}",
                cost / n
            );
        }
        assert!(
            compared > 900,
            "{}: only {compared} alphas compared",
            entry.name
        );
    }
}

#[test]
fn the_document_and_the_help_name_every_metric_and_baseline() {
    let text = std::fs::read_to_string(root().join("METRICS.md")).expect("METRICS.md");
    let help = Workdir::new().run("rb-score", &["--help"], "").ok();
    let headings: Vec<&str> = text
        .lines()
        .filter_map(|l| l.strip_prefix("### "))
        .collect();
    let reports = rb_score::metric::REPORTS.iter().map(|r| r.name);
    let metrics = rb_score::metric::METRICS
        .iter()
        .map(|m| m.name)
        .chain(reports);
    let metrics: Vec<&str> = metrics.collect();
    assert_eq!(headings, metrics);
    for row in rb_score::baseline::BASELINES {
        let name = row.name;
        assert!(text.contains(&format!("\n| `{name}` |")), "{name}");
    }
    let names: BTreeMap<&str, ()> = metrics.iter().map(|m| (*m, ())).collect();
    assert_eq!(names.len(), metrics.len(), "two metrics of one name");
    for name in metrics {
        assert!(help.text().contains(&format!("{name}: ")), "{name}");
    }
    for (name, _) in rb_score::report::verdicts::FIGURES {
        assert!(text.contains(&format!("`{name}`")), "{name}");
        assert!(help.text().contains(&format!("{name}: ")), "{name}");
    }
}
