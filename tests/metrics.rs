//! Metrics and missing data through the binaries: models absent from a whole
//! dataset, references, no costs, and another resource than cost.

use crate::scored::{edit, number, of, one};
use crate::workdir::{demo, open, shared, Workdir};
use serde_json::{json, Value};

#[test]
fn a_model_absent_from_a_whole_dataset_is_neither_free_nor_chosen_there() {
    let w = Workdir::new();
    let absent = |r: &Value| r["dataset"] == "demo-code";
    let holed = edit(&demo(), |r| {
        if absent(r) {
            let outcomes = r["outcomes"].as_object_mut().expect("outcomes");
            outcomes.remove("sim-frontier");
        }
    });
    let routed = w.pipe(
        holed,
        &[
            "rb-embed",
            "rb-fit kmeans",
            "rb-fit domain",
            "rb-fit fixed --model sim-frontier",
        ],
    );
    let lines = w.run("rb-score", &["--by", "dataset"], &routed).ok().json();
    let code = json!({"dataset": "demo-code"});
    let n = number(&lines[0]["datasets"]["demo-code"]);
    // Half of demo's models are left untouched, so only these calls are missing there.
    let frontier = one(
        &lines,
        json!({"name": "model", "model": "sim-frontier", "group": code}),
    );
    assert_eq!(number(&frontier["missing"]), n);
    assert_eq!(frontier["quality"], 0.0);
    assert_eq!(frontier["quality_bounds"], json!([0.0, 1.0]));
    let dearest = of(&lines, json!({"name": "model", "group": code}));
    let dearest = dearest
        .iter()
        .map(|m| number(&m["cost"]))
        .fold(0.0, f64::max);
    assert!(number(&frontier["cost"]) >= dearest - 1e-15);
    let fixed = one(
        &lines,
        json!({"type": "summary", "router": "fixed", "group": code}),
    );
    for key in ["missing", "quality", "quality_bounds", "cost"] {
        assert_eq!(fixed[key], frontier[key], "{key}");
    }
    // Known on too little of train to be the best on it, and so the expert there.
    assert_ne!(
        one(&lines, json!({"name": "best-single", "group": {}}))["model"],
        "sim-frontier"
    );
    let expert = one(&lines, json!({"name": "dataset-expert", "group": {}}));
    assert_ne!(expert["models"]["demo-code"], "sim-frontier");
    assert_eq!(
        one(&lines, json!({"name": "oracle", "group": code}))["missing"],
        0
    );
    let random = one(&lines, json!({"name": "random", "group": code}));
    assert!((number(&random["missing"]) - n / 6.0).abs() < 1e-9);
    // Routers learn that the model is unknown there, not that it is free: theirs
    // is not the mix of one that takes the penalty for all of these queries.
    for router in ["kmeans", "domain"] {
        let s = one(
            &lines,
            json!({"type": "summary", "router": router, "group": code}),
        );
        let share = s["mix"]["sim-frontier"].as_f64().unwrap_or(0.0);
        assert!((number(&s["missing"]) - share * n).abs() < 1e-6);
    }
    // Left out, the dataset is gone and nothing is missing.
    let ran = w.run("rb-score", &["--missing", "drop"], &routed).ok();
    let dropped = ran.json();
    assert!(dropped[0]["datasets"]["demo-code"].is_null());
    assert!(number(&dropped[0]["dropped"]) >= n);
    for line in of(&dropped, json!({"type": "summary"})) {
        assert_eq!(line["missing"], 0);
        assert!(line["quality_bounds"].is_null());
    }
}

#[test]
#[cfg_attr(not(has_shared_data), ignore = "needs ../shared/data")]
fn on_a_real_sample_in_which_a_dataset_lacks_a_model_every_such_call_is_counted() {
    let path = shared("llmrouterbench-sample240.csv.zst");
    let w = Workdir::new();
    let records = w.run("rb-import", &["-"], open(&path)).ok().stdout;
    let stream = edit(&records, |r| r["split"] = json!("test"));
    let lacking = |dataset: &str, model: &str| {
        let all = stream.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        let all = all.map(|l| serde_json::from_slice::<Value>(l).expect("a record"));
        let missing = |r: &Value| {
            r["dataset"] == dataset
                && (r["outcomes"][model]["score"].is_null()
                    || r["outcomes"][model]["cost"].is_null())
        };
        all.filter(missing).count()
    };
    let lines = w.run("rb-score", &["--by", "dataset"], &stream).ok().json();
    let mut whole = 0;
    for line in of(&lines, json!({"name": "model"})) {
        let Some(dataset) = line["group"]["dataset"].as_str() else {
            continue;
        };
        let model = line["model"].as_str().expect("a name");
        let missing = lacking(dataset, model);
        assert_eq!(
            number(&line["missing"]) as usize,
            missing,
            "{dataset} {model}"
        );
        if line["missing"] == line["n"] {
            whole += 1;
            assert_eq!(line["quality"], 0.0);
        }
    }
    assert!(whole > 0, "no dataset lacks a model in this sample");
}

#[test]
fn references_are_scored_beside_the_pool_and_teach_no_router() {
    let w = Workdir::new();
    let with = edit(&demo(), |r| {
        // On some records only, and without a cost on some of those.
        let id =
            r["id"].as_str().expect("an id").len() + r["prompt"].as_str().expect("a prompt").len();
        if !id.is_multiple_of(3) {
            r["references"] = match id % 2 {
                0 => json!({"vendor": {"score": 1, "cost": 0.5, "latency": 2}}),
                _ => json!({"vendor": {"score": 1}}),
            };
        }
    });
    let fit = ["rb-embed", "rb-fit kmeans"];
    let (plain, with) = (w.pipe(demo(), &fit), w.pipe(with, &fit));
    let routes = |stream: &[u8]| -> Vec<Value> {
        let lines = stream.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        lines
            .map(|l| serde_json::from_slice::<Value>(l).expect("a record")["routes"].clone())
            .collect()
    };
    assert_eq!(routes(&plain), routes(&with));
    let (plain, with) = (
        w.run("rb-score", &[], plain).ok(),
        w.run("rb-score", &[], with).ok(),
    );
    let without: Vec<Value> = with.json()[1..]
        .iter()
        .filter(|l| l["name"] != "reference")
        .cloned()
        .collect();
    assert_eq!(plain.json()[1..], without[..]);
    let vendor = one(
        &with.json(),
        json!({"name": "reference", "reference": "vendor"}),
    );
    let all = number(&with.json()[0]["n"]);
    assert_eq!(number(&vendor["n"]) + number(&vendor["unrouted"]), all);
    assert_eq!(vendor["quality"], 1.0);
    // Where its cost is unknown, it is the dearest known one: never free.
    let missing = number(&vendor["missing"]);
    assert!(missing > 0.0 && missing < number(&vendor["n"]));
    assert!(number(&vendor["cost"]) > 0.0 && number(&vendor["cost"]) < 0.5);
    let table = w.run("rb-pareto", &["--table"], with.stdout).ok();
    assert!(
        table.text().contains("reference (vendor)"),
        "{}",
        table.text()
    );
}

#[test]
#[cfg_attr(not(has_shared_data), ignore = "needs ../shared/data")]
fn without_costs_on_real_data_what_needs_none_is_there_and_the_rest_is_null() {
    let path = shared("nim9.ndjson.zst");
    let w = Workdir::new();
    let stream = w.pipe(open(&path), &["rb-embed", "rb-fit kmeans"]);
    let lines = w.run("rb-score", &[], &stream).ok().json();
    let s = one(&lines, json!({"type": "summary"}));
    for key in [
        "aiq_log",
        "aiq_routerbench",
        "arena",
        "pgr",
        "apgr",
        "cpt",
        "relative",
    ] {
        assert!(s[key].is_null(), "{key}");
    }
    let rare = &s["recall"]["rare"];
    for key in ["recall", "chance", "mix", "best_single"] {
        assert!((0.0..=1.0).contains(&number(&rare[key])), "{key}");
    }
    // A router that knows something is right where few are more often than chance.
    assert!(number(&rare["recall"]) > number(&rare["chance"]));
    // Named by hand, a pair and a model are compared all the same.
    let models: Vec<&str> = lines[0]["models"]
        .as_array()
        .expect("models")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let worst = of(&lines, json!({"name": "model"}))
        .into_iter()
        .min_by(|a, b| number(&a["quality"]).total_cmp(&number(&b["quality"])))
        .expect("a model")["model"]
        .clone();
    let worst = worst.as_str().expect("a name");
    assert!(models.contains(&worst));
    let named = ["--weak", worst, "--relative-to", worst];
    let lines = w.run("rb-score", &named, &stream).ok().json();
    let s = one(&lines, json!({"type": "summary"}));
    assert!(number(&s["pgr"]) > 0.0 && number(&s["relative"]["quality"]) > 1.0);
    assert!(s["relative"]["cost"].is_null());
}

/// The demo data with the dearer models the faster.
fn fast_is_dear() -> Vec<u8> {
    edit(&demo(), |r| {
        for (_, o) in r["outcomes"].as_object_mut().expect("outcomes") {
            let cost = o["cost"].as_f64().expect("a cost");
            o["latency"] = json!(1.0 / (1.0 + 1000.0 * cost));
        }
    })
}

#[test]
fn alpha_trades_quality_against_what_the_router_was_told() {
    let w = Workdir::new();
    let stream = w.pipe(fast_is_dear(), &["rb-embed"]);
    let routed = w.pipe(
        &stream,
        &[
            "rb-fit kmeans --name cheap --save cheap.json",
            "rb-fit kmeans --name fast --against latency --save fast.json",
            "rb-fit kmeans --name short --against tokens --save short.json",
        ],
    );
    let lines = w.run("rb-score", &[], &routed).ok().json();
    let at = |router: &str, alpha: f64, key: &str| {
        number(
            &one(
                &lines,
                json!({"type": "point", "router": router, "alpha": alpha}),
            )[key],
        )
    };
    // At alpha 0 each is the thriftiest in its own resource; at 1 they agree.
    for (own, key) in [("cheap", "cost"), ("fast", "latency"), ("short", "tokens")] {
        for other in ["cheap", "fast", "short"].iter().filter(|o| **o != own) {
            assert!(at(own, 0.0, key) <= at(other, 0.0, key), "{own} {other}");
        }
    }
    assert!(at("fast", 0.0, "latency") * 2.0 < at("cheap", 0.0, "latency"));
    assert_eq!(at("fast", 1.0, "quality"), at("cheap", 1.0, "quality"));

    let file = |name: &str| -> Value { serde_json::from_slice(&w.read(name)).expect("JSON") };
    assert_eq!(file("cheap.json")["against"], "cost");
    assert_eq!(file("fast.json")["against"], "latency");
    let scale = number(&file("fast.json")["scale"]);
    assert!(scale > 0.1 && scale < 1.0, "{scale} seconds");
    // The file's routes are the fit's; its budget is in seconds.
    let fast = |args: &[&str]| {
        let args = [&["fast.json", "--replace"], args].concat();
        w.run("rb-route", &args, &routed)
    };
    let applied = fast(&[]).ok().stdout;
    let ids = |stream: &[u8]| -> Vec<Value> {
        let lines = stream.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        let records = lines.map(|l| serde_json::from_slice::<Value>(l).expect("a record"));
        records
            .filter(|r| r["split"] == "test")
            .map(|r| r["routes"]["fast"].clone())
            .collect()
    };
    assert_eq!(ids(&applied), ids(&routed));
    let explained = fast(&["--explain", "--budget", "0.5"]).ok().json();
    let explain = &explained[0]["explain"]["fast"];
    assert!(explain["cost"].is_null());
    assert!(number(&explain["latency"]["sim-frontier"]) < 1.0);
    fast(&["--budget", "0.000001"]).fails(2, &["seconds a query"]);

    // A file from before the member trades against cost; another word is refused.
    let text = String::from_utf8(w.read("fast.json")).expect("text");
    w.write("old.json", text.replace(",\"against\":\"latency\"", ""));
    w.run("rb-route", &["old.json", "--replace"], &routed).ok();
    w.write(
        "odd.json",
        text.replace("\"against\":\"latency\"", "\"against\":\"watts\""),
    );
    w.run("rb-route", &["odd.json", "--replace"], &routed)
        .fails(5, &["\"watts\"", "latency or tokens"]);
}

#[test]
fn scores_against_latency_are_drawn_against_latency() {
    let w = Workdir::new();
    let routed = w.pipe(
        fast_is_dear(),
        &["rb-embed", "rb-fit kmeans --against latency"],
    );
    let scores = w.run("rb-score", &["--against", "latency"], &routed).ok();
    let lines = scores.json();
    let s = one(&lines, json!({"type": "summary"}));
    assert_eq!(s["against"], "latency");
    assert!(s["hull"][0]["cost"].is_null() && s["hull"][0]["latency"].is_f64());
    assert!((0.0..=1.0).contains(&number(&s["aiq"])));
    // G of lambda is that of the router: the slowest model's mean, in seconds.
    assert!(number(&lines[0]["cost_scale"]) < 1.0);
    let joint = w.run("rb-pareto", &[], &scores.stdout).ok().json();
    let frontier = one(&joint, json!({"type": "frontier"}));
    assert!(frontier["points"][0]["latency"].is_f64());
    let table = w
        .run("rb-pareto", &["--table", "--svg", "p.svg"], &scores.stdout)
        .ok();
    assert!(
        table.text().contains("latency in seconds per query"),
        "{}",
        table.text()
    );
    let words: Vec<&str> = table.text().split_whitespace().collect();
    let words = words.join(" ");
    assert!(words.contains("of its latency") || words.contains("times its latency"));
    let svg = String::from_utf8(w.read("p.svg")).expect("text");
    assert!(svg.contains("latency, seconds per query (logarithmic)"));
    let plain = w.run("rb-score", &[], &routed).ok();
    let mixed = [scores.stdout, plain.stdout].concat();
    w.run("rb-pareto", &[], mixed).fails(3, &[]);

    let bare = edit(&routed, |r| {
        for (_, o) in r["outcomes"].as_object_mut().expect("outcomes") {
            o["completion_tokens"] = Value::Null;
        }
    });
    w.run(
        "rb-fit",
        &["kmeans", "--name", "t", "--against", "tokens"],
        &bare,
    )
    .fails(
        3,
        &["prompt_tokens and completion_tokens", "--against tokens"],
    );
    w.run("rb-fit", &["kmeans", "--against", "watts"], &bare)
        .fails(2, &["cost, latency or tokens"]);
}

/// By hand: a is cheap, b dear. q1: both right, a called. q2: b right, b called. q3:
/// b right, a called. q4: nobody. q5: both right, b called. q6: a right, both called.
#[test]
fn optimality_is_told_of_the_queries_that_some_model_gets_right() {
    let w = Workdir::new();
    let line = |id: usize, a: u8, b: u8, route: &str| {
        format!(
            "{{\"id\":\"q{id}\",\"prompt\":\"p{id}\",\"split\":\"test\",\"outcomes\":{{\"a\":{{\"score\":{a},\"cost\":1}},\"b\":{{\"score\":{b},\"cost\":4}}}},\"routes\":{{\"r\":{route}}}}}\n"
        )
    };
    let both = r#"[{"alpha":0,"model":"a","called":["a","b"]}]"#;
    let records = [
        line(1, 1, 1, "\"a\""),
        line(2, 0, 1, "\"b\""),
        line(3, 0, 1, "\"a\""),
        line(4, 0, 0, "\"b\""),
        line(5, 1, 1, "\"b\""),
        line(6, 1, 0, both),
    ]
    .concat();
    let optimal = |records: &str| {
        let scored = w
            .run("rb-score", &["--resamples", "0"], records)
            .ok()
            .json();
        let of = scored.iter().find(|r| r["type"] == "summary").unwrap();
        of["optimal"].clone()
    };
    // Right on 1, 2, 5, 6 of five; the cheapest alone on 1 and 2; 1 + 4 + 1 + 1 of
    // 1 + 4 + 4 + 5.
    let wanted = json!({"right_at": 0.5, "n": 5, "priced": 5, "accuracy": 0.8, "selection": 0.4, "cost": 0.5});
    assert_eq!(optimal(&records), wanted);
    let unpriced = optimal(
        &records
            .replace(",\"cost\":1", "")
            .replace(",\"cost\":4", ""),
    );
    let wanted = json!({"right_at": 0.5, "n": 5, "priced": 0, "accuracy": 0.8, "selection": null, "cost": null});
    assert_eq!(unpriced, wanted);
}

/// By hand: on q1 a and b agree, on q2 c agrees with a but b does not, on q3 nobody
/// agrees, on q4 the kept has no answer, on q5 one model is called.
#[test]
fn answers_are_told_where_several_models_are_called() {
    let w = Workdir::new();
    let line = |id: usize, of: [(&str, f64); 3], called: &str| {
        let outcome = |(name, (answer, score)): (&str, (&str, f64))| {
            let answer = match answer {
                "" => String::new(),
                text => format!(",\"answer\":{text:?}"),
            };
            format!("{name:?}:{{\"score\":{score}{answer}}}")
        };
        let outcomes: Vec<String> = ["a", "b", "c"].into_iter().zip(of).map(outcome).collect();
        format!(
            "{{\"id\":\"q{id}\",\"prompt\":\"p{id}\",\"split\":\"test\",\"outcomes\":{{{}}},\"routes\":{{\"r\":[{{\"alpha\":0,\"model\":\"a\",\"called\":[{called}]}}]}}}}\n",
            outcomes.join(",")
        )
    };
    let abc = r#""a","b","c""#;
    let records = [
        line(1, [("X", 1.0), ("X", 1.0), ("Y", 0.0)], r#""a","b""#),
        line(2, [("X", 0.5), ("Y", 0.0), ("X", 0.5)], abc),
        line(3, [("X", 0.25), ("x", 0.0), ("", 0.0)], abc),
        line(4, [("", 0.0), ("", 0.0), ("Y", 0.0)], abc),
        line(5, [("X", 1.0), ("X", 1.0), ("X", 1.0)], r#""a""#),
    ];
    let answers = |flags: &[&str], input: &str| {
        let scored = w.run("rb-score", flags, input).ok().json();
        let of = scored.iter().find(|r| r["type"] == "summary").unwrap();
        of["answers"].clone()
    };
    let wanted = json!({"n": 4, "agreed": 0.5, "unanimous": 0.25, "quality_agreed": 0.75, "quality_not_agreed": 0.125});
    let whole = ["--resamples", "0"];
    assert_eq!(answers(&whole, &records.concat()), wanted);
    // In parts, too, and in another order.
    let part = |of: &[String]| w.run("rb-score", &["--partial"], of.concat()).ok().stdout;
    let parts = [part(&records[3..]), part(&records[..3])].concat();
    let merge = ["--merge", "--resamples", "0"];
    assert_eq!(answers(&merge, &String::from_utf8(parts).unwrap()), wanted);
    let silent = records.concat().replace("\"answer\"", "\"said\"");
    assert_eq!(answers(&whole, &silent), json!(null));
    assert_eq!(answers(&whole, &records[4]), json!(null));
}
