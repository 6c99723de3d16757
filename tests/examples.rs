//! The examples of `-h`, `--help` and the man pages: each is run, as it stands there,
//! among files of the names that it uses, and must succeed and write what it says.

use crate::workdir::{demo, root, tool, Workdir, TOOLS};
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a line of shell in which every command of a pipeline must succeed; standard
/// input holds queries.
pub(crate) fn shell(w: &Workdir, line: &str) -> String {
    let bins = tool("rb-fit").parent().expect("a folder").to_path_buf();
    let path = std::env::var("PATH").unwrap_or_default();
    let queries = std::fs::File::open(w.path("queries.ndjson"));
    let output = Command::new("bash")
        .args(["-o", "pipefail", "-c", line])
        .current_dir(w.path(""))
        .stdin(queries.map_or(Stdio::null(), Stdio::from))
        .env("PATH", format!("{}:{path}", bins.display()))
        .env("RB_CACHE", w.path("cache.sqlite"))
        // For the sweep of scripts/learning-curve.sh.
        .envs([
            ("ROUTERS", "domain"),
            ("SIZES", "50 200 800"),
            ("SEEDS", "42 43"),
        ])
        .output()
        .expect("running bash");
    assert!(
        output.status.success(),
        "{line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The commands under the headings "Examples:" of a help text.
fn examples(help: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_example = false;
    for line in help.lines() {
        let command = line.strip_prefix("  ").filter(|_| is_example);
        found.extend(command.map(String::from));
        is_example = command.is_some() || line.to_lowercase().trim_end().ends_with("xamples:");
        is_example |= line == "Example:";
    }
    found
}

fn help(w: &Workdir, tool: &str, words: &[&str]) -> String {
    let mut command = w.command(tool, words);
    let output = command.env("COLUMNS", "1000").output().expect("its help");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Files of the names that examples use, of the demo data.
pub(crate) fn files(w: &Workdir) {
    // Models and benchmarks that the examples name.
    let bench = String::from_utf8(demo()).expect("UTF-8");
    let mut bench = bench.replace("\"sim-frontier\"", "\"gpt-4\"");
    let datasets = datasets(&bench);
    for (ours, theirs) in datasets.iter().zip(["mmlu", "gsm8k", "triviaqa"]) {
        bench = bench.replace(
            &format!("\"dataset\":\"{ours}\""),
            &format!("\"dataset\":\"{theirs}\""),
        );
    }
    let record = |line: &str| -> serde_json::Value { serde_json::from_str(line).expect("JSON") };
    let mut log = String::new();
    let mut csv = String::from("id,prompt,model,accuracy,prompt_tokens,completion_tokens\n");
    let mut new = String::from("id,model,score,cost\n");
    for (i, line) in bench.lines().enumerate() {
        let mut record = record(line);
        record["meta"] = serde_json::json!({"asked": i, "user": format!("u{}", i % 90)});
        log += &format!("{record}\n");
        let id = record["id"].as_str().expect("an id");
        csv += &format!("{id},prompt {i},gpt-4,{},{},20\n", i % 2, 10 + i % 7);
        new += &format!("{id},new-model,{},0.001\n", i % 2);
    }
    w.write("bench.ndjson", &bench);
    w.write("queries.ndjson", &bench);
    w.write("log.ndjson", log);
    w.write("logs.csv", csv);
    w.write("new-model.csv", new);
    w.write(
        "prices.csv",
        "model,input_usd_per_1m,output_usd_per_1m\ngpt-4,30,60\n",
    );
    let wide = root().join("tests/data/import/routerbench.csv");
    let wide = std::fs::read(wide).expect("a table of RouterBench's");
    w.write("routerbench_0shot.csv", &wide);
    std::fs::create_dir_all(w.path("routerbench")).expect("a folder");
    w.write("routerbench/routerbench_0shot.csv", &wide);
    let fit = "rb-embed bench.ndjson | rb-split | rb-fit kmeans --exclude sim-large --save kmeans.json > fitted.ndjson";
    shell(w, fit);
    shell(w, "rb-split bench.ndjson | rb-embed > labelled.ndjson");
    let bins = tool("rb-fit").parent().expect("a folder").to_path_buf();
    std::fs::create_dir_all(w.path("target")).expect("a folder");
    link(&root().join("scripts"), &w.path("scripts"));
    link(&bins, &w.path("target/release"));
}

pub(crate) fn link(from: &Path, to: &Path) {
    #[cfg(unix)]
    std::os::unix::fs::symlink(from, to).expect("a link");
    #[cfg(not(unix))]
    panic!("{} cannot be linked as {}", from.display(), to.display());
}

/// In the order in which they come.
fn datasets(bench: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for line in bench.lines() {
        let name = line.split("\"dataset\":\"").nth(1);
        let name = name.and_then(|rest| rest.split('"').next());
        if let Some(name) = name.filter(|name| !names.iter().any(|n| n == name)) {
            names.push(name.into());
        }
    }
    names
}

#[test]
fn every_example_of_the_help_and_the_man_pages_runs() {
    let w = Workdir::new();
    files(&w);
    let mut all = Vec::new();
    for tool in TOOLS {
        let short = examples(&help(&w, tool, &["-h"]));
        let long = examples(&help(&w, tool, &["--help"]));
        assert!(short.iter().all(|e| long.contains(e)), "{tool}: {short:?}");
        assert!(short.len() == 2, "{tool}: {short:?}");
        w.run(tool, &["--generate", "out"], "").ok();
        let page = w.read(&format!("out/man/man1/{tool}.1"));
        let page = String::from_utf8(page).expect("UTF-8");
        let page = page.replace("\\*(Aq", "'").replace('\\', "");
        for example in &long {
            assert!(page.contains(example), "{tool}.1 lacks {example}");
        }
        all.extend(long);
    }
    let extend = examples(&help(&w, "rb-fit", &["extend", "--help"]));
    assert_eq!(extend.len(), 1, "{extend:?}");
    all.extend(extend);
    for example in all {
        if example.contains("MiniLM") && !cfg!(has_minilm) {
            println!("left out, as it needs `make minilm`: {example}");
            continue;
        }
        let before = w.read("bench.ndjson");
        if example.contains("MiniLM") {
            // It is slow, and a few show what it does.
            shell(&w, "head -n 20 queries.ndjson > bench.ndjson");
        }
        let printed = shell(&w, &example);
        let mut words = example.split_whitespace();
        let mut files = Vec::new();
        while let Some(word) = words.next() {
            if [">", "-o", "--save", "--csv", "--picture"].contains(&word) {
                files.extend(words.next());
            }
        }
        assert!(!printed.is_empty() || !files.is_empty(), "{example}");
        for file in files {
            assert!(!w.read(file).is_empty(), "{example}: {file} is empty");
        }
        // Other examples are of these records.
        w.write("bench.ndjson", before);
    }
}
