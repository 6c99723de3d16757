//! Every command that a document shows is run by some test, or stands in a short list
//! here with the reason why not. Console blocks: documents.rs and figures.rs. Of the
//! other blocks, and of lines that are nothing but a command: here, in a folder with
//! files of the names that they use (examples.rs).

use crate::documents::CONSOLE;
use crate::examples;
use crate::workdir::{root, Workdir, TOOLS};
use std::collections::BTreeSet;
use std::path::Path;

/// Lines that nobody runs as they stand: the document, how the line begins, and why.
const NOT_RUN: [(&str, &str, &str); 20] = [
    (
        "docs/findings.md",
        "make exp-",
        "DATA=… are no data; tests/experiments.rs runs the script",
    ),
    ("README.md", "make test", "it is these tests"),
    (
        "README.md",
        "make compare",
        "minutes; tests/seeds.rs runs the script",
    ),
    ("CONTRIBUTING.md", "make test", "it is these tests"),
    ("CONTRIBUTING.md", "cargo build", "builds"),
    ("CONTRIBUTING.md", "make lint", "builds"),
    ("CONTRIBUTING.md", "make deny", "installs cargo-deny"),
    ("CONTRIBUTING.md", "make bench", "measures, many minutes"),
    ("CONTRIBUTING.md", "make oracle", "minutes"),
    ("CONTRIBUTING.md", "make proof", "slow tests"),
    (
        "CONTRIBUTING.md",
        "make compare",
        "minutes; tests/seeds.rs runs the script",
    ),
    (
        "CONTRIBUTING.md",
        "make report",
        "minutes; tests/experiments.rs runs the script",
    ),
    (
        "docs/cookbook.md",
        "make get-routerbench",
        "needs the network; tests/get.rs runs the script",
    ),
    (
        "docs/cookbook.md",
        "make get-llmrouterbench",
        "needs the network; tests/get.rs runs the script",
    ),
    (
        "docs/cookbook.md",
        "import pandas",
        "tests/tables.rs runs it",
    ),
    (
        "docs/cookbook.md",
        "rows = pandas.read_json",
        "tests/tables.rs runs it",
    ),
    ("docs/fuzzing.md", "make fuzz", "builds, hours"),
    (
        "docs/scale.md",
        ".setup/spark/bin/python",
        "below, and `make spark-test`",
    ),
    (
        "lib/embed/data/static-minilm-256/README.md",
        "python3 scripts/make-static.py",
        "needs the model that the table is distilled from",
    ),
    (
        "README.md",
        "rb-fit KIND --partial",
        "KIND is no router; tests/partial_fit.rs",
    ),
];

/// Documents whose indented blocks are no commands, and what they are.
const NO_COMMANDS: [(&str, &str); 2] = [("ROUTERS.md", "formulas"), ("FORMAT.md", "a message")];

/// Fenced blocks in these languages hold no commands.
const NO_SHELL: [&str; 2] = ["json", "text"];

/// A block of a document.
struct Block {
    /// Of a fence; None: it is indented.
    language: Option<String>,
    /// Its lines, those that end with a backslash joined with the next.
    lines: Vec<String>,
}

/// All documents of the project by their paths from its root.
fn all_documents() -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let is_made = name == "target" || name == "node_modules" || name.ends_with("-out");
            let is_hidden = name.starts_with('.') && name != ".github";
            if path.is_dir() && !path.is_symlink() && !is_made && !is_hidden {
                walk(&path, found);
            } else if name.ends_with(".md") {
                let path = path.strip_prefix(root()).expect("below the root");
                found.push(path.display().to_string());
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &mut found);
    found.sort();
    assert!(found.len() > 15, "{found:?}");
    found
}

fn read(document: &str) -> String {
    std::fs::read_to_string(root().join(document)).expect("a document")
}

fn blocks(text: &str) -> Vec<Block> {
    let mut all: Vec<Block> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let fence = line.trim_start().strip_prefix("```");
        let body: Vec<&str> = match fence {
            Some(_) => lines
                .by_ref()
                .take_while(|l| !l.trim_start().starts_with("```"))
                .collect(),
            None if line.starts_with("    ") => {
                let mut body = vec![line];
                while let Some(next) = lines.next_if(|l| l.starts_with("    ")) {
                    body.push(next);
                }
                body
            }
            None => continue,
        };
        let mut joined: Vec<String> = Vec::new();
        let mut goes_on = false;
        for line in body {
            let line = line.trim();
            let whole = line.strip_suffix('\\').unwrap_or(line);
            match joined.last_mut().filter(|_| goes_on) {
                Some(last) => *last += whole,
                None => joined.push(whole.into()),
            }
            goes_on = line.ends_with('\\');
        }
        all.push(Block {
            language: fence.map(String::from),
            lines: joined,
        });
    }
    all
}

/// Lines that are nothing but a command, as in "`rb-pool --table bench.ndjson`"; in
/// README.md those too that go on after one.
fn lone(document: &str, text: &str) -> Vec<String> {
    let is_command = |line: &&str| {
        let is_whole = line.len() > 1 && line.find("` ").is_none() && line.ends_with('`');
        (line.starts_with("`rb-") || line.starts_with("`make "))
            && (is_whole || document == "README.md")
    };
    let span = |line: &str| line[1..].split('`').next().unwrap_or_default().to_string();
    text.lines().filter(is_command).map(span).collect()
}

/// The commands that are to be run here, and the rows of [`NOT_RUN`] that others meet.
fn commands(document: &str) -> (Vec<String>, BTreeSet<usize>) {
    let text = read(document);
    let mut shown = lone(document, &text);
    for block in blocks(&text) {
        match block.language.as_deref() {
            Some("console") => {
                let is_run = CONSOLE.contains(&document) || document == "docs/pictures.md";
                assert!(is_run, "{document}: nobody runs its console blocks");
            }
            Some(language) if NO_SHELL.contains(&language) => {}
            None if NO_COMMANDS.iter().any(|row| row.0 == document) => {}
            _ => shown.extend(block.lines.iter().map(|l| before_comment(l).to_string())),
        }
    }
    let mut met = BTreeSet::new();
    shown.retain(|line| {
        let row = NOT_RUN
            .iter()
            .position(|row| row.0 == document && line.starts_with(row.1));
        met.extend(row);
        row.is_none()
    });
    (shown, met)
}

fn before_comment(line: &str) -> &str {
    line.split(" #").next().unwrap_or(line).trim_end()
}

/// Files for the commands, beside those of the examples.
fn files(w: &Workdir) {
    examples::files(w);
    let data = root().join("tests/data");
    for (from, to) in [
        (root().join("Makefile"), "Makefile"),
        (root().join("tools"), "tools"),
        (data.join("import/zeroeval"), "results"),
    ] {
        examples::link(&from, &w.path(to));
    }
    for folder in ["tests/data", "benchmarks"] {
        std::fs::create_dir_all(w.path(folder)).expect("a folder");
    }
    let copies = [
        (data.join("demo.ndjson.gz"), "tests/data/demo.ndjson.gz"),
        (w.path("bench.ndjson"), "benchmarks/llmrouterbench.ndjson"),
        (w.path("logs.csv"), "log.csv"),
    ];
    for (from, to) in copies {
        std::fs::copy(from, w.path(to)).expect("a copy");
    }
    let splits = "seed=0; for file in a b c; do seed=$((seed + 1))
        rb-embed --quiet bench.ndjson | rb-split --quiet --seed $seed |
        rb-fit kmeans --quiet > $file.ndjson; done";
    examples::shell(w, splits);
}

#[test]
fn every_command_of_the_documents_is_run_or_there_is_a_reason() {
    let mut left = BTreeSet::from_iter(0..NOT_RUN.len());
    let mut run = 0;
    for document in all_documents() {
        let (commands, met) = commands(&document);
        left.retain(|row| !met.contains(row));
        if commands.is_empty() {
            continue;
        }
        let w = Workdir::new();
        files(&w);
        let kept = ["bench.ndjson", "kmeans.json"].map(|file| (file, w.read(file)));
        for command in commands {
            let first = command.split(' ').next().expect("a word");
            let is_known = TOOLS.contains(&first) || first == "make";
            assert!(is_known, "{document}: who runs {command:?}? {NOT_RUN:?}");
            // The tools are built.
            let line = match command.strip_prefix("make ") {
                Some(rest) => format!("make CARGO=true {rest}"),
                None => command.clone(),
            };
            let printed = examples::shell(&w, &line);
            let file = command.split(" > ").nth(1).or(command.split(" -o ").nth(1));
            match file {
                Some(file) => assert!(!w.read(file.trim()).is_empty(), "{command}"),
                None => assert!(!printed.is_empty(), "{command}"),
            }
            // Other commands are of these.
            for (file, bytes) in &kept {
                w.write(file, bytes);
            }
            run += 1;
        }
        if document == "README.md" {
            assert!(
                w.path("demo-out/pareto.svg").exists(),
                "the picture of make demo"
            );
        }
    }
    let stale: Vec<_> = left.iter().map(|row| NOT_RUN[*row]).collect();
    assert!(
        stale.is_empty(),
        "no document has these any more: {stale:?}"
    );
    assert!(run > 15, "{run}");
}

#[test]
fn what_is_named_in_passing_exists() {
    let makefile = read("Makefile");
    let mut targets = 0;
    for document in all_documents() {
        let text = read(&document);
        for span in text.split('`').skip(1).step_by(2) {
            let mut words = span.split_whitespace();
            if words.next() != Some("make") {
                continue;
            }
            let Some(target) = words.find(|word| !word.contains('=')) else {
                continue;
            };
            let pattern = target.split('-').next().unwrap_or_default();
            let is_made = makefile.lines().any(|line| {
                line.starts_with(&format!("{target}:"))
                    || line.starts_with(&format!("{pattern}-%:"))
            });
            assert!(
                is_made || target.contains("NAME"),
                "{document}: `{span}`: no such target"
            );
            targets += 1;
        }
    }
    assert!(targets > 30, "{targets}");
}

/// The commands of the job for Spark are such as the job takes, and its stages such as
/// the tools take: here without Spark, and with it in scripts/spark/test.py.
#[test]
#[cfg_attr(not(has_python3), ignore = "needs Python 3")]
#[cfg_attr(not(has_jq), ignore = "needs jq")]
fn the_commands_for_spark_are_taken_by_the_job_and_its_tools() {
    let w = Workdir::new();
    files(&w);
    examples::shell(
        &w,
        "head -n 5 labelled.ndjson | jq -c .embedding.vector > centres
        jq -c 'select([.outcomes[].score] | length == 6)' labelled.ndjson > complete.ndjson",
    );
    let text = read("docs/scale.md");
    let blocks = blocks(&text);
    let is_spark = |block: &&Block| block.language.as_deref() == Some("sh");
    let job = blocks.iter().find(is_spark).expect("a block for Spark");
    assert!(job.lines.len() >= 4, "{:?}", job.lines);
    let stages = "import sys, shlex; sys.path.insert(0, 'scripts/spark'); import job
print(' | '.join(map(shlex.join, job.wanted(job.options()))))";
    for line in &job.lines {
        let start = ".setup/spark/bin/python scripts/spark/job.py ";
        let words = line.strip_prefix(start).expect("a command for the job");
        let pipeline = examples::shell(&w, &format!("python3 -c \"{stages}\" {words}"));
        assert!(pipeline.contains("--threads 1"), "{pipeline}");
        let printed = examples::shell(&w, &format!("{} < complete.ndjson", pipeline.trim()));
        assert!(!printed.is_empty(), "{pipeline}");
    }
}
