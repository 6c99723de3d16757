//! --memory: what goes on in temporary files comes out as if it had been held,
//! and a folder that takes no files is told.

use crate::workdir::{demo, shuffled, tool, Workdir};

/// The demo data with vectors, and routed by three routers.
fn routed(w: &Workdir) -> (Vec<u8>, Vec<u8>) {
    let embedded = w.pipe(demo(), &["rb-embed", "rb-split --val 0.1"]);
    let fits = ["rb-fit kmeans --k 16", "rb-fit random", "rb-fit keyword"];
    let stream = w.pipe(&embedded, &fits);
    (embedded, stream)
}

#[test]
fn rb_fit_writes_the_same_whether_lines_are_held_or_spooled() {
    let w = Workdir::new();
    let (embedded, _) = routed(&w);
    // A vector's, a text's, a signal's and an oracle's router.
    for router in ["kmeans", "keyword", "cascade", "routerbench-cascade"] {
        let fit = |memory: &str| {
            let args = [router, "--memory", memory, "--save", "router.json"];
            let ran = w.run("rb-fit", &args, &embedded).ok();
            (ran.stdout, ran.stderr, w.read("router.json"))
        };
        let held = fit("2G");
        for memory in ["1", "300K"] {
            assert!(held == fit(memory), "{router} with --memory {memory}");
        }
    }
    w.run(
        "rb-fit",
        &[
            "kmeans",
            "--k",
            "8",
            "--exclude",
            "sim-chat",
            "--save",
            "base.json",
        ],
        &embedded,
    )
    .ok();
    let extend = |memory: &str| {
        let args = ["extend", "base.json", "--name", "more", "--memory", memory];
        w.run("rb-fit", &args, &embedded).ok().stdout
    };
    assert!(extend("1") == extend("2G"));
}

#[test]
fn rb_score_writes_the_same_whether_facts_are_held_or_sorted_on_disk() {
    let w = Workdir::new();
    let (_, stream) = routed(&w);
    let args = [
        "--by",
        "dataset",
        "--versus",
        "random",
        "--choose",
        "cost<=0.001",
    ];
    let score = |more: &[&str], stream: &[u8]| {
        let ran = w.run("rb-score", &[&args[..], more].concat(), stream).ok();
        (ran.stdout, ran.stderr)
    };
    let held = score(&[], &stream);
    assert!(held == score(&["--memory", "1"], &stream));
    assert!(held == score(&["--memory", "200K"], &shuffled(&stream, 4)));
    let part = w
        .run("rb-score", &["--partial", "--by", "dataset"], &stream)
        .ok();
    let merge = |memory: &str| {
        let args = ["--merge", "--memory", memory];
        w.run("rb-score", &args, &part.stdout).ok().stdout
    };
    assert!(merge("1") == merge("1G"));
    // Of two ids that stand twice the one told is the one met first.
    let lines: Vec<&[u8]> = stream.split_inclusive(|b| *b == b'\n').collect();
    let twice = [&lines[..], &[lines[900], lines[3]]].concat().concat();
    let told = |memory: &str| {
        let place = format!("stdin:{}", lines.len() + 1);
        let refused = w.run("rb-score", &["--memory", memory], &twice);
        refused
            .fails(3, &["stands already at stdin:901:", &place])
            .stderr
    };
    assert_eq!(told("1"), told("2G"));
}

/// Without a split every query is scored, so that nothing of them fits into the
/// page that a column always holds.
#[test]
fn every_figure_is_the_same_whether_what_is_scored_is_held_or_in_pages() {
    let w = Workdir::new();
    let embedded = w.pipe(demo(), &["rb-embed", "rb-split"]);
    let routers = ["kmeans", "cascade", "random"];
    for router in routers {
        let file = format!("{router}.json");
        let args = [router, "--save", &file];
        w.run("rb-fit", &args, &embedded).ok();
    }
    let routes = "rb-route kmeans.json cascade.json random.json";
    let mut stream = w.pipe(&embedded, &[routes]);
    // What nobody knows: some costs, and some routes.
    let text = String::from_utf8(std::mem::take(&mut stream)).unwrap();
    for (i, line) in text.lines().enumerate() {
        let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
        record.as_object_mut().unwrap().remove("split");
        if i % 7 == 0 {
            record["routes"].as_object_mut().unwrap().remove("random");
        }
        if i % 11 == 0 {
            let models = record["outcomes"].as_object_mut().unwrap();
            models.values_mut().for_each(|outcome| {
                outcome.as_object_mut().unwrap().remove("cost");
            });
        }
        stream.extend(format!("{record}\n").bytes());
    }
    assert!(text.lines().count() > 1500);
    for args in [
        "--resamples 50",
        "--exact --resamples 50 --versus kmeans",
        "--missing drop --by dataset --resamples 20",
        "--against latency --resamples 20 --choose quality>=0.5",
    ] {
        let args: Vec<&str> = args.split(' ').collect();
        let score = |memory: &str| {
            let all = [&args[..], &["--memory", memory]].concat();
            let ran = w.run("rb-score", &all, &stream).ok();
            (ran.stdout, ran.stderr)
        };
        let held = score("2G");
        for memory in ["1", "150K"] {
            assert!(held == score(memory), "{args:?} with --memory {memory}");
        }
    }
    w.write("a", &stream);
    let seeds = |memory: &str| {
        let args = ["--seeds", "--resamples", "20", "--memory", memory, "a", "a"];
        w.run("rb-score", &args, "").ok().stdout
    };
    assert!(seeds("1") == seeds("2G"));
}

#[test]
#[cfg(unix)]
fn a_disk_that_is_full_while_scores_are_made_is_told_and_leaves_nothing() {
    let w = Workdir::new();
    let (_, stream) = routed(&w);
    w.write("stream.ndjson", &stream);
    let (mut done, mut full) = (0, 0);
    // Files end at half as many KB.
    for blocks in [128, 384, 512, 640, 768, 1024, 4096, 65_536] {
        let line = format!(
            "ulimit -f {blocks}; trap '' XFSZ; exec {} --memory 1 --split train --resamples 9 -o out.ndjson stream.ndjson",
            tool("rb-score").display()
        );
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &line]).current_dir(w.path(""));
        let ran = command.output().expect("the tool");
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(!said.contains("panicked"), "{said}");
        match ran.status.code() {
            Some(0) => {
                done += 1;
                assert!(w.read("out.ndjson").ends_with(b"}\n"));
                std::fs::remove_file(w.path("out.ndjson")).unwrap();
            }
            Some(4) => {
                full += 1;
                assert!(said.contains("TMPDIR"), "{said}");
                assert!(!w.path("out.ndjson").exists());
            }
            other => panic!("{other:?}: {said}"),
        }
    }
    assert!(done > 0 && full > 2, "{done} and {full}");
}

#[test]
fn a_size_that_is_none_is_a_fault_of_usage() {
    let w = Workdir::new();
    for tool in ["rb-fit kmeans", "rb-score", "rb-import"] {
        let mut words = tool.split(' ').chain(["--memory", "much"]);
        let name = words.next().unwrap_or_default();
        let args: Vec<&str> = words.collect();
        w.run(name, &args, "")
            .fails(2, &["--memory", "for example 2G"]);
    }
}

#[test]
#[cfg(unix)]
fn a_folder_that_takes_no_temporary_file_and_a_full_one_are_told_with_the_remedy() {
    let w = Workdir::new();
    let (_, stream) = routed(&w);
    w.write("stream.ndjson", &stream);
    std::fs::create_dir(w.path("tmp")).unwrap();
    for (name, args) in [
        (
            "rb-fit",
            "fixed --name again --memory 1 -o out.ndjson stream.ndjson",
        ),
        ("rb-score", "--memory 1 -o out.ndjson stream.ndjson"),
        ("rb-import", "--memory 1 -o out.ndjson stream.ndjson"),
    ] {
        // Files end at 32 KB: what a full disk does to a writer.
        let full = format!(
            "ulimit -f 64; trap '' XFSZ; exec {} {args}",
            tool(name).display()
        );
        let words: Vec<&str> = args.split(' ').collect();
        let mut nowhere = w.command(name, &words);
        nowhere.env("TMPDIR", w.path("nowhere"));
        let mut small = std::process::Command::new("sh");
        small.args(["-c", &full]).current_dir(w.path(""));
        small.env("TMPDIR", w.path("tmp"));
        for mut command in [nowhere, small] {
            let ran = command.output().expect("the tool");
            let said = String::from_utf8_lossy(&ran.stderr).into_owned();
            assert_eq!(ran.status.code(), Some(4), "{said}");
            assert!(
                said.contains("TMPDIR") && said.contains("--memory"),
                "{said}"
            );
            assert!(!w.path("out.ndjson").exists());
        }
        assert_eq!(std::fs::read_dir(w.path("tmp")).unwrap().count(), 0);
    }
}
