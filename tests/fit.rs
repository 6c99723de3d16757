//! rb-fit: what is learnt, what is written, what is refused.

use crate::workdir::{demo, few_passes, shuffled, Workdir};
use serde_json::json;

#[test]
fn routes_go_to_all_records_but_train_and_lines_keep_their_order() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    let out = w.run("rb-fit", &["kmeans"], &bench).ok();
    let (mut before, mut routed) = (0, 0);
    for (line, record) in bench.split(|b| *b == b'\n').zip(out.json()) {
        let old: serde_json::Value = serde_json::from_slice(line).unwrap();
        assert_eq!(old["id"], record["id"]);
        let is_train = record["split"] == "train";
        assert_eq!(record["routes"].is_null(), is_train);
        before += 1;
        routed += usize::from(!is_train);
    }
    assert_eq!(before, 2000);
    assert!((500..700).contains(&routed), "{routed}");
}

#[test]
fn the_order_of_lines_and_the_threads_change_neither_routers_nor_routes_nor_scores() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    let fit = |input: Vec<u8>, threads: &str, folder: &str| {
        std::fs::create_dir(w.path(folder)).unwrap();
        let (mut stream, mut files) = (input, Vec::new());
        for router in rb_route::kinds::ROUTERS.iter().map(|e| e.name) {
            let file = format!("{folder}/{router}.json");
            let args = [
                &few_passes(router)[..],
                &["--threads", threads, "--save", &file],
            ];
            stream = w.run("rb-fit", &args.concat(), &stream).ok().stdout;
            files.push(w.read(&file));
        }
        let scores = w.run("rb-score", &["--threads", threads], &stream).ok();
        let mut lines: Vec<Vec<u8>> = stream.split(|b| *b == b'\n').map(Vec::from).collect();
        lines.sort();
        (lines, files, scores.stdout)
    };
    let plain = fit(bench.clone(), "1", "a");
    let other = fit(shuffled(&bench, 1), "2", "b");
    assert!(plain.1 == other.1, "the router files differ");
    assert!(plain.0 == other.0, "the records differ");
    assert!(plain.2 == other.2, "the scores differ");
}

/// One record with an outcome of model m and the fields given.
fn record(id: &str, split: &str, outcomes: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"split\":\"{split}\",\"prompt\":\"p {id}\",\"outcomes\":{outcomes}}}\n"
    )
}

#[test]
fn faults_of_the_stream_are_told_with_their_place_and_remedy() {
    let w = Workdir::new();
    let fine = record("a", "train", r#"{"m":{"score":1,"cost":0.1}}"#);
    let test = record("t", "test", r#"{"m":{"score":1}}"#);
    let refuse = |input: String, words: &[&str]| {
        let ran = w.run("rb-fit", &["fixed"], input).fails(3, words);
        assert!(ran.stdout.is_empty());
    };
    let score = record("b", "train", r#"{"m":{"score":1.7}}"#);
    refuse(
        format!("{fine}{score}"),
        &["stdin:2:", "score is 1.7, expected 0..1", "\"m\"", "\"b\""],
    );
    let nan = record("b", "train", r#"{"m":{"score":NaN}}"#);
    refuse(format!("{fine}{nan}"), &["stdin:2:", "NaN"]);
    let cost = record("b", "train", r#"{"m":{"cost":-1}}"#);
    refuse(format!("{fine}{cost}"), &["cost is -1", "not negative"]);
    refuse(
        format!("{fine}{test}{fine}"),
        &["stdin:3:", "stdin:1", "\"a\""],
    );
    let bare = "{\"id\":\"z\",\"prompt\":\"x\"}\n";
    refuse(format!("{fine}{bare}"), &["stdin:2:", "rb-split --resplit"]);
    refuse(test.clone(), &["no query is in the train split"]);
    refuse(
        format!("{}{test}", record("a", "train", "{}")),
        &["no train query has an outcome"],
    );
    refuse("{\"prompt\":\"x\"}\n".into(), &["stdin:1:1:", "no id"]);
    w.run("rb-fit", &["kmeans"], format!("{fine}{test}"))
        .fails(3, &["stdin:1:1:", "run rb-embed"]);
}

#[test]
fn vectors_of_two_lengths_or_two_embedders_are_refused() {
    let w = Workdir::new();
    let record = |id: &str, embedding: &str| {
        format!("{{\"id\":\"{id}\",\"outcomes\":{{\"m\":{{\"score\":1}}}},\"embedding\":{embedding}}}\n")
    };
    let a = record("a", r#"{"model":"e","vector":[1,0]}"#);
    let refuse = |second: &str, words: &[&str]| {
        w.run("rb-fit", &["kmeans"], format!("{a}{}", record("b", second)))
            .fails(3, words);
    };
    refuse(
        r#"{"model":"e","vector":[1]}"#,
        &["stdin:2:", "1 numbers, expected 2", "stdin:1"],
    );
    refuse(r#"{"model":"f","vector":[1,0]}"#, &["\"f\"", "\"e\""]);
    refuse(
        r#"{"model":"e","vector":[1,null]}"#,
        &["stdin:2:", "rb-embed"],
    );
    refuse(r#"{"model":"e","vector":[1,1e999]}"#, &["stdin:2:"]);
    refuse(
        r#"{"model":"e","vector":[1,1e39]}"#,
        &["stdin:2:", "out of range"],
    );
    refuse(
        r#"{"model":"e","vector":[1,-2e15]}"#,
        &["stdin:2:", "vector[1] is -2000000", "within ±1e15", "scale"],
    );
    refuse(r#"{"model":"e","vector":"!"}"#, &["base64"]);
    refuse(r#"["e",[1,0]]"#, &["stdin:2:", "embedding"]);
}

#[test]
fn test_outcomes_change_neither_router_nor_routes() {
    let w = Workdir::new();
    let split = w.pipe(demo(), &["rb-embed", "rb-fit fixed --name x"]);
    let mut blind = Vec::new();
    for line in split.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        let mut r: serde_json::Value = serde_json::from_slice(line).unwrap();
        if r["split"] == "test" {
            r["outcomes"] = serde_json::Value::Null;
        }
        blind.extend(serde_json::to_vec(&r).unwrap());
        blind.push(b'\n');
    }
    let fit = |router: &str, input: &[u8]| -> (Vec<String>, Vec<u8>) {
        let ran = w.run("rb-fit", &[router, "--save", "k.json"], input).ok();
        let records = ran.json();
        let routes = records.iter().map(|r| r["routes"].to_string());
        (routes.collect(), w.read("k.json"))
    };
    assert!(fit("kmeans", &split) == fit("kmeans", &blind));
    // What calls models in turn reads signals, which stay; only an oracle sees more.
    let turned: String = split
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .map(|line| {
            let mut r: serde_json::Value = serde_json::from_slice(line).unwrap();
            if r["split"] == "test" {
                for outcome in r["outcomes"].as_object_mut().unwrap().values_mut() {
                    outcome["score"] = (1.0 - outcome["score"].as_f64().unwrap_or(0.0)).into();
                    outcome["cost"] = (0.5).into();
                }
            }
            format!("{r}\n")
        })
        .collect();
    for router in ["uncertainty", "cascade", "routerbench-cascade"] {
        let (before, after) = (fit(router, &split), fit(router, turned.as_bytes()));
        assert!(before.1 == after.1, "{router}: the router files differ");
        let oracle = rb_route::kinds::entry(router).unwrap().oracle;
        assert_eq!(before.0 == after.0, !oracle, "{router}");
    }
    w.run("rb-fit", &["routerbench-cascade"], &blind)
        .fails(3, &["outcomes.MODEL.score", "oracle"]);
}

#[test]
fn the_pool_may_be_narrowed_and_a_name_is_never_overwritten_unasked() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-embed"]);
    let out = w.pipe(&bench, &["rb-fit kmeans --models sim-small,sim-large"]);
    let text = String::from_utf8(out.clone()).unwrap();
    assert!(text.contains("\"model\":\"sim-large\"") && !text.contains("\"model\":\"sim-code\""));
    w.run("rb-fit", &["kmeans", "--exclude", "nobody"], &bench)
        .fails(2, &["nobody", "sim-small"]);
    w.run("rb-fit", &["kmeans"], &out)
        .fails(3, &["routes.kmeans", "--replace"]);
    w.run("rb-fit", &["kmeans", "--replace"], &out).ok();
}

#[test]
fn routers_that_read_no_embedding_are_the_same_whatever_the_order_and_threads() {
    let w = Workdir::new();
    let bench = w.pipe(demo(), &["rb-split"]);
    for router in [
        "random",
        "length",
        "keyword",
        "logistic",
        "logistic --weak sim-small",
    ] {
        let fit = |input: &[u8], threads: &str, file: &str| {
            let mut args: Vec<&str> = router.split(' ').collect();
            args.extend(["--name", "r", "--threads", threads, "--save", file]);
            let out = w.run("rb-fit", &args, input).ok().stdout;
            let mut lines: Vec<Vec<u8>> = out.split(|b| *b == b'\n').map(Vec::from).collect();
            lines.sort();
            (lines, w.read(file))
        };
        let plain = fit(&bench, "1", "a.json");
        assert!(
            plain == fit(&shuffled(&bench, 1), "2", "b.json"),
            "{router}"
        );
        let records: Vec<u8> = bench
            .split_inclusive(|b| *b == b'\n')
            .filter(|l| !l.windows(15).any(|s| s == b"\"split\":\"train\""))
            .flatten()
            .copied()
            .collect();
        let applied = w.run("rb-route", &["a.json"], &records).ok().stdout;
        let applied: Vec<&[u8]> = applied.split(|b| *b == b'\n').collect();
        let same = applied
            .iter()
            .all(|l| plain.0.binary_search(&l.to_vec()).is_ok());
        assert!(applied.len() > 500 && same, "{router}");
    }
}

#[test]
fn a_list_of_keywords_is_read_from_its_file_and_kept_in_the_router() {
    let w = Workdir::new();
    let list = "[[domain]]\nname = \"sky\"\nkeywords = [\"blue sky\"]\n";
    let path = w.write("list.toml", list);
    let line = |id: &str, split: &str, prompt: &str, right: &str| {
        let score = |m: &str| if m == right { 1 } else { 0 };
        format!(
            "{{\"id\":\"{id}\",\"split\":\"{split}\",\"prompt\":\"{prompt}\",\"outcomes\":{{\"a\":{{\"score\":{}}},\"b\":{{\"score\":{}}}}}}}\n",
            score("a"),
            score("b")
        )
    };
    let mut bench = String::new();
    for i in 0..20 {
        bench += &line(&format!("s{i}"), "train", &format!("{i} Blue Sky"), "a");
        bench += &line(&format!("o{i}"), "train", &format!("{i} blue, sky"), "b");
    }
    let asked = line("x", "test", "why the blue sky?", "a") + &line("y", "test", "sky blue", "b");
    let args = ["keyword", "--keywords", "list.toml", "--save", "r.json"];
    let fitted = w.run("rb-fit", &args, format!("{bench}{asked}")).ok();
    let model = |ran: &crate::workdir::Ran, i: usize| {
        ran.json()[i]["routes"]["keyword"][0]["model"].clone()
    };
    assert_eq!(
        (model(&fitted, 40), model(&fitted, 41)),
        ("a".into(), "b".into())
    );
    std::fs::remove_file(path).expect("removing a test file");
    let applied = w.run("rb-route", &["r.json"], asked).ok();
    assert_eq!(
        (model(&applied, 0), model(&applied, 1)),
        ("a".into(), "b".into())
    );
    let refuse = |code: i32, words: &[&str]| {
        let ran = w.run("rb-fit", &args[..3], &bench).fails(code, words);
        assert!(ran.stdout.is_empty());
    };
    refuse(4, &["--keywords list.toml"]);
    w.write("list.toml", " \n");
    refuse(2, &["list.toml", "empty"]);
    w.write("list.toml", "[[domain]]\nname = 3\n");
    refuse(2, &["--keywords", "[[domain]]"]);
}

/// The cheap model is right on even queries and sure of it, the dear one is
/// always right; nothing in the prompt tells.
#[test]
fn a_cascade_pays_for_the_dear_model_only_where_the_cheap_one_is_unsure() {
    let w = Workdir::new();
    let line = |i: usize| {
        let split = if i < 200 { "train" } else { "test" };
        let right = i.is_multiple_of(2);
        let sure = if right { 0.9 } else { 0.3 } + 0.0001 * (i % 100) as f64;
        record(
            &format!("q{i}"),
            split,
            &format!(
                "{{\"cheap\":{{\"score\":{},\"cost\":1,\"confidence\":{sure},\"completion_tokens\":9}},\"dear\":{{\"score\":1,\"cost\":10,\"confidence\":0.5,\"completion_tokens\":9}}}}",
                u8::from(right)
            ),
        )
    };
    let bench = w.pipe((0..300).map(line).collect::<String>(), &["rb-embed"]);
    // A scorer that has seen 200 answers is not as sharp as the confidence here.
    for (accept, slack) in [("both", 4), ("confidence", 0)] {
        let args = ["cascade", "--accept", accept, "--save", "c.json"];
        let fitted = w.run("rb-fit", &args, &bench).ok();
        let mut otherwise = 0;
        for (i, record) in fitted.json().iter().enumerate().skip(200) {
            let steps = record["routes"]["cascade"].as_array().unwrap();
            assert_eq!(steps[0]["model"], "cheap");
            assert!(steps[0]["called"].is_null());
            let last = steps.last().unwrap()["called"].to_string();
            let wanted = ["null", r#"["cheap","dear"]"#][i % 2];
            otherwise += usize::from(last != wanted);
        }
        assert!(otherwise <= slack, "{accept}: {otherwise} of 100");
        let scored = w.run("rb-score", &["--quiet"], &fitted.stdout).ok().json();
        let summary = scored.iter().find(|l| l["type"] == "summary").unwrap();
        let of = |name: &str| summary[name].as_f64().unwrap();
        assert!(of("quality") > 0.96, "{accept}: {}", of("quality"));
        assert!((5.6..6.4).contains(&of("cost")), "{accept}: {}", of("cost"));
    }
    w.run("rb-fit", &["cascade", "--calls", "4"], &bench)
        .fails(2, &["--calls is 4", "1, 2 or 3"]);
}

/// 900 queries of three kinds; each model is good at one. Of the third, which is
/// new, the first 60 train queries alone are known, and all test queries.
fn with_a_new_model(known_to_all: bool) -> String {
    let words = [
        "loop", "sort", "proof", "poem", "city", "law", "cell", "actor",
    ];
    let mut state = 5u64;
    let mut random = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as f64 / (1u64 << 24) as f64
    };
    let mut text = String::new();
    for i in 0..900 {
        let kind = i % 3;
        let dataset = ["math", "code", "law"][kind];
        let mut prompt = dataset.to_string();
        for _ in 0..8 {
            prompt.push_str(&format!(" {}", words[(random() * 8.0) as usize]));
        }
        let mut outcomes = serde_json::Map::new();
        for (m, model) in ["a", "b", "new"].into_iter().enumerate() {
            let good = if m == kind { 0.95 } else { 0.4 };
            let score = u8::from(random() < good);
            if m < 2 || !(60..600).contains(&i) {
                outcomes.insert(model.into(), json!({"score": score, "cost": 0.001}));
            }
        }
        let split = match i {
            0..60 => "train",
            60..600 if known_to_all => "train",
            60..600 => "none",
            _ => "test",
        };
        let record = json!({"id": format!("q{i}"), "dataset": dataset, "prompt": format!("{prompt} {i}"), "split": split, "outcomes": outcomes});
        text.push_str(&format!("{record}\n"));
    }
    text
}

#[test]
fn a_new_model_of_few_labels_is_not_drowned_by_those_of_many() {
    let w = Workdir::new();
    let quality = |known_to_all: bool| {
        let bench = w.pipe(with_a_new_model(known_to_all), &["rb-embed"]);
        let fitted = w.run("rb-fit", &["domain"], &bench).ok();
        let says = "new: 60 of 600 train outcomes known, the rest filled";
        assert_eq!(
            fitted.stderr.contains(says),
            known_to_all,
            "{}",
            fitted.stderr
        );
        let scored = w.run("rb-score", &["--quiet", "--resamples", "0"], &fitted.stdout);
        let scored = scored.ok().json();
        let summary = scored.iter().find(|s| s["type"] == "summary").expect("one");
        let share = summary["mix"]["new"].as_f64().unwrap_or(0.0);
        (summary["quality"].as_f64().expect("known"), share)
    };
    let (few, many) = (quality(false), quality(true));
    assert!(many.0 >= few.0, "{many:?} {few:?}");
    // A third of the queries is of the kind that it is good at.
    assert!(many.1 > 0.25, "{many:?}");
}
