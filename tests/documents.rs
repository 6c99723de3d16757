//! The documents tell the truth: every console block is run, and must print what
//! stands there. The blocks of a document share a folder. `RB_BLESS=1 cargo test
//! documents` writes what the commands print now into the documents. Commands that
//! stand elsewhere than in such a block: blocks.rs.

use crate::workdir::{root, tool, Workdir};
use std::process::Command;

/// The documents whose console blocks are run here.
pub(crate) const CONSOLE: [&str; 4] = [
    "README.md",
    "docs/tutorial.md",
    "docs/cookbook.md",
    "docs/scale.md",
];

/// Runs a line of shell with the tools on the PATH and the demo data at hand.
pub(crate) fn shell(w: &Workdir, line: &str) -> String {
    let bins = tool("rb-fit").parent().unwrap().to_path_buf();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(w.path(""))
        .env("PATH", format!("{}:{path}", bins.display()))
        .env("RB_CACHE", w.path("cache.sqlite"))
        .env("COLUMNS", "80")
        .output()
        .expect("running a shell");
    assert!(
        output.status.success(),
        "{line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[cfg_attr(not(has_jq), ignore = "needs jq")]
fn the_readmes_commands_print_what_it_shows() {
    shows_what_is_printed("README.md", "");
}

#[test]
#[cfg_attr(not(has_jq), ignore = "needs jq")]
fn the_tutorials_commands_print_what_it_shows() {
    shows_what_is_printed("docs/tutorial.md", "");
}

#[test]
#[cfg_attr(not(has_jq), ignore = "needs jq")]
#[cfg_attr(not(has_python3), ignore = "needs Python 3")]
#[cfg_attr(not(has_node), ignore = "needs Node")]
fn the_cookbooks_commands_print_what_it_shows() {
    shows_what_is_printed("docs/cookbook.md", "");
}

#[test]
#[cfg_attr(not(has_jq), ignore = "needs jq")]
fn the_commands_for_many_files_print_what_is_shown() {
    let files =
        "rb-split --quiet demo.ndjson.gz | jq -c 'select([.outcomes[].score] | length == 6)' > all
        head -n 900 all > a.ndjson; tail -n +901 all > b.ndjson
        rb-embed --quiet a.ndjson > embedded-a.ndjson
        rb-embed --quiet b.ndjson > embedded-b.ndjson
        head -n 5 embedded-a.ndjson | jq -c .embedding.vector > centres
        rb-fit kmeans --quiet --save kmeans.json embedded-a.ndjson > /dev/null";
    shows_what_is_printed("docs/scale.md", files);
}

/// Runs the blocks of a document one after the other, `files` before them all.
fn shows_what_is_printed(document: &str, files: &str) {
    assert!(CONSOLE.contains(&document), "{document}");
    let w = Workdir::new();
    let demo = root().join("tests/data/demo.ndjson.gz");
    std::fs::copy(demo, w.path("demo.ndjson.gz")).unwrap();
    std::fs::create_dir(w.path("scripts")).unwrap();
    for (script, copy) in [
        ("openai-stub.py", "openai-stub.py"),
        ("parallel.sh", "scripts/parallel.sh"),
    ] {
        std::fs::copy(root().join("scripts").join(script), w.path(copy)).unwrap();
    }
    shell(&w, files);
    let path = root().join(document);
    let text = std::fs::read_to_string(&path).unwrap();
    let mut written = String::new();
    let mut rest = text.as_str();
    let mut run = 0;
    while let Some(start) = rest.find("```console\n") {
        let body = start + "```console\n".len();
        let end = body + rest[body..].find("```").expect("the block ends");
        written.push_str(&rest[..body]);
        let block = &rest[body..end];
        let command: Vec<&str> = block
            .lines()
            .take_while(|l| l.starts_with("$ ") || l.starts_with("> "))
            .map(|l| &l[2..])
            .collect();
        let shown: String = block
            .lines()
            .skip(command.len())
            .map(|l| format!("{l}\n"))
            .collect();
        let command = command.join("\n");
        rest = &rest[end..];
        if command.contains("Rscript ") && !cfg!(has_r) {
            println!("left out, as it needs R: {command}");
            written.push_str(block);
            continue;
        }
        let printed = shell(&w, &command);
        if std::env::var_os("RB_BLESS").is_none() {
            assert_eq!(printed, shown, "{command}");
        }
        for line in block.lines().take(command.lines().count()) {
            written.push_str(line);
            written.push('\n');
        }
        written.push_str(&printed);
        run += 1;
    }
    written.push_str(rest);
    assert!(run >= 1, "{document} shows {run} commands");
    if std::env::var_os("RB_BLESS").is_some() {
        std::fs::write(path, written).unwrap();
    }
}

#[test]
fn every_router_has_its_section_and_its_place_in_the_readme() {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    let (routers, readme) = (read("ROUTERS.md"), read("README.md"));
    for entry in rb_route::kinds::ROUTERS {
        let heading = format!("\n## {}\n", entry.name);
        assert!(
            routers.contains(&heading),
            "ROUTERS.md lacks {}",
            entry.name
        );
        assert!(
            readme.contains(entry.name),
            "README.md lacks {}",
            entry.name
        );
    }
}
