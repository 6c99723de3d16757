//! Every layout of evaluation programs and routing projects, from small files
//! of our own whose figures are known, and one broken variant of each.

use super::{fixture, import, refused};
use crate::workdir::Workdir;
use serde_json::{json, Value};

/// The records of a fixture.
fn records(name: &str, flags: &[&str]) -> Vec<Value> {
    let dir = Workdir::new();
    import(&dir, &[&[&*fixture(name)], flags].concat())
        .ok()
        .json()
}

/// What is told of a fixture.
fn told(name: &str, flags: &[&str]) -> String {
    let dir = Workdir::new();
    import(&dir, &[&[&*fixture(name)], flags].concat())
        .ok()
        .stderr
}

/// A fixture with one text in place of another.
fn broken(name: &str, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(fixture(name)).expect("the fixture");
    assert!(text.contains(from), "{name} lacks {from}");
    text.replacen(from, to, 1)
}

#[test]
fn lm_evaluation_harness_samples_of_two_models_become_two_queries() {
    let got = records("lmeval", &["--filter", "strict"]);
    assert_eq!(
        got,
        [
            json!({"id":"riddles/0","dataset":"riddles","index":0,"prompt":"Riddle: what runs but has no legs?",
                "outcomes":{"acme/tiny-7b":{"score":0,"answer":"tap"},"bolt/two":{"score":1,"answer":"tap"}}}),
            json!({"id":"riddles/1","dataset":"riddles","index":1,"prompt":"Riddle: what has a neck and no head?",
                "outcomes":{"acme/tiny-7b":{"score":1,"answer":"bottle"},"bolt/two":{"score":1,"answer":"bottle"}}}),
        ]
    );
    let loose = records("lmeval", &["--filter", "loose", "--responses"]);
    assert_eq!(
        loose[0]["outcomes"]["acme/tiny-7b"],
        json!({"score":1,"answer":"tap","response":"A tap."})
    );
    let words = told("lmeval", &["--filter", "strict"]);
    assert!(
        words.contains("1 older runs of a task were passed over"),
        "{words}"
    );
    let dir = Workdir::new();
    import(&dir, &[&fixture("lmeval")]).fails(3, &["--filter strict", "\"loose\""]);
    let one = r#"{"doc_id":0,"resps":[["x"]],"acc":1.0,"acc_norm":0.0}"#;
    refused(
        "samples_t_m.jsonl",
        one,
        &[],
        3,
        &[
            "samples_t_m.jsonl:1:1: several metrics",
            "\"acc\", \"acc_norm\"",
            "--metric acc",
        ],
    );
    dir.write("samples_t_2031-01-01T00-00-00.jsonl", one);
    import(&dir, &["samples_t_2031-01-01T00-00-00.jsonl"]).fails(2, &["--model NAME"]);
    let flags = [
        "samples_t_2031-01-01T00-00-00.jsonl",
        "--model",
        "m",
        "--metric",
        "acc",
    ];
    assert_eq!(
        import(&dir, &flags).ok().json(),
        [json!({"id":"t/0","dataset":"t","index":0,"outcomes":{"m":{"score":1}}})]
    );
}

#[test]
fn routerarena_results_are_outcomes_and_predictions_references_too() {
    let got = records("routerarena-cached.jsonl", &[]);
    assert_eq!(
        got[0],
        json!({"id":"Riddles_0","dataset":"Riddles","index":0,"prompt":"What runs but has no legs?",
            "outcomes":{"acme/tiny-7b":{"score":0,"cost":0.00002,"prompt_tokens":12,"completion_tokens":4,"answer":"tap"}}})
    );
    assert_eq!(
        got[2]["outcomes"],
        json!({"acme/tiny-7b":{}}),
        "a failed call"
    );
    let got = records("routerarena-predictions.json", &[]);
    let own = json!({"score":1,"cost":0.004,"prompt_tokens":12,"completion_tokens":40});
    assert_eq!(got.len(), 2);
    assert_eq!(
        got[0]["outcomes"],
        json!({"acme/tiny-7b":{"score":0,"cost":0.00002},"bolt/two":own})
    );
    assert_eq!(got[0]["references"], json!({"routerarena-predictions":own}));
    refused(
        "r.jsonl",
        broken("routerarena-cached.jsonl", "\"score\":0.0", "\"score\":7"),
        &[],
        3,
        &[
            "r.jsonl:1:",
            "score is 7, expected 0..1 (model \"acme/tiny-7b\")",
        ],
    );
}

#[test]
fn broken_predictions_and_statistics_are_refused_with_their_place() {
    let name = "routerarena-predictions.json";
    for (from, to, words) in [
        (
            "\"accuracy\":1.0",
            "\"accuracy\":10",
            "score is 10, expected 0..1 (model \"bolt/two\")",
        ),
        (
            "\"cost\":0.004",
            "\"cost\":\"free\"",
            "cost is free, expected USD",
        ),
        (
            "\"global index\":\"Riddles_0\",",
            "",
            "no \"global index\" here",
        ),
    ] {
        refused(
            "p.json",
            broken(name, from, to),
            &[],
            3,
            &["p.json:1:", words],
        );
    }
    let name = "helm/riddles-tiny/per_instance_stats.json";
    let flags = ["--model", "m", "--metric", "exact_match"];
    for (from, to, words) in [
        (
            "\"mean\":0.0",
            "\"mean\":-3",
            "score is -3, expected 0..1 (model \"m\")",
        ),
        ("\"instance_id\":\"id1\",", "", "no \"instance_id\" here"),
        (
            "\"mean\":0.5",
            "\"mean\":-0.5",
            "latency is -0.5, expected seconds",
        ),
    ] {
        refused(
            "s.json",
            broken(name, from, to),
            &flags,
            3,
            &["s.json:2:", words],
        );
    }
}

#[test]
fn llmrouter_lines_and_rows_are_read() {
    let got = records("llmrouter.jsonl", &[]);
    assert_eq!(
        got[0],
        json!({"id":"llmrouter/0","dataset":"llmrouter","index":0,"prompt":"What runs but has no legs?",
            "outcomes":{"acme/tiny-7b":{"score":0.25},"bolt/two":{"score":1}}})
    );
    assert_eq!(got[1]["outcomes"], json!({"acme/tiny-7b":{"score":1}}));
    let got = records("llmrouter-rows.jsonl", &[]);
    assert_eq!(got.len(), 1);
    assert_eq!(
        got[0]["outcomes"]["bolt/two"],
        json!({"score":1,"latency":2.5,"prompt_tokens":12,"completion_tokens":40})
    );
    refused(
        "l.jsonl",
        broken("llmrouter.jsonl", "[0.25,1]", "[0.25]"),
        &[],
        3,
        &["l.jsonl:1:", "perf_list has 1 scores for the 2 models"],
    );
}

#[test]
fn alpacaeval_preferences_are_scores_over_the_baseline() {
    let got = records("alpacaeval.json", &[]);
    let outcomes: Vec<&Value> = got.iter().map(|r| &r["outcomes"]).collect();
    assert_eq!(
        outcomes,
        [
            &json!({"base":{"score":0.5},"bolt/two":{"score":0.75}}),
            &json!({"base":{"score":0.5},"bolt/two":{"score":0}}),
            &json!({"base":{"score":0.5},"bolt/two":{}}),
        ]
    );
    let words = told("alpacaeval.json", &[]);
    assert!(words.contains("preference over the baseline"), "{words}");
    refused(
        "a.json",
        broken("alpacaeval.json", "1.75", "2.5"),
        &[],
        3,
        &["a.json:2:", "preference is 2.5, expected 1"],
    );
}

#[test]
fn zeroeval_folders_need_grades() {
    let got = records("zeroeval", &[]);
    assert_eq!(
        got[0],
        json!({"id":"riddles/r-1","dataset":"riddles","index":0,"prompt":"What runs but has no legs?",
            "outcomes":{"acme/tiny-7b":{"score":0},"bolt/two":{"score":1}}})
    );
    assert_eq!(got.len(), 2);
    refused(
        "z.json",
        broken("zeroeval/riddles/tiny.json", ",\"correct\":false", ""),
        &[],
        3,
        &[
            "z.json:1:2: the answer of acme/tiny-7b is not graded",
            "\"correct\"",
        ],
    );
}

#[test]
fn helm_runs_take_prompt_and_model_from_the_files_beside() {
    let got = records("helm", &["--metric", "exact_match"]);
    assert_eq!(
        got,
        [
            json!({"id":"riddles:set=short/id1","dataset":"riddles:set=short","index":0,"prompt":"What runs but has no legs?",
                "outcomes":{"acme/tiny-7b":{"score":0,"latency":0.5,"prompt_tokens":12,"completion_tokens":4}}}),
            json!({"id":"riddles:set=short/id2","dataset":"riddles:set=short","index":2,"prompt":"What has a neck and no head?",
                "outcomes":{"acme/tiny-7b":{"score":1,"latency":0.75}}}),
        ]
    );
    let words = told("helm", &["--metric", "exact_match"]);
    assert!(words.contains("1 perturbed instances"), "{words}");
    let dir = Workdir::new();
    import(&dir, &[&fixture("helm")])
        .fails(3, &["\"exact_match\", \"quasi_exact_match\"", "--metric"]);
    refused(
        "per_instance_stats.json",
        broken(
            "helm/riddles-tiny/per_instance_stats.json",
            "exact",
            "exact",
        ),
        &[],
        2,
        &["--model NAME"],
    );
}

#[test]
fn inspect_letters_are_scores_and_epochs_runs() {
    let got = records("inspect.json", &["--repeats", "mean"]);
    assert_eq!(
        got,
        [
            json!({"id":"riddles/1","dataset":"riddles","index":1,"prompt":"What runs but has no legs?",
                "outcomes":{"acme/tiny-7b":{"score":0.5,"latency":0.625,"prompt_tokens":12,"completion_tokens":5,"n":2,"answer":"tap"}}}),
            json!({"id":"riddles/two","dataset":"riddles","prompt":"What has a neck and no head?",
                "outcomes":{"acme/tiny-7b":{"score":0.5,"latency":1,"answer":"jar"}}}),
            json!({"id":"riddles/3","dataset":"riddles","index":3,"prompt":"What gets wetter as it dries?",
                "outcomes":{"acme/tiny-7b":{"latency":30}}}),
        ]
    );
    let dir = Workdir::new();
    import(&dir, &[&fixture("inspect.json")]).fails(3, &["inspect.json:4:3", "--repeats mean"]);
    refused(
        "i.json",
        broken("inspect.json", "\"value\":\"I\"", "\"value\":\"X\""),
        &[],
        3,
        &["i.json:3:", "score is X"],
    );
}

#[test]
fn inspect_tokens_of_a_cache_are_the_prompts() {
    for (usage, want) in [
        (
            r#""total_tokens":116,"input_tokens_cache_read":100,"reasoning_tokens":3"#,
            json!({"score":0,"latency":0.5,"prompt_tokens":112,"completion_tokens":4,"cache_read_tokens":100,"reasoning_tokens":3,"answer":"tap"}),
        ),
        (
            r#""total_tokens":16,"input_tokens_cache_read":10"#,
            json!({"score":0,"latency":0.5,"prompt_tokens":12,"completion_tokens":4,"cache_read_tokens":10,"answer":"tap"}),
        ),
    ] {
        let dir = Workdir::new();
        dir.write(
            "i.json",
            broken("inspect.json", "\"total_tokens\":16", usage),
        );
        let flags = ["i.json", "--repeats", "first"];
        let got = import(&dir, &flags).ok().json();
        assert_eq!(got[0]["outcomes"]["acme/tiny-7b"], want);
    }
}

#[test]
fn promptfoo_calls_that_failed_have_no_score() {
    let got = records("promptfoo.json", &[]);
    assert_eq!(
        got[0]["outcomes"],
        json!({"acme/tiny-7b":{"score":0.25,"cost":0.00002,"latency":0.812,"prompt_tokens":12,"completion_tokens":4},
            "http:two":{"score":1,"cost":0.004,"latency":1.5,"prompt_tokens":12,"completion_tokens":40}})
    );
    assert_eq!(got[1]["outcomes"], json!({"http:two":{"latency":0.009}}));
    refused(
        "p.json",
        broken("promptfoo.json", "\"cost\":0.004", "\"cost\":-1"),
        &[],
        3,
        &["p.json:3:", "cost is -1", "http:two"],
    );
}

#[test]
fn battles_are_soft_labels_of_the_pair_and_told_as_such() {
    let got = records("battles.csv", &[]);
    let outcomes: Vec<&Value> = got.iter().map(|r| &r["outcomes"]).collect();
    assert_eq!(
        outcomes,
        [
            &json!({"acme/tiny-7b":{"score":0},"bolt/two":{"score":1}}),
            &json!({"bolt/two":{"score":0.5},"coral":{"score":0.5}}),
            &json!({"acme/tiny-7b":{"score":0},"coral":{"score":1}}),
        ]
    );
    assert_eq!(got[1]["prompt"], "Explain tides");
    let words = told("battles.csv", &[]);
    assert!(words.contains("a preference is no score"), "{words}");
    refused(
        "b.csv",
        broken("battles.csv", "model_b,Write", "bolt,Write"),
        &[],
        3,
        &["b.csv:2:25: the winner is \"bolt\""],
    );
    let flags = "model_a,model_b,winner_model_a,winner_model_b,winner_tie,prompt\nx,y,1,0,0,p\nx,y,1,1,0,q\n";
    refused(
        "f.csv",
        flags,
        &[],
        3,
        &["f.csv:3:5: more than one of winner_model_a"],
    );
}

#[test]
fn what_is_of_no_format_is_told_what_it_looks_like() {
    for (name, text, words) in [
        (
            "a.jsonl",
            r#"{"id":"x","result":"f(1)","latency":0.9}"#,
            "JSON with an id but no outcomes is no query record",
        ),
        (
            "b.jsonl",
            "{\"run_id\":\"1\",\"type\":\"match\",\"data\":{\"correct\":true}}",
            "OpenAI evals",
        ),
        (
            "c.json",
            r#"{"0":{"origin_prompt":"2+2?","prediction":"4","gold":"4"}}"#,
            "OpenCompass",
        ),
        (
            "d.csv",
            "q,__expected,[p] {{q}}\n2,4,[PASS] 4\n",
            "promptfoo eval -o results.json",
        ),
        (
            "e.csv",
            "prompt,answer\nIs it so?,True\n",
            "lacks a column for the model (--col-model NAME",
        ),
        (
            "f.csv",
            "prompt,is_code,difficulty\nWrite,1,0.3\n",
            "--col-model NAME",
        ),
        (
            "g.json",
            r#"[{"prompt":"a","text":"b"}]"#,
            "lacks a member for the model",
        ),
    ] {
        refused(name, text, &[], 3, &[name, words]);
    }
}
