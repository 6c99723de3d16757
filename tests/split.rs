//! rb-split: which queries are for training and which for testing.

use crate::workdir::{demo, open, shared, shuffled, sorted, Workdir};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// (id, dataset, prompt, split) of each record.
fn parts(stdout: &[u8]) -> Vec<(String, String, String, String)> {
    String::from_utf8_lossy(stdout)
        .lines()
        .map(|line| {
            let v: Value = serde_json::from_str(line).expect("a record");
            let text = |field: &str| v[field].as_str().unwrap_or_default().to_string();
            (text("id"), text("dataset"), text("prompt"), text("split"))
        })
        .collect()
}

fn counts(stdout: &[u8]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (.., split) in parts(stdout) {
        *counts.entry(split).or_default() += 1;
    }
    counts
}

fn split(arguments: &str, stdin: impl AsRef<[u8]>) -> Vec<u8> {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    Workdir::new()
        .run("rb-split", &arguments, stdin)
        .ok()
        .stdout
}

/// Figures by CPython and NumPy: scripts/reference-splits.py.
#[test]
fn reference_splits_equal_those_of_python_and_numpy() {
    let figures = open(&crate::workdir::root().join("tests/data/reference-splits.json"));
    let figures: Value = serde_json::from_slice(&figures).expect("the fixture");
    let mut compared = BTreeMap::new();
    for case in figures["cases"].as_array().expect("cases") {
        let text = |field: &str| case[field].as_str().expect("text");
        let (like, name, train) = (text("like"), text("rows"), text("train"));
        // [dataset, prompt, index, id] each.
        let rows = figures["rows"][name].as_array().expect("rows");
        let ids: BTreeSet<&str> = rows.iter().filter_map(|r| r[3].as_str()).collect();
        let published = like == "llmrouterbench" || case["evals"] != serde_json::json!([]);
        // A stream has no id twice; and the tool asks for the published evaluations.
        if ids.len() < rows.len() || !published {
            continue;
        }
        let stream: String = rows
            .iter()
            .map(|r| {
                let (dataset, prompt, index, id) = (&r[0], &r[1], &r[2], &r[3]);
                format!(
                    "{{\"id\":{id},\"dataset\":{dataset},\"prompt\":{prompt},\"index\":{index}}}\n"
                )
            })
            .collect();
        let (seed, ratio) = (&case["seed"], &case["ratio"]);
        let out = split(
            &format!("--like {like} --seed {seed} --train {ratio}"),
            stream,
        );
        // One character a row: 1 is train.
        let got: String = parts(&out)
            .iter()
            .map(|(.., split)| if split == "train" { '1' } else { '0' })
            .collect();
        assert_eq!(
            got, train,
            "{like}, rows {name}, seed {seed}, ratio {ratio}"
        );
        *compared.entry(like).or_insert(0) += 1;
    }
    assert!(compared["llmrouterbench"] >= 10, "{compared:?}");
    assert!(compared["routerbench"] >= 5, "{compared:?}");
}

#[test]
#[cfg_attr(not(has_shared_data), ignore = "needs ../shared/data")]
fn the_reference_split_of_cascades_has_the_published_sizes() {
    let path = shared("cascades.ndjson.zst");
    let path = path.to_str().expect("a path");
    for (seed, train, test) in [
        ("", 3870, 1663),
        ("--seed 42", 3870, 1663),
        ("--seed 999", 3872, 1661),
    ] {
        let out = split(&format!("--like llmrouterbench {seed} {path}"), "");
        let counts = counts(&out);
        assert_eq!((counts["train"], counts["test"]), (train, test), "{seed}");
    }
}

#[test]
fn nothing_depends_on_the_order_of_the_lines_nor_on_what_else_is_there() {
    let demo = demo();
    for arguments in [
        "",
        "--exact --val .1",
        "--leave-out demo-code --val .2",
        "--train-limit 500 --val .1",
    ] {
        let straight = split(arguments, &demo);
        let turned = split(arguments, shuffled(&demo, 3));
        assert!(sorted(&straight) == sorted(&turned), "{arguments:?}");
        let reseeded = split(&format!("--seed 1 {arguments}"), &demo);
        assert!(straight != reseeded, "{arguments:?}");
    }
    let all = split("", &demo);
    let half: Vec<u8> = demo
        .split_inclusive(|b| *b == b'\n')
        .step_by(2)
        .flatten()
        .copied()
        .collect();
    let all = sorted(&all);
    assert!(sorted(&split("", half))
        .iter()
        .all(|l| all.binary_search(l).is_ok()));
}

#[test]
fn equal_prompts_never_straddle() {
    for arguments in [
        "--val .2",
        "--exact",
        "--leave-out demo-logic --val .3",
        "--like llmrouterbench",
    ] {
        let mut by_prompt: HashMap<String, Vec<String>> = HashMap::new();
        for (_, _, prompt, split) in parts(&split(arguments, demo())) {
            by_prompt.entry(prompt).or_default().push(split);
        }
        let twice: Vec<_> = by_prompt.values().filter(|s| s.len() > 1).collect();
        assert!(twice.len() >= 6, "{arguments:?}");
        assert!(
            twice.iter().all(|s| s.iter().all(|x| x == &s[0])),
            "{arguments:?}"
        );
    }
}

#[test]
fn exact_shares_are_exact_and_hashed_ones_near() {
    let mut shares: HashMap<(String, String), BTreeSet<String>> = HashMap::new();
    for (_, dataset, prompt, split) in parts(&split("--exact --train 0.6 --val 0.2", demo())) {
        shares.entry((dataset, split)).or_default().insert(prompt);
    }
    let of =
        |dataset: &str, split: &str| shares[&(dataset.to_string(), split.to_string())].len() as f64;
    for dataset in ["demo-arith", "demo-code", "demo-facts", "demo-translate"] {
        let n: f64 = ["train", "val", "test"]
            .iter()
            .map(|s| of(dataset, s))
            .sum();
        assert!((of(dataset, "train") - 0.6 * n).abs() <= 0.5, "{dataset}");
        assert!((of(dataset, "val") - 0.2 * n).abs() <= 1.0, "{dataset}");
    }
    let hashed = counts(&split("", demo()));
    assert!((1340..1460).contains(&hashed["train"]), "{hashed:?}");
}

#[test]
fn whole_datasets_can_be_trained_and_tested_on() {
    let out = split(
        "--train-on demo-code,demo-facts --test-on demo-logic",
        demo(),
    );
    for (id, dataset, _, split) in parts(&out) {
        let expected = match dataset.as_str() {
            "demo-code" | "demo-facts" => "train",
            "demo-logic" => "test",
            _ => "none",
        };
        assert_eq!(split, expected, "{id}");
    }
    let left = split("--leave-out demo-logic", demo());
    assert!(left == split("--test-on demo-logic", demo()));
    let run = Workdir::new().run("rb-split", &["--leave-out", "demo-logik"], demo());
    run.fails(
        2,
        &["\"demo-logik\"", "demo-arith, demo-code", "demo-logic"],
    );
}

#[test]
fn a_prompt_that_is_tested_is_not_trained_on_and_this_is_said() {
    let stream = r#"{"id":"1","dataset":"a","prompt":"same"}
{"id":"2","dataset":"a","prompt":"own"}
{"id":"3","dataset":"b","prompt":"same"}
"#;
    let run = Workdir::new()
        .run("rb-split", &["--leave-out", "b"], stream)
        .ok();
    assert!(run.stderr.contains("1 train queries"), "{}", run.stderr);
    let splits: Vec<String> = parts(&run.stdout).into_iter().map(|p| p.3).collect();
    assert_eq!(splits, ["none", "train", "test"]);
}

#[test]
fn smaller_train_limits_are_nested_and_leave_the_test_part_alone() {
    let train = |n: &str| {
        let out = split(&format!("--train-limit {n}"), demo());
        let all = parts(&out);
        let ids = |split: &str| -> Vec<String> {
            all.iter()
                .filter(|p| p.3 == split)
                .map(|p| p.0.clone())
                .collect()
        };
        (ids("train"), ids("test"))
    };
    let (small, large) = (train("100"), train("400"));
    assert_eq!((small.0.len(), large.0.len()), (100, 400));
    assert!(small.0.iter().all(|id| large.0.contains(id)));
    assert_eq!(small.1, large.1);
    let run = Workdir::new()
        .run("rb-split", &["--train-limit", "5000"], demo())
        .ok();
    assert!(
        run.stderr.contains("fewer than the limit"),
        "{}",
        run.stderr
    );
}

#[test]
fn splits_that_are_there_stay_unless_they_are_to_be_replaced() {
    let w = Workdir::new();
    let once = split("--seed 5", demo());
    w.run("rb-split", &[], &once)
        .fails(3, &["stdin:1:", "--resplit"]);
    assert!(split("--resplit --exact", &once) == split("--exact", demo()));
    let mixed = "{\"id\":\"1\"}\n{\"id\":\"2\",\"split\":\"test\"}\n";
    for arguments in [&[][..], &["--exact"]] {
        w.run("rb-split", arguments, mixed)
            .fails(3, &["stdin:2:", "those before it have none"]);
    }
    // What cannot be read as a split can still be replaced; null is no split.
    let odd = "{\"id\":\"1\",\"split\":7}\n{\"id\":\"2\",\"split\":null}\n";
    assert_eq!(counts(&split("--resplit", odd)).values().sum::<usize>(), 2);
    split("", "{\"id\":\"2\",\"split\":null}\n");
}

#[test]
fn ids_must_be_there_and_be_different() {
    let w = Workdir::new();
    let twice = "{\"id\":\"x\"}\n{\"id\":\"y\"}\n{\"id\":\"x\"}\n";
    w.run("rb-split", &[], twice)
        .fails(3, &["stdin:3:", "\"x\"", "stdin:1"]);
    w.run("rb-split", &["--exact"], twice)
        .fails(3, &["stdin:3:", "\"x\"", "stdin:1"]);
    w.run("rb-split", &[], "{\"prompt\":\"x\"}\n")
        .fails(3, &["stdin:1:", "has no id"]);
    let skipped = w.run("rb-split", &["--on-error", "skip"], twice);
    assert_eq!(parts(&skipped.stdout).len(), 2);
    skipped.fails(1, &["skipped 1", "stdin:3"]);
}

#[test]
fn only_the_split_changes_in_a_line() {
    let line = "{ \"id\":\"a\" ,\"x\":1.50,\"n\":1e999,\"s\":\"\\ud800\"  }\n";
    for arguments in ["", "--exact", "--like routerbench"] {
        let out = String::from_utf8(split(arguments, line)).unwrap();
        let split = if out.contains("train") {
            "train"
        } else {
            "test"
        };
        let expected = line.replace("\\ud800\"", &format!("\\ud800\",\"split\":\"{split}\""));
        assert_eq!(out, expected);
        let again = String::from_utf8(self::split(&format!("--resplit {arguments}"), &out));
        assert_eq!(again.unwrap(), expected);
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let w = Workdir::new();
    let some = "{\"id\":\"1\",\"dataset\":\"a\"}\n";
    let run = |arguments: &[&str], stdin: &str| w.run("rb-split", arguments, stdin);
    run(&["--train", "0.8", "--val", "0.3"], some).fails(2, &["0.8", "0.3"]);
    run(&["--train", "0"], some).fails(2, &["more than 0"]);
    run(&["--like", "routerbench", "--seed", "4294967296"], some).fails(2, &["4294967295"]);
    run(&["--like", "llmrouterbench", "--exact"], some).fails(2, &["--exact"]);
    run(&["--train-on", "a", "--test-on", "a"], some).fails(2, &["both train and test"]);
    run(&["--like", "llmrouterbench"], some).fails(3, &["stdin:1:", "no prompt"]);
    run(&[], "").fails(3, &["no record"]);
    run(&["--exact"], "").fails(3, &["no record"]);
    let half = "{\"id\":\"1\",\"index\":4}\n{\"id\":\"2\"}\n";
    run(&["--like", "routerbench"], half).fails(3, &["stdin:2:", "index"]);
    let empty = run(&["--train", "1"], some).ok();
    assert!(
        empty.stderr.contains("no query is test"),
        "{}",
        empty.stderr
    );
    let quiet = run(&["--train", "1", "--quiet"], some).ok();
    assert_eq!(quiet.stderr, "");
}

/// A log: 40 queries of 8 users, asked one an hour, newest first in the file.
fn log() -> String {
    (0..40)
        .rev()
        .map(|i| {
            format!(
                "{{\"id\":\"q{i}\",\"prompt\":\"question {}\",\"meta\":{{\"user\":\"u{}\",\"asked\":\"2026-03-{:02}T{:02}:00:00Z\",\"at\":{}}}}}\n",
                i % 30,
                i % 8,
                1 + i / 24,
                i % 24,
                1_700_000_000 + i
            )
        })
        .collect()
}

/// split → places of the ids `q0`, `q1`, …
fn places(stdout: &[u8]) -> BTreeMap<String, BTreeSet<usize>> {
    let mut places: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (id, _, _, split) in parts(stdout) {
        let place = id[1..].parse().expect("a number");
        places.entry(split).or_default().insert(place);
    }
    places
}

#[test]
fn by_time_trains_on_what_was_asked_before_and_tests_on_what_came_after() {
    let set = |range: std::ops::Range<usize>| range.collect::<BTreeSet<usize>>();
    for field in ["/meta/asked", "/meta/at"] {
        let p = places(&split(&format!("--by-time {field} --val 0.1"), log()));
        assert_eq!(p["train"], set(0..28), "{field}");
        assert_eq!(p["val"], set(28..32), "{field}");
        assert_eq!(p["test"], set(32..40), "{field}");
    }
    let w = Workdir::new();
    let ran = w.run("rb-split", &["--by-time", "/meta/at"], log()).ok();
    let told = "10 prompts stand in more than one part";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    // A time that many share is not cut: the place between two times that is nearest.
    let even = log().replace("\"at\":17", "\"at\":0,\"was\":17");
    let even = even.replacen("\"at\":0,", "\"at\":1,", 4);
    let p = places(&split("--by-time /meta/at", even));
    assert_eq!((p["train"].len(), p["test"].len()), (36, 4));
}

#[test]
fn a_group_stands_on_one_side_and_what_has_none_goes_by_its_prompt() {
    let mut sizes = BTreeSet::new();
    for seed in 0..6 {
        let out = split(
            &format!("--group /meta/user --train 0.5 --seed {seed}"),
            log(),
        );
        let p = places(&out);
        let users = |part: &str| -> BTreeSet<usize> {
            let places = p.get(part).into_iter().flatten();
            places.map(|i| i % 8).collect()
        };
        assert!(users("train").is_disjoint(&users("test")), "seed {seed}");
        assert_eq!(users("train").len() + users("test").len(), 8);
        sizes.insert(users("train").len());
    }
    assert!(sizes.len() > 1, "every seed gave {sizes:?} users");
    let exact = places(&split("--group /meta/user --train 0.5 --exact", log()));
    assert_eq!(exact["train"].len(), 20);
    let bare = log().replace("\"user\":\"u3\",", "");
    let w = Workdir::new();
    let ran = w.run("rb-split", &["--group", "/meta/user"], bare).ok();
    let told = "5 records have no /meta/user";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn by_time_and_by_group_together_leave_nothing_of_a_tested_group_in_train() {
    let p = places(&split("--by-time /meta/at --group /meta/user", log()));
    // Every user asks within the last 12 hours, so nobody is left to train on.
    assert!(!p.contains_key("train"));
    assert_eq!((p["none"].len(), p["test"].len()), (28, 12));
    let later = log().replace("\"user\":\"u7\"", "\"user\":\"late\"");
    let once: String = (later.lines())
        .filter(|l| !(l.contains("\"late\"") && l.contains("2026-03-02")))
        .map(|l| format!("{l}\n"))
        .collect();
    let p = places(&split("--by-time /meta/at --group /meta/user", once));
    assert_eq!(p["train"], BTreeSet::from([7, 15, 23]));
}

#[test]
fn times_and_groups_that_cannot_be_are_refused_with_their_place() {
    let w = Workdir::new();
    let odd = log().replacen("2026-03-02T15:00:00Z", "03/02/2026", 1);
    w.run("rb-split", &["--by-time", "/meta/asked"], odd)
        .fails(3, &["stdin:1:", "03/02/2026", "2026-03-01"]);
    let none = log().replacen("\"at\":", "\"was\":", 1);
    w.run("rb-split", &["--by-time", "/meta/at"], none)
        .fails(3, &["stdin:1:", "no /meta/at", "--on-error skip"]);
    let mixed = log().replacen("\"at\":17", "\"at\":\"2026-03-01\",\"was\":17", 1);
    w.run("rb-split", &["--by-time", "/meta/at"], mixed)
        .fails(3, &["a number and others a date"]);
    w.run("rb-split", &["--group", "meta"], log())
        .fails(3, &["stdin:1:", "expected a string or a number"]);
    w.run(
        "rb-split",
        &["--group", "id", "--like", "routerbench"],
        log(),
    )
    .fails(2, &["--like"]);
}
