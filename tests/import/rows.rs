//! Rows of a query and model as people have them: JSON, units, words for
//! scores, null words, splits, conversations, price sheets.

use super::{fixture, import, lines, refused};
use crate::workdir::Workdir;
use serde_json::{json, Value};

fn told(name: &str, text: &str, flags: &[&str]) -> String {
    let dir = Workdir::new();
    dir.write(name, text);
    import(&dir, &[&[name], flags].concat()).ok().stderr
}

const ROWS: [&str; 3] = [
    r#"{"q":"a","usage":{"in":3,"cost":0.5},"llm":"x","score":1,"extra":[1]}"#,
    r#"{"q":"a","usage":{"in":4,"cost":1.5},"llm":"y","score":0}"#,
    r#"{"q":"b","usage":null,"llm":"y","score":null}"#,
];

#[test]
fn json_lines_and_arrays_are_rows_whose_members_have_pointers() {
    let flags = [
        "--col-query",
        "q",
        "--col-cost",
        "/usage/cost",
        "--col-prompt-tokens",
        "/usage/in",
    ];
    let want = lines("r.jsonl", &ROWS.join("\n"), &flags);
    assert_eq!(
        want[0]["outcomes"],
        json!({"x":{"score":1,"cost":0.5,"prompt_tokens":3},"y":{"score":0,"cost":1.5,"prompt_tokens":4}})
    );
    assert_eq!(want[1]["outcomes"], json!({"y":{}}));
    assert_eq!(want[0]["index"], 0);
    assert_eq!(
        lines("r.json", &format!("[\n{}\n]", ROWS.join(",\n")), &flags),
        want
    );
    let words = told("r.jsonl", &ROWS.join("\n"), &flags);
    assert!(
        words.contains("read model=llm, query=q, score=score, cost=/usage/cost (USD), prompt_tokens=/usage/in; not read: extra"),
        "{words}"
    );
    let bad = ROWS.join(",\n").replace("\"score\":0", "\"score\":7");
    refused(
        "r.json",
        format!("[\n{bad}\n]"),
        &flags,
        3,
        &["r.json:3:56: score is 7, expected 0..1 (model \"y\")"],
    );
    refused(
        "r.jsonl",
        ROWS.join("\n"),
        &[],
        3,
        &["no column for the query"],
    );
}

#[test]
fn columns_named_by_hand_count_whatever_the_rows_look_like() {
    let dir = Workdir::new();
    let flags = [
        "--col-id",
        "global_index",
        "--col-model",
        "llm_selected",
        "--col-score",
        "/evaluation_result/score",
    ];
    let name = fixture("routerarena-cached.jsonl");
    let got = import(&dir, &[&[&*name], &flags[..]].concat()).ok().json();
    assert_eq!(got[1]["outcomes"], json!({"acme/tiny-7b":{"score":1}}));
}

#[test]
fn every_missing_column_is_named_at_once() {
    refused(
        "t.csv",
        "a,b\n1,2\n",
        &["--col-id", "a"],
        3,
        &[
            "no column for the model, nor for the score",
            "--col-model",
            "--col-score",
        ],
    );
    refused(
        "t.csv",
        "a,b\n1,2\n",
        &["--col-model", "m", "--col-score", "s"],
        2,
        &["--col-model \"m\", --col-score \"s\" are not among the columns of t.csv: \"a\", \"b\""],
    );
}

#[test]
fn two_columns_that_could_be_the_score_are_refused() {
    let text = "query,model,label,correct\nq,m,0,1\n";
    refused(
        "t.csv",
        text,
        &[],
        3,
        &[
            "t.csv:1:19: \"label\", \"correct\" could each be the score",
            "--col-score",
        ],
    );
    let got = lines("t.csv", text, &["--col-score", "correct"]);
    assert_eq!(got[0]["outcomes"]["m"]["score"], 1);
    let got = lines("t.csv", text, &["--ignore", "correct"]);
    assert_eq!(got[0]["outcomes"]["m"]["score"], 0);
}

#[test]
fn units_stand_in_names_or_flags_and_slow_calls_are_remarked() {
    let got = lines(
        "t.csv",
        "query,model,score,latencyMs,totalCost\nq,m,1,812,0.1\n",
        &[],
    );
    assert_eq!(
        got[0]["outcomes"]["m"],
        json!({"score":1,"cost":0.1,"latency":0.812})
    );
    let text = "query,model,score,took,price\nq,m,1,812,5\n";
    let got = lines(
        "t.csv",
        text,
        &["--col-latency", "took:ms", "--col-cost", "price:cents"],
    );
    assert_eq!(
        got[0]["outcomes"]["m"],
        json!({"score":1,"cost":0.05,"latency":0.812})
    );
    refused(
        "t.csv",
        text,
        &["--col-latency", "took:parsec"],
        2,
        &["units of a latency are s, ms"],
    );
    let words = told("t.csv", "query,model,score,latency\nq,m,1,812\n", &[]);
    assert!(words.contains("latencies are above 300 s"), "{words}");
    let words = told("t.csv", "query,model,score,latency\nq,m,1,8\n", &[]);
    assert!(!words.contains("300"), "{words}");
}

#[test]
fn words_are_scores_and_null_words_unknown() {
    let pairs = [
        "PASS,fail",
        "correct,incorrect",
        "C,I",
        "yes,No",
        "True,False",
    ];
    for pair in pairs {
        let (one, zero) = pair.split_once(',').expect("two");
        let text = format!("query,model,score,cost\nq,x,{one},n/a\nq,y,{zero},None\nq,z,NaN,1\n");
        assert_eq!(
            lines("t.csv", &text, &[])[0]["outcomes"],
            json!({"x":{"score":1},"y":{"score":0},"z":{"cost":1}}),
            "{pair}"
        );
    }
    let text = "query,model,score\nq,x,up\nq,y,down\nq,z,broken\n";
    refused(
        "t.csv",
        text,
        &[],
        3,
        &["t.csv:2:5: score is up", "--score-map"],
    );
    assert_eq!(
        lines("t.csv", text, &["--score-map", "up=1,down=0,broken="])[0]["outcomes"],
        json!({"x":{"score":1},"y":{"score":0},"z":{}})
    );
}

#[test]
fn clamping_is_asked_for_and_told() {
    let text = "query,model,score\nq,x,-0.033\nq,y,0.4\n";
    refused(
        "t.csv",
        text,
        &[],
        3,
        &["t.csv:2:5: score is -0.033", "--clamp"],
    );
    let got = lines("t.csv", text, &["--clamp"]);
    assert_eq!(
        got[0]["outcomes"],
        json!({"x":{"score":0},"y":{"score":0.4}})
    );
    assert!(told("t.csv", text, &["--clamp"]).contains("--clamp: 1 scores"));
    refused(
        "t.csv",
        "query,model,score\nq,x,85\n",
        &["--clamp"],
        3,
        &["score is 85"],
    );
}

#[test]
fn a_split_column_is_the_split() {
    let text = "query,model,score,split\na,x,1,train\na,y,1,train\nb,x,1,validation\nc,x,0,test\n";
    let splits: Vec<Value> = lines("t.csv", text, &[])
        .iter()
        .map(|r| r["split"].clone())
        .collect();
    assert_eq!(splits, ["train", "val", "test"]);
    refused(
        "t.csv",
        text.replace("y,1,train", "y,1,test"),
        &[],
        3,
        &["t.csv:3:1: the split is \"test\", but \"train\" at t.csv:2"],
    );
    let odd = text.replace("c,x,0,test", "c,x,0,fold 3");
    refused(
        "t.csv",
        &odd,
        &[],
        3,
        &["t.csv:5:7: the split is \"fold 3\"", "--ignore split"],
    );
    assert_eq!(
        lines("t.csv", &odd, &["--ignore", "split"])[2].get("split"),
        None
    );
}

#[test]
fn the_prompt_of_a_conversation_is_its_last_turn_or_all_of_it() {
    let talk = r#"[{"role":"system","content":"Be short."},{"role":"user","content":[{"type":"text","text":"What is on it?"},{"type":"image_url","image_url":{"url":"data:,"}}]}]"#;
    let csv = format!(
        "prompt,model,score\n\"{0}\",a,1\n\"{0}\",b,0\n",
        talk.replace('"', "\"\"")
    );
    let json = format!("{{\"prompt\":{talk},\"model\":\"a\",\"score\":1}}\n{{\"prompt\":{talk},\"model\":\"b\",\"score\":0}}\n");
    for (name, text) in [("t.csv", &csv), ("t.jsonl", &json)] {
        let got = lines(name, text, &[]);
        assert_eq!(got.len(), 1, "{name}");
        assert_eq!(got[0]["prompt"], "What is on it?");
        let all = lines(name, text, &["--prompt", "all"]);
        assert_eq!(
            all[0]["prompt"],
            "system: Be short.\n\nuser: What is on it?"
        );
        assert_eq!(all[0]["id"], got[0]["id"]);
        let words = told(name, text, &[]);
        assert!(
            words.contains("in 2 rows the prompt is a list of messages")
                && words.contains("2 images are not read"),
            "{words}"
        );
    }
}

#[test]
fn a_list_without_text_is_told_and_stays_as_it_is() {
    let image = r#"[{"type":"image_url","image_url":{"url":"data:,"}}]"#;
    let row = |prompt: &str, model| {
        format!("{{\"prompt\":{prompt},\"model\":\"{model}\",\"score\":1}}\n")
    };
    let text = row(image, "a") + &row("\"[1, 2]\"", "a") + &row(image, "b");
    let got = lines("t.jsonl", &text, &[]);
    assert_eq!(got[0]["prompt"], image);
    assert_eq!(got[1]["prompt"], "[1, 2]");
    let words = told("t.jsonl", &text, &[]);
    assert!(
        words.contains("in 2 rows the prompt looks like a list of messages or parts but is without text (1 image); it stays the JSON that it is"),
        "{words}"
    );
}

#[test]
fn rows_without_a_model_are_of_the_one_that_is_named() {
    let got = lines("t.csv", "query,score\na,1\n", &["--model", "m/1"]);
    assert_eq!(got[0]["outcomes"], json!({"m/1":{"score":1}}));
}

#[test]
fn tokens_beyond_prompt_and_completion_are_billed() {
    let text = "query,model,score,prompt_tokens,completion_tokens,total_tokens\nq,m,1,10,5,115\nq,n,1,10,5,15\n";
    let got = lines("t.csv", text, &[]);
    assert_eq!(
        got[0]["outcomes"]["m"],
        json!({"score":1,"prompt_tokens":10,"completion_tokens":105})
    );
    assert_eq!(got[0]["outcomes"]["n"]["completion_tokens"], 5);
    let words = told("t.csv", text, &[]);
    assert!(
        words.contains("in 1 rows all tokens are more than"),
        "{words}"
    );
}

#[test]
fn records_without_an_id_get_one_and_a_number_is_one() {
    let got = lines("r", "{\"prompt\":\"p\",\"outcomes\":{\"a\":{\"score\":1}}}\n{\"id\":17,\"outcomes\":{\"a\":{\"score\":0}}}\n", &[]);
    assert_eq!(got[0]["id"].as_str().map(str::len), Some(16));
    assert_eq!(got[1]["id"], "17");
    refused(
        "r",
        "{\"outcomes\":{\"a\":{\"score\":1}}}",
        &[],
        3,
        &["r:1:1: the record has no id, and no prompt"],
    );
    refused(
        "r",
        "{\"id\":\"q\",\"outcomes\":{\"a\":{\"score\":NaN}}}",
        &[],
        3,
        &["r:1:", "NaN and Infinity are not JSON: sed"],
    );
}

#[test]
fn templates_may_differ_where_that_is_asked_for() {
    let text = "id,prompt,model,score\nq,[A] Hi,a,1\nq,[B] Hi,b,1\n";
    refused(
        "t.csv",
        text,
        &[],
        3,
        &["t.csv:3:1: the prompt is another one", "--prompts-differ"],
    );
    let got = lines("t.csv", text, &["--prompts-differ"]);
    assert_eq!(got[0]["prompt"], "[A] Hi");
    assert_eq!(got[0]["outcomes"], json!({"a":{"score":1},"b":{"score":1}}));
}

#[test]
fn price_sheets_have_units_and_litellms_is_one() {
    let dir = Workdir::new();
    dir.write(
        "t.csv",
        "query,model,score,prompt_tokens,completion_tokens\nq,big,1,1000,500\n",
    );
    dir.write("million.csv", "model,price_in,price_out\nbig,2.5,10\n");
    dir.write(
        "token.csv",
        "model,input_cost_per_token,output_cost_per_token\nbig,2.5e-06,1e-05\n",
    );
    dir.write("thousand.csv", "name,a,b\nbig,0.0025,0.01\n");
    dir.write("sheet.json", r#"{"sample_spec":{"input_cost_per_token":0,"mode":"one of"},"big":{"input_cost_per_token":2.5e-06,"output_cost_per_token":1e-05,"mode":"chat"},"image":{"mode":"image"}}"#);
    let cost = |flags: &[&str]| {
        let ran = import(&dir, &[&["t.csv", "--prices"], flags].concat()).ok();
        (ran.json()[0]["outcomes"]["big"]["cost"].clone(), ran.stderr)
    };
    for flags in [
        &["million.csv"][..],
        &["token.csv"],
        &[
            "thousand.csv",
            "--col-price-in",
            "a:1k",
            "--col-price-out",
            "b:1k",
        ],
        &["sheet.json"],
    ] {
        assert_eq!(cost(flags).0, 0.0075, "{flags:?}");
    }
    dir.write(
        "wrong.csv",
        "model,input_usd_per_1m,output_usd_per_1m\nbig,2.5e-06,1e-05\n",
    );
    let (_, words) = cost(&["wrong.csv"]);
    assert!(words.contains("look like prices per token"), "{words}");
    let negative = r#"{"big":{"input_cost_per_token":2.5e-06,
 "output_cost_per_token":-1}}"#;
    dir.write("sheet.json", negative);
    import(&dir, &["t.csv", "--prices", "sheet.json"]).fails(
        3,
        &["sheet.json:2:26: the price of \"big\" is -1, expected USD per token"],
    );
    import(&dir, &["t.csv", "--prices", "thousand.csv"]).fails(
        3,
        &["--col-price-in, --col-price-out", "\"name\", \"a\", \"b\""],
    );
}

#[test]
fn parquet_messages_are_json_like_any_other() {
    let dir = Workdir::new();
    let got = import(&dir, &[&fixture("messages.parquet")]).ok().json();
    assert_eq!(got[0]["prompt"], "Say \"hi\"\nnow");
}
