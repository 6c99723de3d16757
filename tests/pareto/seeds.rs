//! Means over seeds, and streams that were scored apart.

use super::table::row;
use super::{best, model, point};
use crate::workdir::Workdir;
use serde_json::Value;

#[test]
fn means_over_seeds_are_tabulated_and_drawn_with_their_intervals() {
    let w = Workdir::new();
    let demo = crate::workdir::demo();
    for seed in ["1", "2"] {
        let split = w.run("rb-split", &["--seed", seed], &demo).ok().stdout;
        let fitted = w.pipe(&split, &["rb-embed", "rb-fit kmeans"]);
        w.write(&format!("{seed}.ndjson"), fitted);
    }
    let seeds = [
        "--quiet",
        "--resamples",
        "200",
        "--seeds",
        "1.ndjson",
        "2.ndjson",
    ];
    let pooled = w.run("rb-score", &seeds, "").ok().stdout;
    // Passed on as they are, and nothing is added.
    let passed = w.run("rb-pareto", &["--svg", "p.svg"], &pooled).ok().stdout;
    assert!(passed == pooled);
    let svg = String::from_utf8(w.read("p.svg")).unwrap();
    assert!(svg.contains("means over 2 seeds") && svg.contains(">kmeans<"));
    let ran = w.run("rb-pareto", &["--table", "--term"], &pooled).ok();
    assert!(
        ran.text().contains("Means over 2 seeds, "),
        "{}",
        ran.text()
    );
    let table = &ran.text()[ran.text().find("Means over").unwrap()..];
    let of = |name: &str| -> Value {
        let lines = pooled.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        let mut records = lines.map(|l| serde_json::from_slice::<Value>(l).unwrap());
        records.find(|r| r["router"] == name).unwrap()
    };
    let quality = of("kmeans")["quality"].as_f64().unwrap() * 100.0;
    assert_eq!(row(table, "kmeans ")[0], format!("{quality:.1}"));
    assert!(table.contains("kmeans: saves "), "{table}");
    // The mean curve is drawn with its band.
    assert!(of("kmeans")["curve"].is_array());
    assert!(svg.contains("fill-opacity=\"0.15\""));
}

#[test]
fn streams_scored_apart_say_that_holm_is_partial() {
    let w = Workdir::new();
    let run = |router: &str| {
        format!("{{\"type\":\"run\",\"split\":\"test\",\"n\":500,\"routers\":[\"{router}\"],\"notes\":[]}}\n")
    };
    let summary = |router: &str, p: f64| {
        format!("{{\"type\":\"summary\",\"router\":\"{router}\",\"group\":{{}},\"diff\":0.02,\"diff_ci\":[0.001,0.04],\"verdict\":\"yes\",\"p\":{p},\"p_holm\":{p}}}\n")
    };
    let base = || [model("m", 0.003, 0.5), best("m", 0.003, 0.5)].concat();
    let one = |router: &str, p: f64| {
        [
            run(router),
            base(),
            point(router, 1.0, 0.002, 0.52),
            summary(router, p),
        ]
        .concat()
    };
    let apart = [one("a", 0.01), one("b", 0.03), one("c", 0.03)].concat();
    let table = |input: &str| {
        let ran = w.run("rb-pareto", &["--table"], input).ok();
        ran.text().replace("\n  ", " ")
    };
    let text = table(&apart);
    assert!(
        text.contains("Holm's correction is partial: the routers were scored in 3 runs"),
        "{text}"
    );
    assert!(text.contains("a stays better (p 0.030)"), "{text}");
    assert!(text.contains("b would be undecided (p 0.060)"), "{text}");
    let twice = [one("a", 0.01), one("a", 0.01)].concat();
    assert!(!table(&twice).contains("Holm"));
    assert!(table(&twice).contains("Scored: split test, 500 queries."));
}
