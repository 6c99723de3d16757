//! rb-fit --partial and --merge: parts of any number and order make the router file
//! of one fit, but for its calibration curve, and what does not belong together is
//! refused.

use crate::workdir::{demo, shuffled, Workdir};
use serde_json::{json, Value};

const MODELS: usize = 6;

/// The demo data embedded and split, those queries of them that all models have
/// answered, and nine centres in a file.
fn complete(w: &Workdir) -> Vec<u8> {
    let records = w.pipe(demo(), &["rb-embed", "rb-split"]);
    let text = String::from_utf8(records).expect("text");
    let mut out = String::new();
    let mut centres = String::new();
    for (i, line) in text.lines().enumerate() {
        let record: Value = serde_json::from_str(line).expect("a record");
        let outcomes = record["outcomes"].as_object().expect("outcomes");
        let is_known = |o: &Value| o["score"].is_number() && o["cost"].is_number();
        if outcomes.len() == MODELS && outcomes.values().all(is_known) {
            out += line;
            out.push('\n');
        }
        if i % 200 == 0 {
            let vector = record["embedding"]["vector"].as_array().expect("a vector");
            let halved: Vec<f64> = (vector.iter())
                .map(|v| v.as_f64().expect("a number") / 2.0)
                .collect();
            centres += &(serde_json::to_string(&halved).expect("JSON") + "\n");
        }
    }
    w.write("centres", centres);
    out.into_bytes()
}

/// The stream's lines dealt out into `n` parts of unlike sizes.
fn dealt(stream: &[u8], n: usize) -> Vec<Vec<u8>> {
    let mut parts = vec![Vec::new(); n];
    for (i, line) in stream.split_inclusive(|b| *b == b'\n').enumerate() {
        parts[(i * i + i / 3) % n].extend_from_slice(line);
    }
    parts
}

/// A router file without its calibration curve.
fn uncalibrated(file: &[u8]) -> Value {
    let mut file: Value = serde_json::from_slice(file).expect("a router file");
    file["calibration"] = json!({"from": "none", "n": 0, "points": []});
    file
}

#[test]
fn parts_of_any_number_and_order_make_the_file_of_one_fit() {
    let w = Workdir::new();
    let stream = complete(&w);
    let kinds: [&[&str]; 8] = [
        &["fixed"],
        &["fixed", "--model", "sim-math", "--against", "tokens"],
        &["length"],
        &["length", "--weak", "sim-chat", "--exclude", "sim-small"],
        &["keyword", "--seed", "7"],
        &["kmeans", "--centroids", "centres", "--name", "near"],
        &["avengers", "--centroids", "centres", "--top-k", "3"],
        &["keyword", "--models", "sim-math,sim-code"],
    ];
    for kind in kinds {
        let with =
            |more: &[&str], input: &[u8]| w.run("rb-fit", &[kind, more].concat(), input).ok();
        with(&["--save", "whole.json"], &stream);
        let whole = uncalibrated(&w.read("whole.json"));
        let mut first: Option<Vec<u8>> = None;
        for n in [1, 2, 7] {
            let mut names = Vec::new();
            for (i, part) in dealt(&shuffled(&stream, n as u64), n).iter().enumerate() {
                names.push(format!("part{i}"));
                w.write(&names[i], with(&["--partial"], part).stdout);
            }
            for turn in [0, 1] {
                names.rotate_left(turn * (n / 2));
                names.reverse();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let args = [&["--merge", "-o", "merged.json"], &names[..]].concat();
                w.run("rb-fit", &args, "").ok();
                let merged = w.read("merged.json");
                assert_eq!(
                    serde_json::from_slice::<Value>(&merged).expect("JSON"),
                    whole
                );
                assert!(
                    *first.get_or_insert(merged.clone()) == merged,
                    "{kind:?}, {n} parts"
                );
            }
        }
        // A saved file is the merged one to the byte, but for that member.
        let text = String::from_utf8(w.read("whole.json")).expect("text");
        let from = text.find("\"calibration\":").expect("a calibration");
        let to = text.find(",\"state\":").expect("a state");
        let none = "\"calibration\":{\"from\":\"none\",\"n\":0,\"points\":[]}";
        let text = format!("{}{none}{}", &text[..from], &text[to..]);
        assert!(text.into_bytes() == first.expect("a file"), "{kind:?}");
    }
}

/// It routes as the saved one does, and refuses what needs a curve.
#[test]
fn a_merged_router_routes_by_alpha_alone() {
    let w = Workdir::new();
    let stream = complete(&w);
    let fit = ["kmeans", "--centroids", "centres"];
    let save = [&fit[..], &["--save", "whole.json"]].concat();
    w.run("rb-fit", &save, &stream).ok();
    let mut joined = Vec::new();
    for part in dealt(&stream, 3) {
        let part = w
            .run("rb-fit", &[&fit[..], &["--partial"]].concat(), part)
            .ok();
        joined.extend(part.stdout);
    }
    // Parts may be joined, and compressed.
    let joined = zstd::encode_all(&joined[..], 1).expect("zstd");
    let merged = w.run("rb-fit", &["--merge"], joined).ok();
    w.write("merged.json", merged.stdout);
    let routed = |file: &str| w.run("rb-route", &[file], &stream).ok().stdout;
    assert!(routed("merged.json") == routed("whole.json"));
    for flags in [
        ["--budget", "0.001"],
        ["--quality", "0.5"],
        ["--not-below", "best-single"],
    ] {
        let args = [&["merged.json"], &flags[..]].concat();
        let ran = w.run("rb-route", &args, &stream);
        ran.fails(5, &["no calibration curve", "merged of parts", "--alpha"]);
    }
    let info = w.run("rb-route", &["merged.json", "--info"], "");
    assert_eq!(info.code, 0, "{}", info.stderr);
}

#[test]
fn what_is_no_sum_and_gaps_are_refused() {
    let w = Workdir::new();
    let stream = complete(&w);
    let partial =
        |args: &[&str], input: &[u8]| w.run("rb-fit", &[args, &["--partial"]].concat(), input);
    for kind in ["svm", "kmeans", "avengers", "domain"] {
        let ran = partial(&[kind], &stream);
        ran.fails(
            2,
            &[
                kind,
                "is no sum",
                "kmeans with --centroids",
                "docs/scale.md",
            ],
        );
    }
    let guarded = ["kmeans", "--centroids", "centres", "--guard", "on"];
    partial(&guarded, &stream).fails(2, &["with these flags"]);
    for flags in [["--save", "x"], ["--timing", "x"]] {
        partial(&[&["fixed"], &flags[..]].concat(), &stream).fails(2, &["--partial"]);
    }
    let record = |id: &str, outcomes: Value| {
        let record = json!({"id": id, "prompt": id, "split": "train", "outcomes": outcomes});
        record.to_string() + "\n"
    };
    let both = |id| {
        record(
            id,
            json!({"a": {"score": 1, "cost": 2}, "b": {"score": 0, "cost": 1}}),
        )
    };
    let gap = both("x") + &record("y", json!({"a": {"score": 1, "cost": 1}}));
    partial(&["fixed"], gap.as_bytes()).fails(
        3,
        &["stdin:2:1", "scores are known of a,", "a, b", "--models"],
    );
    let skipped = partial(&["fixed", "--on-error", "skip"], gap.as_bytes());
    assert_eq!(skipped.json()[0]["n"], 1);
    skipped.fails(1, &["skipped 1"]);
    let chosen = partial(&["fixed", "--models", "a"], gap.as_bytes()).ok();
    assert_eq!(chosen.json()[0]["n"], 2);
    let unpriced = both("x")
        + &record(
            "y",
            json!({"a": {"score": 1}, "b": {"score": 0, "cost": 1}}),
        );
    partial(&["fixed"], unpriced.as_bytes()).fails(3, &["stdin:2:1", "1 of 2 models have a cost"]);
    let free = both("x") + &record("y", json!({"a": {"score": 1}, "b": {"score": 0}}));
    partial(&["fixed"], free.as_bytes()).fails(3, &["not known here", "stdin:1"]);
    let twice = both("x") + &both("x");
    partial(&["fixed"], twice.as_bytes()).fails(3, &["stdin:2:1", "\"x\" stands here again"]);
    partial(&["fixed", "--models", "c"], both("x").as_bytes()).fails(2, &["\"c\" has no score"]);
    partial(&["fixed"], b"").fails(3, &["no record"]);
    // A query that no model answered teaches nothing, and is counted.
    let none = both("x") + &record("y", json!({}));
    w.write("none", partial(&["fixed"], none.as_bytes()).ok().stdout);
    let merged = w.run("rb-fit", &["--merge", "none"], "").ok();
    assert!(
        merged.stderr.contains("1 train queries have no score"),
        "{}",
        merged.stderr
    );
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let w = Workdir::new();
    let record = |id: &str, models: &[&str], split: bool| {
        let outcome = |m: &&str| (m.to_string(), json!({"score": 0.5, "cost": 1}));
        let outcomes: serde_json::Map<String, Value> = models.iter().map(outcome).collect();
        let mut record = json!({"id": id, "prompt": id, "outcomes": outcomes});
        if split {
            record["split"] = "train".into();
        }
        record.to_string() + "\n"
    };
    let part = |name: &str, args: &[&str], records: &str| {
        let args = [args, &["--partial"]].concat();
        w.write(name, w.run("rb-fit", &args, records).ok().stdout);
    };
    let two = ["m", "n"];
    part("a", &["length"], &record("a", &two, true));
    part("b", &["length"], &record("b", &two, true));
    part("kind", &["fixed"], &record("c", &two, true));
    part("seed", &["length", "--seed", "1"], &record("c", &two, true));
    part(
        "flag",
        &["length", "--strong", "m"],
        &record("c", &two, true),
    );
    part("pool", &["length"], &record("c", &["m"], true));
    part("split", &["length"], &record("c", &two, false));
    part(
        "again",
        &["length"],
        &(record("c", &two, true) + &record("a", &two, true)),
    );
    let empty = record("t", &two, true).replace("train", "test");
    part("empty", &["length"], &empty);
    let refuse = |files: &[&str], words: &[&str]| {
        let ran = w.run("rb-fit", &[&["--merge"], files].concat(), "");
        assert!(ran.fails(3, words).stdout.is_empty());
    };
    refuse(
        &["a", "kind"],
        &["kind:1:1", "is of fixed", "a:1:1", "same options"],
    );
    refuse(&["a", "seed"], &["--seed is 1"]);
    refuse(&["a", "flag"], &["--strong is m", "a:1:1"]);
    refuse(&["flag", "a"], &["--strong is the default"]);
    refuse(&["a", "pool"], &["the models are m", "--models"]);
    refuse(&["empty", "b", "pool"], &["the models are m,", "b:1:1"]);
    refuse(&["a", "split"], &["rb-split"]);
    refuse(
        &["a", "b", "again"],
        &["again:1:1", "in a part before it too"],
    );
    refuse(&["a", "a"], &["in a part before it too"]);
    refuse(&["empty"], &["nothing to fit on"]);
    let whole = String::from_utf8(w.read("a")).expect("text");
    for cut in [1, whole.len() / 2, whole.len() - 3] {
        w.write("cut", &whole[..cut]);
        refuse(&["b", "cut"], &["cut:1:1", "cut off or damaged"]);
    }
    w.write("newer", whole.replace("rb-sums/1", "rb-sums/9"));
    refuse(&["newer"], &["rb-sums/9", "expected \"rb-sums/1\""]);
    w.write(
        "version",
        whole.replace("\"version\":\"", "\"version\":\"9."),
    );
    refuse(&["b", "version"], &["of version 9."]);
    w.write(
        "count",
        whole.replace("\"n\":1,\"without", "\"n\":2,\"without"),
    );
    refuse(&["count"], &["do not agree"]);
    w.write("records", record("z", &two, true));
    refuse(&["records"], &["no part that rb-fit --partial wrote"]);
    w.run("rb-fit", &["--merge", "empty", "a", "b"], "").ok();
}
