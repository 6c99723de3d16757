//! rb-score --partial and --merge: scores of parts are the scores of the
//! whole, to the byte, and parts that do not belong together are refused.

use crate::workdir::{demo, shuffled, Workdir};

/// The demo data routed by three routers, one of them with gaps and cascades.
fn routed(w: &Workdir) -> Vec<u8> {
    let fitted = w.pipe(
        demo(),
        &["rb-embed", "rb-fit kmeans --k 16", "rb-fit random"],
    );
    let mut out = Vec::new();
    for (i, line) in fitted.split(|b| *b == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let mut record: serde_json::Value = serde_json::from_slice(line).expect("a record");
        if record["split"] == "test" && i % 7 > 0 {
            record["routes"]["cascade"] = serde_json::json!([
                {"alpha": 0, "model": "sim-small"},
                {"alpha": 1e-9, "called": ["sim-small", "sim-chat"], "model": "sim-chat"},
            ]);
            record["references"] = serde_json::json!({"vendor": {"score": 0.5, "cost": 1e-5}});
        }
        out.extend(serde_json::to_vec(&record).expect("JSON"));
        out.push(b'\n');
    }
    out
}

/// The stream's lines dealt out into `n` parts of unlike sizes.
fn dealt(stream: &[u8], n: usize) -> Vec<Vec<u8>> {
    let mut parts = vec![Vec::new(); n];
    for (i, line) in stream.split_inclusive(|b| *b == b'\n').enumerate() {
        parts[(i * i + i / 3) % n].extend_from_slice(line);
    }
    parts
}

#[test]
fn parts_in_any_order_give_the_bytes_of_the_plain_run() {
    let w = Workdir::new();
    let stream = routed(&w);
    for (options, scoring) in [
        (vec![], vec!["--missing", "drop"]),
        (vec!["--by", "dataset", "--by", "/split"], vec!["--exact"]),
        (vec!["--split", "val"], vec![]),
    ] {
        // Val is a part of test here: the demo data have none of their own.
        let stream = if options.contains(&"val") {
            String::from_utf8(stream.clone())
                .expect("text")
                .replace("\"split\":\"test\"", "\"split\":\"val\"")
                .into_bytes()
        } else {
            stream.clone()
        };
        let plain = w.run("rb-score", &[&options[..], &scoring].concat(), &stream);
        let plain = plain.ok();
        for n in [1, 2, 7] {
            let mut names = Vec::new();
            for (i, part) in dealt(&shuffled(&stream, n as u64), n)
                .into_iter()
                .enumerate()
            {
                let args = [&["--partial"], &options[..]].concat();
                let part = w.run("rb-score", &args, part).ok();
                names.push(format!("part{i}"));
                w.write(&names[i], part.stdout);
            }
            for turn in [0, 1] {
                names.rotate_left(turn * (n / 2));
                names.reverse();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let args = [&["--merge"], &scoring[..], &names].concat();
                let merged = w.run("rb-score", &args, "").ok();
                assert!(merged.stdout == plain.stdout, "{n} parts, {options:?}");
                assert_eq!(merged.stderr, plain.stderr);
            }
        }
    }
    // A joined file is as good as its parts, compressed or not.
    let [a, b] = &dealt(&stream, 2)[..] else {
        panic!("two parts")
    };
    let mut joined = w.run("rb-score", &["--partial"], a).ok().stdout;
    joined.extend(w.run("rb-score", &["--partial"], b).ok().stdout);
    let joined = zstd::encode_all(&joined[..], 1).expect("zstd");
    let merged = w.run("rb-score", &["--merge"], joined).ok().stdout;
    assert!(merged == w.run("rb-score", &[], &stream).ok().stdout);
}

#[test]
fn a_part_is_smaller_than_its_records_and_keeps_no_text() {
    let w = Workdir::new();
    let stream = routed(&w);
    let part = w.run("rb-score", &["--partial"], &stream).ok();
    let lines = stream.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    assert_eq!(part.text().lines().count(), lines.count() + 1);
    assert!(part.stdout.len() * 2 < stream.len());
    assert!(!part.text().contains("\"prompt\"") && !part.text().contains("\"embedding\""));
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let w = Workdir::new();
    let record = |id: &str| {
        format!("{{\"id\":\"{id}\",\"outcomes\":{{\"m\":{{\"score\":1}}}},\"routes\":{{\"r\":\"m\"}}}}\n")
    };
    w.write("records", record("a"));
    let part = |args: &[&str], id: &str, name: &str| {
        let args = [&["--partial"], args].concat();
        w.write(name, w.run("rb-score", &args, record(id)).ok().stdout);
    };
    part(&[], "a", "a");
    part(&[], "b", "b");
    part(&["--by", "dataset"], "c", "by");
    part(&["--split", "val"], "d", "val");
    let refuse = |args: &[&str], code: i32, words: &[&str]| {
        let ran = w.run("rb-score", &[&["--merge"], args].concat(), "");
        assert!(ran.fails(code, words).stdout.is_empty());
    };
    refuse(
        &["a", "by"],
        3,
        &["by:1:1:", "--by dataset", "a:1:1", "same options"],
    );
    refuse(&["val", "a"], 3, &["a:1:1:", "--split val"]);
    refuse(&["a", "records"], 3, &["records:1:1:", "--partial"]);
    refuse(
        &["a", "b", "a"],
        3,
        &["a:2:", "\"a\" stands already at a:2:"],
    );
    refuse(&["--by", "dataset", "a"], 2, &["--by"]);
    refuse(&["--partial", "a"], 2, &["--partial"]);
    let text = String::from_utf8(w.read("a")).expect("text");
    w.write("newer", text.replace("rb-facts/1", "rb-facts/9"));
    refuse(
        &["newer"],
        3,
        &["newer:1:", "rb-facts/9", "expected \"rb-facts/1\""],
    );
    let headless: String = text.lines().skip(1).map(|l| format!("{l}\n")).collect();
    w.write("headless", headless);
    refuse(&["a", "headless"], 3, &["headless:1:1:", "first line"]);
    w.write("typo", text.replace("\"model\":\"m\"", "\"model\":\"M\""));
    refuse(&["b", "typo"], 3, &["typo:2:", "names the model \"M\""]);
    w.run("rb-score", &["--partial", "--exact"], record("a"))
        .fails(2, &["--exact"]);
    let bad = record("e").replace(":1}", ":2}");
    w.run("rb-score", &["--partial"], &bad)
        .fails(3, &["stdin:1:", "expected 0..1"]);
    w.run(
        "rb-score",
        &["--partial", "--on-error", "skip"],
        format!("{bad}{}", record("f")),
    )
    .fails(1, &["skipped 1"]);
}
