//! `--memory` changes nothing but where the work is done: output, messages and
//! exit code are the same to the byte, whatever fits.

use super::{fixture, run_of, LONG};
use crate::workdir::{shared, Workdir};

/// Runs rb-import with little memory and with enough; all must agree. Returns
/// the exit code and what was said.
fn same(dir: &Workdir, arguments: &[&str]) -> (i32, String) {
    let want = dir.run("rb-import", arguments, "");
    for memory in ["1", "700", "20k"] {
        let got = dir.run(
            "rb-import",
            &[arguments, &["--memory", memory]].concat(),
            "",
        );
        let told = format!("{arguments:?} --memory {memory}");
        assert_eq!(got.stderr, want.stderr, "{told}");
        assert_eq!(got.code, want.code, "{told}: {}", got.stderr);
        assert!(got.stdout == want.stdout, "{told}: another output");
    }
    (want.code, want.stderr)
}

/// A file of every format, some of them about the same queries.
fn formats(dir: &Workdir) -> Vec<String> {
    let run = dir.path("bench/aime/test/m-a");
    std::fs::create_dir_all(&run).expect("folders");
    let records = r#"{"index":1,"prompt":"P","score":1.0,"cost":0.5,"raw_output":"so"},
      {"index":2,"prompt":"other","score":null}"#;
    let file = run.join("aime-20250101_000000.json");
    std::fs::write(file, run_of("org/a", records, "")).expect("a run");
    dir.write("bench/notes.json", "{\"seed\":1}");
    dir.write("long.csv", LONG);
    dir.write("embedllm.csv", "prompt_id,model_id,category_id,label,model_name,category,prompt\n1,0,0,1,a,c,P\n1,1,0,0,b,c,P\n2,0,0,1,a,c,R\n");
    dir.write(
        "sums.csv",
        "prompt,m1,m2,m1_response\nOne?,True,False,yes\nTwo?,False,,no\n",
    );
    dir.write(
        "dc.json",
        r#"[{"question":"One?","scores":{"b":0.4,"a":1.0,"c":null}}]"#,
    );
    dir.write("adaptor.jsonl", r#"{"query":"One?","dataset":"d","index":3,"records":{"a":1.0,"b":0.0},"usages":{"a":{"cost":0.0,"prompt_tokens":5,"completion_tokens":9},"b":{"cost":0.0,"prompt_tokens":0,"completion_tokens":0}}}"#);
    dir.write("old.ndjson", concat!(
        r#" {"id":"1" , "x-big": 12345678901234567890123,"s":"\ud800", "outcomes" : {"a": {"score" : 1.0,"note":[1,  2],"response":"é\u0000"}} ,"prompt":"P"}  "#, "\n",
        r#"{"id":"d/3","outcomes":{"z":null,"a":{"score":1}}}"#, "\n",
        r#"{"id":"q3","prompt":"Ü😀","index":3,"outcomes":{},"references":{"r":{"score":0.30000000000000004,"reward":-1e-300}}}"#, "\n"));
    dir.write("new.ndjson", concat!(
        r#"{"id":"1","prompt":"P","dataset":"c","embedding":null,"tag":1,"outcomes":{"b":{"cost": 0.50,"kind":"new","answer":"\u0041 b"},"a":{"cost":2}},"references":{"r":{"score":1}}}"#, "\n",
        r#"{"id":"q3","more":[],"outcomes":{"b":{"score":0,"prompt_tokens":7,"completion_tokens":9}}}"#, "\n"));
    dir.write(
        "prices.csv",
        "model,input_usd_per_1m,output_usd_per_1m\na,0.2,1\nb,3,4\n",
    );
    let own = [
        "bench",
        "long.csv",
        "embedllm.csv",
        "sums.csv",
        "dc.json",
        "adaptor.jsonl",
        "old.ndjson",
        "new.ndjson",
    ];
    let committed = ["routerbench.csv", "routerbench.parquet", "long.parquet"];
    let own = own.into_iter().map(String::from);
    own.chain(committed.map(fixture)).collect()
}

#[test]
fn every_format_and_flag_gives_the_same_bytes() {
    let dir = Workdir::new();
    let files = formats(&dir);
    let mut groups: Vec<Vec<&str>> = files.iter().map(|f| vec![f.as_str()]).collect();
    groups.push(vec!["old.ndjson", "new.ndjson"]);
    groups.push(vec!["new.ndjson", "old.ndjson", "new.ndjson"]);
    groups.push(vec!["embedllm.csv", "new.ndjson", "old.ndjson"]);
    groups.push(vec!["old.ndjson", "old.ndjson"]);
    groups.push(vec![&files[8], &files[9]]);
    groups.push(files.iter().map(String::as_str).collect());
    let flags: [&[&str]; 10] = [
        &[],
        &["--answer-from", "text"],
        &[
            "--answer-from",
            "letter",
            "--responses",
            "--on-error",
            "skip",
        ],
        &["--responses"],
        &["--dataset", "d"],
        &["--prices", "prices.csv", "--responses"],
        &["--scale-cost", "a=0.5", "--scale-cost", "b=3"],
        &[
            "--reference",
            "a",
            "--scale-cost",
            "a=2",
            "--prices",
            "prices.csv",
        ],
        &["--reference", "r", "--on-error", "skip"],
        &["--score-range", "0:10", "--on-error", "skip"],
    ];
    let mut codes = [0; 4];
    for group in &groups {
        for flags in flags {
            let (code, _) = same(&dir, &[group, flags].concat());
            codes[code as usize] += 1;
        }
    }
    // That they agree shows something only where there is something to agree on.
    assert!(codes[0] > 50 && codes[2] > 5, "{codes:?}");
    let (_, said) = same(&dir, &["old.ndjson", "new.ndjson", "new.ndjson"]);
    assert_eq!(said.matches("were left out: ").count(), 2, "{said}");
    assert!(
        said.contains("left out: \"embedding\", \"more\", \"tag\""),
        "{said}"
    );
}

#[test]
fn answers_go_over_the_disk_as_they_are() {
    let dir = Workdir::new();
    formats(&dir);
    let rows: Vec<String> = (0..40)
        .map(|i| {
            format!(
                "{},m{},{},it is {},\u{e9} {}\n",
                i % 7,
                i % 3,
                i % 2,
                i % 5,
                i % 4
            )
        })
        .collect();
    let rows = format!("id,model,score,response,parsed_answer\n{}", rows.concat());
    dir.write("runs.csv", &rows);
    dir.write(
        "one.ndjson",
        r#"{"id":"1","outcomes":{"m0":{"answer":"\u00e9 1","n":3,"score":1,"response":"no"}}}"#,
    );
    for repeats in ["mean", "first", "error"] {
        for made in [&[][..], &["--answer-from", "number"]] {
            let flags = ["one.ndjson", "runs.csv", "--repeats", repeats];
            let (code, said) = same(&dir, &[&flags, made].concat());
            assert_eq!(code == 0, repeats != "error", "{said}");
        }
    }
}

#[test]
fn conflicts_and_broken_rows_are_told_alike() {
    let dir = Workdir::new();
    formats(&dir);
    dir.write(
        "clash.ndjson",
        concat!(
            "\n",
            r#"{"id":"1","outcomes":{"a":{"score":0}}}"#,
            "\n",
            r#"{"id":"q3","outcomes":{"b":{"score":9}}}"#,
            "\n",
            r#"{"id":"q3","prompt":"another","strange":1,"outcomes":{"ghost":{"score":1}}}"#,
            "\n"
        ),
    );
    dir.write("both.ndjson", r#"{"id":"q3","outcomes":{"r":{"score":1}}}"#);
    dir.write("empty.csv", "query,model,score\n");
    dir.write("single.csv", "id,model,score\n1,m,1\n2,n,1\n");
    let cases: [(&[&str], i32, &[&str]); 9] = [
        (
            &["old.ndjson", "clash.ndjson"],
            3,
            &["clash.ndjson:2:1: score of model \"a\" is 0, but 1 at old.ndjson:1 (id \"1\")"],
        ),
        (
            &["old.ndjson", "clash.ndjson", "--on-error", "skip"],
            1,
            &["skipped 3 bad records; the first: clash.ndjson:2:1"],
        ),
        // What is wrong with a later file does not hide an earlier row's fault.
        (
            &["old.ndjson", "clash.ndjson", "missing.csv"],
            3,
            &["clash.ndjson:2:1"],
        ),
        (&["old.ndjson", "missing.csv"], 4, &["missing.csv"]),
        (&["old.ndjson", "empty.csv"], 3, &["empty.csv holds no row"]),
        (
            &[
                "old.ndjson",
                "clash.ndjson",
                "empty.csv",
                "--on-error",
                "skip",
            ],
            3,
            &["empty.csv holds no row"],
        ),
        (
            &["old.ndjson", "both.ndjson", "--reference", "r"],
            3,
            &["\"q3\" has it as an outcome and as a reference"],
        ),
        (
            &[
                "old.ndjson",
                "clash.ndjson",
                "--on-error",
                "skip",
                "--reference",
                "ghost",
            ],
            2,
            &["not among \"a\", \"r\""],
        ),
        (
            &["single.csv"],
            0,
            &["no query has more than one model's outcome"],
        ),
    ];
    for (arguments, code, words) in cases {
        let (got, said) = same(&dir, arguments);
        assert_eq!(got, code, "{arguments:?}: {said}");
        for word in words {
            assert!(said.contains(word), "{arguments:?}: {said}");
        }
    }
}

#[test]
#[cfg_attr(not(has_shared_data), ignore = "needs ../shared/data")]
fn the_real_benchmarks_give_the_same_bytes() {
    let dir = Workdir::new();
    let mut files = Vec::new();
    for name in ["arc_challenge_test", "winograde_test", "winograde_train"] {
        let path = shared(&format!("routerbench/{name}.csv.zst"));
        files.push(path.display().to_string());
    }
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    for flags in [&[][..], &["--responses"]] {
        let arguments = [&names, flags].concat();
        let want = dir.run("rb-import", &arguments, "").ok();
        for memory in ["1", "100k", "1M"] {
            let got = dir.run(
                "rb-import",
                &[&arguments[..], &["--memory", memory]].concat(),
                "",
            );
            assert_eq!(got.stderr, want.stderr);
            assert!(got.stdout == want.stdout, "--memory {memory}");
        }
    }
}

#[test]
fn a_folder_for_temporary_files_that_will_not_do_is_told() {
    let dir = Workdir::new();
    dir.write("long.csv", LONG);
    let mut command = dir.command("rb-import", &["long.csv", "--memory", "1"]);
    let ran = command
        .env("TMPDIR", dir.path("nowhere"))
        .output()
        .expect("rb-import");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(4), "{said}");
    assert!(
        said.contains("nowhere") && said.contains("set TMPDIR"),
        "{said}"
    );
    assert!(ran.stdout.is_empty());
}
