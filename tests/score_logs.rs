//! rb-score on logs and on gaps: what is estimated where one model answered each
//! query, and what is refused, told or picked where outcomes are missing.

use crate::scored::{number, of, one};
use crate::workdir::Workdir;
use serde_json::{json, Value};

/// A fixed stream of numbers in 0..1.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = (self.0)
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as f64 / (1u64 << 31) as f64
    }
}

const MODELS: [&str; 3] = ["cheap", "good", "sums"];

/// Complete queries of two kinds: `sums` is best on sums, `good` on letters. The
/// route knows the kind.
fn table(n: usize) -> Vec<Value> {
    let mut numbers = Numbers(7);
    (0..n)
        .map(|i| {
            let is_sum = numbers.next() < 0.5;
            let right = if is_sum {
                [0.4, 0.6, 0.9]
            } else {
                [0.4, 0.8, 0.3]
            };
            let mut outcomes = json!({});
            for (m, (model, p)) in MODELS.iter().zip(right).enumerate() {
                let score = u8::from(numbers.next() < p);
                let cost = [0.001, 0.01, 0.004][m];
                outcomes[model] = json!({"score": score, "cost": cost, "latency": 1 + m});
            }
            let kind = if is_sum { "sum" } else { "letter" };
            let long = " please".repeat((numbers.next() * 20.0) as usize);
            json!({
                "id": format!("q{i}"), "dataset": kind, "split": "test",
                "prompt": format!("{kind} {i}{long}"), "outcomes": outcomes,
                "routes": {
                    "kind": if is_sum { "sums" } else { "good" },
                    "all": [{"alpha": 0, "model": "cheap"}, {"alpha": 0.5, "model": "good"}],
                },
            })
        })
        .collect()
}

/// One outcome of each query is left: of a model drawn by `chance`.
fn masked(table: &[Value], seed: u64, told: bool, chance: impl Fn(&Value) -> [f64; 3]) -> Vec<u8> {
    let mut numbers = Numbers(seed);
    let mut out = Vec::new();
    for query in table {
        let (p, mut at) = (chance(query), numbers.next());
        let drawn = (0..3).find(|m| {
            at -= p[*m];
            at < 0.0
        });
        let m = drawn.unwrap_or(2);
        let mut record = query.clone();
        let kept = record["outcomes"][MODELS[m]].clone();
        record["outcomes"] = json!({MODELS[m]: kept});
        if told {
            record["logged"] = json!({"model": MODELS[m], "propensity": p[m]});
        }
        out.extend(serde_json::to_vec(&record).expect("JSON"));
        out.push(b'\n');
    }
    out
}

fn lines(records: &[Value]) -> Vec<u8> {
    let lines = records.iter().map(|r| r.to_string() + "\n");
    lines.collect::<String>().into_bytes()
}

fn even(_: &Value) -> [f64; 3] {
    [1.0 / 3.0; 3]
}

/// The longer the prompt, the dearer the model.
fn biased(query: &Value) -> [f64; 3] {
    let length = query["prompt"].as_str().expect("a prompt").len() as f64 / 170.0;
    let dear = 0.15 + 0.6 * length.min(1.0);
    [0.6 * (1.0 - dear), dear, 0.4 * (1.0 - dear)]
}

fn holds(interval: &Value, truth: f64) -> bool {
    number(&interval[0]) <= truth && truth <= number(&interval[1])
}

#[test]
fn a_log_tells_what_a_router_would_have_earned() {
    let w = Workdir::new();
    let table = table(1500);
    let replay = ["--resamples", "0", "--best-single", "good"];
    let truth = w.run("rb-score", &replay, lines(&table)).ok().json();
    for (told, policy) in [
        (true, even as fn(&Value) -> [f64; 3]),
        (true, biased),
        (false, biased),
    ] {
        let log = masked(&table, 5, told, policy);
        let args = ["--off-policy", "--best-single", "good"];
        let ran = w.run("rb-score", &args, &log).ok();
        assert_eq!(ran.stderr.contains("are not in the log: estimated"), !told);
        let scores = ran.json();
        let run = one(&scores, json!({"type": "run"}));
        assert_eq!(run["given"], if told { 1500 } else { 0 });
        for router in ["kind", "all"] {
            let member = json!({"type": "summary", "router": router});
            let (own, right) = (one(&scores, member.clone()), one(&truth, member));
            for figure in ["quality", "cost", "latency", "diff"] {
                let interval = &own[format!("{figure}_ci")];
                let right = number(&right[figure]);
                assert!(
                    holds(interval, right),
                    "{router}: {figure} {right} not in {interval}"
                );
            }
            assert!(number(&own["ess"]) > 100.0 && own["estimate"] == "off-policy");
        }
        let kind = one(&scores, json!({"type": "summary", "router": "kind"}));
        assert_eq!(kind["verdict"], "yes", "{kind}");
        // Cheap answers alone do not look good for being given easy queries.
        let cheap = one(&scores, json!({"name": "model", "model": "cheap"}));
        assert!((number(&cheap["quality"]) - 0.4).abs() < 0.08, "{cheap}");
        assert_eq!(
            of(&scores, json!({"type": "point", "router": "all"})).len(),
            11
        );
        let table = w.run("rb-pareto", &["--table"], lines(&scores)).ok();
        assert!(table.text().contains("kind"));
    }
}

#[test]
fn the_order_of_a_log_and_the_threads_change_no_byte() {
    let w = Workdir::new();
    let log = masked(&table(300), 3, false, biased);
    let args = ["--off-policy", "--best-single", "good", "--threads"];
    let one = w.run("rb-score", &[&args[..], &["1"]].concat(), &log).ok();
    let other = crate::workdir::shuffled(&log, 4);
    let two = w.run("rb-score", &[&args[..], &["2"]].concat(), other).ok();
    assert!(one.text() == two.text());
}

#[test]
fn a_figure_that_the_log_cannot_tell_is_refused_with_what_would_decide_it() {
    let w = Workdir::new();
    let mut table = table(600);
    for query in &mut table {
        query["routes"]["never"] = json!("unheard");
        query["routes"]["both"] =
            json!([{"alpha": 0, "called": ["cheap", "good"], "model": "good"}]);
    }
    // Hardly anything is answered by `sums`, to which `kind` sends half.
    let log = masked(&table, 9, true, |_| [0.5, 0.49, 0.01]);
    let args = ["--off-policy", "--best-single", "cheap"];
    let ran = w.run("rb-score", &args, &log).ok();
    let scores = ran.json();
    for (router, words) in [
        ("never", &["unheard was never logged", "600 to unheard"][..]),
        ("both", &["calls several models"]),
    ] {
        let summary = one(&scores, json!({"type": "summary", "router": router}));
        assert_eq!(
            (&summary["quality"], &summary["diff"]),
            (&json!(null), &json!(null))
        );
        let why = summary["refused"].as_str().expect("a reason");
        for word in &words[..1] {
            assert!(why.contains(word), "{why}");
            assert!(ran.stderr.contains(word), "{}", ran.stderr);
        }
    }
    let sums = one(&scores, json!({"name": "model", "model": "sums"}));
    let why = sums["refused"].as_str().expect("a reason");
    assert!(
        sums["quality"].is_null() && why.contains("of equal weight") && why.contains("to sums")
    );
    let all = one(&scores, json!({"type": "summary", "router": "all"}));
    assert!(all["refused"].is_null() && number(&all["quality"]) > 0.5);
}

#[test]
fn what_is_no_log_is_refused_with_its_place() {
    let w = Workdir::new();
    let table = table(4);
    w.run("rb-score", &["--off-policy"], lines(&table))
        .fails(3, &["who answered", "leave --off-policy out"]);
    for (logged, words) in [
        (
            json!(7),
            &["stdin:2:", "logged is 7", "\"propensity\":p"][..],
        ),
        (json!({"propensity": 0.5}), &["stdin:2:", "names no model"]),
        (
            json!({"model": "good", "propensity": 1.5}),
            &["stdin:2:", "1.5", "at most 1"],
        ),
        (json!({"model": "good", "propensity": 0}), &["above 0"]),
    ] {
        let mut table = table.clone();
        table[1]["logged"] = logged;
        w.run("rb-score", &["--off-policy"], lines(&table))
            .fails(3, words);
    }
    let mut timed = table.clone();
    timed.iter_mut().for_each(|q| q["logged"] = json!("good"));
    timed[2]["at"] = json!("noon");
    w.run("rb-score", &["--off-policy", "--time", "at"], lines(&timed))
        .fails(3, &["stdin:3:", "noon", "expected a number"]);
    w.run("rb-score", &["--time", "at"], lines(&timed))
        .fails(2, &["--off-policy"]);
}

#[test]
fn a_replay_of_a_log_is_refused_with_the_ways_out() {
    let w = Workdir::new();
    let log = masked(&table(300), 11, false, even);
    w.run("rb-score", &[], &log).fails(
        3,
        &[
            "% of the outcomes are known",
            "--off-policy",
            "run all models on about",
            "--missing penalty",
        ],
    );
    w.run("rb-score", &["--missing", "penalty"], &log).ok();
    // One scarce model among complete ones: its figure would be a penalty.
    let mut scarce = table(300);
    for query in scarce.iter_mut().skip(100) {
        query["outcomes"]["sums"] = json!(null);
    }
    w.run("rb-score", &[], lines(&scarce))
        .fails(3, &["sums 33 %", "50 % of every model's"]);
    let dropped = w
        .run("rb-score", &["--missing", "drop"], lines(&scarce))
        .ok();
    assert_eq!(dropped.json()[0]["n"], 100);
}

#[test]
fn a_few_missing_scores_do_not_switch_off_best_single() {
    let w = Workdir::new();
    let mut numbers = Numbers(2);
    let mut gaps = table(600);
    for (i, query) in gaps.iter_mut().enumerate() {
        query["split"] = json!(if i % 2 == 0 { "train" } else { "test" });
        for model in MODELS {
            if numbers.next() < 0.08 {
                query["outcomes"][model]["score"] = json!(null);
            }
        }
    }
    for (args, words) in [
        (&[][..], "in common"),
        (&["--missing", "drop"], ""),
        (&["--best-single", "good"], "as --best-single says"),
    ] {
        let ran = w.run("rb-score", args, lines(&gaps)).ok();
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
        let scores = ran.json();
        let best = one(&scores, json!({"type": "baseline", "name": "best-single"}));
        assert_eq!(best["model"], "good");
        let kind = one(&scores, json!({"type": "summary", "router": "kind"}));
        assert!(number(&kind["diff"]) > 0.0 && kind["verdict"].is_string());
    }
    w.run("rb-score", &["--best-single", "best"], lines(&gaps))
        .fails(2, &["--best-single", "\"best\"", "cheap, good, sums"]);
}

#[test]
fn the_note_on_missing_costs_says_what_is_computed() {
    let w = Workdir::new();
    let mut costs = table(200);
    for query in costs.iter_mut().take(50) {
        query["outcomes"]["good"] = json!({"score": 1});
    }
    let ran = w.run("rb-score", &[], lines(&costs)).ok();
    let says = "costs are unknown (good on 50 of 200 queries)";
    assert!(ran.stderr.contains(says) && !ran.stderr.contains("counts as score 0"));
    assert!(ran.stderr.contains("the scores count as they are"));
}
