//! scripts/experiments: findings on the demo data are what the tools say, and what is
//! there is not made again.

use crate::workdir::{root, tool, Workdir};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// The sentence of an experiment on the demo data, run in `folder`.
fn run(folder: &Path, name: &str) -> String {
    let ran = Command::new("python3")
        .arg(root().join("scripts/experiments/run.py"))
        .arg(tool("rb-fit").parent().expect("a folder"))
        .args([name, "--out", "out", "--routers", "kmeans --k 8;length"])
        .current_dir(folder)
        .output()
        .expect("python3 runs");
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{name}: {stderr}");
    String::from_utf8(ran.stdout).expect("UTF-8")
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines()
        .map(|l| serde_json::from_str(l).expect("a record"))
        .collect()
}

#[test]
#[cfg_attr(not(has_python3), ignore = "needs python3")]
fn experiments_say_what_the_tools_say() {
    let dir = Workdir::new();
    let out = dir.path("out");
    for name in [
        "single",
        "complementarity",
        "recall",
        "domains",
        "prices",
        "pool",
    ] {
        let said = run(&dir.path("."), name);
        assert!(said.starts_with(&format!("{name}: ")), "{said}");
        let head = &lines(&out.join(format!("{name}.ndjson")))[0];
        let sentence = head["sentence"].as_str().expect("a sentence");
        assert!(
            said.contains(sentence) && !sentence.contains("Not answered"),
            "{said}"
        );
        assert_eq!(head["sha256"].as_str().map(str::len), Some(64));
        let page = std::fs::read_to_string(out.join(format!("{name}.md"))).expect("a page");
        assert!(page.contains(sentence));
    }
    // The table's figures are those of the score records.
    let scores = lines(&out.join("scores.ndjson"));
    for row in &lines(&out.join("single.ndjson"))[1..] {
        let of = |r: &&Value| {
            r["type"] == "summary"
                && r["router"] == row["router"]
                && r["group"] == serde_json::json!({})
        };
        let summary = scores.iter().find(of).expect("its summary");
        let quality = 100.0 * summary["quality"].as_f64().expect("a quality");
        assert!((quality - row["quality"].as_f64().expect("a figure")).abs() < 0.051);
        assert_eq!(summary["verdict"], row["verdict"]);
    }
}

#[test]
#[cfg_attr(not(has_python3), ignore = "needs python3")]
fn what_is_there_and_unchanged_is_not_made_again() {
    let dir = Workdir::new();
    let stamp = |name: &str| {
        let file = dir.path("out").join(name);
        file.metadata().and_then(|m| m.modified()).expect("a time")
    };
    run(&dir.path("."), "single");
    let before = (stamp("routed.1.ndjson"), stamp("scores.ndjson"));
    run(&dir.path("."), "single");
    assert_eq!(before, (stamp("routed.1.ndjson"), stamp("scores.ndjson")));
    // A part that was lost is made again, as it was.
    let routed = dir.path("out/routed.1.ndjson");
    let held = std::fs::read(&routed).expect("routes");
    std::fs::remove_file(&routed).expect("it is removed");
    run(&dir.path("."), "single");
    assert_eq!(held, std::fs::read(&routed).expect("routes"));
}
