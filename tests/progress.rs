//! `--progress`: what long work tells of itself on standard error, and that it tells
//! nothing where nobody asked.
//!
//! Work is long here because its output is not read, or its input does not end, until
//! the line that is waited for has come.

use crate::documents::shell;
use crate::workdir::{demo, Workdir};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, Stdio};

/// The demo data ten times, too much for a pipe that nobody reads.
fn much() -> Vec<u8> {
    let demo = String::from_utf8(demo()).expect("UTF-8");
    let again = |i: usize| demo.replace("{\"id\":\"", &format!("{{\"id\":\"{i}-"));
    (0..10).map(again).collect::<String>().into_bytes()
}

fn start(w: &Workdir, tool: &str, arguments: &[&str]) -> (Child, BufReader<ChildStderr>) {
    let mut child = w
        .command(tool, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starting the tool");
    let said = BufReader::new(child.stderr.take().expect("stderr"));
    (child, said)
}

/// Waits for a line with all of `words`, and returns it.
fn wait_for(said: &mut impl BufRead, words: &[&str]) -> String {
    let mut all = String::new();
    loop {
        let begin = all.len();
        let read = said.read_line(&mut all).expect("UTF-8");
        assert!(read > 0, "{words:?} did not come:\n{all}");
        if words.iter().all(|word| all[begin..].contains(word)) {
            return all[begin..].to_string();
        }
    }
}

/// Reads all that is left, and expects success.
fn end(mut child: Child, mut said: BufReader<ChildStderr>) -> Vec<u8> {
    let rest = std::thread::spawn(move || {
        let mut rest = String::new();
        said.read_to_string(&mut rest).map(|_| rest)
    });
    drop(child.stdin.take());
    let mut printed = Vec::new();
    let mut stdout = child.stdout.take().expect("stdout");
    stdout.read_to_end(&mut printed).expect("its output");
    let rest = rest.join().expect("its messages").expect("UTF-8");
    assert!(child.wait().expect("its end").success(), "{rest}");
    printed
}

#[test]
fn work_on_files_tells_its_total_rate_and_time_left_and_writes_the_same_bytes() {
    let w = Workdir::new();
    w.write("much.ndjson", much());
    let cases: [(&str, &[&str], &str, &str); 3] = [
        ("rb-embed", &["much.ndjson"], "embedding ", "of about "),
        ("rb-import", &["much.ndjson"], "writing ", "of 20,000 "),
        (
            "rb-fit",
            &["random", "much.ndjson"],
            "routing ",
            "of 20,000 ",
        ),
    ];
    for (tool, arguments, doing, total) in cases {
        let plain = [arguments, &["--progress", "plain"]].concat();
        let (mut child, mut said) = start(&w, tool, &plain);
        // Some blocks of lines pass, then it waits.
        let mut begun = vec![0; 3 << 20];
        let stdout = child.stdout.as_mut().expect("stdout");
        stdout.read_exact(&mut begun).expect("its output");
        let words = [tool, doing, total, " records (", " %), ", "/s, ", " left"];
        wait_for(&mut said, &words);
        let printed = [begun, end(child, said)].concat();
        let silent = [arguments, &["--progress", "none"]].concat();
        let silent = w.run(tool, &silent, "").ok();
        assert!(printed == silent.stdout, "{tool}: other bytes");
        assert!(!silent.stderr.contains(doing), "{}", silent.stderr);
    }
}

#[test]
fn work_on_a_pipe_tells_its_count_and_rate_and_no_time_left() {
    let w = Workdir::new();
    let fitted = w.pipe(much(), &["rb-fit random --quiet"]);
    let cases: [(&str, &[&str], &str, Vec<u8>); 4] = [
        ("rb-embed", &[], "embedding ", much()),
        ("rb-fit", &["random"], "reading ", much()),
        ("rb-score", &[], "reading ", fitted),
        ("rb-import", &[], "importing ", much()),
    ];
    for (tool, arguments, doing, input) in cases {
        let plain = [arguments, &["--progress", "plain"]].concat();
        let (mut child, mut said) = start(&w, tool, &plain);
        let mut pipe = child.stdin.take().expect("stdin");
        let mut stdout = child.stdout.take().expect("stdout");
        let printed = std::thread::spawn(move || {
            let mut printed = Vec::new();
            stdout.read_to_end(&mut printed).map(|_| printed)
        });
        pipe.write_all(&input).expect("it reads");
        let line = wait_for(&mut said, &[tool, doing, "/s"]);
        let unknown = !line.contains(" left") && !line.contains('%');
        assert!(unknown && !line.contains(" of "), "{line}");
        drop(pipe);
        let rest = std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        let printed = printed.join().expect("reading").expect("its output");
        rest.join().expect("reading").expect("its messages");
        assert!(child.wait().expect("its end").success(), "{tool}");
        let alone = w.run(tool, arguments, &input).ok();
        assert!(printed == alone.stdout, "{tool}: other bytes");
    }
}

#[test]
fn a_step_that_was_long_tells_its_count_and_time_when_it_ends() {
    let w = Workdir::new();
    let (mut child, mut said) = start(&w, "rb-embed", &["--progress", "plain", "-o", "out"]);
    let mut pipe = child.stdin.take().expect("stdin");
    pipe.write_all(&much()).expect("it reads");
    // It has been told, so it is old enough.
    wait_for(&mut said, &["rb-embed: embedding ", "/s"]);
    drop(pipe);
    let line = wait_for(&mut said, &["rb-embed: embedding: 20,000 records in "]);
    assert!(line.contains(" s, ") && line.ends_with("/s\n"), "{line}");
    assert_eq!(end(child, said), b"");
    // What took no second says nothing.
    let quick = w.run("rb-split", &["--progress", "plain"], demo()).ok();
    assert!(!quick.stderr.contains(" records in "), "{}", quick.stderr);
}

#[test]
fn nothing_is_told_in_a_pipe_or_where_that_is_asked() {
    let w = Workdir::new();
    w.write("much.ndjson", much());
    for flags in [
        &[][..],
        &["--progress", "none"],
        &["--progress=plain", "--quiet"],
    ] {
        let arguments = [&["much.ndjson"], flags].concat();
        let (child, mut said) = start(&w, "rb-embed", &arguments);
        // By then a line would have come twice over.
        std::thread::sleep(std::time::Duration::from_millis(2500));
        let said = std::thread::spawn(move || {
            let mut all = String::new();
            said.read_to_string(&mut all).map(|_| all)
        });
        let output = child.wait_with_output().expect("its output");
        assert!(output.status.success());
        assert_eq!(
            said.join().expect("reading").expect("UTF-8"),
            "",
            "{flags:?}"
        );
    }
}

/// What a person sees who types the line of shell at a terminal of 100 columns.
fn at_a_terminal(w: &Workdir, line: &str) -> String {
    w.write("line.sh", format!("stty rows 50 cols 100\n{line}\n"));
    shell(w, "python3 -c \"import pty; pty.spawn(['sh', 'line.sh'])\"")
}

#[test]
#[cfg_attr(not(has_python3), ignore = "needs Python 3")]
fn at_a_terminal_a_line_renews_itself_and_goes() {
    let w = Workdir::new();
    w.write("much.ndjson", much());
    let fed = "(cat much.ndjson; sleep 3)";
    let seen = at_a_terminal(&w, &format!("{fed} | rb-embed > out; echo done"));
    let drawn = seen.matches("rb-embed: embedding 16,384 records").count();
    assert!(drawn > 1 && !seen.contains("embedding\n"), "{seen:?}");
    let (line, after) = seen.rsplit_once("embedding").expect("a line");
    assert!(
        line.contains('\r') && after.contains("\u{1b}[2K"),
        "{seen:?}"
    );
    assert!(seen.ends_with("done\r\n"), "{seen:?}");
    // Who only waits for a pipe leaves the line to the tool that writes there.
    let seen = at_a_terminal(&w, &format!("{fed} | rb-fit random > out"));
    assert!(!seen.contains("reading"), "{seen:?}");
    // Records at the terminal are not torn by it.
    let seen = at_a_terminal(&w, &format!("{fed} | rb-embed"));
    assert!(
        !seen.contains("embedding 16,384"),
        "it comes between records"
    );
}

#[test]
#[cfg_attr(not(has_python3), ignore = "needs Python 3")]
fn at_a_terminal_scores_are_a_short_table_and_elsewhere_records() {
    let w = Workdir::new();
    let fitted = w.pipe(demo(), &["rb-fit length --quiet", "rb-fit random --quiet"]);
    w.write("fitted.ndjson", fitted);
    let score = "rb-score --resamples 100 fitted.ndjson";
    for line in [
        score.to_string(),
        format!("{score} | rb-pareto"),
        format!("{score} > scores.ndjson; rb-pareto --csv all.csv scores.ndjson"),
        "rb-score --resamples 100 --seeds fitted.ndjson fitted.ndjson".into(),
    ] {
        let seen = at_a_terminal(&w, &line);
        for part in ["length", "random", "-o FILE", "Routers at alpha 1"] {
            assert!(seen.contains(part), "{line}: no {part}\n{seen}");
        }
        assert!(!seen.contains("{\"type\""), "{line}: {seen}");
        assert!(seen.lines().count() < 30, "{line}: {seen}");
    }
    for line in [
        format!("{score} | cat"),
        format!("{score} | rb-pareto | cat"),
    ] {
        let seen = at_a_terminal(&w, &line);
        assert!(seen.contains("{\"type\":\"summary\""), "{line}: {seen}");
        assert!(!seen.contains("-o FILE"), "{line}: {seen}");
    }
    let filed = at_a_terminal(&w, &format!("{score} --quiet -o filed.ndjson"));
    assert_eq!(filed, "");
    let piped = w.run("rb-score", &["--resamples", "100", "fitted.ndjson"], "");
    assert_eq!(w.read("filed.ndjson"), piped.ok().stdout);
}
