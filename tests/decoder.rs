//! Decoders: a folder of the Qwen3 family in rb-embed, and llm-classifier on the state
//! of its last token.

use crate::workdir::{root, Workdir};
use serde_json::{json, Value};

const WORDS: [&str; 6] = ["red", "green", "blue", "one", "two", "three"];

fn embed(w: &Workdir, flags: &[&str], records: &str) -> Vec<u8> {
    let folder = root().join("tests/data/tiny-decoder").display().to_string();
    let flags = [&["--model-dir", &folder, "--no-cache"], flags].concat();
    w.run("rb-embed", &flags, records).ok().stdout
}

/// 216 prompts of three words; the weak model can do those that end in a colour.
fn records() -> String {
    let places = 0..WORDS.len().pow(3);
    let line = |i: usize| {
        let words = [i / 36, i / 6 % 6, i % 6].map(|w| WORDS[w]);
        let split = if (i / 6).is_multiple_of(3) {
            "test"
        } else {
            "train"
        };
        let weak = if i % 6 < 3 { 1.0 } else { 0.0 };
        json!({
            "id": format!("q{i}"), "prompt": words.join(" "), "split": split,
            "outcomes": {
                "weak": {"score": weak, "cost": 0.001},
                "strong": {"score": 1.0, "cost": 0.03},
            },
        })
        .to_string()
            + "\n"
    };
    places.map(line).collect()
}

#[test]
fn a_decoder_embeds_the_same_whatever_the_threads_and_is_named_in_the_record() {
    let w = Workdir::new();
    let one = embed(&w, &["--threads", "1"], &records());
    assert!(one == embed(&w, &["--threads", "3"], &records()));
    let first = one.split(|b| *b == b'\n').next().expect("a line");
    let first: Value = serde_json::from_slice(first).expect("a record");
    assert_eq!(first["embedding"]["model"], "tiny-decoder");
    assert_eq!(
        first["embedding"]["vector"].as_array().map(Vec::len),
        Some(12)
    );
}

#[test]
fn llm_classifier_reads_off_the_last_token_what_the_weak_model_can_do() {
    let w = Workdir::new();
    let embedded = embed(&w, &[], &records());
    let fit = ["llm-classifier", "--strong", "strong", "--weak", "weak"];
    let routed = w.run("rb-fit", &fit, &embedded).ok().json();
    let test = routed.iter().filter(|r| r["split"] == "test");
    let is_right = |record: &&Value| {
        // P(strong wins) is 1 less the alpha from which the strong model is called.
        let steps = record["routes"]["llm-classifier"]
            .as_array()
            .expect("steps");
        let from = |s: &&Value| s["model"] == "strong";
        let alpha = steps.iter().find(from).and_then(|s| s["alpha"].as_f64());
        let weak_will_do = record["outcomes"]["weak"]["score"] == 1.0;
        (alpha.unwrap_or(1.0) > 0.5) == weak_will_do
    };
    let (all, right) = (test.clone().count(), test.filter(is_right).count());
    assert_eq!(all, 72);
    assert!(right >= 64, "{right} of {all}");
}

#[test]
fn what_a_decoder_cannot_do_is_refused() {
    let w = Workdir::new();
    let folder = root().join("tests/data/tiny-decoder").display().to_string();
    for (flags, words) in [
        (["--pooling", "mean"], "last token"),
        (["--max-length", "0"], "at least 1"),
        (["--ort-dylib", "x.so"], "--ort-dylib"),
    ] {
        let flags = [&["--model-dir", &folder], &flags[..]].concat();
        w.run("rb-embed", &flags, records()).fails(2, &[words]);
    }
}
