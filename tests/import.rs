//! rb-import through its binary: every format and every flag. The small inputs
//! are written here or lie in tests/data/import/.

mod answers;
mod layouts;
mod memory;
mod real;
mod refusals;
mod repeats;
mod rows;
mod tokens;
mod wide;

use crate::workdir::{root, Ran, Workdir};
use serde_json::{json, Value};

fn import(dir: &Workdir, arguments: &[&str]) -> Ran {
    dir.run("rb-import", arguments, "")
}

/// Imports one file written for the purpose; its lines.
fn lines(name: &str, text: &str, flags: &[&str]) -> Vec<Value> {
    let dir = Workdir::new();
    dir.write(name, text);
    import(&dir, &[&[name], flags].concat()).ok().json()
}

/// Imports one such file, which must be refused with the exit code and words,
/// and with nothing on stdout.
fn refused(name: &str, bytes: impl AsRef<[u8]>, flags: &[&str], code: i32, words: &[&str]) {
    let dir = Workdir::new();
    dir.write(name, bytes);
    let ran = import(&dir, &[&[name], flags].concat()).fails(code, words);
    assert!(ran.stdout.is_empty(), "{name} wrote {:?}", ran.text());
}

fn fixture(name: &str) -> String {
    root()
        .join("tests/data/import")
        .join(name)
        .display()
        .to_string()
}

const LONG: &str = "query,model,response,score,cost,latency
What is 2+2?,small,four,1,0.0001,0.2
What is 2+2?,large,4,1,6.55E-05,1.5
\"Name a prime,
please.\",small,9,0,,0.2
\"Name a prime,
please.\",large,7,0.30000000000000004,0,1.1
";

#[test]
fn routerbench_rows_become_queries_with_every_trap_undone() {
    let dir = Workdir::new();
    let got = import(&dir, &[&fixture("routerbench.csv")]).ok().json();
    let want = [
        json!({"id":"tiny-riddle.test.1","dataset":"tiny-riddle","index":7,
            "prompt":"It's dark; what's the \"light\" word?\nA) lamp\nB) stone\\brick",
            "outcomes":{"acme/alpha-7b":{"score":1,"cost":0.00042639999999999996},
                "beta-2":{"score":0,"cost":0.001},"gamma.v1":{"score":1,"cost":0.00001}}}),
        json!({"id":"tiny-riddle.test.2","dataset":"tiny-riddle","index":8,"prompt":"Who's there?",
            "outcomes":{"acme/alpha-7b":{"score":0,"cost":0.0002},
                "beta-2":{"score":0,"cost":0.002},"gamma.v1":{"score":0,"cost":0.00002}}}),
        // Two rows: each outcome from the row that has its score, cost and all.
        json!({"id":"tiny-riddle.val.3","dataset":"tiny-riddle","index":12,"prompt":"Name a café colour.",
            "outcomes":{"acme/alpha-7b":{"score":1,"cost":0.0003},
                "beta-2":{"score":1,"cost":0.5},"gamma.v1":{"score":0.25,"cost":0.00003}}}),
        json!({"id":"small-sums.4","dataset":"small-sums","index":20,
            "prompt":"First turn: 1+1?\nSecond turn: double it.",
            "outcomes":{"acme/alpha-7b":{"score":1,"cost":0.0004},"beta-2":{"score":1,"cost":0.004}}}),
    ];
    assert_eq!(got, want);
}

#[test]
fn parquet_gives_what_csv_gives_from_a_file_or_a_pipe() {
    let dir = Workdir::new();
    for flags in [&[][..], &["--responses"]] {
        let csv = import(&dir, &[&[&*fixture("routerbench.csv")], flags].concat()).ok();
        let parquet = import(&dir, &[&[&*fixture("routerbench.parquet")], flags].concat()).ok();
        assert_eq!(csv.text(), parquet.text());
        let bytes = std::fs::read(fixture("routerbench.parquet")).expect("the fixture");
        let piped = dir.run("rb-import", &[&["-"], flags].concat(), bytes).ok();
        assert_eq!(piped.text(), csv.text());
        assert_eq!(
            csv.text().contains("\"response\":\"it's B\""),
            !flags.is_empty()
        );
    }
    let long = import(&dir, &[&fixture("long.parquet")]).ok().json();
    // Ids keep every digit, a 32-bit 0.1 is 0.1, null is unknown.
    assert_eq!(long[0]["id"], "100000000000000001");
    assert_eq!(
        long[0]["outcomes"]["m/a"],
        json!({"score":0.1,"prompt_tokens":12,"completion_tokens":3})
    );
    assert_eq!(
        long[1],
        json!({"id":"100000000000000002","index":2,
        "outcomes":{"m/a":{"prompt_tokens":7,"completion_tokens":4}}})
    );
}

#[test]
fn a_merge_does_not_depend_on_which_file_comes_first() {
    let dir = Workdir::new();
    let text = std::fs::read_to_string(fixture("routerbench.csv")).expect("the fixture");
    let rows: Vec<&str> = text.lines().collect();
    dir.write("a.csv", format!("{}\n{}\n", rows[0], rows[3]));
    dir.write("b.csv", format!("{}\n{}\n", rows[0], rows[4]));
    let ab = import(&dir, &["a.csv", "b.csv"]).ok().json();
    let ba = import(&dir, &["b.csv", "a.csv"]).ok().json();
    assert_eq!(ab[0]["outcomes"], ba[0]["outcomes"]);
    assert_eq!(ab[0]["outcomes"]["beta-2"], json!({"score":1,"cost":0.5}));
    let clash = rows[4].replace(",,0.25,", ",0.0,0.25,");
    assert_ne!(clash, rows[4]);
    dir.write("c.csv", format!("{}\n{clash}\n", rows[0]));
    import(&dir, &["a.csv", "c.csv"]).fails(
        3,
        &[
            "c.csv:2:1: score of model \"beta-2\" is 0, but 1 at a.csv:2",
            "tiny-riddle.val.3",
        ],
    );
}

#[test]
fn long_tables_group_by_the_query_text() {
    let got = lines("bench.csv", LONG, &[]);
    assert_eq!(got.len(), 2);
    assert_eq!(got[1]["prompt"], "Name a prime,\nplease.");
    assert_eq!(got[1]["index"], 2);
    assert_eq!(
        got[0]["outcomes"]["large"],
        json!({"score":1,"cost":0.0000655,"latency":1.5})
    );
    assert_eq!(
        got[1]["outcomes"]["small"],
        json!({"score":0,"latency":0.2}),
        "an empty cost is unknown"
    );
    assert_eq!(
        got[1]["outcomes"]["large"]["score"],
        json!(0.30000000000000004)
    );
    let id = got[0]["id"].as_str().expect("an id");
    assert_eq!(id.len(), 16);
    let named = lines("bench.csv", LONG, &["--dataset", "sums"]);
    assert_eq!(
        named[0]["id"],
        format!("sums/{id}"),
        "the same text, the same digits"
    );
    let kept = lines("bench.csv", LONG, &["--responses"]);
    assert_eq!(kept[0]["outcomes"]["small"]["response"], "four");
}

#[test]
fn separators_compression_and_line_ends_change_nothing() {
    let dir = Workdir::new();
    dir.write("plain.csv", LONG);
    let want = import(&dir, &["plain.csv"]).ok().stdout;
    let bare = "query,model,score\na,x,1\nb,x,0\n";
    dir.write("bare.csv", bare);
    let bare_want = import(&dir, &["bare.csv"]).ok().stdout;
    for text in [
        bare.replace(',', ";"),
        bare.replace(',', "\t"),
        bare.replace('\n', "\r\n"),
        format!("\u{feff}{bare}"),
    ] {
        dir.write("other.csv", &text);
        assert_eq!(
            import(&dir, &["other.csv"]).ok().stdout,
            bare_want,
            "{text:?}"
        );
    }
    use std::io::Write;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(LONG.as_bytes()).expect("gzip");
    dir.write("a", gz.finish().expect("gzip"));
    dir.write("b", zstd::encode_all(LONG.as_bytes(), 1).expect("zstd"));
    assert_eq!(import(&dir, &["a"]).ok().stdout, want);
    assert_eq!(import(&dir, &["b"]).ok().stdout, want);
    assert_eq!(dir.run("rb-import", &[], LONG).ok().stdout, want);
}

#[test]
fn columns_are_named_by_hand_and_ids_joined() {
    let text = "set,nr,who,points,text\nx,1,m,5,a\ny,1,m,10,b\nx,1,n,1,a\n";
    let flags = [
        "--col-id",
        "set,nr",
        "--col-model",
        "who",
        "--col-score",
        "points",
        "--col-query",
        "text",
        "--col-dataset",
        "set",
        "--score-range",
        "0:10",
    ];
    let got = lines("own.csv", text, &flags);
    assert_eq!(
        got[0],
        json!({"id":"x/1","dataset":"x","index":0,"prompt":"a",
        "outcomes":{"m":{"score":0.5},"n":{"score":0.1}}})
    );
    assert_eq!(got[1]["id"], "y/1");
    refused(
        "own.csv",
        text,
        &["--col-model", "nobody"],
        2,
        &["--col-model \"nobody\" is not among the columns", "\"who\""],
    );
    refused(
        "own.csv",
        text,
        &[
            "--col-id",
            "nr",
            "--col-model",
            "who",
            "--col-score",
            "points",
            "--col-dataset",
            "set",
            "--score-range",
            "0:10",
        ],
        3,
        &[
            "own.csv:3:1: the dataset is \"y\", but \"x\" at own.csv:2",
            "--col-id",
        ],
    );
}

#[test]
fn a_response_is_left_out_however_its_key_is_written() {
    let dir = Workdir::new();
    let outcome = r#"{"score":1,"note":"a \\ b","resp\u006fnse":"its own words"}"#;
    dir.write(
        "r",
        format!("{{\"id\":\"1\",\"outcomes\":{{\"a\":{outcome}}}}}\n"),
    );
    let told = |flags: &[&str]| import(&dir, &[&["r"], flags].concat()).ok().json();
    let left = json!({"score":1,"note":"a \\ b"});
    assert_eq!(told(&[])[0]["outcomes"]["a"], left);
    assert_eq!(
        told(&["--responses"])[0]["outcomes"]["a"]["response"],
        "its own words"
    );
}

#[test]
fn embedllm_routellm_routerdc_and_adaptor_files_are_known_by_their_content() {
    let embed = "prompt_id,model_id,category_id,label,model_name,category,prompt\n7,0,1,1,acme/a,logic,Is it so?\n7,1,1,0,acme/b,logic,Is it so?\n";
    assert_eq!(
        lines("x", embed, &[]),
        [
            json!({"id":"7","dataset":"logic","index":0,"prompt":"Is it so?",
        "outcomes":{"acme/a":{"score":1},"acme/b":{"score":0}}})
        ]
    );

    let route = "prompt,m1,m2,m1_response,m2_response\nOne?,True,False,yes,\nOne?,False,,a,b\n";
    assert_eq!(
        lines("gsm8k_responses.csv", route, &["--responses"]),
        [
            json!({"id":"gsm8k/0","dataset":"gsm8k","index":0,"prompt":"One?",
            "outcomes":{"m1":{"score":1,"response":"yes"},"m2":{"score":0}}}),
            json!({"id":"gsm8k/1","dataset":"gsm8k","index":1,"prompt":"One?","outcomes":{"m1":{"score":0,"response":"a"}}}),
        ]
    );

    let dc = r#"[{"question":"One?","scores":{"b":0.4,"a":1.0,"c":null},"cluster_id":3},
      {"query":"Two?","llm_name_list":["a","b"],"perf_list":[0.5,true]}]"#;
    assert_eq!(
        lines("humour_test.json", dc, &[]),
        [
            json!({"id":"humour_test/0","dataset":"humour_test","index":0,"prompt":"One?","outcomes":{"a":{"score":1},"b":{"score":0.4}}}),
            json!({"id":"humour_test/1","dataset":"humour_test","index":1,"prompt":"Two?","outcomes":{"a":{"score":0.5},"b":{"score":1}}}),
        ]
    );

    let adaptor = r#"{"query":"One?","dataset":"d","index":3,"records":{"a":1.0,"b":0.0,"c":0.0},"usages":{"a":{"cost":0.0,"prompt_tokens":5,"completion_tokens":9},"b":{"cost":0.0,"prompt_tokens":0,"completion_tokens":0},"c":{"cost":0.1,"prompt_tokens":5,"completion_tokens":0},"z":null}}"#;
    let adaptor = adaptor.replace(r#""c":0.0}"#, r#""c":0.0,"z":0.5}"#);
    let dir = Workdir::new();
    dir.write("train.jsonl", adaptor);
    let ran = import(&dir, &["train.jsonl"]).ok();
    assert_eq!(
        ran.json(),
        [
            json!({"id":"d/3","dataset":"d","index":3,"prompt":"One?","outcomes":{
        "a":{"score":1,"cost":0,"prompt_tokens":5,"completion_tokens":9},
        "c":{"score":0,"cost":0.1,"prompt_tokens":5,"completion_tokens":0},
        "z":{"score":0.5}}})
        ]
    );
    assert!(
        ran.stderr.contains("1 outcomes"),
        "the filling is told: {}",
        ran.stderr
    );

    // Without a name there is no dataset to call it by.
    let dir = Workdir::new();
    dir.run("rb-import", &["-"], dc).fails(2, &["--dataset"]);
    assert_eq!(
        dir.run("rb-import", &["--dataset", "d"], dc).ok().json()[1]["id"],
        "d/1"
    );
}

fn run_of(model: &str, records: &str, more: &str) -> String {
    format!("{{\n  \"model_name\": \"{model}\",\n{more}  \"performance\": 0.5,\n  \"records\": [{records}]\n}}")
}

#[test]
fn a_results_tree_joins_the_newest_runs() {
    let dir = Workdir::new();
    let put = |path: &str, text: String| {
        let path = dir.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("a run");
    };
    let a = r#"{"index":1,"origin_query":"q","prompt":"Q: q","prediction":"x","raw_output":"so x","score":1.0,"prompt_tokens":4,"completion_tokens":2,"cost":0.25},
        {"index":2,"prompt":[{"role":"user","content":"hi"}],"score":null,"cost":0.0}"#;
    let b = r#"{"index":2,"prompt":"hi","score":true,"cost":0.0}"#;
    let old = r#"{"index":1,"prompt":"Q: q","score":0.0}"#;
    put(
        "bench/aime/test/m-a/aime-20250101_000000.json",
        run_of("org/a", old, ""),
    );
    put(
        "bench/aime/test/m-a/aime-20251003_120000.json",
        run_of("org/a", a, ""),
    );
    put(
        "bench/aime/test/m-a/aime-20251231_120000.json",
        run_of("org/a", old, "  \"demo\": true,\n"),
    );
    put(
        "bench/aime/test/m-b/aime-20250202_000000.json",
        run_of("org/b", b, "  \"demo\": false,\n"),
    );
    put("bench/notes/config.json", "{\"seed\": 1}".into());
    let ran = import(&dir, &["bench", "--responses"]).ok();
    assert_eq!(
        ran.json(),
        [
            json!({"id":"aime/test/1","dataset":"aime","index":1,"prompt":"Q: q",
            "outcomes":{"org/a":{"score":1,"cost":0.25,"prompt_tokens":4,"completion_tokens":2,"answer":"x","response":"so x"}}}),
            json!({"id":"aime/test/2","dataset":"aime","index":2,"prompt":"[{\"role\":\"user\",\"content\":\"hi\"}]",
            "outcomes":{"org/a":{"cost":0},"org/b":{"score":1,"cost":0}}}),
        ]
    );
    assert!(ran.stderr.contains("config.json"), "{}", ran.stderr);
    assert!(ran.stderr.contains("another prompt"), "{}", ran.stderr);
    // A run by itself, from within its folder.
    let one = import(&dir, &["bench/aime/test/m-b/aime-20250202_000000.json"])
        .ok()
        .json();
    assert_eq!(one[0]["outcomes"], json!({"org/b":{"score":1,"cost":0}}));
    put(
        "bad/x/test/m/r-20250101_000000.json",
        run_of("m", "\n{\"index\":0,\n \"score\":NaN}", ""),
    );
    import(&dir, &["bad"]).fails(3, &["r-20250101_000000.json:6:10: ", "NaN"]);
    put("none/readme.json", "{\"seed\": 1}".into());
    import(&dir, &["none"]).fails(3, &["none of the 1 JSON files", "readme.json"]);
    std::fs::create_dir(dir.path("void")).expect("a folder");
    import(&dir, &["void"]).fails(3, &["no .json file", "DATASET/SPLIT/MODEL"]);
}

#[test]
fn what_models_answered_is_kept_when_a_table_joins_records() {
    let dir = Workdir::new();
    dir.write(
        "records",
        "{\"id\":\"1\",\"outcomes\":{\"a\":{\"score\":1,\"kind\":\"x\"},\"c\":{\"score\":0,\"response\":\"own\"}}}\n",
    );
    dir.write(
        "t.csv",
        "id,model,score,response\n1,a,1,hello\n1,b,0,bye\n1,c,0,other\n",
    );
    dir.write(
        "more",
        "{\"id\":\"1\",\"outcomes\":{\"b\":{\"score\":0,\"seen\":2}}}\n",
    );
    let a = json!({"score":1,"kind":"x","response":"hello"});
    let b = json!({"score":0,"seen":2,"response":"bye"});
    for files in [
        ["records", "t.csv", "more"],
        ["t.csv", "records", "more"],
        ["records", "more", "t.csv"],
    ] {
        for memory in ["2G", "1"] {
            let flags = |more: &[&'static str]| {
                let all = [&files[..], &["--memory", memory], more].concat();
                import(&dir, &all).ok().json().swap_remove(0)
            };
            let got = flags(&["--responses"]);
            let c = json!({"score":0,"response":"own"});
            assert_eq!(got["outcomes"], json!({"a":a,"b":b,"c":c}), "{files:?}");
            // What becomes a reference takes all that it has along.
            let got = flags(&["--responses", "--reference", "a"]);
            assert_eq!(got["references"], json!({"a":a}), "{files:?}");
            let got = flags(&[]);
            assert!(!got.to_string().contains("response"), "{got}");
            assert_eq!(got["outcomes"]["b"], json!({"score":0,"seen":2}));
        }
    }
}

#[test]
fn records_join_by_id_and_keep_their_bytes() {
    let dir = Workdir::new();
    let odd = r#" {"id":"q1" , "x-big": 12345678901234567890123, "huge":1e999,"s":"\ud800", "outcomes" : {"a": {"score" : 1.0,"note":[1,  2]}} ,"prompt":"P"}  "#;
    let plain = r#"{"id":"q2","prompt":"R","outcomes":{}}"#;
    dir.write("old.ndjson", format!("{odd}\n{plain}\n"));
    assert_eq!(
        import(&dir, &["old.ndjson"]).ok().text(),
        format!("{odd}\n{plain}\n")
    );
    dir.write("new.ndjson", "{\"id\":\"q1\",\"prompt\":\"P\",\"dataset\":\"d\",\"embedding\":null,\"outcomes\":{\"b\":{\"cost\": 0.50,\"kind\":\"new\"},\"a\":{\"cost\":2}},\"references\":{\"r\":{\"score\":1}}}\n{\"id\":\"q3\",\"outcomes\":{\"b\":{\"score\":0}}}\n");
    let ran = import(&dir, &["old.ndjson", "new.ndjson"]).ok();
    let joined = r#" {"id":"q1" , "x-big": 12345678901234567890123, "huge":1e999,"s":"\ud800", "outcomes" : {"a": {"score" : 1.0,"note":[1,  2],"cost":2},"b":{"cost": 0.50,"kind":"new"}} ,"prompt":"P","dataset":"d","references":{"r":{"score":1}}}  "#;
    let got: Vec<&str> = ran.text().lines().collect();
    assert_eq!(got[0], joined);
    assert_eq!(got[1], plain);
    assert_eq!(got[2], r#"{"id":"q3","outcomes":{"b":{"score":0}}}"#);
    assert!(
        ran.stderr.contains("left out: \"embedding\""),
        "{}",
        ran.stderr
    );
    // A table joins records, in either order.
    dir.write("t.csv", "id,model,score\nq2,c,0.5\n");
    let ran = import(&dir, &["old.ndjson", "t.csv"]).ok();
    assert_eq!(
        ran.text().lines().nth(1),
        Some(r#"{"id":"q2","prompt":"R","outcomes":{"c":{"score":0.5}},"index":0}"#)
    );
    let ran = import(&dir, &["t.csv", "old.ndjson"]).ok();
    assert_eq!(
        ran.text().lines().next(),
        Some(r#"{"id":"q2","prompt":"R","outcomes":{"c":{"score":0.5}},"index":0}"#)
    );
    dir.write(
        "clash.ndjson",
        "\n{\"id\":\"q1\",\"outcomes\":{\"a\":{\"score\":0}}}\n",
    );
    import(&dir, &["old.ndjson", "clash.ndjson"]).fails(
        3,
        &["clash.ndjson:2:1: score of model \"a\" is 0, but 1 at old.ndjson:1 (id \"q1\")"],
    );
    dir.write(
        "clash.ndjson",
        "{\"id\":\"q1\",\"prompt\":\"another\",\"outcomes\":{}}\n",
    );
    import(&dir, &["old.ndjson", "clash.ndjson"]).fails(
        3,
        &["clash.ndjson:1:1: the prompt is another one than at old.ndjson:1"],
    );
}

#[test]
fn flags_change_records_in_place() {
    let text = r#"{"id":"a", "outcomes":{"m":{"score":4,"cost":1.5,"response":"long","x":[ ]},"n":{"score":10}}}"#;
    let dir = Workdir::new();
    dir.write("r", text);
    let ran = import(
        &dir,
        &[
            "r",
            "--score-range",
            "0:10",
            "--scale-cost",
            "m=0.5",
            "--reference",
            "n",
            "--dataset",
            "d",
        ],
    )
    .ok();
    assert_eq!(ran.text(), "{\"id\":\"a\", \"outcomes\":{\"m\":{\"score\":0.4,\"cost\":0.75,\"x\":[ ]}},\"dataset\":\"d\",\"references\":{\"n\":{\"score\":1}}}\n");
    let ran = import(&dir, &["r", "--score-range", "0:10", "--responses"]).ok();
    assert!(ran.text().contains("\"response\":\"long\""));
    refused(
        "r",
        text,
        &[],
        3,
        &["r:1:37: score is 4, expected 0..1", "--score-range"],
    );
    refused(
        "r",
        text,
        &["--score-range", "0:5"],
        3,
        &["score is 10, expected 0..5", "model \"n\""],
    );
    refused(
        "r",
        text,
        &["--score-range", "0:10", "--reference", "nn"],
        2,
        &["--reference names the model \"nn\"", "\"m\", \"n\""],
    );
    refused(
        "r",
        text,
        &["--score-range", "0:10", "--scale-cost", "gpt=2"],
        2,
        &["--scale-cost names the model \"gpt\""],
    );
}

#[test]
fn prices_make_costs_of_tokens_and_tell_what_they_could_not() {
    let dir = Workdir::new();
    dir.write(
        "p.csv",
        "model,input_usd_per_1m,output_usd_per_1m\nm,0.2,1\nn,3,4\n",
    );
    dir.write("b.csv", "id,model,score,cost,prompt_tokens,completion_tokens\n1,m,1,9,1000,10\n1,n,1,0.5,5,\n2,n,1,,,\n1,free,1,0.125,7,7\n2,local,1,,7,7\n");
    let ran = import(&dir, &["b.csv", "--prices", "p.csv", "--scale-cost", "m=2"]).ok();
    let got = ran.json();
    assert_eq!(
        got[0]["outcomes"]["m"]["cost"],
        json!(2.0 * ((1000.0 * 0.2 + 10.0 * 1.0) / 1e6))
    );
    assert_eq!(got[0]["outcomes"]["n"]["cost"], json!(0.5));
    assert_eq!(got[0]["outcomes"]["free"]["cost"], json!(0.125));
    assert_eq!(
        got[1]["outcomes"]["n"],
        json!({"score":1}),
        "unknown, not free"
    );
    assert!(ran.stderr.contains("\"free\", \"local\""), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("2 outcomes have no token counts")
            && ran.stderr.contains("1 of them unknown"),
        "{}",
        ran.stderr
    );
    dir.write(
        "p.csv",
        "model,input_usd_per_1m,output_usd_per_1m\nm,0.2,-1\n",
    );
    import(&dir, &["b.csv", "--prices", "p.csv"])
        .fails(3, &["p.csv:2:7: output_usd_per_1m is \"-1\""]);
    dir.write("p.csv", "model,x,y\nm,0.2,1\n");
    import(&dir, &["b.csv", "--prices", "p.csv"]).fails(3, &["input_usd_per_1m", "\"x\""]);
}
