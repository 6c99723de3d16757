//! What rb-score refuses, what it remarks, and claims that fail.

use crate::scored::{of, routed};
use crate::workdir::Workdir;
use serde_json::{json, Value};

fn record(id: &str, split: &str, outcomes: &str, routes: &str) -> String {
    format!("{{\"id\":\"{id}\",{split}\"outcomes\":{outcomes},\"routes\":{routes}}}\n")
}

#[test]
#[allow(clippy::too_many_lines)] // one table
fn faults_end_with_their_place_their_remedy_and_nothing_written() {
    let w = Workdir::new();
    let fine = record("a", "", r#"{"m":{"score":1}}"#, r#"{"r":"m"}"#);
    let refuse = |args: &[&str], input: String, code: i32, words: &[&str]| {
        let ran = w.run("rb-score", args, input).fails(code, words);
        assert!(ran.stdout.is_empty());
    };
    let typo = record(
        "b",
        "",
        r#"{"m":{"score":1}}"#,
        r#"{"r":[{"alpha":0,"model":"M"}]}"#,
    );
    refuse(
        &[],
        format!("{fine}{typo}"),
        3,
        &[
            "stdin:2:",
            "router \"r\" names the model \"M\"",
            "expected one of m",
        ],
    );
    refuse(
        &[],
        format!("{fine}{fine}"),
        3,
        &["stdin:2:", "stdin:1:", "\"a\""],
    );
    let split = record("b", r#""split":"test","#, "{}", "{}");
    refuse(
        &[],
        format!("{fine}{split}"),
        3,
        &["stdin:1:", "rb-split --resplit"],
    );
    refuse(
        &["--split", "val"],
        fine.clone(),
        3,
        &["no record has a split", "rb-split"],
    );
    refuse(
        &["--split", "val"],
        split.clone(),
        3,
        &["\"val\"", "test 1"],
    );
    refuse(
        &[],
        split,
        3,
        &["no record has an outcome with a score", "rb-import"],
    );
    refuse(
        &["--by", "lang"],
        fine.clone(),
        2,
        &["--by lang", "/meta/lang"],
    );
    refuse(&[], String::new(), 3, &["no record"]);
    refuse(
        &[],
        "{\"outcomes\":{}}\n".into(),
        3,
        &["stdin:1:1:", "no id"],
    );
    let score = record("b", "", r#"{"m":{"score":1.7}}"#, "{}");
    refuse(
        &[],
        format!("{fine}{score}"),
        3,
        &["stdin:2:", "1.7", "expected 0..1"],
    );
    let order = record("b", "", "{}", r#"{"r":[{"alpha":0.5,"model":"m"}]}"#);
    refuse(
        &[],
        format!("{fine}{order}"),
        3,
        &["stdin:2:", "0.5", "expected 0"],
    );
    let holed = record("b", "", r#"{"n":{"score":1}}"#, "{}");
    refuse(
        &["--missing", "drop"],
        format!("{fine}{holed}"),
        3,
        &["leaves no query", "--missing penalty"],
    );
    refuse(
        &["--missing", "guess"],
        fine.clone(),
        2,
        &["penalty", "drop"],
    );

    w.run("rb-score", &["-o", "out", "in"], "")
        .fails(4, &["in"]);
    w.write("in", format!("{fine}{score}"));
    w.run("rb-score", &["-o", "out", "in"], "")
        .fails(3, &["in:2:"]);
    assert!(!w.path("out").exists());
    let ran = w.run("rb-score", &["--on-error", "skip", "in"], "");
    let ran = ran.fails(1, &["skipped 1", "in:2:"]);
    assert_eq!(ran.json()[0]["n"], 1);
}

#[test]
fn what_flatters_or_is_unknown_is_said_once() {
    let w = Workdir::new();
    let stream: String = (0..3)
        .map(|i| record(&i.to_string(), "", r#"{"m":{"score":1}}"#, r#"{"r":"m"}"#))
        .collect();
    let ran = w.run("rb-score", &[], &stream).ok();
    for words in [
        "no record has a split",
        "no train split",
        "only 3 queries",
        "no cost is known",
    ] {
        assert_eq!(ran.stderr.matches(words).count(), 1, "{}", ran.stderr);
    }
    let lines = ran.json();
    assert_eq!(
        (&lines[0]["split"], &lines[0]["n"]),
        (&Value::Null, &json!(3))
    );
    assert_eq!(lines[0]["notes"].as_array().map(Vec::len), Some(5));
    let best = of(&lines, json!({"name": "best-single"}))[0];
    assert!(best["model"].is_null() && best["quality"].is_null());
    let on_test = of(&lines, json!({"name": "best-single-on-test"}))[0];
    assert_eq!(
        (&on_test["model"], &on_test["quality"]),
        (&json!("m"), &json!(1.0))
    );
    assert!(of(&lines, json!({"type": "summary"}))[0]["gain_b"].is_null());
    assert!(w
        .run("rb-score", &["--quiet"], &stream)
        .ok()
        .stderr
        .is_empty());
}

#[test]
fn claims_that_fail_end_with_one_after_all_is_written() {
    let w = Workdir::new();
    let stream = routed(&w);
    let plain = w.run("rb-score", &[], &stream).ok();
    let claims = [
        "--assert",
        "kmeans.aiq>=0.1",
        "--assert",
        "cheap.quality>0.99",
        "--assert",
        "cheap beats best-single",
    ];
    let ran = w.run("rb-score", &claims, &stream);
    assert_eq!(ran.stdout, plain.stdout);
    let ran = ran.fails(
        1,
        &[
            "found quality 0.",
            "expected > 0.99",
            "found the verdict constant",
        ],
    );
    assert!(!ran.stderr.contains("aiq"), "{}", ran.stderr);
    w.run("rb-score", &claims[..2], &stream).ok();
    for (claim, words) in [
        ("none.aiq>0", &["\"none\"", "cascade, cheap, kmeans"][..]),
        ("cheap.aique>0", &["\"aique\"", "aiq, aiq_macro"]),
        (
            "cheap beats kmeans",
            &["best-single, zero, shuffle", "--versus"],
        ),
        ("cheap", &["beats"]),
    ] {
        let ran = w
            .run("rb-score", &["--assert", claim], &stream)
            .fails(2, words);
        assert!(ran.stdout.is_empty());
    }
    w.run("rb-score", &["--versus", "none"], &stream)
        .fails(2, &["\"none\"", "cascade, cheap, kmeans"]);
    w.run("rb-score", &["--choose", "cost=1"], &stream)
        .fails(2, &["column 5", "expected <="]);
}
