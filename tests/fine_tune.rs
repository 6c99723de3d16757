//! `rb-fit --fine-tune`: a tiny BERT of drawn weights, and MiniLM.

use crate::places;
use crate::workdir::Workdir;
use rb_neural::encoder::model::Encoder;
use serde_json::{json, Value};
use std::path::Path;

const WORDS: [&str; 6] = ["ant", "bee", "cat", "dog", "eel", "fox"];

const FLAGS: &[&str] = &[
    "--fine-tune",
    "--model-dir",
    "tiny",
    "--tune-epochs",
    "30",
    "--tune-rate",
    "0.01",
    "--max-tokens",
    "8",
];

/// A folder with a BERT of two layers and 8 numbers, its weights drawn.
fn tiny(w: &Workdir) {
    let folder = w.path("tiny");
    std::fs::create_dir_all(&folder).expect("a folder");
    let config = json!({
        "model_type": "bert", "hidden_act": "gelu", "hidden_size": 8, "num_hidden_layers": 2,
        "num_attention_heads": 2, "intermediate_size": 16, "vocab_size": 9,
        "max_position_embeddings": 8, "type_vocab_size": 2, "layer_norm_eps": 1e-12
    });
    let vocabulary: serde_json::Map<String, Value> = ["[UNK]", "[CLS]", "[SEP]"]
        .iter()
        .chain(&WORDS)
        .enumerate()
        .map(|(id, word)| ((*word).to_owned(), json!(id)))
        .collect();
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": {"type": "BertNormalizer", "clean_text": true,
            "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
        "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary}
    });
    write(&folder, "config.json", config.to_string().as_bytes());
    write(&folder, "tokenizer.json", tokenizer.to_string().as_bytes());
    write(&folder, "model.safetensors", &weights());
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).expect("a file");
}

/// The tensors of the tiny BERT, as safetensors has them.
fn weights() -> Vec<u8> {
    let (d, inner) = (8, 16);
    let mut tensors: Vec<(String, Vec<usize>)> = vec![
        ("embeddings.word_embeddings.weight".into(), vec![9, d]),
        ("embeddings.position_embeddings.weight".into(), vec![8, d]),
        ("embeddings.token_type_embeddings.weight".into(), vec![2, d]),
    ];
    let mut norms = vec!["embeddings".to_owned()];
    for layer in 0..2 {
        let at = format!("encoder.layer.{layer}");
        for (name, rows, columns) in [
            ("attention.self.query", d, d),
            ("attention.self.key", d, d),
            ("attention.self.value", d, d),
            ("attention.output.dense", d, d),
            ("intermediate.dense", inner, d),
            ("output.dense", d, inner),
        ] {
            tensors.push((format!("{at}.{name}.weight"), vec![rows, columns]));
            tensors.push((format!("{at}.{name}.bias"), vec![rows]));
        }
        norms.extend([format!("{at}.attention.output"), format!("{at}.output")]);
    }
    for at in norms {
        tensors.push((format!("{at}.LayerNorm.weight"), vec![d]));
        tensors.push((format!("{at}.LayerNorm.bias"), vec![d]));
    }
    let (mut header, mut data) = (serde_json::Map::new(), Vec::<u8>::new());
    let mut drawn = 0u32;
    for (name, shape) in tensors {
        let begin = data.len();
        for _ in 0..shape.iter().product() {
            // Evenly in −0.8..0.8, from a linear congruence.
            drawn = drawn.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let number = match (name.ends_with("LayerNorm.weight"), name.ends_with("bias")) {
                (true, _) => 1.0,
                (_, true) => 0.0,
                _ => (f64::from(drawn) / f64::from(u32::MAX) * 1.6 - 0.8) as f32,
            };
            data.extend(number.to_le_bytes());
        }
        let entry = json!({"dtype": "F32", "shape": shape, "data_offsets": [begin, data.len()]});
        header.insert(name, entry);
    }
    let header = Value::from(header).to_string();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(data);
    file
}

/// Pairs of different words: "early" answers those in the order of the alphabet,
/// "late" the others. The mean of the words is the same for both orders.
fn pairs() -> String {
    let mut lines = String::new();
    let mut at = 0;
    for first in WORDS {
        for second in WORDS.iter().filter(|s| **s != first) {
            for third in WORDS.iter().take(4) {
                let early = u8::from(first < *second);
                let split = ["train", "train", "train", "val", "train", "test"][at % 6];
                at += 1;
                let record = json!({
                    "id": format!("q{at}"), "prompt": format!("{first} {second} {third}"), "split": split,
                    "outcomes": {"early": {"score": early, "cost": 0.001},
                        "late": {"score": 1 - early, "cost": 0.001}}
                });
                lines += &(record.to_string() + "\n");
            }
        }
    }
    lines
}

/// The share of test queries whose model at alpha 1 is right.
fn quality(records: &[Value]) -> f64 {
    let test = records.iter().filter(|r| r["split"] == "test");
    let right: Vec<f64> = test
        .map(|r| {
            let steps = r["routes"]["bert"].as_array().expect("steps");
            let model = steps.last().expect("a step")["model"]
                .as_str()
                .expect("a model");
            r["outcomes"][model]["score"].as_f64().expect("a score")
        })
        .collect();
    right.iter().sum::<f64>() / right.len() as f64
}

fn fit(w: &Workdir, more: &[&str]) -> crate::workdir::Ran {
    w.run("rb-fit", &[&["bert"], FLAGS, more].concat(), pairs())
}

#[test]
fn an_order_of_words_is_learnt_saved_and_routed_from_texts() {
    let w = Workdir::new();
    tiny(&w);
    let fitted = fit(&w, &["--save", "r.json"]).ok();
    let q = quality(&fitted.json());
    assert!(q > 0.9, "{q}");

    // Bare prompts, together and one after another.
    let test: Vec<Value> = fitted
        .json()
        .into_iter()
        .filter(|r| r["split"] == "test")
        .collect();
    let bare: Vec<String> = test
        .iter()
        .map(|r| json!({"prompt": r["prompt"]}).to_string() + "\n")
        .collect();
    let routed = w.run("rb-route", &["r.json"], bare.concat()).ok().json();
    for (routed, fitted) in routed.iter().zip(&test) {
        assert_eq!(routed["routes"], fitted["routes"]);
    }
    let alone = w.run("rb-route", &["r.json"], &bare[3]).ok().json();
    assert_eq!(alone[0], routed[3]);

    // The same bytes again, on one thread.
    fit(&w, &["--save", "again.json", "--threads", "1"]).ok();
    let weights = w.read("r.weights.safetensors");
    assert!(weights == w.read("again.weights.safetensors"));
    let (file, again) = (w.read("r.json"), w.read("again.json"));
    let text = String::from_utf8(again).expect("a router file");
    assert_eq!(
        text.replace("again.weights", "r.weights").into_bytes(),
        file
    );

    // The weights belong to the file.
    let mut other = weights;
    *other.last_mut().expect("bytes") ^= 1;
    w.write("r.weights.safetensors", &other);
    w.run("rb-route", &["r.json"], &bare[0])
        .fails(5, &["r.weights.safetensors", "sha256", "copy both"]);
    std::fs::remove_file(w.path("r.weights.safetensors")).expect("removing a file");
    w.run("rb-route", &["r.json"], &bare[0])
        .fails(5, &["r.weights.safetensors", "beside the router file"]);
    w.run("rb-fit", &["extend", "again.json"], pairs())
        .fails(5, &["cannot be extended"]);
}

#[test]
fn a_checkpoint_is_gone_on_from_and_one_of_another_fit_is_refused() {
    let w = Workdir::new();
    tiny(&w);
    let first = fit(&w, &["--save", "a.json", "--checkpoint", "kept"]).ok();
    assert!(w.path("kept/checkpoint.safetensors").exists());
    let second = fit(&w, &["--save", "a.json", "--checkpoint", "kept", "--quiet"]).ok();
    assert!(first.stdout == second.stdout);
    fit(&w, &["--checkpoint", "kept", "--seed", "7"])
        .fails(3, &["of another fit", "another folder"]);
}

#[test]
fn every_router_that_tunes_does_and_others_say_what_they_need() {
    let w = Workdir::new();
    tiny(&w);
    for router in ["routerdc", "hybridllm", "bert"] {
        let name = ["--name", "bert", "--tune-epochs", "2"];
        let more: &[&str] = match router {
            "bert" => &["--strong", "early", "--weak", "late"],
            "hybridllm" => &["--strong", "early", "--weak", "late", "--labels", "det"],
            _ => &[],
        };
        let all: Vec<&str> = [
            &[
                router,
                "--fine-tune",
                "--model-dir",
                "tiny",
                "--max-tokens",
                "8",
            ],
            &name[..],
            more,
        ]
        .concat();
        let out = w.run("rb-fit", &all, pairs()).ok().json();
        assert!(quality(&out) > 0.0);
    }
    let no_val = pairs().replace("\"val\"", "\"train\"");
    let arguments = [&["bert"], FLAGS, &["--save", "r.json"]].concat();
    w.run("rb-fit", &arguments, no_val)
        .fails(2, &["val split", "rb-split --val"]);
    fit(&w, &["--guard", "on"]).fails(2, &["five times more"]);
    fit(&w, &["--save", "-"]).fails(2, &["name of a file"]);
    w.run("rb-fit", &["bert", "--checkpoint", "kept"], pairs())
        .fails(2, &["for --fine-tune"]);
    std::fs::remove_file(w.path("tiny/model.safetensors")).expect("removing a file");
    fit(&w, &[]).fails(2, &["model.safetensors", "make minilm"]);
}

/// The forward pass that is tuned against ONNX Runtime's of the same model.
#[test]
#[cfg_attr(
    not(all(has_minilm, has_minilm_weights)),
    ignore = "needs what `make minilm` sets up"
)]
fn vectors_of_minilm_are_those_of_rb_embed() {
    let home = places::setup_folder().expect("a home folder");
    let folder = home.join("models/all-MiniLM-L6-v2");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
    let weights = std::fs::read(folder.join("model.safetensors")).expect("the weights");
    let encoder = Encoder::new(text("config.json"), text("tokenizer.json"), &weights, 256);
    let encoder = encoder.expect("MiniLM");
    let long = "How many apples are left when ".repeat(60);
    let texts = [
        "",
        "What is 2 + 2?",
        "Ünïcode 東京 [SEP] and a tab\t.",
        &long,
    ]
    .map(String::from);
    let w = Workdir::new();
    let lines: String = texts
        .iter()
        .map(|t| json!({"prompt": t}).to_string() + "\n")
        .collect();
    let output = w
        .command("rb-embed", &["--no-cache", "--model", "all-MiniLM-L6-v2"])
        .arg(w.write("texts", lines))
        .env("RB_HOME", &home)
        .output()
        .expect("rb-embed");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found = encoder.embed(&texts);
    let lines = output
        .stdout
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty());
    for (line, found) in lines.zip(found.rows()) {
        let record: Value = serde_json::from_slice(line).expect("a record");
        let vector = record["embedding"]["vector"].as_array().expect("a vector");
        let pairs = vector.iter().zip(found);
        let cosine: f64 = pairs
            .map(|(a, b)| a.as_f64().expect("a number") * f64::from(*b))
            .sum();
        assert!(cosine > 0.9999, "{cosine}");
    }
}
