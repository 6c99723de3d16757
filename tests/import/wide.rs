//! Wide tables, in which a row has columns or structs of every model, and
//! pointers into cells that hold JSON.

use super::{fixture, import, lines, refused};
use crate::workdir::Workdir;
use serde_json::{json, Value};

fn told(name: &str, text: &str, flags: &[&str]) -> String {
    let dir = Workdir::new();
    dir.write(name, text);
    import(&dir, &[&[name], flags].concat()).ok().stderr
}

const AFTER: &str = "\
question,kind,gpt-x_score,gpt-x_latency_ms,gpt-x_cost,tiny_score,tiny_latency_ms,tiny_response,best
What is 2+2?,sums,1,812,0.02,0,90,five,gpt-x
Name a prime,sums,0.5,,0.03,,,,tiny
";

#[test]
fn columns_after_the_models_name_are_read_and_told() {
    let want = [
        json!({"score":1,"cost":0.02,"latency":0.812}),
        json!({"score":0,"latency":0.09}),
        json!({"score":0.5,"cost":0.03}),
    ];
    let got = lines("w.csv", AFTER, &["--dataset", "d"]);
    assert_eq!(got.len(), 2);
    assert_eq!(got[0]["dataset"], "d");
    assert_eq!(got[0]["prompt"], "What is 2+2?");
    assert_eq!(got[0]["outcomes"], json!({"gpt-x":want[0],"tiny":want[1]}));
    assert_eq!(
        got[1]["outcomes"],
        json!({"gpt-x":want[2]}),
        "an empty cell is no answer"
    );
    let kept = lines("w.csv", AFTER, &["--responses"]);
    assert_eq!(kept[0]["outcomes"]["tiny"]["response"], "five");
    let words = told("w.csv", AFTER, &[]);
    assert!(
        words.contains("read query=question, model gpt-x (score=gpt-x_score, cost=gpt-x_cost (USD), latency=gpt-x_latency_ms (times 1e-3)), model tiny (score=tiny_score, latency=tiny_latency_ms (times 1e-3)); not read: kind, tiny_response, best"),
        "{words}"
    );
    refused(
        "w.csv",
        AFTER.replace("0.5,,", "50,,"),
        &[],
        3,
        &["w.csv:3:19: score is 50, expected 0..1 (model \"gpt-x\")"],
    );
}

#[test]
fn names_may_stand_before_and_objects_around_what_is_told() {
    let want = json!({"a-1":{"score":1,"cost":0.5},"b":{"score":0,"cost":0.25}});
    for (name, text) in [
        (
            "w.csv",
            "id,score_a-1,cost_a-1,score_b,cost_b\nq,1,0.5,0,0.25\n",
        ),
        (
            "w.jsonl",
            r#"{"id":"q","a-1":{"score":1,"cost":0.5},"b":{"score":0,"cost":0.25}}"#,
        ),
        (
            "w.json",
            r#"[{"id":"q","of":{"a-1":{"correct":true,"cost":0.5},"b":{"correct":false,"usd":0.25}}}]"#,
        ),
        (
            "w.jsonl",
            r#"{"id":"q","a-1_score":1,"a-1_cost":0.5,"b_score":0,"b_cost":0.25}"#,
        ),
    ] {
        let got = lines(name, text, &[]);
        assert_eq!((got.len(), &got[0]["outcomes"]), (1, &want), "{text}");
    }
    refused(
        "w.jsonl",
        r#"{"id":"q","a-1":{"score":1,"cost":-0.5},"b":{"score":0}}"#,
        &[],
        3,
        &["w.jsonl:1:35: cost is -0.5"],
    );
}

#[test]
fn two_grades_of_one_answer_are_no_models_unless_that_is_said() {
    let text = "prompt,helpful_score,honest_score\nHi,1,0\n";
    refused("g.csv", text, &[], 3, &["lacks a column for the model"]);
    let got = lines("g.csv", text, &["--format", "wide"]);
    assert_eq!(
        got[0]["outcomes"],
        json!({"helpful":{"score":1},"honest":{"score":0}})
    );
    let text = "prompt,a-1_score,a-1_correct,b-2_score\nHi,1,0,1\n";
    refused(
        "g.csv",
        text,
        &[],
        3,
        &[
            "g.csv:1:18: \"a-1_score\", \"a-1_correct\" could each be the score",
            "--ignore",
        ],
    );
    let got = lines("g.csv", text, &["--ignore", "a-1_score"]);
    assert_eq!(got[0]["outcomes"]["a-1"]["score"], 0);
    refused(
        "g.csv",
        "prompt,x\nHi,1\n",
        &["--format", "wide"],
        3,
        &["no columns MODEL_score", "\"prompt\", \"x\""],
    );
    refused(
        "g.csv",
        "text,a-1_score,b-1_score\nHi,1,0\n",
        &["--format", "wide"],
        3,
        &["no column for the query", "--col-query"],
    );
    let flags = ["--format", "wide", "--col-query", "text"];
    let got = lines("g.csv", "text,a-1_score,b-1_score\nHi,1,0\n", &flags);
    assert_eq!(got[0]["prompt"], "Hi");
}

#[test]
fn structs_of_parquet_are_models_and_durations_seconds() {
    let dir = Workdir::new();
    let ran = import(&dir, &[&fixture("structs.parquet"), "--col-id", "key"]);
    ran.fails(3, &["no column for the model"]);
    let flags = ["--format", "wide", "--col-id", "key", "--responses"];
    let want = [
        json!({"id":"k1","index":0,"prompt":"Sum 5 and 7","outcomes":{
            "acme-8b":{"score":1,"latency":0.25,"prompt_tokens":10,"completion_tokens":20,"response":"12"},
            "bolt.2":{"score":0.25,"prompt_tokens":11,"completion_tokens":7,"response":"{\"a\": 1}"}}}),
        json!({"id":"k2","index":1,"prompt":"Write JSON","outcomes":{
            "acme-8b":{"score":0.25,"prompt_tokens":11,"completion_tokens":7,"response":"{\"a\": 1}"}}}),
    ];
    let ran = import(
        &dir,
        &[&[&*fixture("structs.parquet")], &flags[..]].concat(),
    )
    .ok();
    assert_eq!(ran.json(), want);
    assert!(ran.stderr.contains("not read: golden"), "{}", ran.stderr);
    let ran = import(&dir, &[&fixture("structs.parquet")]).ok();
    assert!(ran.stderr.contains("(wide)"), "{}", ran.stderr);
    let pointers = ["--model", "acme", "--col-score", "/acme-8b/score"];
    let ran = import(
        &dir,
        &[&[&*fixture("structs.parquet")], &pointers[..]].concat(),
    )
    .ok();
    assert_eq!(ran.json()[1]["outcomes"], json!({"acme":{"score":0.25}}));

    let ran = import(&dir, &[&fixture("durations.parquet")]).ok();
    assert!(
        ran.stderr
            .contains("latency=latency (times 1e-3); not read: asked"),
        "{}",
        ran.stderr
    );
    let outcomes: Vec<Value> = ran.json().iter().map(|r| r["outcomes"].clone()).collect();
    assert_eq!(
        outcomes,
        [
            json!({"small":{"score":1,"latency":1.5},"large":{"score":0,"latency":2.5}}),
            json!({"small":{"score":1}}),
        ]
    );
}

#[test]
fn pointers_lead_into_cells_that_hold_json() {
    let text = "id,model,scores,usage\nq,a,\"{\"\"helpful\"\":[1],\"\"x\"\":0}\",\"{\"\"ms\"\":812}\"\nq,b,\"{\"\"helpful\"\":[0.5]}\",\nr,a,{},\n";
    refused(
        "t.csv",
        text,
        &[],
        3,
        &["no column for the score", "--col-score /scores/NAME"],
    );
    let flags = [
        "--col-score",
        "/scores/helpful/0",
        "--col-latency",
        "/usage/ms:ms",
    ];
    let got = lines("t.csv", text, &flags);
    assert_eq!(
        got[0]["outcomes"],
        json!({"a":{"score":1,"latency":0.812},"b":{"score":0.5}})
    );
    assert_eq!(got[1]["outcomes"], json!({"a":{}}));
    let words = told("t.csv", text, &flags);
    assert!(words.contains("score=/scores/helpful/0"), "{words}");
    refused(
        "t.csv",
        text.replace("{}", "good"),
        &flags,
        3,
        &["t.csv:4:5: the cell is good, expected JSON for \"/helpful/0\""],
    );
    refused(
        "t.csv",
        text,
        &["--col-score", "/marks/helpful"],
        2,
        &["--col-score \"/marks/helpful\" is not among the columns"],
    );
    let rows = "{\"id\":\"q\",\"model\":\"a\",\"grades\":[{\"value\":0.25}]}\n";
    let got = lines("t.jsonl", rows, &["--col-score", "/grades/0/value"]);
    assert_eq!(got[0]["outcomes"], json!({"a":{"score":0.25}}));
}
