//! rb-pareto --pairs: the tables of every two routers.

use crate::workdir::{demo, Workdir};

fn scores(w: &Workdir, flags: &str) -> Vec<u8> {
    let score = format!("rb-score --quiet --resamples 300 {flags}");
    let fits = [
        "rb-fit random --quiet",
        "rb-fit fixed --quiet --model sim-small",
        "rb-fit length --quiet",
    ];
    w.pipe(demo(), &[&fits[..], &[&score]].concat())
}

#[test]
fn tables_hold_the_pairs_of_every_group_with_the_figures_of_the_records() {
    let w = Workdir::new();
    let scores = scores(&w, "--pairs --by dataset");
    let files = ["--csv", "p.csv", "--markdown", "p.md", "--latex", "p.tex"];
    let arguments = [&["--pairs", "--rows", "-"], &files[..]].concat();
    let rows = w.run("rb-pareto", &arguments, &scores).ok().json();
    // Three pairs of six datasets, and of all.
    assert_eq!(rows.len(), 21);
    let records = w.run("rb-pareto", &[], &scores).ok().json();
    let is_pair = |r: &&serde_json::Value| r["type"] == "pair";
    for record in records.iter().filter(is_pair) {
        let of = |row: &&serde_json::Value| {
            let same = |name: &str| row[name] == record[name];
            same("router") && same("versus") && row["group.dataset"] == record["group"]["dataset"]
        };
        let row = rows.iter().find(of).expect("a row of the pair");
        for name in ["n", "diff", "p", "p_holm"] {
            assert_eq!(row[name].as_f64(), record[name].as_f64(), "{name}: {row}");
        }
        assert_eq!(row["diff_low"], record["diff_ci"][0], "{row}");
        assert_eq!(row["diff_high"], record["diff_ci"][1], "{row}");
        assert_eq!(row["better"], record["better"], "{row}");
        assert_eq!(row["at"], record["verdict_at"], "{row}");
    }
    let text = |file: &str| String::from_utf8(w.read(file)).expect("UTF-8");
    let csv = text("p.csv");
    let heading = "group.dataset,router,versus,at,n,diff,diff_low,diff_high,p,p_holm,better\n";
    assert!(csv.starts_with(heading), "{csv}");
    assert_eq!(csv.lines().count(), 22);
    let markdown = text("p.md");
    let heading = "| dataset | router | less | at | difference | p | p (Holm) | better |\n";
    assert!(markdown.starts_with(heading), "{markdown}");
    assert!(text("p.tex")
        .contains("dataset & router & less & at & difference & p & p (Holm) & better \\\\"));
    let few = ["--pairs", "--columns", "versus,diff", "--csv", "-"];
    let few = w.run("rb-pareto", &few, &scores).ok();
    assert!(few
        .text()
        .starts_with("group.dataset,versus,diff,diff_low,diff_high\n"));
}

#[test]
fn what_cannot_be_tabulated_is_told() {
    let w = Workdir::new();
    let without = scores(&w, "");
    w.run("rb-pareto", &["--pairs", "--csv", "-"], &without)
        .fails(3, &["no pairs", "rb-score --pairs"]);
    w.run("rb-pareto", &["--pairs"], &without)
        .fails(2, &["--pairs is of --csv"]);
    w.run(
        "rb-pareto",
        &["--pairs", "--csv", "-", "--columns", "aiq"],
        &without,
    )
    .fails(2, &["no column aiq", "router, versus"]);
    w.run(
        "rb-pareto",
        &["--csv", "-", "--columns", "better"],
        &without,
    )
    .fails(2, &["no column better", "quality"]);
}
