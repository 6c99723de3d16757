//! `outcomes.M.answer`: from columns, from the fields that formats have for it,
//! made of responses, passed on, refused.

use super::{fixture, import, lines, refused, run_of};
use crate::workdir::Workdir;
use serde_json::{json, Value};

/// Each model's answer to the first query.
fn answers(records: &[Value]) -> Value {
    let outcomes = records[0]["outcomes"].as_object().expect("outcomes");
    let pairs = outcomes
        .iter()
        .map(|(model, o)| (model.clone(), o["answer"].clone()));
    Value::Object(pairs.collect())
}

fn told(name: &str, text: &str, flags: &[&str]) -> String {
    let dir = Workdir::new();
    dir.write(name, text);
    import(&dir, &[&[name], flags].concat()).ok().stderr
}

const ROWS: &str = "query,model,score,output,picked
Which?,big,1,\"Let me see. The answer is (B), $1,250.00: \\boxed{ 1{,}250 }\", b
Which?,mid,1,\"B) it is  SO\",B
Which?,tiny,0,\"I do not know\",
";

#[test]
fn a_column_holds_the_answers() {
    let flags = ["--col-answer", "picked"];
    let got = lines("l.csv", ROWS, &flags);
    assert_eq!(
        got[0]["outcomes"],
        json!({"big":{"score":1,"answer":"b"},"mid":{"score":1,"answer":"B"},"tiny":{"score":0}})
    );
    let words = told("l.csv", ROWS, &flags);
    assert!(words.contains("answer=picked"), "{words}");
    assert!(
        words.contains("without an answer: 33.3 % of 3 outcomes; by model: tiny 100 %, big 0 %"),
        "{words}"
    );
    // Names that can mean nothing else; "answer" may be the right one.
    let named = ROWS.replace("picked", "extracted_answer");
    assert_eq!(
        answers(&lines("l.csv", &named, &[])),
        json!({"big":"b","mid":"B","tiny":null})
    );
    let right = ROWS.replace("picked", "answer");
    assert_eq!(
        answers(&lines("l.csv", &right, &[])),
        json!({"big":null,"mid":null,"tiny":null})
    );
    // What was cut out stands for the response, where there is no other.
    let cut = "query,model,score,prediction\nq,a,1,x y\n";
    assert_eq!(
        lines("l.csv", cut, &["--responses"])[0]["outcomes"]["a"],
        json!({"score":1,"answer":"x y","response":"x y"})
    );
    refused(
        "l.csv",
        ROWS,
        &["--col-answer", "pick"],
        2,
        &["--col-answer \"pick\" is not among the columns"],
    );
    refused(
        "l.csv",
        ROWS,
        &["--col-answer", "picked", "--answer-from", "letter"],
        2,
        &["leave one of them out", "--col-response"],
    );
}

#[test]
fn pointers_lead_to_answers_in_json() {
    let rows = "{\"query\":\"q\",\"model\":\"a\",\"score\":1,\"parsed\":{\"final\":\"B\"}}
{\"query\":\"q\",\"model\":\"b\",\"score\":0,\"parsed\":{\"final\":12}}
{\"query\":\"q\",\"model\":\"c\",\"score\":0,\"parsed\":{\"final\":null}}
";
    let got = lines("l.jsonl", rows, &["--col-answer", "/parsed/final"]);
    assert_eq!(answers(&got), json!({"a":"B","b":"12","c":null}));
}

#[test]
fn wide_tables_have_answers_of_each_model() {
    let table = "question,gpt-x_score,gpt-x_answer,tiny_score,tiny_answer,tiny_response
Which?,1,B,0,C,I say C
And?,,D,1,,
";
    let got = lines("w.csv", table, &["--responses"]);
    assert_eq!(
        got[0]["outcomes"],
        json!({"gpt-x":{"score":1,"answer":"B","response":"B"},
            "tiny":{"score":0,"answer":"C","response":"I say C"}})
    );
    assert_eq!(
        got[1]["outcomes"],
        json!({"gpt-x":{"answer":"D","response":"D"},"tiny":{"score":1}})
    );
}

#[test]
fn answers_are_made_of_responses_which_are_kept_only_where_asked() {
    for (form, want) in [
        ("letter", json!({"big":"B","mid":"B","tiny":null})),
        ("number", json!({"big":"1250","mid":null,"tiny":null})),
        ("boxed", json!({"big":"1{,}250","mid":null,"tiny":null})),
        (
            "text",
            json!({"big":"let me see. the answer is (b), $1,250.00: \\boxed{ 1{,}250 }",
                "mid":"b) it is so","tiny":"i do not know"}),
        ),
    ] {
        let got = lines("l.csv", ROWS, &["--answer-from", form]);
        assert_eq!(answers(&got), want, "{form}");
        assert_eq!(got[0]["outcomes"]["mid"].get("response"), None);
    }
    let both = ["--answer-from", "letter", "--responses"];
    assert_eq!(
        lines("l.csv", ROWS, &both)[0]["outcomes"]["mid"],
        json!({"score":1,"answer":"B","response":"B) it is  SO"})
    );
    // They count more than what the source calls the answer.
    let named = ROWS.replace("picked", "extracted_answer");
    assert_eq!(
        answers(&lines("l.csv", &named, &["--answer-from", "letter"])),
        json!({"big":"B","mid":"B","tiny":null})
    );
    let all = told(
        "l.csv",
        "query,model,score,output\nq,a,1,B\n",
        &["--answer-from", "letter"],
    );
    assert!(
        all.contains("without an answer: 0 % of 1 outcomes"),
        "{all}"
    );
}

#[test]
fn every_format_with_responses_makes_answers_of_them() {
    let dir = Workdir::new();
    for (name, flags) in [
        ("routerbench.csv", &[][..]),
        ("routerbench.parquet", &[]),
        ("lmeval", &["--filter", "loose"]),
        ("inspect.json", &["--repeats", "mean"]),
        ("promptfoo.json", &[]),
        ("zeroeval", &[]),
        ("alpacaeval.json", &[]),
        ("routerarena-cached.jsonl", &[]),
        ("routerarena-predictions.json", &[]),
    ] {
        let source = fixture(name);
        let made = [&[&*source, "--answer-from", "text"], flags].concat();
        let ran = import(&dir, &made).ok();
        let kept = import(&dir, &[&[&*source, "--responses"], flags].concat()).ok();
        let mut some = 0;
        for (made, kept) in ran.json().iter().zip(kept.json()) {
            for (model, outcome) in made["outcomes"].as_object().expect("outcomes") {
                let response = kept["outcomes"][model]["response"].as_str().unwrap_or("");
                let words: Vec<&str> = response.split_whitespace().collect();
                let answer = outcome["answer"].as_str().unwrap_or("");
                // Of runs the most frequent answer is not that of the first.
                if name != "inspect.json" {
                    assert_eq!(answer, words.join(" ").to_lowercase(), "{name}");
                }
                some += !answer.is_empty() as u32;
            }
        }
        assert!(some > 0, "{name}");
    }
}

#[test]
fn known_formats_have_fields_for_answers() {
    let dir = Workdir::new();
    let runs = r#"{"index":1,"prompt":"P","prediction":"42","raw_output":"so 42","score":1.0},
      {"index":2,"prompt":"Q","prediction":7,"score":0.0},
      {"index":3,"prompt":"R","prediction":" ","score":0.0}"#;
    let run = dir.path("bench/d/test/m");
    std::fs::create_dir_all(&run).expect("folders");
    std::fs::write(
        run.join("d-20310101_000000.json"),
        run_of("org/a", runs, ""),
    )
    .expect("a run");
    let got = import(&dir, &["bench"]).ok().json();
    let own: Vec<&Value> = got
        .iter()
        .map(|r| &r["outcomes"]["org/a"]["answer"])
        .collect();
    assert_eq!(own, [&json!("42"), &json!("7"), &Value::Null]);

    let graded = |extra: &str| {
        format!(
            "[{{\"session_id\":\"r\",\"generator\":\"g\",\"output\":[\"so 4\"],\"correct\":true,\"model_answer\":{extra}}}]"
        )
    };
    for (raw, want) in [
        ("\"B\"", json!("B")),
        (r#"{"raw":"4.0","sanitized":"4"}"#, json!("4")),
        (r#"{"raw":"4.0","sanitized":null}"#, json!("4.0")),
        (r#"{"raw":null}"#, Value::Null),
        ("null", Value::Null),
    ] {
        let flags = ["--dataset", "d"];
        let got = lines("z.json", &graded(raw), &flags);
        assert_eq!(got[0]["outcomes"]["g"]["answer"], want, "{raw}");
    }

    for (raw, want) in [
        (r#"["[invalid]"]"#, Value::Null),
        (r#"[["-1.5","False"],["-0.5","True"]]"#, Value::Null),
        (r#"["four"]"#, json!("four")),
    ] {
        let sample =
            format!(r#"{{"doc_id":0,"resps":[["It is four"]],"filtered_resps":{raw},"acc":1.0}}"#);
        let got = lines("samples_t_m.jsonl", &sample, &["--model", "m"]);
        assert_eq!(got[0]["outcomes"]["m"]["answer"], want, "{raw}");
    }
}

const RECORDS: &str = concat!(
    r#"{"id":"1","outcomes":{"a":{"score":1,"answer":"\u0042","response":"It is (C)"},"b":{"score":0,"answer":""},"c":{"answer":null,"score":0}}}"#,
    "\n",
    r#"{"id":"2","outcomes":{"a":{"score":1, "answer" : "x","z":[1]}},"references":{"r":{"score":1,"answer":"y"}}}"#,
    "\n"
);

#[test]
fn records_keep_their_answers_to_the_byte_and_take_those_of_others() {
    let dir = Workdir::new();
    dir.write("r.ndjson", RECORDS);
    let kept = import(&dir, &["r.ndjson", "--responses"]).ok();
    assert_eq!(kept.text(), RECORDS);
    let without = import(&dir, &["r.ndjson"]).ok();
    assert_eq!(
        without.text(),
        RECORDS.replace(r#","response":"It is (C)""#, "")
    );
    dir.write(
        "new.csv",
        "id,model,score,parsed_answer\n1,d,1,B\n1,c,0,D\n2,a,1,\n2,e,,E\n",
    );
    let both = import(&dir, &["r.ndjson", "new.csv"]).ok().json();
    assert_eq!(
        answers(&both),
        json!({"a":"B","b":"","c":"D","d":"B"}),
        "in place of null"
    );
    assert_eq!(
        both[1]["outcomes"],
        json!({"a":{"score":1,"answer":"x","z":[1]},"e":{"answer":"E"}})
    );
    // The other way round the record's outcome comes with all that it has.
    let turned = import(&dir, &["new.csv", "r.ndjson"]).ok().json();
    assert_eq!(
        turned[1]["outcomes"]["a"],
        json!({"score":1,"answer":"x","z":[1]})
    );
    assert_eq!(
        turned[1]["references"],
        json!({"r":{"score":1,"answer":"y"}})
    );
    let moved = import(&dir, &["r.ndjson", "--reference", "a"]).ok().json();
    assert_eq!(moved[0]["references"]["a"], json!({"score":1,"answer":"B"}));
    let files = import(&dir, &["r.ndjson", "--dataset", "d"]).ok().json();
    assert_eq!(answers(&files), json!({"a":"B","b":"","c":null}));
}

#[test]
fn answers_are_made_of_the_responses_of_records_too() {
    let dir = Workdir::new();
    dir.write("r.ndjson", RECORDS);
    let ran = import(&dir, &["r.ndjson", "--answer-from", "letter"]).ok();
    let got = ran.json();
    assert_eq!(
        got[0]["outcomes"],
        json!({"a":{"score":1,"answer":"C"},"b":{"score":0,"answer":""},"c":{"answer":null,"score":0}})
    );
    assert_eq!(
        ran.text().lines().nth(1),
        RECORDS.lines().nth(1),
        "without a response an answer stays"
    );
    // None in the response is none.
    let flags = ["r.ndjson", "--answer-from", "number", "--responses"];
    let got = import(&dir, &flags).ok().json();
    assert_eq!(
        got[0]["outcomes"]["a"],
        json!({"score":1,"response":"It is (C)"})
    );
    // Joined with another source.
    dir.write("new.csv", "id,model,score,output\n1,d,1,so B\n");
    let flags = ["new.csv", "r.ndjson", "--answer-from", "letter"];
    let got = import(&dir, &flags).ok().json();
    assert_eq!(answers(&got), json!({"a":"C","b":"","c":null,"d":"B"}));
}

#[test]
fn nothing_to_make_answers_of_is_an_error_with_the_remedy() {
    refused(
        "l.csv",
        "query,model,score\nq,a,1\n",
        &["--answer-from", "letter"],
        3,
        &[
            "none of 1 rows has a response",
            "--col-response",
            "--col-answer",
        ],
    );
    let scores = r#"[{"question":"One?","scores":{"b":0.4,"a":1.0}}]"#;
    refused(
        "dc.json",
        scores,
        &["--answer-from", "text"],
        3,
        &["reads no responses of the format routerdc"],
    );
    let dir = Workdir::new();
    dir.write("dc.json", scores);
    dir.write("l.csv", ROWS);
    let ran = import(&dir, &["dc.json", "l.csv", "--answer-from", "text"]).ok();
    assert!(
        ran.stderr
            .contains("no answers were made of the files of routerdc"),
        "{}",
        ran.stderr
    );
    refused(
        "l.csv",
        ROWS,
        &["--answer-from", "words"],
        2,
        &["expected letter, number, boxed or text"],
    );
}

#[test]
fn an_answer_of_a_record_that_is_no_text_is_refused_at_its_place() {
    for (value, words) in [
        (
            "12",
            "answer is 12, expected a string (model \"a\"); quote it",
        ),
        ("true", "answer is true"),
        ("[\"x\"]", "answer is [\"x\"]"),
    ] {
        let line = format!(r#"{{"id":"1","outcomes":{{"a":{{"score":1,"answer":{value}}}}}}}"#);
        refused("r.ndjson", line, &[], 3, &["r.ndjson:1:47: ", words]);
    }
}

const RUNS: &str = "query,model,score,parsed_answer
q,a,0,x
q,a,1,y
q,a,1,y
q,b,,x
q,b,1,y
q,c,1,z
q,c,1,
q,d,0.5,k
q,d,0.5,j
";

#[test]
fn of_runs_the_most_frequent_answer_stays_or_the_first_scored() {
    let mean = lines("runs.csv", RUNS, &["--repeats", "mean"]);
    assert_eq!(
        answers(&mean),
        json!({"a":"y","b":"x","c":"z","d":"j"}),
        "of several the first in order"
    );
    let first = lines("runs.csv", RUNS, &["--repeats", "first"]);
    assert_eq!(answers(&first), json!({"a":"x","b":"y","c":"z","d":"k"}));
    let differ = "query,model,score,parsed_answer\nq,a,1,x\nq,a,1,y\n";
    refused(
        "runs.csv",
        differ,
        &[],
        3,
        &[
            "runs.csv:3:1: answer of model \"a\" is \"y\", but \"x\" at runs.csv:2",
            "--repeats mean",
        ],
    );
    // A mean of before counts as many runs as it is of.
    let dir = Workdir::new();
    dir.write(
        "old.ndjson",
        "{\"id\":\"1\",\"outcomes\":{\"a\":{\"score\":1,\"answer\":\"x\",\"n\":2}}}\n",
    );
    dir.write(
        "new.csv",
        "id,model,score,parsed_answer\n1,a,1,y\n1,a,0,w\n",
    );
    let flags = ["old.ndjson", "new.csv", "--repeats", "mean"];
    let got = import(&dir, &flags).ok().json();
    assert_eq!(got[0]["outcomes"]["a"]["answer"], "x");
    assert_eq!(got[0]["outcomes"]["a"]["n"], 4);
}

#[test]
fn answers_alone_join_a_benchmark() {
    let dir = Workdir::new();
    dir.write(
        "old.ndjson",
        "{\"id\":\"1\",\"outcomes\":{\"a\":{\"score\":1}}}\n",
    );
    dir.write("new.csv", "id,model,picked\n1,a,B\n");
    let flags = ["--col-answer", "picked", "--format", "long"];
    import(&dir, &[&["new.csv"], &flags[..2]].concat()).fails(3, &["score"]);
    dir.write("alone.csv", "id,model,picked\n1,a,B\n");
    let alone = import(&dir, &[&["alone.csv"], &flags[..]].concat())
        .ok()
        .text()
        .to_string();
    dir.write("alone.ndjson", alone);
    let got = import(&dir, &["old.ndjson", "alone.ndjson"]).ok().json();
    assert_eq!(got[0]["outcomes"]["a"], json!({"score":1,"answer":"B"}));
}
