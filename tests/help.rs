//! What every tool says of itself: `-h`, `--help`, man pages, completions; and
//! that a target which cannot be written is found before the work.

use crate::workdir::{demo, root, Workdir, TOOLS};
use std::process::Command;

fn said(w: &Workdir, tool: &str, flag: &str) -> String {
    let output = w
        .command(tool, &[flag])
        .env("COLUMNS", "80")
        .output()
        .unwrap();
    assert!(output.status.success(), "{tool} {flag}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn short_help_fits_a_screen_and_has_two_examples() {
    let w = Workdir::new();
    for tool in TOOLS {
        let (short, long) = (said(&w, tool, "-h"), said(&w, tool, "--help"));
        let lines = short.lines().count();
        assert!((20..=30).contains(&lines), "{tool}: {lines}\n{short}");
        let examples = short.split("Examples:\n").nth(1).expect(tool);
        let examples = examples.split("\n\n").next().unwrap();
        let starts = examples
            .lines()
            .filter(|l| l.starts_with("  rb-") || l.starts_with("  sh "));
        assert_eq!(starts.count(), 2, "{short}");
        assert!(examples.contains(tool) && long.contains(examples), "{long}");
        assert!(short.contains("--help"), "{short}");
        assert!(long.lines().count() > lines, "{tool}");
    }
}

#[test]
fn every_router_stands_once_under_the_heading_of_its_family() {
    let help = said(&Workdir::new(), "rb-fit", "--help");
    for entry in rb_route::kinds::ROUTERS {
        let start = format!("\n  {}\n", entry.name);
        let found: Vec<&str> = help.split(start.as_str()).collect();
        assert_eq!(found.len(), 2, "{}: {help}", entry.name);
        let heading = found[0].lines().rfind(|l| !l.starts_with(' ')).unwrap();
        assert_eq!(heading, format!("{}:", entry.family.heading()));
    }
}

#[test]
fn man_pages_and_completions_know_every_flag() {
    let w = Workdir::new();
    for tool in TOOLS {
        w.run(tool, &["--generate", "out"], "").ok();
        let read = |path: String| String::from_utf8(w.read(&path)).unwrap();
        let man = read(format!("out/man/man1/{tool}.1"));
        let bash = read(format!("out/bash-completion/completions/{tool}"));
        let zsh = read(format!("out/zsh/site-functions/_{tool}"));
        let fish = read(format!("out/fish/vendor_completions.d/{tool}.fish"));
        assert!(man.contains(".TH") && man.contains("NAME"), "{man}");
        let help = said(&w, tool, "--help");
        let flags = help.lines().filter_map(|line| {
            let flag = line.strip_prefix("      --")?;
            Some(flag.split([' ', '[', '=']).next()?.to_string())
        });
        for flag in flags {
            assert!(
                man.contains(&flag.replace('-', "\\-")),
                "{tool}: {flag}\n{man}"
            );
            assert!(bash.contains(&format!("--{flag}")), "{tool}: {flag}");
            assert!(zsh.contains(&format!("--{flag}")), "{tool}: {flag}");
            assert!(fish.contains(&format!("-l {flag}")), "{tool}: {flag}");
        }
    }
    let page = w.read("out/man/man1/rb-fit-kmeans.1");
    assert!(String::from_utf8(page).unwrap().contains("restarts"));
    w.write("file", "");
    w.run("rb-fit", &["--generate", "file/below"], "")
        .fails(4, &["cannot write file/below"]);
}

#[test]
fn a_target_that_cannot_be_written_is_found_before_the_work() {
    let w = Workdir::new();
    // Input that would be refused, were it read.
    let bad = "{\n";
    for (tool, arguments) in [
        ("rb-split", &["-o", "none/x"][..]),
        ("rb-score", &["-o", "none/x"]),
        ("rb-embed", &["-o", "none/x"]),
        ("rb-import", &["-o", "none/x"]),
        ("rb-fit", &["kmeans", "-o", "none/x"]),
        ("rb-fit", &["kmeans", "--save", "none/x"]),
        ("rb-pareto", &["--svg", "none/x"]),
        ("rb-pareto", &["--table", "-o", "none/x"]),
        ("rb-pareto", &["--csv", "none/x"]),
    ] {
        w.run(tool, arguments, bad)
            .fails(4, &["cannot write", "none"]);
    }
}

#[test]
fn a_picture_goes_to_standard_output_when_asked() {
    let w = Workdir::new();
    let scores = w.pipe(
        demo(),
        &[
            "rb-embed",
            "rb-fit kmeans --quiet",
            "rb-score --quiet --resamples 0",
        ],
    );
    let filed = w.run("rb-pareto", &["--svg", "x.svg"], &scores).ok();
    let printed = w.run("rb-pareto", &["--svg", "-"], &scores).ok();
    assert_eq!(printed.stdout, w.read("x.svg"));
    assert!(filed.text().starts_with('{'), "records beside the file");
    w.run("rb-pareto", &["--svg", "-", "--csv", "-"], &scores)
        .fails(2, &["mixed"]);
}

#[test]
fn make_help_lists_what_has_a_description() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let described = makefile.lines().filter(|l| {
        l.starts_with(|c: char| c.is_ascii_lowercase()) && l.contains(": ") && l.contains("## ")
    });
    let mut make = Command::new("make");
    // Under another make it would tell of the folder too.
    make.args(["--no-print-directory", "help"]);
    make.env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
    let made = make.current_dir(root()).output();
    let made = made.expect("running make");
    let text = String::from_utf8(made.stdout).unwrap();
    assert_eq!(text.lines().count(), described.count(), "{text}");
    assert!(
        text.contains("\ntest           the ordinary tests\n"),
        "{text}"
    );
}
