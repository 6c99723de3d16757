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
    // What scoring itself takes is not bounded, and this is told once.
    let score = |more: &[&str], stream: &[u8]| {
        let ran = w.run("rb-score", &[&args[..], more].concat(), stream).ok();
        let mut said: Vec<String> = ran.stderr.lines().map(String::from).collect();
        let beyond = |line: &String| line.contains("more than --memory");
        let told = said.iter().filter(|line| beyond(line)).count();
        assert_eq!(told, !more.is_empty() as usize, "{said:?}");
        said.retain(|line| !beyond(line));
        (ran.stdout, said)
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
