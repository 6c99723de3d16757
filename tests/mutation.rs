//! Streams broken at random, by every tool that reads them: each run ends with
//! a documented exit code and a located message, or with a result, and where
//! the edit does not matter the result is the same to the byte.
//!
//! `make test` tries some; `make proof` tries 10,000 and prints a table of what
//! came of each kind of edit.

use crate::workdir::{demo, records, Ran, Workdir};
use std::collections::BTreeMap;

/// Draws the same numbers on every machine.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
    fn of<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What an edit may do to the result.
#[derive(Clone, Copy, PartialEq)]
enum Effect {
    /// Whatever comes of it is right.
    Any,
    /// Nothing that a score depends on.
    None,
}

type Edit = fn(&mut Draw, Vec<u8>) -> Vec<u8>;

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let lines = bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    lines.map(Vec::from).collect()
}

fn join(lines: &[Vec<u8>]) -> Vec<u8> {
    let mut out = lines.join(&b'\n');
    out.push(b'\n');
    out
}

/// The places where a JSON value stands after a member's colon.
fn values(line: &[u8]) -> Vec<usize> {
    let at = line.windows(2).enumerate();
    at.filter(|(_, w)| w == b"\":")
        .map(|(i, _)| i + 2)
        .collect()
}

/// Puts `text` in the place of a random member's value, by JSON's own rules.
fn replace_value(draw: &mut Draw, bytes: Vec<u8>, text: &str) -> Vec<u8> {
    let mut all = lines(&bytes);
    let row = draw.below(all.len());
    let places = values(&all[row]);
    if places.is_empty() {
        return bytes;
    }
    let at = *draw.of(&places);
    let rest = &all[row][at..];
    let mut parser = serde_json::Deserializer::from_slice(rest).into_iter::<serde_json::Value>();
    let length = match parser.next() {
        Some(Ok(_)) => parser.byte_offset(),
        _ => 1,
    };
    let end = (at + length).min(all[row].len());
    all[row].splice(at..end, text.bytes());
    join(&all)
}

const EDITS: [(&str, Effect, Edit); 19] = [
    ("byte changed", Effect::Any, |d, mut b| {
        let at = d.below(b.len());
        b[at] = d.below(256) as u8;
        b
    }),
    ("byte taken out", Effect::Any, |d, mut b| {
        b.remove(d.below(b.len()));
        b
    }),
    ("byte put in", Effect::Any, |d, mut b| {
        b.insert(d.below(b.len()), d.below(256) as u8);
        b
    }),
    ("cut short", Effect::Any, |d, mut b| {
        b.truncate(d.below(b.len()));
        b
    }),
    ("line twice", Effect::Any, |d, b| {
        let mut all = lines(&b);
        let line = d.of(&all).clone();
        all.insert(d.below(all.len()), line);
        join(&all)
    }),
    ("line gone", Effect::Any, |d, b| {
        let mut all = lines(&b);
        all.remove(d.below(all.len()));
        join(&all)
    }),
    ("lines in another order", Effect::None, |d, b| {
        let mut all = lines(&b);
        for i in (1..all.len()).rev() {
            all.swap(i, d.below(i + 1));
        }
        join(&all)
    }),
    ("two lines run together", Effect::Any, |d, b| {
        let mut all = lines(&b);
        let at = d.below(all.len() - 1);
        let next = all.remove(at + 1);
        all[at].extend(next);
        join(&all)
    }),
    ("blank lines", Effect::None, |d, b| {
        let mut all = lines(&b);
        for _ in 0..1 + d.below(5) {
            all.insert(d.below(all.len()), b"  ".to_vec());
        }
        join(&all)
    }),
    ("CRLF", Effect::None, |_, b| {
        let all = lines(&b);
        let ended = all.iter().map(|l| [&l[..], b"\r"].concat());
        join(&ended.collect::<Vec<_>>())
    }),
    ("byte order mark", Effect::None, |_, b| {
        [&b"\xef\xbb\xbf"[..], &b].concat()
    }),
    ("invalid UTF-8", Effect::Any, |d, mut b| {
        let at = d.below(b.len());
        let kinds: [&[u8]; 4] = [b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88"];
        let bad = *d.of(&kinds);
        b.splice(at..at, bad.iter().copied());
        b
    }),
    ("zero byte", Effect::Any, |d, mut b| {
        b.insert(d.below(b.len()), 0);
        b
    }),
    ("value of another type", Effect::Any, |d, b| {
        let text = d.of(&[
            "null",
            "true",
            "\"x\"",
            "{}",
            "[]",
            "[1,\"a\"]",
            "{\"a\":{}}",
            "-0",
            "0",
        ]);
        replace_value(d, b, text)
    }),
    ("number out of range", Effect::Any, |d, b| {
        let text = d.of(&[
            "1e999",
            "-1e999",
            "1e308",
            "-1",
            "18446744073709551616",
            "1e-400",
            "1.0000000001",
            "99999999999999999999999999999999999999999",
            "0.1e",
            "NaN",
            "01",
        ]);
        replace_value(d, b, text)
    }),
    ("member gone", Effect::Any, |d, b| {
        let mut all = lines(&b);
        let row = d.below(all.len());
        if let Ok(serde_json::Value::Object(mut record)) = serde_json::from_slice(&all[row]) {
            let keys: Vec<String> = record.keys().cloned().collect();
            record.remove(d.of(&keys));
            all[row] = serde_json::Value::Object(record).to_string().into_bytes();
        }
        join(&all)
    }),
    ("member twice", Effect::Any, |d, b| {
        let mut all = lines(&b);
        let row = d.below(all.len());
        let member = d.of(&[
            "\"id\":\"a\",",
            "\"split\":\"test\",",
            "\"routes\":{},",
            "\"outcomes\":{},",
        ]);
        all[row].splice(1..1, member.bytes());
        join(&all)
    }),
    ("deep nesting", Effect::Any, |d, b| {
        let depth = 10usize.pow(1 + d.below(5) as u32);
        let (open, close) = *d.of(&[("[", "]"), ("{\"a\":", "}")]);
        let inside = if open == "[" { "" } else { "1" };
        let text = format!("{}{inside}{}", open.repeat(depth), close.repeat(depth));
        replace_value(d, b, &text)
    }),
    ("not JSON at all", Effect::Any, |d, b| {
        let mut all = lines(&b);
        let row = d.below(all.len());
        let kinds: [&[u8]; 7] = [
            b"id,score,cost",
            b"{",
            b"}",
            b"\"",
            b"[1,2]",
            b"7",
            b"\x1f\x8b\x08",
        ];
        all[row] = d.of(&kinds).to_vec();
        join(&all)
    }),
];

/// A tool, its arguments, the stream it reads, and whether all it writes is
/// decided by the records and not by their order.
struct Reader {
    tool: &'static str,
    args: &'static [&'static str],
    stream: usize,
    unordered: bool,
}

const READERS: [Reader; 9] = [
    Reader {
        tool: "rb-split",
        args: &[],
        stream: 0,
        unordered: false,
    },
    Reader {
        tool: "rb-embed",
        args: &[],
        stream: 0,
        unordered: false,
    },
    Reader {
        tool: "rb-fit",
        args: &["kmeans", "--k", "3", "--name", "again"],
        stream: 1,
        unordered: false,
    },
    Reader {
        tool: "rb-fit",
        args: &["length", "--name", "again"],
        stream: 1,
        unordered: false,
    },
    Reader {
        tool: "rb-route",
        args: &["router.json", "--replace"],
        stream: 1,
        unordered: false,
    },
    Reader {
        tool: "rb-score",
        args: &["--resamples", "40"],
        stream: 1,
        unordered: true,
    },
    Reader {
        tool: "rb-score",
        args: &["--partial"],
        stream: 1,
        unordered: false,
    },
    Reader {
        tool: "rb-pareto",
        args: &["--table"],
        stream: 2,
        unordered: true,
    },
    Reader {
        tool: "rb-import",
        args: &[],
        stream: 0,
        unordered: false,
    },
];

/// What a run must be, whatever was done to its input.
fn check(ran: &Ran, reader: &Reader, what: &str) -> &'static str {
    let told = || format!("{what}: {} {:?}: {}", reader.tool, reader.args, ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "a panic after {}", told());
    let written = std::str::from_utf8(&ran.stdout);
    let written = written.unwrap_or_else(|e| panic!("no UTF-8 ({e}) after {}", told()));
    assert!(
        written.is_empty() || written.ends_with('\n'),
        "half a line after {}",
        told()
    );
    if reader.args != ["--table"] {
        for line in written.lines() {
            let read: Result<&serde_json::value::RawValue, _> = serde_json::from_str(line);
            assert!(read.is_ok(), "{line:?} was written after {}", told());
        }
    }
    match ran.code {
        0 => "a result",
        // Located: the stream's name and a line, or the stream as a whole.
        3 => {
            let whole = [
                "stdin is",
                "the stream",
                "no train query",
                "no query",
                "no record",
                "not JSON",
            ];
            let located = ran.stderr.contains("stdin:");
            assert!(
                located || whole.iter().any(|w| ran.stderr.contains(w)),
                "no place after {}",
                told()
            );
            if located {
                "refused, with its place"
            } else {
                "refused as a whole"
            }
        }
        5 => "does not fit the router file",
        2 => "refused as usage",
        // Its first bytes say that it is compressed, and it is not.
        4 if ran.stderr.contains("cannot read stdin") => "cannot be unpacked",
        code => panic!("exit code {code} after {}", told()),
    }
}

fn try_edits(times: usize) -> BTreeMap<(&'static str, &'static str), usize> {
    let w = Workdir::new();
    // Every 90th record, so that all datasets are there.
    let some: Vec<Vec<u8>> = lines(&records()).into_iter().step_by(90).take(60).collect();
    let raw = join(&some);
    let embedded = w.pipe(&raw, &["rb-embed", "rb-split"]);
    let fit = ["kmeans", "--k", "3", "--save", "router.json"];
    let fitted = w.run("rb-fit", &fit, &embedded).ok().stdout;
    let routed = w.pipe(&fitted, &["rb-fit random"]);
    let scores = w.pipe(&routed, &["rb-score --resamples 40"]);
    let streams = [raw, routed, scores];
    let plain: Vec<Ran> = READERS
        .iter()
        .map(|r| w.run(r.tool, r.args, &streams[r.stream]).ok())
        .collect();
    let mut draw = Draw(7);
    let mut ends = BTreeMap::new();
    for turn in 0..times {
        let (reader, before) = (&READERS[turn % READERS.len()], &plain[turn % READERS.len()]);
        let (name, effect, edit) = EDITS[draw.below(EDITS.len())];
        let broken = edit(&mut draw, streams[reader.stream].clone());
        let ran = w.run(reader.tool, reader.args, &broken);
        let end = check(&ran, reader, &format!("{name} (turn {turn})"));
        let ordered = name == "lines in another order" && !reader.unordered;
        if effect == Effect::None && !ordered && reader.stream > 0 {
            assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
            let same = strip(&ran.stdout) == strip(&before.stdout);
            assert!(
                same,
                "{name} changed what {} {:?} writes",
                reader.tool, reader.args
            );
        }
        *ends.entry((name, end)).or_insert(0) += 1;
    }
    ends
}

/// Carriage returns are passed through; what is written is else the same.
fn strip(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|b| *b != b'\r').collect()
}

#[test]
fn a_broken_stream_ends_in_a_located_message_or_in_a_result() {
    let ends = try_edits(270);
    assert!(ends
        .keys()
        .any(|(_, end)| *end == "refused, with its place"));
    assert!(ends.keys().any(|(_, end)| *end == "a result"));
}

#[test]
#[ignore = "a slow proof: `make proof`"]
fn proof_ten_thousand_edits_of_real_streams() {
    let ends = try_edits(10_000);
    println!("{:26} {:30} times", "edit", "end");
    for ((edit, end), times) in &ends {
        println!("{edit:26} {end:30} {times}");
    }
    assert_eq!(ends.values().sum::<usize>(), 10_000);
}

#[test]
#[ignore = "a slow proof: `make proof`"]
fn proof_a_line_of_100_megabytes_is_read_or_refused() {
    let w = Workdir::new();
    let all = lines(&w.pipe(demo(), &["rb-embed", "rb-split"]));
    let some = &all[..40];
    let text = "all work and no play ".repeat(5_000_000);
    let long = |at: usize| {
        let mut broken = some.to_vec();
        let record = String::from_utf8(broken[at].clone()).expect("text");
        broken[at] = record
            .replacen('{', &format!("{{\"note\":\"{text}\","), 1)
            .into_bytes();
        join(&broken)
    };
    let fit = w
        .run(
            "rb-fit",
            &["kmeans", "--k", "2", "--save", "k.json"],
            long(3),
        )
        .ok();
    assert_eq!(lines(&fit.stdout).len(), 40);
    assert!(lines(&fit.stdout)[3].len() > 100_000_000);
    w.run("rb-score", &["--resamples", "20"], &fit.stdout).ok();
    w.run("rb-route", &["k.json", "--replace"], &fit.stdout)
        .ok();
    let mut broken = long(5);
    let end = broken.len() - 3;
    broken.truncate(end);
    w.run("rb-split", &["--resplit"], &broken)
        .fails(3, &["stdin:40"]);
}
