//! Several runs of one query and model, and what is told where not every model
//! has a score on every query.

use super::{import, lines, refused};
use crate::workdir::Workdir;
use serde_json::json;

const RUNS: &str = "query,model,score,cost
hello,big,1,0.5
hello,big,0,0.5
hello,tiny,0,0.001
hello,big,1,0.2
hello,tiny,1,
bye,tiny,1,0.001
bye,big,1,0.5
";

#[test]
fn runs_are_averaged_and_counted_or_the_first_is_kept_or_they_are_refused() {
    let mean = lines("runs.csv", RUNS, &["--repeats", "mean"]);
    assert_eq!(
        mean[0]["outcomes"],
        json!({"big":{"score":0.6666666666666666,"cost":0.39999999999999997,"n":3},
            "tiny":{"score":0.5,"cost":0.001,"n":2}})
    );
    assert_eq!(
        mean[1]["outcomes"],
        json!({"big":{"score":1,"cost":0.5},"tiny":{"score":1,"cost":0.001}}),
        "one run needs no n"
    );
    let first = lines("runs.csv", RUNS, &["--repeats", "first"]);
    assert_eq!(
        first[0]["outcomes"],
        json!({"big":{"score":1,"cost":0.5},"tiny":{"score":0,"cost":0.001}})
    );
    refused(
        "runs.csv",
        RUNS,
        &[],
        3,
        &[
            "runs.csv:3:1: score of model \"big\" is 0, but 1 at runs.csv:2",
            "--repeats mean",
        ],
    );
}

#[test]
fn means_do_not_depend_on_the_order_of_rows_nor_on_memory() {
    let dir = Workdir::new();
    let (head, rows) = RUNS.split_once('\n').expect("a header");
    let mut back: Vec<&str> = rows.lines().collect();
    back.reverse();
    dir.write("runs.csv", RUNS);
    dir.write("back.csv", format!("{head}\n{}\n", back.join("\n")));
    let run = |file: &str, flags: &[&str]| {
        let flags = [&[file, "--repeats", "mean"], flags].concat();
        import(&dir, &flags).ok()
    };
    let want = run("runs.csv", &[]);
    assert_eq!(run("runs.csv", &["--memory", "1"]).text(), want.text());
    let outcomes = |ran: crate::workdir::Ran| {
        let mut all: Vec<String> = ran
            .json()
            .iter()
            .map(|r| r["outcomes"].to_string())
            .collect();
        all.sort();
        all
    };
    assert_eq!(outcomes(run("back.csv", &[])), outcomes(want));
}

#[test]
fn a_mean_joins_further_runs_by_its_own_count() {
    let dir = Workdir::new();
    dir.write("runs.csv", RUNS);
    let records = import(&dir, &["runs.csv", "--repeats", "mean"]).ok();
    dir.write("records", records.text());
    let more = r#"{"id":"ID","outcomes":{"big":{"score":0}}}"#;
    let id = records.json()[0]["id"].as_str().expect("an id").to_string();
    dir.write("more", more.replace("ID", &id));
    let ran = import(&dir, &["records", "more", "--repeats", "mean"]).ok();
    assert_eq!(
        ran.json()[0]["outcomes"]["big"],
        json!({"score":0.5,"cost":0.39999999999999997,"n":4}),
        "three runs of 2/3 and one of 0"
    );
    assert!(
        ran.stderr.contains("1 rows are further runs"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_is_known_of_each_model_is_told_unless_it_is_all() {
    let dir = Workdir::new();
    dir.write("all.csv", "query,model,score\na,x,1\na,y,0\nb,x,1\nb,y,1\n");
    let ran = import(&dir, &["all.csv"]).ok();
    assert!(!ran.stderr.contains("scores known"), "{}", ran.stderr);
    dir.write("gap.csv", "query,model,score\na,x,1\na,y,\nb,x,1\nb,y,1\n");
    let ran = import(&dir, &["gap.csv"]).ok();
    let share = "scores known, of the 2 queries: y 50 %, x 100 %";
    assert!(ran.stderr.contains(share), "{}", ran.stderr);
    dir.write("log.csv", "query,model,score\na,x,1\nb,y,1\nc,y,0\nd,y,1\n");
    let ran = import(&dir, &["log.csv"]).ok();
    for words in [
        "of the 4 queries: x 25 %, y 75 %",
        "no query has more than one model's outcome, as in a log",
    ] {
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
}

#[test]
fn an_import_without_any_outcome_is_no_success() {
    refused(
        "none.csv",
        "query,model,score\na,x,\nb,y,\n",
        &[],
        3,
        &["no outcome came out of 2 rows", "--col-score"],
    );
}
