//! rb-pareto --html: one file, with the figures of the records and every name as text.

use crate::workdir::{demo, Workdir};
use serde_json::Value;

/// The data inside the page.
fn data(page: &str) -> Value {
    let inside = page
        .split_once("<script type=\"application/json\" id=\"data\">")
        .and_then(|(_, rest)| rest.split_once("</script>"))
        .map(|(inside, _)| inside);
    serde_json::from_str(inside.expect("data in the page")).expect("JSON")
}

#[test]
fn the_page_has_the_figures_of_the_records_and_names_as_text() {
    let w = Workdir::new();
    let name = "</script><b>&\u{2028}";
    let fit = ["kmeans", "--name", name];
    let embedded = w.pipe(demo(), &["rb-embed"]);
    let fitted = w.run("rb-fit", &fit, embedded).ok().stdout;
    let scores = w.run("rb-score", &["--by", "dataset"], fitted).ok();
    let ran = w
        .run("rb-pareto", &["--html", "p.html"], &scores.stdout)
        .ok();
    // The records come out as they do without a page.
    let plain = w.run("rb-pareto", &[], &scores.stdout).ok();
    assert_eq!(ran.stdout, plain.stdout);

    let page = String::from_utf8(w.read("p.html")).expect("UTF-8");
    assert!(!page.contains(name) && !page.contains('\u{2028}'));
    let data = data(&page);
    let groups = data["groups"].as_array().expect("groups");
    assert_eq!(groups.len(), 7);
    let router = &groups[0]["routers"][0];
    assert_eq!(router["name"], name);
    let points: Vec<&Value> = router["points"]
        .as_array()
        .expect("points")
        .iter()
        .collect();
    let records = scores.json();
    let whole = |r: &&Value| r["group"] == serde_json::json!({});
    let scored: Vec<&Value> = records
        .iter()
        .filter(|r| r["type"] == "point")
        .filter(whole)
        .collect();
    assert_eq!(points.len(), scored.len());
    for (shown, scored) in points.iter().zip(scored) {
        for (member, of) in [
            ("alpha", "alpha"),
            ("quality", "quality"),
            ("cost", "cost"),
            ("ci", "quality_ci"),
            ("mix", "mix"),
        ] {
            assert_eq!(shown[member], scored[of], "{member}");
        }
    }
    let summary = records
        .iter()
        .find(|r| r["type"] == "summary")
        .expect("one");
    for member in ["diff", "diff_ci", "aiq", "verdict"] {
        assert_eq!(router[member], summary[member], "{member}");
    }
    assert_eq!(groups[0]["models"].as_array().map(Vec::len), Some(6));
}

#[test]
fn a_page_that_cannot_be_written_is_found_before_the_work() {
    let w = Workdir::new();
    let scores = b"this is no record\n";
    let ran = w.run("rb-pareto", &["--html", "no/folder/p.html"], scores);
    assert!(
        ran.code != 0 && ran.stderr.contains("no/folder"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("stdin"), "{}", ran.stderr);
}

#[test]
fn without_costs_the_page_still_has_the_qualities() {
    let w = Workdir::new();
    let bare = String::from_utf8(demo())
        .expect("UTF-8")
        .replace("\"cost\"", "\"price\"");
    let scores = w.pipe(bare, &["rb-fit length --weak sim-small", "rb-score"]);
    let page = w.run("rb-pareto", &["--html", "-"], scores).ok();
    let data = data(page.text());
    let router = &data["groups"][0]["routers"][0];
    assert_eq!(router["points"][0]["cost"], Value::Null);
    assert!(router["points"][0]["quality"].as_f64().is_some());
}
