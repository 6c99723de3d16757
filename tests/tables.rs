//! Tables for a paper and for another program (rb-pareto `--csv`, `--markdown`,
//! `--latex`, `--rows`).

use crate::workdir::{demo, root, Workdir};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// Scores of three routers on the demo data, by dataset, against kmeans.
fn scores(w: &Workdir) -> Vec<u8> {
    w.pipe(
        demo(),
        &[
            "rb-embed",
            "rb-fit kmeans --quiet",
            "rb-fit knn --quiet",
            "rb-score --quiet --by dataset --versus kmeans --resamples 100",
        ],
    )
}

/// A model, a router whose names hold what formats take for their own.
const NASTY: &str = concat!(
    r#"{"type":"baseline","name":"model","group":{"a|b":"x,\"y\"\n_z"},"model":"m|_*\\&%$#{}~^<>","n":3,"quality":0.5,"cost":0.001}"#,
    "\n",
    r#"{"type":"point","router":"[r]","group":{"a|b":"x,\"y\"\n_z"},"alpha":1,"n":3,"quality":0.25,"cost":0.002}"#,
    "\n",
);

#[test]
fn csv_holds_the_figures_of_the_records_at_full_precision() {
    let w = Workdir::new();
    let scores = scores(&w);
    let table = w.run("rb-pareto", &["--csv", "-"], &scores).ok();
    let mut lines = table.text().lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| header.iter().position(|h| *h == name).expect(name);
    let rows: Vec<Vec<&str>> = lines.map(|l| l.split(',').collect()).collect();
    assert!(rows.iter().all(|r| r.len() == header.len()));
    let summaries: Vec<Value> = String::from_utf8(scores)
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .filter(|r: &Value| r["type"] == "summary")
        .collect();
    assert_eq!(summaries.len(), 14);
    let mut versus = 0;
    for summary in &summaries {
        let dataset = summary["group"]["dataset"].as_str().unwrap_or("");
        let is_row = |r: &&Vec<&str>| {
            let names = [r[at("kind")], r[at("name")], r[at("group.dataset")]];
            names == ["router", summary["router"].as_str().unwrap(), dataset]
        };
        let row = rows.iter().find(is_row).expect("a row a summary");
        let same = |column: &str, value: &Value| match value.as_f64() {
            Some(value) => assert_eq!(row[at(column)].parse(), Ok(value), "{column}"),
            None => assert_eq!(row[at(column)], "", "{column}: {value}"),
        };
        for name in ["quality", "cost", "diff", "p", "p_holm", "aiq", "perfgain"] {
            same(name, &summary[name]);
        }
        for name in ["quality", "diff", "diff_versus", "cost_ratio", "aiq"] {
            let interval = &summary[format!("{name}_ci")];
            same(&format!("{name}_low"), &interval[0]);
            same(&format!("{name}_high"), &interval[1]);
        }
        same("diff_versus", &summary["diff_versus"]);
        versus += usize::from(!row[at("diff_versus")].is_empty());
    }
    assert_eq!(versus, 7, "knn against kmeans, in each group");
}

#[test]
fn a_file_stands_beside_the_records_and_columns_are_chosen() {
    let w = Workdir::new();
    let scores = scores(&w);
    let plain = w.run("rb-pareto", &[], &scores).ok();
    let columns = ["--columns", "name,diff_versus,quality"];
    let with = [&["--csv", "t.csv", "--latex", "t.tex"], &columns[..]].concat();
    let both = w.run("rb-pareto", &with, &scores).ok();
    assert_eq!(plain.stdout, both.stdout, "records are what they were");
    let csv = String::from_utf8(w.read("t.csv")).unwrap();
    assert_eq!(
        csv.lines().next().unwrap(),
        "group.dataset,name,diff_versus,diff_versus_low,diff_versus_high,quality,quality_low,quality_high"
    );
    let tex = String::from_utf8(w.read("t.tex")).unwrap();
    assert!(tex.contains(" & against kmeans & quality \\\\\n"), "{tex}");
    w.run("rb-pareto", &columns, &scores)
        .fails(2, &["--columns", "--csv -"]);
    w.run("rb-pareto", &["--csv", "-", "--columns", "qualty"], &scores)
        .fails(2, &["qualty", "quality"]);
    w.run("rb-pareto", &["--csv", "-", "--rows", "-"], &scores)
        .fails(2, &["mixed", "name a file"]);
}

#[test]
fn each_format_escapes_what_it_takes_for_its_own() {
    let w = Workdir::new();
    let table = |format: &str| {
        let ran = w.run("rb-pareto", &[format, "-"], NASTY).ok();
        ran.text().to_string()
    };
    let csv = table("--csv");
    assert!(csv.starts_with("group.a|b,kind,"), "{csv}");
    assert!(
        csv.contains("\n\"x,\"\"y\"\"\n_z\",model,m|_*\\&%$#{}~^<>,"),
        "{csv}"
    );
    let markdown = table("--markdown");
    assert_eq!(markdown.lines().count(), 4, "{markdown}");
    assert!(markdown.starts_with(r"| a\|b | "), "{markdown}");
    assert!(
        markdown.contains(r"| m\|\_\*\\&amp;%\$#{}\~^&lt;> |"),
        "{markdown}"
    );
    assert!(markdown.contains(r"| \[r\] |"), "{markdown}");
    let latex = table("--latex");
    let name = r"m\textbar{}\_*\textbackslash{}\&\%\$\#\{\}\textasciitilde{}\textasciicircum{}\textless{}\textgreater{}";
    assert!(latex.contains(name), "{latex}");
    let chosen = ["--latex", "-", "--columns", "name,quality"];
    let without_group = NASTY.replace(r#"{"a|b":"x,\"y\"\n_z"}"#, "{}");
    let chosen = w.run("rb-pareto", &chosen, without_group).ok();
    assert!(chosen.text().contains("\n{}[r] & 25.0 \\\\\n"));
}

#[test]
fn a_row_is_flat_and_no_member_changes_its_type() {
    let w = Workdir::new();
    let rows = w.run("rb-pareto", &["--rows", "-"], scores(&w)).ok().json();
    let mut types: BTreeMap<String, &str> = BTreeMap::new();
    let keys: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    for row in &rows {
        let row = row.as_object().unwrap();
        assert_eq!(row.keys().collect::<Vec<_>>(), keys);
        for (name, value) in row {
            let kind = match value {
                Value::Null => continue,
                Value::String(_) => "text",
                Value::Number(n) if n.is_f64() => "float",
                Value::Number(_) => "integer",
                other => panic!("{name} is {other}"),
            };
            assert_eq!(*types.entry(name.clone()).or_insert(kind), kind, "{name}");
        }
    }
    assert_eq!(types["group.dataset"], "text");
    assert_eq!((types["n"], types["quality"]), ("integer", "float"));
}

#[test]
fn a_group_that_is_a_number_here_and_a_word_there_is_text() {
    let w = Workdir::new();
    let row = |value: &str| {
        format!(
            r#"{{"type":"baseline","name":"model","group":{{"g":{value}}},"model":"m","n":3,"quality":1,"cost":0.001}}"#
        ) + "\n"
    };
    let groups = |values: [&str; 2]| {
        let rows = w.run("rb-pareto", &["--rows", "-"], values.map(row).concat());
        let rows = rows.ok().json();
        rows.iter()
            .map(|r| r["group.g"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(groups(["1", "2.5"]), [1.0, 2.5]);
    assert_eq!(groups(["1", "\"two\""]), ["two", "1"]);
}

#[test]
#[cfg_attr(not(has_pandas), ignore = "needs pandas: make pandas")]
fn pandas_reads_rows_and_csv_alike_and_groups_by_a_field() {
    let w = Workdir::new();
    let tables = ["--rows", "rows.ndjson", "--csv", "rows.csv"];
    w.run("rb-pareto", &tables, scores(&w)).ok();
    let program = r#"
import pandas
a = pandas.read_json("rows.ndjson", lines=True)
b = pandas.read_csv("rows.csv")
assert list(a.columns) == list(b.columns)
numbers = [c for c in b.columns if c not in ("group.dataset", "kind", "name", "of", "at", "pooled", "verdict", "versus", "verdict_versus")]
for c in numbers:
    assert pandas.api.types.is_numeric_dtype(a[c].dtype), (c, a[c].dtype)
    assert (a[c].astype(float) - b[c].astype(float)).abs().max() < 1e-9 or a[c].isna().all(), c
best = a[a.kind == "router"].groupby("group.dataset").quality.max()
print(len(best), a["group.dataset"].nunique())
"#;
    let python = root().join(".setup/pandas/bin/python");
    let ran = Command::new(python)
        .args(["-c", program])
        .current_dir(w.path(""))
        .output()
        .expect("running pandas");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "6 6\n");
}
