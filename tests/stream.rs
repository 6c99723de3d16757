//! What holds for every tool: bytes pass through, streams may be compressed or
//! split over files, faults are located, pipes may close.

use crate::workdir::{root, Workdir};
use std::io::Write;
use std::process::Stdio;

fn unusual() -> Vec<u8> {
    std::fs::read(root().join("tests/format/pass/unusual.ndjson")).unwrap()
}

/// Each line of `after` is the line of `before` with at most one insertion.
fn only_insertions(before: &[u8], after: &[u8]) {
    let lines = |b: &[u8]| -> Vec<Vec<u8>> {
        b.split(|c| *c == b'\n')
            .filter(|l| !l.is_empty())
            .map(Vec::from)
            .collect()
    };
    let (before, after) = (lines(before), lines(after));
    assert_eq!(before.len(), after.len());
    for (b, a) in before.iter().zip(&after) {
        let prefix = b.iter().zip(a).take_while(|(x, y)| x == y).count();
        let suffix = b
            .iter()
            .rev()
            .zip(a.iter().rev())
            .take_while(|(x, y)| x == y)
            .count();
        assert!(
            a.len() >= b.len() && prefix + suffix >= b.len(),
            "changed: {}\ninto: {}",
            String::from_utf8_lossy(b),
            String::from_utf8_lossy(a)
        );
    }
}

#[test]
fn unusual_unknown_fields_come_through_every_tool_byte_for_byte() {
    let w = Workdir::new();
    let plain = unusual();
    let embedded = w.pipe(&plain, &["rb-embed"]);
    only_insertions(&plain, &embedded);
    let fitted = w
        .run("rb-fit", &["kmeans", "--save", "k.json"], &embedded)
        .ok()
        .stdout;
    only_insertions(&embedded, &fitted);
    let again = w
        .run("rb-fit", &["fixed", "--replace"], &fitted)
        .ok()
        .stdout;
    only_insertions(&fitted, &again);
    let routed = w.run("rb-route", &["k.json"], &embedded).ok().stdout;
    only_insertions(&embedded, &routed);
    let bare = w
        .run("rb-fit", &["kmeans", "--drop-embedding"], &embedded)
        .ok()
        .stdout;
    only_insertions(&plain, &bare);
}

#[test]
fn an_embedding_of_the_same_embedder_is_kept_and_another_replaced_in_place() {
    let w = Workdir::new();
    let line =
        r#"{"id":"a","embedding": {"model":"other","vector":[1,2]} ,"prompt":"hello","z":1.0}"#;
    let out = w.pipe(line, &["rb-embed"]);
    let text = String::from_utf8(out.clone()).unwrap();
    assert!(text.starts_with(r#"{"id":"a","embedding": {"model":"static-minilm-256","vector":["#));
    assert!(
        text.ends_with("]} ,\"prompt\":\"hello\",\"z\":1.0}\n"),
        "{text}"
    );
    assert_eq!(w.pipe(&out, &["rb-embed"]), out);
}

#[test]
fn base64_and_arrays_hold_the_same_vectors() {
    let w = Workdir::new();
    let a = w.pipe(unusual(), &["rb-embed", "rb-fit kmeans --drop-embedding"]);
    let b = w.pipe(
        unusual(),
        &[
            "rb-embed --encoding base64",
            "rb-fit kmeans --drop-embedding",
        ],
    );
    assert!(a == b);
}

#[test]
fn several_files_are_one_stream_and_gzip_and_zstd_are_read_as_they_are() {
    let w = Workdir::new();
    let all = unusual();
    let cut = all.iter().position(|b| *b == b'\n').unwrap() + 1;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&all[..cut]).unwrap();
    w.write("a", gzip.finish().unwrap());
    w.write("b", zstd::encode_all(&all[cut..], 1).unwrap());
    let whole = w.run("rb-embed", &[], &all).ok().stdout;
    assert!(whole == w.run("rb-embed", &["a", "b"], "").ok().stdout);
    assert!(whole == w.run("rb-embed", &["a", "-"], &all[cut..]).ok().stdout);
    let crlf = String::from_utf8(all).unwrap().replace('\n', "\r\n\r\n");
    let crlf = format!("\u{feff}{crlf}");
    let out = w.run("rb-embed", &[], crlf).ok();
    assert_eq!(out.text().replace('\r', "").as_bytes(), whole);
}

#[test]
fn a_bad_line_is_located_to_the_column_and_nothing_partial_comes_out() {
    let w = Workdir::new();
    let bad = [
        (r#"{"id":"a","prompt":"x""#, "bench:2:", "not a JSON object"),
        (
            r#"{"id":"a","prompt":7}"#,
            "bench:2:20:",
            "expected a string",
        ),
        (
            r#"{"id":"a","id":"b","prompt":"x"}"#,
            "bench:2:16:",
            "stands twice",
        ),
        (r#"["id"]"#, "bench:2:1:", "not a JSON object"),
        (
            "{\"id\":\"a\",\"prompt\":\"\u{1}\"}",
            "bench:2:",
            "not a JSON object",
        ),
    ];
    for (line, place, words) in bad {
        w.write("bench", format!("{{\"prompt\":\"fine\"}}\n{line}\n"));
        let ran = w.run("rb-embed", &["bench", "-o", "out"], "");
        let ran = ran.fails(3, &[place, words]);
        assert!(ran.stdout.is_empty() && !w.path("out").exists());
        let left = std::fs::read_dir(w.path("")).unwrap().count();
        assert_eq!(left, 1, "a partial file was left behind");
    }
    w.write("bench", b"{\"prompt\":\"\xff\"}\n");
    w.run("rb-embed", &["bench"], "")
        .fails(3, &["bench:1:12:", "UTF-8"]);
}

#[test]
fn bad_records_may_be_skipped_which_is_counted_and_exits_1() {
    let w = Workdir::new();
    let input = "{\"prompt\":\"a\"}\nnonsense\n{\"prompt\":\"b\"}\n";
    let ran = w.run("rb-embed", &["--on-error", "skip"], input);
    assert_eq!(ran.text().lines().count(), 2);
    ran.fails(1, &["skipped 1", "stdin:2:1"]);
}

#[test]
fn an_empty_stream_an_unreadable_file_and_a_folder_say_what_to_do() {
    let w = Workdir::new();
    w.run("rb-embed", &[], "").fails(3, &["no record"]);
    w.run("rb-fit", &["kmeans"], "\n\n")
        .fails(3, &["no record"]);
    w.run("rb-embed", &["nowhere"], "").fails(4, &["nowhere"]);
    w.run("rb-embed", &["."], "").fails(4, &["folder"]);
    w.run("rb-embed", &["--nonsense"], "")
        .fails(2, &["--nonsense"]);
    w.run("rb-embed", &["-o", "no/such/folder"], unusual())
        .fails(4, &["no/such/folder"]);
}

#[test]
fn an_output_file_is_whole_and_keeps_the_old_one_on_failure() {
    let w = Workdir::new();
    w.write("out", "old");
    w.run("rb-embed", &["-o", "out"], "{\"prompt\":\"a\"}\nbroken")
        .fails(3, &[]);
    assert_eq!(w.read("out"), b"old");
    let plain = w.run("rb-embed", &[], unusual()).ok().stdout;
    w.run("rb-embed", &["-o", "out"], unusual()).ok();
    assert!(w.read("out") == plain);
}

#[test]
fn a_closed_pipe_ends_a_tool_quietly() {
    let w = Workdir::new();
    let mut child = w
        .command("rb-embed", &[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut pipe = child.stdin.take().unwrap();
    for i in 0..20_000 {
        if writeln!(pipe, "{{\"prompt\":\"number {i}\"}}").is_err() {
            break;
        }
    }
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{:?}", output.stderr);
}
