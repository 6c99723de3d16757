//! rb-curve: learning curves over the summaries of several seeds.

use crate::workdir::{demo, root, shuffled, tool, Workdir};
use serde_json::{json, Value};

/// Summaries of r@N over sizes and seeds, with a shift of each seed's own.
fn scores(sizes: &[u64], seeds: u64, at: impl Fn(f64) -> f64) -> String {
    let mut text =
        String::from("{\"type\":\"baseline\",\"name\":\"oracle\",\"group\":{},\"quality\":0.95}\n");
    for seed in 0..seeds {
        for n in sizes {
            let shift = 0.004 * ((seed * 7 + n / 50 * 3) % 5) as f64 - 0.008;
            let quality = at(*n as f64) + shift;
            let summary = json!({"type": "summary", "router": format!("r@{n}"), "group": {},
                "run": format!("seed{seed}"), "n": 100, "quality": quality,
                "quality_ci": [quality - 0.02, quality + 0.02], "aiq": null});
            text += &format!("{summary}\n");
        }
    }
    text
        + "{\"type\":\"summary\",\"router\":\"other\",\"group\":{},\"run\":\"x\",\"quality\":0.5}\n"
}

const SIZES: [u64; 6] = [50, 100, 200, 400, 800, 1600];

fn rising(n: f64) -> f64 {
    0.8 - 2.5 * n.powf(-0.6)
}

fn within(record: &Value, name: &str, truth: f64) {
    let ends = &record[format!("{name}_ci")];
    let (low, high) = (ends[0].as_f64(), ends[1].as_f64());
    assert!(
        low < Some(truth) && Some(truth) < high,
        "{name} {truth}: {record}"
    );
}

#[test]
fn a_known_curve_is_found_again_over_seeds() {
    let w = Workdir::new();
    let text = scores(&SIZES, 5, rising);
    let records = w.run("rb-curve", &[], &text).ok().json();
    assert_eq!(records.len(), 1, "nothing has an AIQ");
    let curve = &records[0];
    assert_eq!(
        (&curve["router"], &curve["metric"]),
        (&json!("r"), &json!("quality"))
    );
    assert_eq!(curve["sizes"], json!(SIZES));
    assert_eq!(curve["seeds"], json!([5, 5, 5, 5, 5, 5]));
    assert_eq!(
        (&curve["resampled"], &curve["why"]),
        (&json!("seeds"), &Value::Null)
    );
    assert_eq!(curve["highest"], 0.95);
    within(curve, "q_max", 0.8);
    within(curve, "rise", curve["rise"].as_f64().expect("a number"));
    let near = |name: &str, truth: f64, by: f64| {
        let value = curve[name].as_f64().expect("a number");
        assert!((value / truth - 1.0).abs() < by, "{name} {value} {truth}");
    };
    near("q_max", 0.8, 0.01);
    near("b", 0.6, 0.25);
    // Of several copies each record counts once, and order does not count.
    let twice = format!("{text}{text}");
    let again = w.run("rb-curve", &[], shuffled(twice.as_bytes(), 4)).ok();
    assert_eq!(again.json(), records);
    let bare = w.run("rb-curve", &["--resamples", "0"], &text).ok().json();
    assert!(bare[0].get("q_max_ci").is_none() && bare[0]["q_max"].is_number());
    let table = w.run("rb-curve", &["--table"], &text).ok();
    assert!(table.text().contains("50 … 1600 (6)"), "{}", table.text());
}

#[test]
fn fewer_than_three_seeds_take_the_points_own_intervals() {
    let w = Workdir::new();
    let curves = |seeds| {
        w.run("rb-curve", &[], scores(&SIZES, seeds, rising))
            .ok()
            .json()
    };
    let (one, five) = (&curves(1)[0], &curves(5)[0]);
    assert_eq!(one["resampled"], "points");
    assert_eq!(one["sd"][0], Value::Null);
    let wide = |c: &Value| c["rise_ci"][1].as_f64().unwrap() - c["rise_ci"][0].as_f64().unwrap();
    assert!(wide(one) > wide(five));
}

#[test]
fn a_curve_that_the_points_do_not_tell_is_null_and_says_why() {
    let w = Workdir::new();
    let why = |text: String| {
        let curve = w
            .run("rb-curve", &["--metric", "quality"], text)
            .ok()
            .json();
        for member in ["q_max", "a", "b", "n99", "extrapolated", "bounded"] {
            assert!(curve[0][member].is_null(), "{member}: {}", curve[0]);
        }
        assert!(curve[0].get("n99_ci").is_none());
        let why = curve[0]["why"].as_str().expect("why").to_string();
        (why, curve[0]["at_bound"].clone())
    };
    let flat = why(scores(&SIZES, 5, |_| 0.7));
    assert!(flat.0.starts_with("flat"), "{flat:?}");
    let few = why(scores(&SIZES[..3], 5, rising));
    assert!(few.0.starts_with("3 sizes"), "{few:?}");
    let step = why(scores(&SIZES, 5, |n| if n < 60.0 { 0.5 } else { 0.8 }));
    assert!(step.0.contains("runs to 3"), "{step:?}");
    assert_eq!(
        (flat.1, few.1, step.1),
        (json!(false), json!(false), json!(true))
    );
}

#[test]
fn what_is_no_learning_curve_is_refused_with_its_place() {
    let w = Workdir::new();
    w.run("rb-curve", &[], "").fails(3, &["no record"]);
    let other = scores(&[], 1, rising);
    w.run("rb-curve", &[], &other)
        .fails(3, &["NAME@N", "--train-limit"]);
    w.run("rb-curve", &[], "{\"id\":\"a\",\"prompt\":\"p\"}\n")
        .fails(3, &["stdin:1:1", "rb-score"]);
    let text = scores(&SIZES, 1, rising);
    w.run("rb-curve", &["--metric", "aiq"], &text)
        .fails(3, &["aiq", "costs"]);
    let other = scores(&SIZES, 1, |n| rising(n) + 0.1);
    w.run("rb-curve", &[], format!("{text}{other}"))
        .fails(3, &["stdin:10:1", "stdin:2", "rb-split --seed"]);
    let wrong = text.replacen("\"run\":\"seed0\"", "\"run\":7", 1);
    w.run("rb-curve", &[], wrong).fails(3, &["run is 7"]);
}

#[test]
fn one_script_makes_the_sweep_with_the_tools_that_everybody_has() {
    let w = Workdir::new();
    w.write("demo.ndjson", demo());
    let bins = tool("rb-curve");
    let sweep = || {
        let ran = std::process::Command::new("sh")
            .arg(root().join("scripts/learning-curve.sh"))
            .args([bins.parent().expect("a folder"), &w.path("demo.ndjson")])
            .env("ROUTERS", "kmeans")
            .env("SIZES", "30 90 270 810 9000")
            .env("SEEDS", "0 1 2")
            .env("RB_CACHE", w.path("cache.sqlite"))
            .output()
            .expect("running sh");
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.success(), "{said}");
        assert!(said.contains("size 9000 is left out"), "{said}");
        ran.stdout
    };
    let scores = sweep();
    let curves = w.run("rb-curve", &[], &scores).ok().json();
    let metrics: Vec<&Value> = curves.iter().map(|c| &c["metric"]).collect();
    assert_eq!(metrics, ["quality", "aiq"]);
    for curve in &curves {
        assert_eq!(curve["sizes"], json!([30, 90, 270, 810]));
        assert_eq!(curve["seeds"], json!([3, 3, 3, 3]));
        assert!(curve["values"][0].is_number());
    }
}
