//! rb-route: saved routers give what rb-fit gave; files that do not fit are refused.

use crate::workdir::{demo, few_passes, Workdir};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

#[test]
fn a_saved_router_gives_the_steps_that_rb_fit_gave() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    for router in rb_route::kinds::ROUTERS.iter().map(|e| e.name) {
        let fitted = w
            .run(
                "rb-fit",
                &[&few_passes(router)[..], &["--save", "r.json"]].concat(),
                &bench,
            )
            .ok()
            .json();
        let routed = w.run("rb-route", &["r.json"], &bench).ok().json();
        let mut compared = 0;
        for (f, r) in fitted.iter().zip(&routed) {
            assert_eq!(f["id"], r["id"]);
            if f["split"] == "test" {
                assert_eq!(f["routes"].to_string(), r["routes"].to_string(), "{router}");
                compared += 1;
            }
        }
        assert!(compared > 500);
    }
}

#[test]
fn one_step_is_picked_by_alpha_budget_or_quality() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    w.run("rb-fit", &["kmeans", "--save", "k.json"], &bench)
        .ok();
    let one = |flags: &[&str]| {
        let args = [&["k.json"], flags].concat();
        let out = w.run("rb-route", &args, &bench).ok().json();
        let steps = out[0]["routes"]["kmeans"].as_array().unwrap().clone();
        assert_eq!(steps.len(), 1);
        assert_eq!(steps[0]["alpha"], 0);
        out
    };
    let cost = |records: &[serde_json::Value]| -> f64 {
        let of = |r: &serde_json::Value| {
            let model = r["routes"]["kmeans"][0]["model"].as_str().unwrap();
            r["outcomes"][model]["cost"].as_f64()
        };
        let known: Vec<f64> = records.iter().filter_map(of).collect();
        known.iter().sum::<f64>() / known.len() as f64
    };
    let cheapest = cost(&one(&["--alpha", "0"]));
    let best = cost(&one(&["--alpha", "1"]));
    let budget = (cheapest + best) / 2.0;
    let within = cost(&one(&["--budget", &budget.to_string()]));
    assert!(
        within > cheapest && within < budget * 1.1,
        "{within} {budget}"
    );
    one(&["--quality", "0.7"]);
    w.run("rb-route", &["k.json", "--budget", "0"], &bench)
        .fails(2, &["k.json", "cheapest"]);
    w.run("rb-route", &["k.json", "--quality", "1"], &bench)
        .fails(2, &["k.json", "best"]);
    w.run("rb-route", &["k.json", "--alpha", "1.5"], &bench)
        .fails(2, &["--alpha"]);
}

#[test]
fn several_routers_serve_one_stream_and_explain_themselves() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    w.run("rb-fit", &["kmeans", "--save", "a.json"], &bench)
        .ok();
    let args = ["kmeans", "--k", "8", "--name", "k8", "--save", "b.json"];
    w.run("rb-fit", &args, &bench).ok();
    let out = w
        .run("rb-route", &["a.json", "b.json", "--explain"], &bench)
        .ok()
        .json();
    assert!(out[3]["routes"]["k8"].is_array() && out[3]["routes"]["kmeans"].is_array());
    let quality = out[3]["explain"]["k8"]["quality"].as_object().unwrap();
    assert_eq!(quality.len(), 6);
    w.run("rb-route", &["a.json", "a.json"], &bench)
        .fails(5, &["routes.kmeans", "--name"]);
}

#[test]
fn a_co_process_gets_a_line_back_for_each_line_it_writes() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    w.run("rb-fit", &["kmeans", "--save", "k.json"], &bench)
        .ok();
    let mut child = w
        .command("rb-route", &["k.json", "--alpha", "1", "--line-buffered"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    let mut from = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in bench.split(|b| *b == b'\n').take(20) {
        to.write_all(line).unwrap();
        to.write_all(b"\n").unwrap();
        let answer: serde_json::Value =
            serde_json::from_str(&from.next().unwrap().unwrap()).unwrap();
        assert!(answer["routes"]["kmeans"][0]["model"].is_string());
    }
    drop(to);
    assert!(child.wait().unwrap().success());
}

/// Asks model by model, giving each record only what was asked for.
#[test]
fn a_conversation_ends_where_the_replay_does() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    let fits: [&[&str]; 8] = [
        &["reward", "--after-calling", "3"],
        &["cascade-routing"],
        &["cascade"],
        &["uncertainty"],
        &["hybrid", "--weak", "sim-chat"],
        &["kmeans"],
        &["vote"],
        &["agreement"],
    ];
    for fit in fits {
        let router = fit[0];
        w.run("rb-fit", &[fit, &["--save", "r.json"]].concat(), &bench)
            .ok();
        // Those who listen to answers on every query, at a point where several are called.
        let listens = ["vote", "agreement", "cascade-routing"].contains(&router);
        let (alpha, step) = if listens { ("0.97", 1) } else { ("0.7", 9) };
        let at = ["r.json", "--alpha", alpha];
        let replay = w.run("rb-route", &at, &bench).ok().json();
        let mut talk: Vec<serde_json::Value> = replay.iter().step_by(step).cloned().collect();
        let replay: Vec<_> = replay.into_iter().step_by(step).collect();
        for record in &mut talk {
            record["outcomes"] = serde_json::json!({});
        }
        let (mut kept, mut calls) = (0, 0);
        for _ in 0..6 {
            let lines: Vec<String> = talk.iter().map(|r| r.to_string()).collect();
            let args = [&at[..], &["--converse", "--replace"]].concat();
            talk = w.run("rb-route", &args, lines.join("\n")).ok().json();
            for (record, wanted) in talk.iter_mut().zip(&replay) {
                let next = record["next"][router].clone();
                let model = next["model"].as_str().unwrap().to_string();
                if next["action"] == "call" {
                    assert!(
                        record["outcomes"][&model].is_null(),
                        "{router}: called twice"
                    );
                    let told = &wanted["outcomes"][&model];
                    record["outcomes"][&model] = serde_json::json!({
                        "confidence": told["confidence"],
                        "reward": told["reward"],
                        "completion_tokens": told["completion_tokens"],
                        "answer": told["answer"],
                    });
                    calls += 1;
                    continue;
                }
                assert_eq!(next["action"], "keep");
                assert_eq!(wanted["routes"][router][0]["model"], model, "{router}");
                kept += 1;
            }
            if kept == talk.len() {
                break;
            }
            kept = 0;
        }
        assert_eq!(kept, replay.len(), "{router}");
        let paid = |r: &serde_json::Value| match r["routes"][router][0]["called"].as_array() {
            Some(called) => called.len(),
            None => 1,
        };
        assert_eq!(calls, replay.iter().map(paid).sum::<usize>(), "{router}");
        assert!(router == "kmeans" || calls > replay.len(), "{router}");
    }
    w.run("rb-route", &["r.json", "--converse"], &bench)
        .fails(2, &["--converse", "--alpha"]);
}

#[test]
fn a_router_that_reads_signals_says_where_they_are_missing() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    let best_of_two = ["reward", "--after-calling", "2", "--save", "r.json"];
    w.run("rb-fit", &best_of_two, &bench).ok();
    let bare = String::from_utf8(bench.clone())
        .unwrap()
        .replace("\"reward\"", "\"praise\"");
    let missing = ["stdin:1:", "outcomes.MODEL.reward", "--converse"];
    w.run("rb-route", &["r.json"], &bare).fails(3, &missing);
    w.run("rb-fit", &["reward"], &bare)
        .fails(3, &["outcomes.MODEL.reward", "import"]);
    w.run("rb-fit", &["uncertainty", "--save", "r.json"], &bench)
        .ok();
    let bare = String::from_utf8(bench)
        .unwrap()
        .replace("\"confidence\"", "\"sureness\"");
    let missing = ["stdin:1:", "outcomes.MODEL.confidence", "--converse"];
    w.run("rb-route", &["r.json"], &bare).fails(3, &missing);
    for router in ["uncertainty", "hybrid"] {
        w.run("rb-fit", &[router], &bare).fails(3, &["confidence"]);
    }
    let bare_of_answers = bare.replace("\"answer\"", "\"reply\"");
    for router in ["vote", "agreement"] {
        let missing = ["outcomes.MODEL.answer", "--answer-from"];
        w.run("rb-fit", &[router], &bare_of_answers)
            .fails(3, &missing);
    }
    // cascade-routing reads whatever there is, and then asks for that.
    let save = ["cascade-routing", "--save", "l.json"];
    w.run("rb-fit", &save, &bare_of_answers).ok();
    w.run("rb-route", &["l.json"], &bare_of_answers).ok();
    let barest = bare_of_answers.replace("\"completion_tokens\"", "\"words\"");
    let missing = ["stdin:1:", "outcomes.MODEL.completion_tokens", "--converse"];
    w.run("rb-route", &["l.json"], &barest).fails(3, &missing);
    w.run("rb-fit", &["cascade-routing", "--save", "n.json"], &barest)
        .ok();
    w.run("rb-route", &["n.json"], &barest).ok();
    let raw = ["cascade", "--accept", "confidence"];
    w.run("rb-fit", &raw, &bare).fails(3, &["confidence"]);
    // The scorer makes do with lengths, and says so where there are none either.
    let save = ["cascade", "--save", "c.json"];
    w.run("rb-fit", &save, &bare).ok();
    w.run("rb-route", &["c.json"], &bare).ok();
    let barer = bare.replace("\"completion_tokens\"", "\"words\"");
    w.run("rb-route", &["c.json"], &barer).fails(
        3,
        &["stdin:1:", "outcomes.MODEL.completion_tokens", "--converse"],
    );
    for accept in ["both", "scorer"] {
        w.run("rb-fit", &["cascade", "--accept", accept], &barer)
            .fails(3, &["completion_tokens"]);
    }
}

#[test]
fn an_oracle_replays_scores_and_refuses_what_has_none() {
    let w = Workdir::new();
    w.run(
        "rb-fit",
        &["routerbench-cascade", "--save", "r.json"],
        demo(),
    )
    .ok();
    let bare = r#"{"id":"a","prompt":"x"}"#;
    let words = ["stdin:1:1", "outcomes.MODEL.score", "oracle"];
    w.run("rb-route", &["r.json"], bare).fails(3, &words);
    let unscored = r#"{"id":"a","prompt":"x","outcomes":{"sim-chat":{"cost":1,"confidence":0.5}}}"#;
    w.run("rb-route", &["r.json"], unscored)
        .fails(3, &["stdin:1:", "outcomes.MODEL.score"]);
    w.run("rb-route", &["r.json", "--alpha", "1", "--converse"], bare)
        .fails(2, &["r.json", "oracle", "--converse"]);
    w.run("rb-route", &["r.json", "--explain"], demo())
        .fails(2, &["--explain"]);
    let one = w
        .run("rb-route", &["r.json", "--alpha", "1"], demo())
        .ok()
        .json();
    let route = &one[0]["routes"]["routerbench-cascade"];
    assert_eq!(route["oracle"], true);
    assert_eq!(route["steps"].as_array().unwrap().len(), 1);
}

#[test]
fn a_router_of_another_embedder_or_a_damaged_file_exits_5() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    w.run("rb-fit", &["kmeans", "--save", "k.json"], &bench)
        .ok();
    let other = String::from_utf8(bench.clone())
        .unwrap()
        .replace("static-minilm-256", "another");
    w.run("rb-route", &["k.json"], &other)
        .fails(5, &["stdin:1:", "another", "static-minilm-256"]);
    let short =
        r#"{"id":"a","prompt":"x","embedding":{"model":"static-minilm-256","vector":[1,2]}}"#;
    w.run("rb-route", &["k.json"], short)
        .fails(5, &["2 numbers", "expected 256"]);
    let none = r#"{"id":"a","prompt":"x"}"#;
    w.run("rb-route", &["k.json"], none)
        .fails(3, &["run rb-embed"]);
    let whole = String::from_utf8(w.read("k.json")).unwrap();
    let damage = [
        ("rb-router/1", "rb-router/9", "rb-router/1"),
        ("\"kind\":\"kmeans\"", "\"kind\":\"magic\"", "magic"),
        ("\"dim\":256", "\"dim\":255", "expected"),
        ("\"rows\":64", "\"rows\":4611686018427387904", "damaged"),
        ("\"models\":[\"", "\"models\":[\"extra\",\"", "expected"),
    ];
    for (from, to, word) in damage {
        assert!(whole.contains(from), "{from}");
        w.write("bad.json", whole.replacen(from, to, 1));
        w.run("rb-route", &["bad.json"], &bench)
            .fails(5, &["bad.json", word]);
    }
    w.write("bad.json", &whole[..whole.len() / 2]);
    w.run("rb-route", &["bad.json"], &bench)
        .fails(5, &["bad.json"]);
    w.run("rb-route", &["missing.json"], &bench)
        .fails(4, &["missing.json"]);
}

#[test]
fn a_point_is_taken_that_is_not_below_the_best_single_model_and_info_tells_it() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    w.run("rb-fit", &["kmeans", "--save", "k.json"], &bench)
        .ok();
    let header: serde_json::Value = serde_json::from_slice(&w.read("k.json")).unwrap();
    let best = header["calibration"]["best_single"]["quality"]
        .as_f64()
        .unwrap();
    let points = header["calibration"]["points"].as_array().unwrap();
    let of = |p: &serde_json::Value, name: &str| p[name].as_f64().unwrap();
    let mut cheapest: Vec<(f64, f64)> = points
        .iter()
        .filter(|p| of(p, "quality") - best - 1.959963984540054 * of(p, "diff_se") >= -0.01)
        .map(|p| (of(p, "cost"), of(p, "alpha")))
        .collect();
    cheapest.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let alpha = cheapest[0].1.to_string();
    let flags = ["k.json", "--not-below", "best-single", "--margin", "0.01"];
    let taken = w.run("rb-route", &flags, &bench).ok().stdout;
    let same = w
        .run("rb-route", &["k.json", "--alpha", &alpha], &bench)
        .ok();
    assert!(taken == same.stdout, "alpha {alpha}");

    let told = w
        .run("rb-route", &[&flags[..], &["--info"]].concat(), "")
        .ok();
    let told = told.text();
    assert!(told.contains("best single "), "{told}");
    assert!(
        told.contains(&format!("takes alpha {alpha}: expects quality ")),
        "{told}"
    );
    assert!(
        told.contains("with 97.5 % confidence at least -0.0"),
        "{told}"
    );
    let rows = told.lines().filter(|l| l.trim_start().starts_with("0."));
    assert!(rows.count() >= 15, "{told}");

    let strict = ["k.json", "--not-below", "best-single", "--margin", "0"];
    let ran = w.run("rb-route", &strict, &bench);
    assert!(
        ran.code == 0 || ran.stderr.contains("a larger --margin"),
        "{}",
        ran.stderr
    );
    // A file that was saved before has no such comparison.
    let old = String::from_utf8(w.read("k.json")).unwrap();
    let cut = old.find(",\"best_single\"").unwrap();
    let end = cut + old[cut..].find("},").unwrap();
    w.write("old.json", format!("{}{}", &old[..cut], &old[end..]));
    w.run(
        "rb-route",
        &["old.json", "--not-below", "best-single"],
        &bench,
    )
    .fails(5, &["old.json", "fit it again"]);
}

#[test]
fn exploring_asks_others_now_and_then_and_tells_with_what_probability() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    w.run("rb-fit", &["kmeans", "--save", "k.json"], &bench)
        .ok();
    let greedy = w
        .run("rb-route", &["k.json", "--alpha", "0.5"], &bench)
        .ok()
        .json();
    let flags = [
        "k.json",
        "--alpha",
        "0.5",
        "--explore",
        "0.2",
        "--seed",
        "3",
    ];
    let ran = w.run("rb-route", &flags, &bench).ok();
    let (mut other, mut weight) = (0, 0.0);
    for (g, e) in greedy.iter().zip(ran.json()) {
        let model = |r: &serde_json::Value| r["routes"]["kmeans"][0]["model"].clone();
        assert_eq!(e["logged"]["model"], model(&e));
        // Six models: 0.2/6, and 0.8 more for the router's own.
        let expected = if model(g) == model(&e) {
            0.8 + 0.2 / 6.0
        } else {
            0.2 / 6.0
        };
        let propensity = e["logged"]["propensity"].as_f64().unwrap();
        assert!((propensity - expected).abs() < 1e-12, "{propensity}");
        other += (model(g) != model(&e)) as usize;
        weight += 1.0 / propensity;
    }
    let n = greedy.len() as f64;
    let share = other as f64 / n;
    assert!((share - 0.2 * 5.0 / 6.0).abs() < 0.03, "{share}");
    // The weights of a whole pool add up to its size.
    assert!((weight / n - 6.0).abs() < 1.0, "{weight}");
    let (again, other) = (
        w.run("rb-route", &flags, &bench).ok().stdout,
        ["--seed", "4"],
    );
    assert!(again == ran.stdout);
    let reseeded = w
        .run("rb-route", &[&flags[..5], &other].concat(), &bench)
        .ok();
    assert!(reseeded.stdout != again);
    // Line by line, and in another order, it is the same draw.
    let line = bench.split_inclusive(|b| *b == b'\n').nth(7).unwrap();
    let one = w
        .run(
            "rb-route",
            &[&flags[..], &["--line-buffered"]].concat(),
            line,
        )
        .ok();
    let eighth = again.split_inclusive(|b| *b == b'\n').nth(7).unwrap();
    assert!(one.stdout == eighth);

    let dropped = [&flags[..], &["--drop-embedding"]].concat();
    let dropped = w.run("rb-route", &dropped, &bench).ok();
    assert!(dropped
        .json()
        .iter()
        .all(|r| r["embedding"].is_null() && !r["logged"].is_null()));
    w.run("rb-route", &["k.json", "--explore", "0.2"], &bench)
        .fails(2, &["--alpha"]);
    w.run(
        "rb-route",
        &["k.json", "--alpha", "1", "--explore", "2"],
        &bench,
    )
    .fails(2, &["--explore is 2"]);
    w.run("rb-route", &flags, &again)
        .fails(3, &["stands here already"]);
}

#[test]
fn an_explanation_tells_which_answers_agreed_what_was_believed_and_why_it_stopped() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    w.run("rb-fit", &["agreement", "--save", "a.json"], &bench)
        .ok();
    let at = ["a.json", "--alpha", "0.97", "--explain"];
    let records = w.run("rb-route", &at, &bench).ok().json();
    let mut agreed = 0;
    for record in &records {
        let step = &record["routes"]["agreement"][0];
        let told = &record["explain"]["agreement"];
        let turns = told["turns"].as_array().unwrap();
        let called: Vec<&str> = turns.iter().map(|t| t["model"].as_str().unwrap()).collect();
        match step["called"].as_array() {
            Some(all) => assert_eq!(
                all.iter().map(|m| m.as_str().unwrap()).collect::<Vec<_>>(),
                called
            ),
            None => assert_eq!(called, [step["model"].as_str().unwrap()]),
        }
        for (at, turn) in turns.iter().enumerate() {
            let answer = |m: &str| record["outcomes"][m]["answer"].clone();
            let own = answer(called[at]);
            let same: Vec<&str> = called[..at]
                .iter()
                .copied()
                .filter(|m| !own.is_null() && answer(m) == own)
                .collect();
            let wanted: Vec<&str> = turn["agrees_with"]
                .as_array()
                .unwrap()
                .iter()
                .map(|m| m.as_str().unwrap())
                .collect();
            assert_eq!(same, wanted);
            assert!((0.0..=1.0).contains(&turn["believed"].as_f64().unwrap()));
        }
        if told["why"] == "enough agree" {
            agreed += 1;
            assert!(!turns.last().unwrap()["agrees_with"]
                .as_array()
                .unwrap()
                .is_empty());
        }
    }
    assert!(agreed > records.len() / 4, "{agreed}");
}
