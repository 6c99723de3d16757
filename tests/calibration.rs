//! What routers expected against what they got, and every router against every
//! other: rb-score's calibration and pairs, and what rb-pareto makes of them.

use crate::workdir::{demo, Workdir};
use serde_json::{json, Value};

fn summary(records: &[Value], router: &str) -> Value {
    let of =
        |r: &&Value| r["type"] == "summary" && r["router"] == router && r["group"] == json!({});
    records.iter().find(of).expect("a summary").clone()
}

/// Forty queries, half expected at 0.9 and half at 0.2; the dear model is kept at
/// alpha 1, the cheap one below. One kept answer has no score.
fn told() -> String {
    let line = |i: usize| {
        let expected = if i.is_multiple_of(2) { 0.9 } else { 0.2 };
        let mut record = json!({"id": format!("q{i}"), "prompt": format!("p{i}"),
            "outcomes": {"dear": {"score": u8::from(i % 4 < 3), "cost": 2}, "cheap": {"score": 0.5, "cost": 1}},
            "explain": {"r": {"quality": {"dear": expected, "cheap": 0.5}}},
            "routes": {"r": [{"alpha": 0, "model": "cheap"}, {"alpha": 0.5, "model": "dear"}], "s": "cheap"}});
        if i == 39 {
            record["outcomes"]["dear"] = json!({"cost": 2});
        }
        record.to_string() + "\n"
    };
    (0..40).map(line).collect()
}

#[test]
fn calibration_is_of_the_answer_kept_and_a_missing_score_is_no_zero() {
    let w = Workdir::new();
    let scored = w.run("rb-score", &["--quiet"], told()).ok().json();
    // Of the even ones i % 4 is 0 or 2: all right; of the odd ones 1 or 3: half.
    let found = &summary(&scored, "r")["calibration"];
    assert_eq!((&found["n"], &found["missing"]), (&json!(39), &json!(1)));
    let near = |value: &Value, wanted: f64| {
        let value = value.as_f64().expect("a number");
        assert!((value - wanted).abs() < 1e-12, "{value} {wanted}");
    };
    let bins = found["bins"].as_array().expect("bins");
    assert_eq!(bins.len(), 2, "equal expectations share a bin");
    near(&bins[0]["expected"], 0.2);
    near(&bins[0]["observed"], 10.0 / 19.0);
    near(&bins[1]["observed"], 1.0);
    near(
        &found["ece"],
        (19.0 * (10.0 / 19.0 - 0.2) + 20.0 * 0.1) / 39.0,
    );
    near(&found["bias"], (19.0 * 0.2 + 20.0 * 0.9 - 30.0) / 39.0);
    assert!(bins[1]["observed_ci"][0].as_f64() < Some(1.0));
    assert!(summary(&scored, "s")["calibration"].is_null());
    let bad = told().replacen("0.9", "\"high\"", 1);
    w.run("rb-score", &[], bad)
        .fails(3, &["stdin:1:", "\"r\" expects", "rb-route --explain"]);
}

/// The expectations of rb-fit and of rb-route are the same, parts have them too, and
/// the picture has a mark for each bin.
#[test]
fn expectations_go_from_the_router_to_the_picture() {
    let w = Workdir::new();
    let records = w.pipe(demo(), &["rb-embed", "rb-split"]);
    let fit = ["domain", "--explain", "--save", "domain.json"];
    let fitted = w.run("rb-fit", &fit, &records).ok().stdout;
    let score = |input: &[u8]| w.run("rb-score", &["--quiet"], input).ok();
    let scores = score(&fitted);
    let found = summary(&scores.json(), "domain")["calibration"].clone();
    assert_eq!(found["bins"].as_array().map(Vec::len), Some(10));
    let ece = found["ece"].as_f64().expect("ece");
    assert!(ece > 0.0 && ece < 0.15, "{ece}");
    let routed = w
        .run("rb-route", &["domain.json", "--explain"], &records)
        .ok()
        .stdout;
    assert_eq!(
        summary(&score(&routed).json(), "domain")["calibration"],
        found
    );
    let part = w.run("rb-score", &["--partial"], &fitted).ok().stdout;
    let merged = w.run("rb-score", &["--merge", "--quiet"], part).ok();
    assert!(merged.stdout == scores.stdout);
    let draw = ["--svg", "c.svg", "--plot", "calibration"];
    w.run("rb-pareto", &draw, &scores.stdout).ok();
    let svg = String::from_utf8(w.read("c.svg")).expect("text");
    assert_eq!(svg.matches("class=\"bar\"").count(), 10);
    assert!(svg.contains(&format!("domain (ECE {:.1})", ece * 100.0)));
    assert!(svg.contains("as expected"));
    w.run("rb-fit", &["length", "--explain"], &records)
        .fails(2, &["length chooses without expected scores", "--explain"]);
    w.run("rb-fit", &["keyword", "--explain", "--partial"], &records)
        .fails(2, &["--explain"]);
}

#[test]
fn every_pair_is_that_of_versus_and_stands_in_the_table() {
    let w = Workdir::new();
    let fitted = w.pipe(
        demo(),
        &[
            "rb-embed",
            "rb-fit kmeans --k 16",
            "rb-fit random",
            "rb-fit keyword",
        ],
    );
    let score = |args: &[&str]| {
        let args = [&["--quiet", "--resamples", "300"], args].concat();
        w.run("rb-score", &args, &fitted).ok()
    };
    let ran = score(&["--pairs", "--by", "dataset", "--versus", "random"]);
    let records = ran.json();
    let pairs = |group: &Value| -> Vec<Value> {
        let of = |r: &&Value| r["type"] == "pair" && r["group"] == *group;
        records.iter().filter(of).cloned().collect()
    };
    let all = pairs(&json!({}));
    let names: Vec<(&str, &str)> = (all.iter())
        .map(|p| {
            (
                p["router"].as_str().expect("a"),
                p["versus"].as_str().expect("b"),
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            ("keyword", "kmeans"),
            ("keyword", "random"),
            ("kmeans", "random")
        ]
    );
    // The same difference as --versus tells, and the same chance.
    for (pair, router) in [(&all[1], "keyword"), (&all[2], "kmeans")] {
        let summary = summary(&records, router);
        assert_eq!(pair["diff"], summary["diff_versus"]);
        assert_eq!(pair["diff_ci"], summary["diff_versus_ci"]);
        assert_eq!(pair["p"], summary["p_versus"]);
        // A constant router is no test, and not corrected with the others.
        if summary["verdict_versus"] == "constant" {
            assert!(summary["p_holm_versus"].is_null());
        } else {
            assert!(summary["p_holm_versus"].as_f64() >= summary["p_versus"].as_f64());
        }
        assert!(pair["p_holm"].as_f64() >= pair["p"].as_f64());
    }
    let group = records
        .iter()
        .find(|r| r["group"]["dataset"].is_string())
        .expect("a group");
    assert_eq!(pairs(&group["group"]).len(), 3);
    // Nothing else changes by it, and parts have it too.
    let plain = score(&["--by", "dataset", "--versus", "random"]);
    let others = |text: &str| -> Vec<String> {
        let other = |l: &&str| !l.contains("\"type\":\"pair\"");
        text.lines().filter(other).map(String::from).collect()
    };
    assert_eq!(others(ran.text()), others(plain.text()));
    let part = w.run("rb-score", &["--partial"], &fitted).ok().stdout;
    let merged = w
        .run("rb-score", &["--merge", "--pairs", "--quiet"], part)
        .ok();
    assert!(
        merged.stdout
            == w.run("rb-score", &["--pairs", "--quiet"], &fitted)
                .ok()
                .stdout
    );
    shown(&w, &ran.stdout);
}

/// The table of a person lists the pairs, that of a program has the p of --versus.
fn shown(w: &Workdir, scores: &[u8]) {
    let table = w.run("rb-pareto", &["--table"], scores).ok();
    assert!(
        table.text().contains("Pairs of routers at alpha 1"),
        "{}",
        table.text()
    );
    assert!(table.text().contains("  kmeans less random"));
    let csv = w.run("rb-pareto", &["--csv", "-"], scores).ok();
    assert!(csv.text().starts_with("group.dataset,"));
    let heading = csv.text().lines().next().expect("a heading");
    assert!(heading.contains("verdict_versus,p_versus,p_holm_versus,cost_ratio"));
}
