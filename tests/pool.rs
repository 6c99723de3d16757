//! rb-pool: which few models are worth having.

use crate::workdir::{demo, shuffled, Workdir};
use serde_json::Value;
use std::collections::BTreeMap;

fn lines(stream: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(stream).expect("UTF-8");
    text.lines()
        .map(|l| serde_json::from_str(l).expect("a record"))
        .collect()
}

/// The scores by model of the complete queries of a split.
fn complete(stream: &[u8], split: &str) -> Vec<BTreeMap<String, f64>> {
    let scores = |record: &Value| -> BTreeMap<String, f64> {
        let outcomes = record["outcomes"].as_object().expect("outcomes");
        let known = outcomes.iter().filter(|o| o.1["score"].is_number());
        known
            .map(|(m, o)| (m.clone(), o["score"].as_f64().expect("a score")))
            .collect()
    };
    let all: Vec<_> = (lines(stream).iter())
        .filter(|r| r["split"] == split)
        .map(scores)
        .collect();
    let most = all.iter().map(BTreeMap::len).max().expect("queries");
    all.into_iter().filter(|s| s.len() == most).collect()
}

fn worth(queries: &[BTreeMap<String, f64>], pool: &[&str]) -> f64 {
    let best = |q: &BTreeMap<String, f64>| pool.iter().map(|m| q[*m]).fold(0.0, f64::max);
    queries.iter().map(best).sum::<f64>() / queries.len() as f64
}

fn strings(value: &Value) -> Vec<&str> {
    let names = value.as_array().expect("names").iter();
    names.map(|n| n.as_str().expect("a name")).collect()
}

fn near(value: &Value, expected: f64) {
    let value = value.as_f64().expect("a number");
    assert!((value - expected).abs() < 1e-9, "{value} {expected}");
}

#[test]
fn pools_of_three_are_those_of_brute_force_over_all_of_them() {
    let w = Workdir::new();
    let split = w.pipe(demo(), &["rb-split"]);
    let records = w.run("rb-pool", &["--by", "dataset"], &split).ok().json();
    let (train, test) = (complete(&split, "train"), complete(&split, "test"));
    let head = &records[0];
    assert_eq!(head["type"], "pools");
    assert_eq!(head["train"], train.len());
    assert_eq!(head["test"], test.len());
    assert!(head["left_out"][0].as_u64() > Some(0));
    let names = strings(&head["models"]);
    assert_eq!(names.len(), 6);
    let overall: Vec<&Value> = (records.iter())
        .filter(|r| r["type"] == "pool" && r["group"] == serde_json::json!({}))
        .collect();
    assert_eq!(overall.len(), 6);
    for record in &overall {
        near(&record["quality"], worth(&train, &strings(&record["pool"])));
        near(
            &record["test_quality"],
            worth(&test, &strings(&record["pool"])),
        );
    }
    let mut best = 0.0f64;
    for a in 0..6 {
        for b in a + 1..6 {
            for c in b + 1..6 {
                best = best.max(worth(&train, &[names[a], names[b], names[c]]));
            }
        }
    }
    let three = overall[2];
    near(&three["best_quality"], best);
    let greedy = three["quality"].as_f64().expect("a number");
    println!("greedy of 3: {greedy:.4}, the best of all 20: {best:.4}");
    assert!(greedy <= best + 1e-9 && greedy >= 0.98 * best);
    assert!(three["gain_ci"][0].as_f64() > Some(0.0));
    assert_eq!(three["random"], 20);
    // A dataset shows its three.
    let dataset = serde_json::json!({"dataset": "demo-code"});
    let of = records.iter().filter(|r| r["group"] == dataset);
    assert_eq!(of.count(), 3);
}

#[test]
fn the_same_bytes_come_whatever_the_threads_and_the_order_of_lines() {
    let w = Workdir::new();
    let embedded = w.pipe(demo(), &["rb-split", "rb-embed"]);
    for words in [
        &["--by", "dataset", "--random", "8"][..],
        &["--objective", "routed", "--size", "3", "--random", "5"],
    ] {
        let run = |threads: &str, input: &[u8]| {
            let words = [words, &["--threads", threads]].concat();
            w.run("rb-pool", &words, input).ok().stdout
        };
        let first = run("1", &embedded);
        assert!(first == run("2", &shuffled(&embedded, 3)), "{words:?}");
    }
}

#[test]
fn a_routed_pool_is_worth_no_more_than_its_oracle_and_reads_embeddings() {
    let w = Workdir::new();
    let split = w.pipe(demo(), &["rb-split"]);
    let routed = ["--objective", "routed", "--resamples", "50", "--size", "4"];
    w.run("rb-pool", &routed, &split)
        .fails(3, &["no embedding", "rb-embed"]);
    let embedded = w.pipe(&split, &["rb-embed"]);
    let records = w.run("rb-pool", &routed, &embedded).ok().json();
    assert_eq!(records[0]["router"], "kmeans");
    let (train, test) = (complete(&split, "train"), complete(&split, "test"));
    for record in &records[1..] {
        let pool = strings(&record["pool"]);
        let on = |name: &str| record[name].as_f64().expect("a number");
        assert!(on("quality") <= worth(&train, &pool) + 1e-9);
        assert!(on("test_quality") <= worth(&test, &pool) + 1e-9);
        if pool.len() == 1 {
            near(&record["test_quality"], worth(&test, &pool));
        }
    }
    let oracle = ["--objective", "routed", "--router", "routerbench-cascade"];
    w.run("rb-pool", &oracle, &embedded).fails(2, &["oracle"]);
    let silent = ["--objective", "routed", "--router", "length"];
    w.run("rb-pool", &silent, &embedded)
        .fails(2, &["length", "expects"]);
}

#[test]
fn keep_takes_the_outcomes_of_the_others_away_and_nothing_else() {
    let w = Workdir::new();
    let line = |i: usize, split: &str, [a, b, c]: [u8; 3]| {
        format!("{{ \"id\":\"{i}\", \"split\":\"{split}\",\"outcomes\": {{\"a\":{{\"score\":{a}}}, \"b\":{{\"score\":{b}}},\"c\" : {{\"score\":{c}}}}}, \"x\":[1, 2]}}\n")
    };
    let scores = [[1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]];
    let stream: String = (scores.iter().enumerate())
        .map(|(i, s)| line(i, "train", *s))
        .chain([
            line(9, "none", [0, 0, 1]),
            "{\"id\":\"z\",\"split\":\"test\"}\n".into(),
        ])
        .collect();
    let kept = w.run("rb-pool", &["--keep", "2"], &stream).ok();
    assert!(kept.stderr.contains("kept a, b"), "{}", kept.stderr);
    let expected = stream.replace(",\"c\" : {\"score\":1}", "");
    let expected = expected.replace(",\"c\" : {\"score\":0}", "");
    assert_eq!(kept.text(), expected);
    let all = w.run("rb-pool", &["--keep", "3"], &stream).ok();
    assert_eq!(all.text(), stream);
    w.run("rb-pool", &["--keep", "4"], &stream)
        .fails(2, &["--keep 4", "3 models"]);
    // The rest of the pipeline takes it as it is.
    let fitted = w.pipe(demo(), &["rb-pool --keep 3", "rb-embed", "rb-fit kmeans"]);
    let scored = w
        .run("rb-score", &["--resamples", "0"], &fitted)
        .ok()
        .json();
    assert_eq!(scored[0]["models"].as_array().map(Vec::len), Some(3));
}

#[test]
fn outcomes_that_are_mostly_missing_are_refused_and_no_test_is_told() {
    let w = Workdir::new();
    let line = |i: usize, outcomes: &str| {
        format!("{{\"id\":\"{i}\",\"split\":\"train\",\"outcomes\":{{{outcomes}}}}}\n")
    };
    let both = "\"a\":{\"score\":1},\"b\":{\"score\":0}";
    let sparse: String = (0..30)
        .map(|i| match i % 3 {
            0 => line(i, both),
            _ => line(i, "\"a\":{\"score\":1}"),
        })
        .collect();
    w.run("rb-pool", &[], &sparse)
        .fails(3, &["33 %", "--exclude b", "--missing drop"]);
    let ran = w.run("rb-pool", &["--missing", "drop"], &sparse).ok();
    assert!(ran.stderr.contains("no query is test"), "{}", ran.stderr);
    let records = ran.json();
    assert_eq!(records[0]["missing"], serde_json::json!({"b": [20, 0]}));
    assert_eq!(records[1]["n"], 10);
    assert!(records[1]["test_quality"].is_null() && records[1]["quantile"].is_null());
    let alone = w.run("rb-pool", &["--exclude", "b"], &sparse).ok().json();
    assert_eq!(alone[1]["n"], 30);
    w.run("rb-pool", &[], "").fails(3, &["no record"]);
}

#[test]
fn the_table_tells_how_few_models_are_enough() {
    let w = Workdir::new();
    let table = w.run("rb-pool", &["--table", "--quiet"], demo()).ok();
    let text = table.text();
    for part in ["sim-frontier", "random pools", "models reach 99 %", "Note:"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(table.stderr.is_empty());
}
