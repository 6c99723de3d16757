//! Verdicts, shuffles, chosen points and intervals of rb-score.

use crate::scored::{edit, number, of, one, routed};
use crate::workdir::{demo, shared, Workdir};
use serde_json::{json, Value};

#[test]
fn a_constant_router_is_named_so_and_shuffling_it_changes_nothing() {
    let w = Workdir::new();
    let lines = w.run("rb-score", &[], routed(&w)).ok().json();
    let summary = of(&lines, json!({"type": "summary", "router": "cheap"}))[0];
    for key in ["verdict", "verdict_zero", "verdict_shuffle"] {
        assert_eq!(summary[key], "constant", "{key}");
    }
    let shuffle = of(&lines, json!({"name": "shuffle", "router": "cheap"}))[0];
    for key in ["quality", "cost"] {
        assert!((number(&shuffle[key]) - number(&summary[key])).abs() < 1e-12);
        for end in 0..2 {
            let key = format!("{key}_ci");
            let gap = number(&shuffle[&key][end]) - number(&summary[&key][end]);
            assert!(gap.abs() < 1e-9, "{key}: {gap}");
        }
    }
    assert!(number(&summary["diff_shuffle"]).abs() < 1e-12);
}

#[test]
fn shuffling_the_oracle_loses_what_it_knew_of_queries() {
    let w = Workdir::new();
    let stream = edit(&demo(), |r| {
        let outcomes = r["outcomes"].as_object().expect("outcomes");
        let score = |m: &&String| outcomes[*m]["score"].as_f64().unwrap_or(0.0);
        let best = outcomes.keys().max_by(|a, b| score(a).total_cmp(&score(b)));
        r["routes"] = json!({"knows": best});
    });
    let stream = w.run("rb-split", &[], stream).ok().stdout;
    let lines = w.run("rb-score", &[], stream).ok().json();
    let summary = of(&lines, json!({"type": "summary", "router": "knows"}))[0];
    let shuffle = of(&lines, json!({"name": "shuffle", "router": "knows"}))[0];
    let lost = number(&summary["quality"]) - number(&shuffle["quality"]);
    assert!(lost > 0.1, "{lost}");
    assert!((number(&summary["diff_shuffle"]) - lost).abs() < 1e-9);
    assert!(number(&summary["diff_shuffle_ci"][0]) > 0.1 / 2.0);
    assert_eq!(summary["verdict_shuffle"], "yes");
    assert_eq!(summary["verdict"], "yes");
}

/// A third of train becomes val, then the routers are fitted.
fn with_val(w: &Workdir) -> Vec<u8> {
    let split = w.run("rb-split", &[], demo()).ok().stdout;
    let stream = edit(&split, |r| {
        let id = r["id"].as_str().expect("an id").bytes();
        let third = id.fold(0u32, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into())) % 3 == 0;
        if third && r["split"] == "train" {
            r["split"] = json!("val");
        }
    });
    w.pipe(stream, &["rb-embed", "rb-fit kmeans --k 16"])
}

#[test]
fn what_is_chosen_on_val_does_not_know_the_scored_outcomes() {
    let w = Workdir::new();
    let stream = with_val(&w);
    let alphas = |stream: &[u8], split: &str| -> Vec<Value> {
        let args = [
            "--choose",
            "cost<=0.001",
            "--split",
            split,
            "--resamples",
            "0",
        ];
        let lines = w.run("rb-score", &args, stream).ok().json();
        let summary = of(&lines, json!({"type": "summary"}))[0];
        [
            "chosen_on",
            "chosen_alpha",
            "perfgain_alpha",
            "costsave_alpha",
        ]
        .map(|key| summary[key].clone())
        .to_vec()
    };
    let before = alphas(&stream, "test");
    assert_eq!(before[0], "val");
    assert!(before[1].is_array() && before[2].is_array(), "{before:?}");
    let turned = |of: &str| {
        edit(&stream, |r| {
            if r["split"] == of {
                let outcomes = r["outcomes"].as_object_mut().expect("outcomes");
                for outcome in outcomes.values_mut() {
                    if let Some(score) = outcome["score"].as_f64() {
                        outcome["score"] = json!(1.0 - score);
                        outcome["cost"] = json!(0.01);
                    }
                }
            }
        })
    };
    assert_eq!(before, alphas(&turned("test"), "test"));
    assert_ne!(before, alphas(&turned("val"), "test"));
    // Where val itself is scored, nothing is left to choose on but its halves.
    assert_eq!(alphas(&stream, "val")[0], "cross");
}

#[test]
fn without_resamples_there_are_no_intervals_and_the_same_figures() {
    let w = Workdir::new();
    let stream = routed(&w);
    let with = w.run("rb-score", &[], &stream).ok().json();
    let without = w.run("rb-score", &["--resamples", "0"], &stream).ok();
    assert!(!without.text().contains("_ci\""));
    for (with, without) in with.iter().zip(without.json()) {
        let without = without.as_object().expect("an object");
        for (key, value) in without {
            let other = [
                "run",
                "resamples",
                "verdict",
                "verdict_zero",
                "verdict_shuffle",
            ];
            if !other.contains(&&key[..]) {
                assert_eq!(*value, with[key], "{key}");
            }
        }
    }
    let summary = of(&with, json!({"type": "summary", "router": "kmeans"}))[0];
    let holds = |key: &str| {
        let ci = &summary[format!("{key}_ci")];
        let v = number(&summary[key]);
        assert!(
            number(&ci[0]) <= v && v <= number(&ci[1]),
            "{key}: {v} {ci}"
        );
    };
    for key in [
        "quality",
        "quality_macro",
        "cost",
        "latency",
        "diff",
        "diff_zero",
        "diff_shuffle",
        "aiq",
        "aiq_macro",
        "perfgain",
    ] {
        holds(key);
    }
}

#[test]
#[cfg_attr(not(has_shared_data), ignore = "needs ../shared/data")]
fn on_real_data_pairs_are_sharper_and_the_saving_keeps_its_quality() {
    let path = shared("cascades.ndjson.zst");
    let w = Workdir::new();
    let bytes = zstd::decode_all(std::fs::File::open(path).expect("the file")).expect("zstd");
    let stream = w.pipe(
        bytes,
        &[
            "rb-embed",
            "rb-fit kmeans",
            "rb-fit knn",
            "rb-fit cascade-routing",
        ],
    );
    let lines = w.run("rb-score", &[], stream).ok().json();
    let width = |v: &Value| number(&v[1]) - number(&v[0]);
    let best = of(&lines, json!({"name": "best-single"}))[0];
    for line in of(&lines, json!({"type": "baseline"})) {
        if line["name"] != "zero" {
            assert!(width(&line["quality_ci"]) > 0.0 && width(&line["cost_ci"]) > 0.0);
        }
    }
    for router in ["kmeans", "knn"] {
        let summary = of(&lines, json!({"type": "summary", "router": router}))[0];
        let apart = width(&summary["quality_ci"]).hypot(width(&best["quality_ci"]));
        assert!(
            width(&summary["diff_ci"]) < 0.8 * apart,
            "{router}: {apart}"
        );
        assert_eq!(summary["chosen_on"], "cross");
    }
    // A saving that half of the queries cannot show is null: cascade-routing's is
    // large enough to be shown.
    let saving = of(
        &lines,
        json!({"type": "summary", "router": "cascade-routing"}),
    )[0];
    assert!(number(&saving["costsave"]) > 0.1);
    // No worse on the queries it was not chosen on than chance explains.
    let (kept, ci) = (
        number(&saving["costsave_quality_diff"]),
        &saving["costsave_quality_diff_ci"],
    );
    assert!(kept > -0.005 && number(&ci[1]) > 0.0, "{kept} {ci}");
}

#[test]
fn a_chosen_point_has_its_own_mix_and_runs_are_told_apart() {
    let w = Workdir::new();
    let stream = routed(&w);
    let saved = w.run(
        "rb-fit",
        &["kmeans", "--k", "4", "--save", "r.json"],
        w.pipe(demo(), &["rb-embed"]),
    );
    saved.ok();
    let args = [
        "--choose",
        "strong<=0.5",
        "--strong",
        "sim-frontier",
        "--router-file",
        "r.json",
    ];
    let scores = w.run("rb-score", &args, &stream).ok().json();
    let run = one(&scores, json!({"type": "run"}));
    assert_eq!(run["fitted"]["kmeans"]["kind"], "kmeans");
    assert!(run["fitted"]["kmeans"]["params"].is_object() && run["version"].is_string());
    assert_eq!(run["embedders"], json!(["static-minilm-256"]));
    for router in ["kmeans", "cascade", "cheap"] {
        let own = one(
            &scores,
            json!({"type": "summary", "router": router, "group": {}}),
        );
        assert_eq!(own["run"], run["run"]);
        let mix = own["chosen_mix"].as_object().expect("a mix");
        let all: f64 = mix.values().map(number).sum();
        assert!((all - 1.0).abs() < 1e-9);
        let strong = match own["chosen_called"].as_object() {
            Some(called) => called.get("sim-frontier").map_or(0.0, number),
            None => mix.get("sim-frontier").map_or(0.0, number),
        };
        assert!(strong <= 0.6, "{router}: {strong}");
        let (low, margin) = (number(&own["diff_ci"][0]), number(&own["margin"]));
        assert_eq!(own["not_worse"], json!(low >= -margin));
    }
    // The same records again are one run, other options another.
    let again = w.run("rb-score", &args, &stream).ok().json();
    assert_eq!(again[0]["run"], run["run"]);
    let other = w.run("rb-score", &["--seed", "1"], &stream).ok().json();
    assert_ne!(other[0]["run"], run["run"]);
    w.run(
        "rb-score",
        &["--router-file", "r.json", "--router-file", "none.json"],
        &stream,
    )
    .fails(4, &["none.json"]);
    w.write("no.json", "{\"a\":1}\n");
    w.run("rb-score", &["--router-file", "no.json"], &stream)
        .fails(5, &["no.json", "no name and kind"]);
}

#[test]
fn a_handful_of_queries_has_no_intervals() {
    let w = Workdir::new();
    let stream = routed(&w);
    let tests = std::cell::Cell::new(0);
    let few = crate::scored::edit(&stream, |r| {
        if r["split"] == "test" {
            tests.set(tests.get() + 1);
            if tests.get() > 7 {
                r["split"] = json!("none");
            }
        }
    });
    let ran = w.run("rb-score", &[], few).ok();
    assert!(ran.stderr.contains("no intervals and no verdicts"));
    assert!(!ran.text().contains("_ci\""));
    let own = one(
        &ran.json(),
        json!({"type": "summary", "router": "kmeans", "group": {}}),
    );
    assert!(own["aiq"].is_number() && own["verdict"].is_null());
}
