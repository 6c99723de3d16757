//! Learning curves: routers named NAME@N, fitted on N train queries.

use crate::workdir::{demo, Workdir};

#[test]
fn five_sizes_make_a_learning_curve_and_fewer_are_told() {
    let w = Workdir::new();
    let mut stream = w.pipe(demo(), &["rb-embed"]);
    let sizes = [20, 60, 150, 400, 1000];
    for (i, n) in sizes.into_iter().enumerate() {
        let split = format!("rb-split --resplit --train-limit {n}");
        let fit = format!("rb-fit kmeans --k 8 --name kmeans@{n}");
        stream = w.pipe(&stream, &[&split, &fit]);
        if i == 1 {
            let few = w.run("rb-score", &["--resamples", "20"], &stream).ok();
            assert!(
                few.stderr.contains("kmeans is there at 2 sizes"),
                "{}",
                few.stderr
            );
            assert!(few.json().iter().all(|r| r["type"] != "learning"));
        }
    }
    let records = w
        .run("rb-score", &["--resamples", "200"], &stream)
        .ok()
        .json();
    let curve = records.iter().find(|r| r["type"] == "learning");
    let curve = curve.expect("a learning record");
    assert_eq!(curve["router"], "kmeans");
    assert_eq!(curve["sizes"], serde_json::json!(sizes));
    let number = |v: &serde_json::Value| v.as_f64().expect("a number");
    let quality: Vec<f64> = sizes
        .iter()
        .map(|n| {
            let name = format!("kmeans@{n}");
            let own = records
                .iter()
                .find(|r| r["type"] == "summary" && r["router"] == name.as_str());
            number(&own.expect("a summary")["quality"])
        })
        .collect();
    assert_eq!(curve["quality"], serde_json::json!(quality));
    // These points do not tell a curve: no figure is told of it, but why.
    assert!(curve["why"].is_string(), "{curve}");
    for member in ["q_max", "a", "b", "n99", "extrapolated"] {
        assert!(curve[member].is_null(), "{curve}");
    }
    assert!(curve.get("q_max_ci").is_none());
    // rb-pareto hands it on.
    let text: String = records.iter().map(|r| format!("{r}\n")).collect();
    let passed = w.run("rb-pareto", &[], text).ok().json();
    assert!(passed.iter().any(|r| r["type"] == "learning"));
}
