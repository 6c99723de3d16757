//! rb-embed with ONNX Runtime: a network of a few numbers, whose vectors can be
//! told by hand, and MiniLM. `make minilm` sets both up.

use crate::places;
use crate::workdir::{root, Workdir};
use serde_json::{json, Value};

/// The embeddings that rb-embed makes of some texts, a model and a vector each.
fn embed(w: &Workdir, args: &[&str], texts: &[&str]) -> Vec<(String, Vec<f32>)> {
    let records: String = texts
        .iter()
        .map(|text| json!({"prompt": text}).to_string() + "\n")
        .collect();
    let home = places::setup_folder().expect("a home folder");
    let output = w
        .command("rb-embed", args)
        .arg(w.write("texts", records))
        .env("RB_HOME", home)
        .output()
        .expect("rb-embed");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let lines = output.stdout.split(|b| *b == b'\n');
    let embedding = |line: &[u8]| {
        let record: Value = serde_json::from_slice(line).expect("a record");
        let vector = record["embedding"]["vector"].as_array().expect("a vector");
        let numbers = vector.iter().map(|v| v.as_f64().expect("a number") as f32);
        let model = record["embedding"]["model"].as_str().expect("a name");
        (model.to_string(), numbers.collect())
    };
    let all: Vec<_> = lines.filter(|l| !l.is_empty()).map(embedding).collect();
    assert_eq!(all.len(), texts.len());
    all
}

/// With the tiny network and more flags.
fn tiny(w: &Workdir, flags: &[&str], texts: &[&str]) -> Vec<(String, Vec<f32>)> {
    let folder = root().join("tests/data/tiny-onnx").display().to_string();
    embed(w, &[&["--model-dir", &folder], flags].concat(), texts)
}

fn near(got: &[f32], want: [f32; 3]) {
    let length = want.iter().map(|v| v * v).sum::<f32>().sqrt();
    assert_eq!(got.len(), 3);
    for (got, want) in got.iter().zip(want) {
        let want = want / length;
        assert!((got - want).abs() < 1e-6, "{got}, expected {want}");
    }
}

#[test]
#[cfg_attr(not(has_minilm), ignore = "needs what `make minilm` sets up")]
fn mean_pooling_leaves_the_padding_out() {
    let w = Workdir::new();
    let texts = ["red", "", "green red", "blue blue red what"];
    let got = tiny(&w, &["--no-cache"], &texts);
    assert_eq!(got[0].0, "tiny-onnx");
    near(&got[0].1, [1.0, 2.0, 0.0]);
    near(&got[1].1, [1.0, 0.0, 0.0]);
    near(&got[2].1, [1.0, 2.0, 2.0]);
    near(&got[3].1, [5.0, 6.0, 3.0]);
    assert_eq!(tiny(&w, &["--no-cache"], &["red"])[0], got[0]);
}

#[test]
#[cfg_attr(not(has_minilm), ignore = "needs what `make minilm` sets up")]
fn long_texts_are_cut_where_the_model_ends_and_the_cache_tells_lengths_apart() {
    let w = Workdir::new();
    let text = ["red red red red green green"];
    for _ in 0..2 {
        near(&tiny(&w, &[], &text)[0].1, [1.0, 8.0, 0.0]);
        near(
            &tiny(&w, &["--max-length", "7"], &text)[0].1,
            [1.0, 8.0, 2.0],
        );
    }
}

#[test]
#[cfg_attr(not(has_minilm), ignore = "needs what `make minilm` sets up")]
fn cls_pooling_takes_the_first_token_alone() {
    let w = Workdir::new();
    let flags = ["--pooling", "cls", "--model", "mine"];
    let got = tiny(&w, &flags, &["red green"]);
    assert_eq!(got[0].0, "mine");
    near(&got[0].1, [1.0, 0.0, 0.0]);
}

/// The expected vectors are computed in NumPy, without ONNX (scripts/proof-minilm.py).
#[test]
#[cfg_attr(not(has_minilm), ignore = "needs what `make minilm` sets up")]
fn minilm_vectors_equal_an_independent_computation() {
    use base64::Engine;
    let file = root().join("tests/data/minilm-vectors.json");
    let rows: Vec<Value> =
        serde_json::from_slice(&std::fs::read(file).expect("the figures")).expect("JSON");
    let texts: Vec<&str> = (rows.iter().map(|row| row["text"].as_str()))
        .collect::<Option<_>>()
        .expect("texts");
    let w = Workdir::new();
    let args = ["--model", "all-MiniLM-L6-v2", "--no-cache"];
    let got = embed(&w, &args, &texts);
    for (row, (model, vector)) in rows.iter().zip(&got) {
        assert_eq!((model.as_str(), vector.len()), ("all-MiniLM-L6-v2", 384));
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(row["vector"].as_str().expect("base64"))
            .expect("base64");
        let expected: Vec<f32> = bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        assert_eq!(expected.len(), 384);
        let cosine: f32 = vector.iter().zip(&expected).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.9999, "{} {cosine}", row["text"]);
    }
    // Alone and in company: the same, to what f32 sums leave.
    for (text, (_, together)) in texts.iter().zip(&got) {
        let alone = &embed(&w, &args, &[text])[0].1;
        for (alone, together) in alone.iter().zip(together) {
            assert!((alone - together).abs() < 1e-5);
        }
    }
}
