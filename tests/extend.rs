//! rb-fit extend: new models in a saved router.

use crate::workdir::{demo, Workdir};
use serde_json::Value;

/// The demo data embedded and split.
fn split(w: &Workdir, seed: u64) -> Vec<Value> {
    let split = format!("rb-split --seed {seed}");
    let text = w.pipe(demo(), &["rb-embed", &split]);
    let text = String::from_utf8(text).expect("text");
    text.lines()
        .map(|l| serde_json::from_str(l).expect("a record"))
        .collect()
}

fn lines<'r>(records: impl Iterator<Item = &'r Value>) -> String {
    records.map(|r| format!("{r}\n")).collect()
}

const NEW: &str = "sim-frontier";

/// The test queries, and `n` train queries that have the new model's outcome.
fn labelled(records: &[Value], n: usize) -> Vec<Value> {
    let mut left = n;
    let mut out = Vec::new();
    for record in records {
        let is_train = record["split"] == "train";
        if !is_train {
            out.push(record.clone());
        } else if left > 0 && record["outcomes"].get(NEW).is_some() {
            left -= 1;
            out.push(record.clone());
        }
    }
    assert_eq!(left, 0, "too few train queries have the new model");
    out
}

fn quality(w: &Workdir, stream: &[u8], router: &str) -> f64 {
    let scored = w.run("rb-score", &["--quiet", "--resamples", "0"], stream);
    let records = scored.ok().json();
    let mut own = records
        .iter()
        .filter(|r| r["type"] == "summary" && r["router"] == router);
    let summary = own.next().expect("a summary");
    summary["quality"].as_f64().expect("a number")
}

#[test]
fn the_more_labels_the_better_and_few_do_no_harm() {
    let w = Workdir::new();
    let sizes = [10, 30, 100, 300];
    let (mut base, mut full, mut by_size) = (0.0, 0.0, [0.0; 4]);
    let seeds = 3;
    for seed in 0..seeds {
        let records = split(&w, seed);
        let stream = lines(records.iter());
        let args = [
            "domain",
            "--name",
            "base",
            "--exclude",
            NEW,
            "--save",
            "base.json",
        ];
        let without = w.run("rb-fit", &args, &stream).ok();
        base += quality(&w, &without.stdout, "base");
        let whole = w.run("rb-fit", &["domain", "--name", "full"], &stream).ok();
        full += quality(&w, &whole.stdout, "full");
        for (sum, n) in by_size.iter_mut().zip(sizes) {
            let few = lines(labelled(&records, n).iter());
            let args = ["extend", "base.json", "--name", "more"];
            let extended = w.run("rb-fit", &args, few).ok();
            *sum += quality(&w, &extended.stdout, "more");
        }
    }
    let mean = |v: f64| v / seeds as f64;
    let (base, full, by_size) = (mean(base), mean(full), by_size.map(mean));
    eprintln!("without {NEW} {base:.4}, fitted anew {full:.4}, by labels {sizes:?} {by_size:.4?}");
    assert!(full > base + 0.02, "the new model is worth nothing here");
    assert!(by_size[0] > base - 0.01, "ten labels did harm");
    assert!(by_size[3] > base + 0.7 * (full - base));
    assert!(by_size[3] > by_size[0] && by_size[2] > by_size[0] - 0.005);
}

#[test]
fn an_extended_router_is_saved_applied_and_extended_again() {
    let w = Workdir::new();
    let records = split(&w, 1);
    let stream = lines(records.iter());
    let others = format!("{NEW},sim-small");
    let args = [
        "kmeans",
        "--k",
        "8",
        "--exclude",
        &others,
        "--save",
        "one.json",
    ];
    w.run("rb-fit", &args, &stream).ok();
    let few = labelled(&records, 60);
    // Only the labels of the new model are needed, not those of the others.
    let mut bare = few.clone();
    for record in &mut bare {
        let outcome = record["outcomes"].get(NEW).cloned();
        if let (Some(outcome), "train") = (outcome, record["split"].as_str().unwrap_or("")) {
            record["outcomes"] = serde_json::json!({ NEW: outcome });
        }
    }
    let args = ["extend", "one.json", "--models", NEW, "--save", "two.json"];
    let two = w.run("rb-fit", &args, lines(bare.iter())).ok();
    assert!(
        two.stderr.contains("learnt from 60 labelled queries"),
        "{}",
        two.stderr
    );
    let applied = w.run("rb-route", &["two.json"], lines(bare.iter())).ok();
    let routes = |bytes: &[u8]| -> Vec<Value> {
        let text = std::str::from_utf8(bytes).expect("text");
        let records = text
            .lines()
            .map(|l| serde_json::from_str(l).expect("a record"));
        records
            .filter(|r: &Value| r["split"] == "test")
            .map(|r| r["routes"]["kmeans"].clone())
            .collect()
    };
    assert_eq!(routes(&applied.stdout), routes(&two.stdout));
    assert!(String::from_utf8_lossy(&two.stdout).contains(NEW));
    let args = ["extend", "two.json", "--save", "three.json"];
    w.run("rb-fit", &args, lines(few.iter())).ok();
    let three: Value = serde_json::from_slice(&w.read("three.json")).expect("a router file");
    let models: Vec<&str> = three["models"]
        .as_array()
        .expect("models")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(models.contains(&"sim-small") && models.contains(&NEW));
    assert!(models.windows(2).all(|pair| pair[0] < pair[1]));
    // The same labels in another order give the same file.
    let backwards = lines(few.iter().rev());
    let args = [
        "extend",
        "two.json",
        "--save",
        "again.json",
        "--threads",
        "1",
    ];
    w.run("rb-fit", &args, backwards).ok();
    assert_eq!(w.read("three.json"), w.read("again.json"));
}

#[test]
fn what_cannot_be_extended_is_refused_with_the_remedy() {
    let w = Workdir::new();
    let records = split(&w, 1);
    let stream = lines(records.iter());
    let fit = |args: &[&str]| w.run("rb-fit", args, &stream);
    fit(&["avengers", "--k", "4", "--save", "ranks.json"]).ok();
    fit(&["kmeans", "--k", "4", "--save", "all.json"]).ok();
    fit(&[
        "kmeans",
        "--k",
        "4",
        "--exclude",
        NEW,
        "--save",
        "less.json",
    ])
    .ok();
    fit(&["extend", "ranks.json"]).fails(2, &["avengers", "fit it anew"]);
    fit(&["extend", "all.json"]).fails(3, &["no train query", "lacks", NEW]);
    fit(&["extend", "none.json"]).fails(4, &["none.json"]);
    fit(&["extend", "less.json", "--models", "sim-chat"]).fails(2, &["sim-chat", NEW]);
    fit(&["extend", "less.json", "--caution", "11"]).fails(2, &["0..10"]);
    fit(&["extend", "less.json", "--against", "tokens"]).fails(2, &["trades against cost"]);
    let other = stream.replace("static-minilm-256", "another-256");
    w.run("rb-fit", &["extend", "less.json"], other)
        .fails(5, &["another-256", "less.json"]);
    w.write("no.json", "{}");
    fit(&["extend", "no.json"]).fails(5, &["no.json", "router file"]);
    let text = String::from_utf8(w.read("less.json")).expect("text");
    w.write("cut.json", &text[..text.len() / 2]);
    fit(&["extend", "cut.json"]).fails(5, &["cut.json"]);
}
