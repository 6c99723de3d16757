//! rb-score --seeds: means over several seeds of one benchmark, with intervals
//! of prompts; and routers compared at equal cost.

use crate::workdir::{demo, root, tool, Workdir};
use serde_json::Value;

/// The demo data split by `seed` and routed.
fn routed(w: &Workdir, seed: u64, routers: &[&str]) -> Vec<u8> {
    let split = format!("rb-split --seed {seed}");
    let mut steps = vec!["rb-embed", split.as_str()];
    steps.extend(routers);
    w.pipe(demo(), &steps)
}

fn number(record: &Value, name: &str) -> f64 {
    record[name]
        .as_f64()
        .unwrap_or_else(|| panic!("{name} in {record}"))
}

fn ends(record: &Value, name: &str) -> (f64, f64) {
    let at = |i: usize| record[name][i].as_f64();
    at(0)
        .zip(at(1))
        .unwrap_or_else(|| panic!("{name} in {record}"))
}

fn pooled<'r>(records: &'r [Value], router: &str) -> &'r Value {
    let mut own = records.iter().filter(|r| r["router"] == router);
    own.next().unwrap_or_else(|| panic!("no line of {router}"))
}

fn close(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() < 1e-12, "{what}: {a} and {b}");
}

#[test]
fn an_oracle_has_means_over_the_seeds_and_no_verdict() {
    let w = Workdir::new();
    let judge = "rb-fit routerbench-cascade --name judge";
    for (file, seed) in [("a", 1), ("b", 2)] {
        w.write(file, routed(&w, seed, &["rb-fit kmeans --k 8", judge]));
        let fair = routed(&w, seed, &["rb-fit kmeans --k 8"]);
        w.write(&format!("fair-{file}"), fair);
    }
    let seeds = |files: [&str; 2]| {
        let args = ["--seeds", "--resamples", "200", files[0], files[1]];
        w.run("rb-score", &args, "").ok().json()
    };
    let (both, fair) = (seeds(["a", "b"]), seeds(["fair-a", "fair-b"]));
    let judge = pooled(&both, "judge");
    assert_eq!(judge["oracle"], true);
    assert!(number(judge, "quality") > 0.5 && number(judge, "aiq") > 0.5);
    for null in [
        "diff",
        "verdict",
        "verdict_zero",
        "diff_shuffle",
        "perfgain",
    ] {
        assert!(judge[null].is_null(), "{null} is {}", judge[null]);
    }
    assert_eq!(pooled(&both, "kmeans"), pooled(&fair, "kmeans"));
    w.run("rb-score", &["--seeds", "--versus", "judge", "a", "b"], "")
        .fails(2, &["judge", "oracle"]);
}

#[test]
fn the_same_file_as_two_seeds_is_no_surer_than_one() {
    let w = Workdir::new();
    let stream = routed(&w, 1, &["rb-fit kmeans --k 8", "rb-fit random"]);
    w.write("a", &stream);
    w.write("b", &stream);
    let plain = w.run("rb-score", &[], &stream).ok().json();
    let both = w.run("rb-score", &["--seeds", "a", "b"], "").ok().json();
    assert_eq!(both[0]["type"], "seeds");
    assert_eq!(both[0]["shared"], both[0]["prompts"]);
    for router in ["kmeans", "random"] {
        let summary = plain
            .iter()
            .find(|r| r["type"] == "summary" && r["router"] == router)
            .expect("a summary");
        let own = pooled(&both, router);
        assert_eq!(own["seeds"], 2);
        for name in [
            "quality",
            "cost",
            "diff",
            "aiq",
            "costsave_hull",
            "diff_zero",
        ] {
            close(number(own, name), number(summary, name), name);
        }
        for name in [
            "quality_ci",
            "cost_ci",
            "diff_ci",
            "aiq_ci",
            "diff_shuffle_ci",
        ] {
            let (a, b) = (ends(own, name), ends(summary, name));
            close(a.0, b.0, name);
            close(a.1, b.1, name);
        }
        assert_eq!(own["verdict"], summary["verdict"]);
        close(number(own, "quality_train_se"), 0.0, "no spread");
    }
    let best = |records: &[Value], key: &str| -> (f64, f64) {
        let line = records.iter().find(|r| r[key] == "best-single");
        ends(line.expect("a baseline"), "quality_ci")
    };
    assert_eq!(best(&both, "baseline"), best(&plain, "name"));
}

#[test]
fn seeds_are_averaged_and_their_intervals_narrow_less_than_if_they_were_apart() {
    let w = Workdir::new();
    let (mut single, mut names) = (Vec::new(), Vec::new());
    for seed in 0..4 {
        let stream = routed(&w, seed, &["rb-fit kmeans --k 8"]);
        let name = format!("seed{seed}");
        w.write(&name, &stream);
        let records = w.run("rb-score", &[&name], "").ok().json();
        let summary = records.into_iter().find(|r| r["type"] == "summary");
        single.push(summary.expect("a summary"));
        names.push(name);
    }
    let mut args = vec!["--seeds"];
    args.extend(names.iter().map(String::as_str));
    let records = w.run("rb-score", &args, "").ok().json();
    let own = pooled(&records, "kmeans");
    let mean = |name: &str| single.iter().map(|s| number(s, name)).sum::<f64>() / 4.0;
    for name in ["quality", "cost", "diff", "aiq", "gain_r", "perfgain_peak"] {
        close(number(own, name), mean(name), name);
    }
    let width = |r: &Value| ends(r, "quality_ci").1 - ends(r, "quality_ci").0;
    let one = single.iter().map(width).sum::<f64>() / 4.0;
    let ratio = width(own) / one;
    // Four apart would be at 0.5, four alike at 1; with 30 % tested each it is
    // √((1 + 3·0.3)/4) = 0.69.
    assert!((0.6..0.78).contains(&ratio), "{ratio}");
    assert!(number(own, "quality_train_se") > 0.0);
    // The mean curve, which ends where the figures at alpha 1 are.
    let curve = own["curve"].as_array().expect("a curve");
    assert_eq!(curve.len(), 21);
    close(number(&curve[20], "quality"), mean("quality"), "the end");
    let (a, b) = (ends(&curve[20], "quality_ci"), ends(own, "quality_ci"));
    close(a.0, b.0, "the band's end");
    close(a.1, b.1, "the band's end");
    let models: Vec<&Value> = records
        .iter()
        .filter(|r| r["baseline"] == "model")
        .collect();
    assert_eq!(models.len(), 6);
    let zero = records.iter().find(|r| r["baseline"] == "zero");
    let hull = zero.expect("zero")["hull"].as_array().expect("a hull");
    let cheapest = models
        .iter()
        .map(|m| number(m, "cost"))
        .fold(f64::MAX, f64::min);
    close(number(&hull[0], "cost"), cheapest, "the hull's start");
    // Parts give the same as whole streams.
    for name in &names {
        let part = w.run("rb-score", &["--partial", name], "").ok();
        w.write(&format!("{name}.part"), part.stdout);
    }
    let parts: Vec<String> = names.iter().map(|n| format!("{n}.part")).collect();
    let mut args = vec!["--seeds", "--merge"];
    args.extend(parts.iter().map(String::as_str));
    assert_eq!(w.run("rb-score", &args, "").ok().json(), records);
}

#[test]
fn a_router_that_some_seeds_lack_is_averaged_over_the_others_and_marked() {
    let w = Workdir::new();
    w.write(
        "a",
        routed(&w, 1, &["rb-fit random", "rb-fit fixed --model sim-small"]),
    );
    w.write("b", routed(&w, 2, &["rb-fit random"]));
    let args = ["--seeds", "--versus", "random", "a", "b"];
    let records = w.run("rb-score", &args, "").ok().json();
    let fixed = pooled(&records, "fixed");
    assert_eq!(
        (&fixed["seeds"], &fixed["verdict"]),
        (&1.into(), &"constant".into())
    );
    assert_eq!(pooled(&records, "random")["seeds"], 2);
    assert!(fixed.get("quality_train_se").is_none());
    assert!(fixed["diff_versus"].is_number());
    assert_eq!(fixed["equal_cost"].as_array().map(Vec::len), Some(10));
    assert!(pooled(&records, "random").get("equal_cost").is_none());
}

#[test]
fn what_is_no_set_of_seeds_is_refused_with_the_remedy() {
    let w = Workdir::new();
    let stream = routed(&w, 1, &["rb-fit random"]);
    w.write("a", &stream);
    let text = String::from_utf8(stream).expect("text");
    w.write("other", text.replace("sim-small", "sim-tiny"));
    let run = |args: &[&str]| w.run("rb-score", args, "");
    run(&["--seeds", "a"]).fails(2, &["at least two", "leave it out"]);
    run(&["--seeds", "a", "other"]).fails(3, &["file 2", "sim-tiny", "one benchmark"]);
    run(&["--seeds", "a", "a", "--versus", "nobody"]).fails(2, &["\"nobody\"", "no file"]);
    run(&["--seeds", "a", "a", "--by", "dataset"]).fails(2, &["--by"]);
}

#[test]
fn at_equal_cost_a_router_is_level_with_its_copy_and_above_a_worse_one() {
    let w = Workdir::new();
    let stream = routed(
        &w,
        1,
        &[
            "rb-fit domain",
            "rb-fit domain --name copy",
            "rb-fit random",
        ],
    );
    let records = w
        .run("rb-score", &["--versus", "domain"], &stream)
        .ok()
        .json();
    let summary = |router: &str| {
        let mut own = records.iter().filter(|r| r["type"] == "summary");
        own.find(|r| r["router"] == router).expect("a summary")
    };
    let places = |router: &str| {
        summary(router)["equal_cost"]
            .as_array()
            .expect("places")
            .clone()
    };
    assert!(summary("domain").get("equal_cost").is_none());
    for place in places("copy") {
        assert_eq!(number(&place, "diff"), 0.0);
        assert_eq!(ends(&place, "band"), (0.0, 0.0));
    }
    let random = places("random");
    assert_eq!(random.len(), 10);
    let mut before = 0.0;
    for place in &random {
        assert!(number(place, "cost") > before);
        before = number(place, "cost");
        let (low, high) = ends(place, "band");
        assert!(low <= number(place, "diff") && number(place, "diff") <= high);
    }
    let below = random.iter().filter(|p| ends(p, "band").1 < 0.0).count();
    assert!(below > 0, "random is nowhere below domain: {random:?}");
    let args = ["--versus", "domain", "--resamples", "0"];
    let bare = w.run("rb-score", &args, &stream).ok().json();
    let own = bare
        .iter()
        .find(|r| r["type"] == "summary" && r["router"] == "random");
    let bare = own.expect("a summary")["equal_cost"].as_array().cloned();
    for (bare, full) in bare.expect("places").iter().zip(&random) {
        assert!(bare.get("band").is_none());
        assert_eq!(bare["diff"], full["diff"]);
    }
}

#[test]
#[cfg_attr(not(has_python3), ignore = "needs python3")]
fn make_compare_prints_one_table_and_says_what_it_left_out() {
    let w = Workdir::new();
    let demo = String::from_utf8(demo()).expect("text");
    // Without confidences, which one of the routers cannot do without.
    w.write("demo.ndjson", demo.replace("\"confidence\"", "\"unread\""));
    let bins = tool("rb-fit");
    let run = |routers: &[&str]| {
        std::process::Command::new("python3")
            .arg(root().join("scripts/compare.py"))
            .arg(bins.parent().expect("a folder"))
            .args(["demo.ndjson", "--versus", "kmeans", "--routers"])
            .args(routers)
            .current_dir(w.path(""))
            .output()
            .expect("running python3")
    };
    let ran = run(&["routerbench-cascade", "kmeans", "fixed", "uncertainty"]);
    let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let row = |name: &str| {
        let mut lines = shown
            .lines()
            .filter(|l| l.split_whitespace().next() == Some(name));
        lines
            .next()
            .unwrap_or_else(|| panic!("no {name} in {shown}"))
            .to_string()
    };
    assert!(row("fixed").contains("constant"));
    // An oracle stands below, whatever its quality.
    assert!(row("routerbench-cascade").contains(" oracle "), "{shown}");
    let place = |name: &str| shown.find(&format!("\n{name} "));
    assert!(place("routerbench-cascade") > place("fixed").max(place("kmeans")));
    // All five seeds, and both of ten costs counted.
    assert_eq!(row("kmeans").split_whitespace().nth(1), Some("5"));
    assert!(row("fixed").split_whitespace().any(|w| w.contains('/')));
    assert!(row("left").contains("uncertainty"), "{shown}");
    let ran = run(&["nobody"]);
    assert!(String::from_utf8_lossy(&ran.stderr).contains("there is no router nobody"));
}
