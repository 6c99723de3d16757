//! Tokens that are parts of others: read from a cache, written to one, spent on
//! reasoning; what they cost, and what is told of them.

use super::{import, lines, refused};
use crate::workdir::Workdir;
use serde_json::{json, Value};

const LOG: &str = "\
query,model,score,prompt_tokens,completion_tokens,cached_tokens,cache_write_tokens,reasoning_tokens
q,big,1,1000,500,400,100,300
q,small,0,1000,500,,,
";

fn priced(rows: &str, sheet: (&str, &str), flags: &[&str]) -> (Value, String) {
    let dir = Workdir::new();
    dir.write("t.csv", rows);
    dir.write(sheet.0, sheet.1);
    let ran = import(&dir, &[&["t.csv", "--prices", sheet.0], flags].concat()).ok();
    (ran.json()[0]["outcomes"].clone(), ran.stderr)
}

#[test]
fn parts_stand_in_the_record_and_are_told() {
    let dir = Workdir::new();
    dir.write("t.csv", LOG);
    let ran = import(&dir, &["t.csv"]).ok();
    assert_eq!(
        ran.json()[0]["outcomes"],
        json!({"big":{"score":1,"prompt_tokens":1000,"completion_tokens":500,
                "cache_read_tokens":400,"cache_write_tokens":100,"reasoning_tokens":300},
            "small":{"score":0,"prompt_tokens":1000,"completion_tokens":500}})
    );
    assert!(
        ran.stderr.contains("cache_read_tokens=cached_tokens (within prompt tokens), cache_write_tokens=cache_write_tokens (within prompt tokens), reasoning_tokens=reasoning_tokens (within completion tokens)"),
        "{}",
        ran.stderr
    );
}

#[test]
fn each_part_costs_what_the_sheet_says_of_it() {
    // 500 at 2, 400 at 0.5, 100 at 4, 200 at 10, 300 at 20.
    let full = (1000.0 + 200.0 + 400.0 + 2000.0 + 6000.0) / 1e6;
    let litellm = r#"{"big":{"input_cost_per_token":2e-06,"output_cost_per_token":1e-05,
        "cache_read_input_token_cost":5e-07,"cache_creation_input_token_cost":4e-06,
        "output_cost_per_reasoning_token":2e-05,"input_cost_per_token_above_200k_tokens":4e-06}}"#;
    let table = "model,input_usd_per_1m,output_usd_per_1m,cache_read_usd_per_1m,cache_write_usd_per_1m,reasoning_usd_per_1m\nbig,2,10,0.5,4,20\n";
    let named = "model,in,out,r,w,t\nbig,2,10,0.0005,4,20\n";
    let by_hand = [
        "--col-price-cache-read",
        "r:1k",
        "--col-price-cache-write",
        "w:1m",
        "--col-price-reasoning",
        "t",
    ];
    for (sheet, flags) in [
        (("s.json", litellm), &[][..]),
        (("s.csv", table), &[]),
        (("s.csv", named), &by_hand),
    ] {
        let (outcomes, words) = priced(LOG, sheet, flags);
        assert_eq!(outcomes["big"]["cost"], json!(full), "{sheet:?}");
        assert!(!words.contains("billed"), "{words}");
    }
    // The same from records, later.
    let dir = Workdir::new();
    dir.write("t.csv", LOG);
    dir.write("s.json", litellm);
    let records = import(&dir, &["t.csv"]).ok();
    dir.write("r.ndjson", &records.stdout);
    let again = import(&dir, &["r.ndjson", "--prices", "s.json"])
        .ok()
        .json();
    assert_eq!(again[0]["outcomes"]["big"]["cost"], json!(full));
    assert_eq!(again[0]["outcomes"]["big"]["cache_read_tokens"], 400);
    let spilled = import(&dir, &["t.csv", "--prices", "s.json", "--memory", "1"]).ok();
    assert_eq!(
        spilled.json()[0]["outcomes"]["big"],
        again[0]["outcomes"]["big"]
    );
}

#[test]
fn what_has_no_price_of_its_own_is_told() {
    let sheet = ("s.csv", "model,price_in,price_out\nbig,2,10\nsmall,1,1\n");
    let (outcomes, words) = priced(LOG, sheet, &[]);
    assert_eq!(outcomes["big"]["cost"], json!(0.007));
    assert!(
        words.contains("1 outcomes have tokens read from or written to a cache, for which the price sheet has no price"),
        "{words}"
    );
    let long =
        "query,model,score,prompt_tokens,completion_tokens\nq,big,1,200001,1\nr,big,1,200000,1\n";
    let sheet = r#"{"big":{"input_cost_per_token":2e-06,"output_cost_per_token":1e-05,"input_cost_per_token_above_200k_tokens":4e-06}}"#;
    let (_, words) = priced(long, ("s.json", sheet), &[]);
    assert!(words.contains("1 outcomes have longer prompts"), "{words}");
    let dir = Workdir::new();
    dir.write("t.csv", LOG);
    dir.write("s.csv", "model,in,out\nbig,1,1\n");
    let flags = [
        "t.csv",
        "--prices",
        "s.csv",
        "--col-price-reasoning",
        "think",
    ];
    import(&dir, &flags).fails(3, &["--col-price-reasoning", "\"model\", \"in\", \"out\""]);
}

#[test]
fn tokens_beside_others_are_added_by_name_or_by_word() {
    let rows = "query,model,score,input_tokens,output_tokens,cache_read_input_tokens,cache_creation_input_tokens\nq,big,1,100,50,4000,900\n";
    let dir = Workdir::new();
    dir.write("t.csv", rows);
    let ran = import(&dir, &["t.csv"]).ok();
    assert_eq!(
        ran.json()[0]["outcomes"]["big"],
        json!({"score":1,"prompt_tokens":5000,"completion_tokens":50,"cache_read_tokens":4000,"cache_write_tokens":900})
    );
    assert!(
        ran.stderr
            .contains("cache_read_tokens=cache_read_input_tokens (beside prompt tokens)"),
        "{}",
        ran.stderr
    );
    let rows = rows.replace(
        "input_tokens,output_tokens,",
        "prompt_tokens,output_tokens,",
    );
    refused(
        "t.csv",
        &rows,
        &[],
        3,
        &[
            "t.csv:2:21: a cache's tokens are 4900, more than the 100 prompt tokens of which",
            "--col-cache-write-tokens cache_creation_input_tokens:beside",
        ],
    );
    let flags = [
        "--col-cache-read-tokens",
        "cache_read_input_tokens:beside",
        "--col-cache-write-tokens",
        "cache_creation_input_tokens:beside",
    ];
    assert_eq!(
        lines("t.csv", &rows, &flags)[0]["outcomes"]["big"]["prompt_tokens"],
        5000
    );
    let gemini = "query,model,score,prompt_token_count,candidates_token_count,thoughts_token_count,total_token_count\nq,g,1,10,5,100,115\n";
    assert_eq!(
        lines("t.csv", gemini, &[])[0]["outcomes"]["g"],
        json!({"score":1,"prompt_tokens":10,"completion_tokens":105,"reasoning_tokens":100})
    );
    let total = "query,model,score,prompt_tokens,completion_tokens,cached_tokens,total_tokens\nq,m,1,100,10,50,160\n";
    refused(
        "t.csv",
        total,
        &[],
        3,
        &[
            "t.csv:2:17: all tokens are 160",
            "--col-cache-read-tokens COLUMN:beside",
        ],
    );
    refused(
        "t.csv",
        total,
        &["--col-cache-read-tokens", "cached_tokens:outside"],
        2,
        &[":within others or :beside them"],
    );
}

#[test]
fn broken_parts_of_records_are_refused_with_their_place() {
    let record = |outcome: &str| format!("{{\"id\":\"q\",\"outcomes\":{{\"m\":{outcome}}}}}\n");
    refused(
        "r.ndjson",
        record(r#"{"score":1,"cache_read_tokens":-1}"#),
        &[],
        3,
        &["r.ndjson:1:58: cache_read_tokens is -1, expected a count"],
    );
    let dir = Workdir::new();
    dir.write("s.csv", "model,in,out\nm,1,1\n");
    dir.write(
        "r.ndjson",
        record(r#"{"score":1,"prompt_tokens":5,"completion_tokens":1,"cache_read_tokens":6}"#),
    );
    import(&dir, &["r.ndjson", "--prices", "s.csv"])
        .fails(3, &["are parts of prompt_tokens", "r.ndjson:1"]);
}
