//! What rb-import refuses, skips or remarks on: the message has the place, what
//! was found, what was expected and what to do about it.

use super::{fixture, import, refused, LONG};
use crate::workdir::Workdir;
use serde_json::json;

#[test]
#[allow(clippy::too_many_lines)] // one table
fn what_a_tired_user_gives_is_refused_with_the_remedy() {
    let head = "query,model,score\n";
    let csv = |row: &str| format!("{head}{row}\n");
    let cases: [(&str, String, &[&str]); 15] = [
        (
            "t.csv",
            csv("a,m,1.7"),
            &[
                "t.csv:2:5: score is 1.7, expected 0..1 (model \"m\")",
                "--score-range",
            ],
        ),
        ("t.csv", csv("a,m,inf"), &["score is inf"]),
        (
            "t.csv",
            "query;model;score\na;m;0,5\n".into(),
            &["t.csv:2:5: score is 0,5", "point"],
        ),
        ("t.csv", csv("\"a\nb\",m,x"), &["t.csv:3:6: score is x"]),
        (
            "t.csv",
            csv("a,m,1\n\na,m,0"),
            &["t.csv:4:1: score of model \"m\" is 0, but 1 at t.csv:2"],
        ),
        (
            "t.csv",
            csv("a,m"),
            &["t.csv:2:3: ", "has 2 cells, the header has 3", "quote"],
        ),
        (
            "t.csv",
            csv("a,,1"),
            &["t.csv:2:3: the model's name is missing"],
        ),
        (
            "t.csv",
            csv(",m,1"),
            &["t.csv:2:1: the query's text is missing"],
        ),
        ("t.csv", head.into(), &["t.csv holds no row"]),
        ("t.csv", String::new(), &["t.csv is empty"]),
        (
            "t.csv",
            "query,model,cost\na,m,1\n".into(),
            &["no column for the score", "\"cost\"", "--col-score"],
        ),
        (
            "t.csv",
            "model,score\nm,1\n".into(),
            &["no column for the query", "--col-query"],
        ),
        (
            "t.csv",
            "query,model,score,model\na,m,1,m\n".into(),
            &["t.csv:1:19: the column \"model\" stands twice"],
        ),
        (
            "t.txt",
            "some notes\n".into(),
            &["columns \"some notes\"", "--format", "--col-model"],
        ),
        (
            "qa.csv",
            "prompt,answer\nCapital?,Paris\n".into(),
            &[
                "qa.csv is a table",
                "lacks a column for the model",
                "--col-model",
            ],
        ),
    ];
    for (name, text, words) in cases {
        refused(name, text, &[], 3, words);
    }
    refused(
        "b.pkl",
        b"\x80\x04\x95rest",
        &[],
        3,
        &[
            "pickle",
            "pandas.DataFrame(pandas.read_pickle(\"b.pkl\")).to_csv(\"b.csv\")",
        ],
    );
    refused("b.xlsx", b"PK\x03\x04rest", &[], 3, &["Excel", "CSV"]);
    refused("b.csv", b"\xff\xfeq\0", &[], 3, &["UTF-16", "iconv"]);
    refused(
        "b.csv",
        b"query,model,score\n\xe9,m,1\n",
        &[],
        3,
        &["b.csv:2:1: ", "not UTF-8", "iconv"],
    );
    refused("b.bin", b"abc\0def", &[], 3, &["export it"]);
    refused(
        "b.parquet",
        b"PAR1 and nothing",
        &[],
        3,
        &["cannot be read as Parquet"],
    );
    refused("b.json", "{\"a\":1}", &[], 3, &["JSON with the keys \"a\""]);
    refused(
        "b.json",
        "[{\"question\":\"q\"}]",
        &[],
        3,
        &[
            "b.json is a JSON array of objects with \"question\"",
            "--col-score",
        ],
    );
    refused(
        "b.json",
        "[{\"question\":\"q\",\"scores\":{\"m\":2}}]",
        &[],
        3,
        &["b.json:1:32: score is 2"],
    );
    refused(
        "b.ndjson",
        "{\"id\":\"a\",\"outcomes\":{}}\n{\"id\":\"b\"\n",
        &[],
        3,
        &["b.ndjson:2:"],
    );
    refused(
        "b.ndjson",
        "{\"outcomes\":{}}\n",
        &[],
        3,
        &["no id, and no prompt"],
    );
    refused(
        "t.csv",
        LONG,
        &["--format", "records"],
        3,
        &["is a table", "leave out --format"],
    );
    refused(
        "t.csv",
        LONG,
        &["--format", "excel"],
        2,
        &["excel", "routerbench"],
    );
    refused("t.csv", LONG, &["--score-range", "3"], 2, &["LO:HI"]);
    refused(
        "t.csv",
        "id,model,score\na\u{7},m,1\n",
        &[],
        3,
        &["control characters"],
    );
    Workdir::new()
        .run("rb-import", &["missing.csv"], "")
        .fails(4, &["missing.csv"]);
}

#[test]
fn amounts_beyond_all_bounds_are_refused_read_or_made() {
    let bound = &["expected USD, not negative, at most 1e100"][..];
    let long = "id,model,score,cost,prompt_tokens,completion_tokens\n";
    refused("t.csv", format!("{long}1,a,1,1e101,,\n"), &[], 3, bound);
    let record = "{\"id\":\"1\",\"outcomes\":{\"a\":{\"score\":1,\"cost\":1e308}}}\n";
    refused("r", record, &[], 3, &[&["r:1:"], bound].concat());
    let scaled = &["t.csv:2:1: --scale-cost makes a cost of 1e110 USD", "1e100"];
    let flags = &["--scale-cost", "a=1e20"];
    refused("t.csv", format!("{long}1,a,1,1e90,,\n"), flags, 3, scaled);
    let dir = Workdir::new();
    dir.write("t.csv", format!("{long}1,a,1,,1e90,1e90\n"));
    dir.write(
        "prices.csv",
        "model,input_usd_per_1m,output_usd_per_1m\na,1e30,1\n",
    );
    for memory in ["2G", "1"] {
        let flags = ["t.csv", "--prices", "prices.csv", "--memory", memory];
        let said = ["t.csv:2:1: --prices makes a cost of 1e114 USD", "mend"];
        let ran = import(&dir, &flags).fails(3, &said);
        assert!(ran.stdout.is_empty());
    }
}

#[test]
fn a_price_sheet_that_is_no_table_is_refused_as_one() {
    let dir = Workdir::new();
    dir.write("t.csv", "id,model,score\n1,a,1\n");
    std::fs::create_dir(dir.path("folder")).expect("a folder");
    dir.write("prices.json", "[1]");
    for (sheet, is) in [("folder", "is a folder"), ("prices.json", "prices.json")] {
        let said = ["--prices", is, "expected a table", "input_usd_per_1m"];
        import(&dir, &["t.csv", "--prices", sheet]).fails(3, &said);
    }
}

#[test]
fn routerbench_without_its_columns_is_refused_by_name() {
    let text = std::fs::read_to_string(fixture("routerbench.csv")).expect("the fixture");
    refused(
        "r.csv",
        text.replacen("sample_id", "sample", 1),
        &[],
        3,
        &["\"sample_id\" is not among"],
    );
    refused(
        "r.csv",
        text.replacen(",beta-2,", ",beta,", 1),
        &[],
        3,
        &["no column of scores \"beta-2\""],
    );
    let broken = text.replacen("['Name a caf\\u00e9 colour.']", "['Name' 'two']", 1);
    assert_ne!(broken, text);
    refused("r.csv", broken, &[], 3, &["r.csv:5:22: ", "Python list"]);
}

#[test]
fn bad_rows_are_skipped_whole_and_counted() {
    let dir = Workdir::new();
    dir.write(
        "t.csv",
        "query,model,score\na,m,1\nb,m,7\na,n\nb,n,0\na,m,0\n",
    );
    let ran = import(&dir, &["t.csv", "--on-error", "skip"])
        .fails(1, &["skipped 3 bad records", "t.csv:3:5"]);
    let got = ran.json();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0]["outcomes"], json!({"m":{"score":1}}));
    assert_eq!(got[1]["outcomes"], json!({"n":{"score":0}}));
}

#[test]
fn what_stands_before_json_is_no_header_of_a_table() {
    for (text, found) in [
        ("x{\"id\":\"a\",\"outcomes\":{}}\n", "\"x\""),
        (",[{\"id\":\"a\",\"model\":\"m\",\"score\":1}]\n", "\",\""),
        (
            "reading the log\n{\"id\":\"a\",\"outcomes\":{}}\n",
            "\"reading the log\"",
        ),
    ] {
        let words = format!("b.json:1:1: {found} stands before the JSON; remove it");
        refused("b.json", text, &[], 3, &[&words]);
    }
}

#[test]
fn a_broken_first_record_is_one_bad_record_like_any_other() {
    let dir = Workdir::new();
    dir.write("t", "{\"id\":\"a\",\n{\"id\":\"b\",\"outcomes\":{}}\n");
    import(&dir, &["t"]).fails(3, &["t:1:"]);
    let ran = import(&dir, &["t", "--on-error", "skip"]).fails(1, &["skipped 1 bad records"]);
    assert_eq!(ran.text(), "{\"id\":\"b\",\"outcomes\":{}}\n");
}

#[test]
fn a_stream_in_which_no_query_has_two_models_is_remarked() {
    let dir = Workdir::new();
    dir.write("t.csv", "id,model,score\n1,m,1\n2,n,1\n");
    let ran = import(&dir, &["t.csv"]).ok();
    assert!(ran.stderr.contains("--col-id"), "{}", ran.stderr);
    assert!(import(&dir, &["t.csv", "--quiet"]).ok().stderr.is_empty());
}

#[test]
fn a_line_of_blanks_that_no_json_knows_is_refused_at_its_place_or_skipped() {
    let w = Workdir::new();
    let lines = concat!(
        "{\"question\":\"Q\",\"model\":\"a\",\"score\":1}\n",
        "\u{3000}\n",
        " \t\n",
        "{\"question\":\"Q\",\"model\":\"b\",\"score\":0}\n",
    );
    w.run("rb-import", &[], lines)
        .fails(3, &["stdin:2:1", "not the JSON object"]);
    // Exit code 1: some records were skipped.
    w.run("rb-import", &["--on-error", "skip"], lines)
        .fails(1, &["skipped 1 bad records", "2 outcomes"]);
}
