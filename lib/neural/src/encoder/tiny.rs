//! A tiny BERT for tests, weights by formula, and tests of what the parts do
//! together.

use super::model::Encoder;
use super::tuning::{Plan, Run, Top, Watch};
use super::{checkpoint, config::Config, weights};
use crate::contrast::Contrast;
use crate::figures;
use crate::head::{Head, Link};
use crate::tape::Tape;
use crate::training::{self, Rows};
use ndarray::Array2;
use rand::rngs::StdRng;
use rand::SeedableRng;
use rb_learn::neural::layer;
use rb_learn::optimise::adam::check_gradient;
use std::sync::Mutex;
use std::time::Duration;

const CONFIG: &str = r#"{"model_type":"bert","hidden_act":"gelu","hidden_size":4,
"num_hidden_layers":2,"num_attention_heads":2,"intermediate_size":6,"vocab_size":8,
"max_position_embeddings":6,"type_vocab_size":2,"layer_norm_eps":1e-5}"#;

const TOKENIZER: &str = r###"{"version":"1.0","truncation":null,"padding":null,
"added_tokens":[],"normalizer":{"type":"BertNormalizer","clean_text":true,
"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
"pre_tokenizer":{"type":"BertPreTokenizer"},
"post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},
"decoder":null,"model":{"type":"WordPiece","unk_token":"[UNK]",
"continuing_subword_prefix":"##","max_input_chars_per_word":100,
"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"b":4,"c":5,"d":6,"e":7}}}"###;

/// 0.5·sin(1.7·i + 0.3) for the i-th number.
fn tiny() -> Encoder {
    let config = Config::read(CONFIG).unwrap();
    let at = figures::weights(&config.shapes());
    let bytes = weights::write(&config, &at, String::new());
    Encoder::new(CONFIG.into(), TOKENIZER.into(), &bytes, 5).unwrap()
}

/// With weights drawn as for training, whose vectors differ by text.
fn lively() -> Encoder {
    let mut encoder = tiny();
    let mut rng = StdRng::seed_from_u64(3);
    let mut rest = &mut encoder.at[..];
    for (name, (rows, columns)) in encoder.config.matrices() {
        let (part, after) = rest.split_at_mut(rows * columns);
        rest = after;
        match (name.ends_with("LayerNorm.weight"), name.ends_with("bias")) {
            (true, _) => part.fill(1.0),
            (_, true) => part.fill(0.0),
            _ => part.copy_from_slice(&layer::normal(part.len(), 0.6, &mut rng)),
        }
    }
    encoder
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|t| (*t).into()).collect()
}

#[test]
fn vectors_are_the_figures_of_numpy() {
    // "e d a b" is cut off after [CLS] e d a [SEP].
    let encoder = tiny();
    let found = encoder.embed(&texts(&["a b", "e d a b"])).mapv(f64::from);
    let wanted = FIGURES;
    for (row, wanted) in found.rows().into_iter().zip(wanted) {
        for (v, wanted) in row.iter().zip(wanted) {
            assert!((v - wanted).abs() < 3e-6, "{found} {wanted}");
        }
    }
}

const FIGURES: [[f64; 4]; 2] = [
    [-0.416648, 0.263894, 0.836513, -0.238768],
    [-0.419179, 0.265012, 0.834603, -0.239781],
];

#[test]
fn a_vector_is_the_same_among_others() {
    let encoder = tiny();
    let all = texts(&["a", "e d c b a", "", "b c"]);
    let together = encoder.embed(&all);
    for (i, text) in all.iter().enumerate() {
        let alone = encoder.embed(std::slice::from_ref(text));
        assert_eq!(alone.row(0), together.row(i));
    }
}

/// Gradients of the whole, padding and the gathering of words among it.
fn check(top: &Top) {
    let encoder = lively();
    let all = texts(&["a b", "c", "e d a", "b", "d d"]);
    let tokens = encoder.tokens(&all);
    let rows = Rows {
        train: (0..all.len()).collect(),
        held: Vec::new(),
    };
    let run = Run {
        tape: Tape::of(&encoder.config.shapes()[1..]),
        encoder: &encoder,
        tokens: &tokens,
        top,
        rows: &rows,
        plan: PLAN,
    };
    let mut at = encoder.at.clone();
    at.extend_from_slice(&top.start);
    check_gradient(&at, |at| run.gradient(at, &rows.train, 3).unwrap());
}

const PLAN: Plan = Plan {
    epochs: 3,
    rate: 0.01,
    batch: 4,
    seed: 1,
};

#[test]
fn gradients_of_both_heads_agree_with_differences() {
    let y = figures::wave(5, 3, 1.1, 0.2).mapv(|v| v.abs() / 3.0);
    for link in [Link::Softmax, Link::Sigmoid] {
        let head = Head {
            inputs: 4,
            outputs: 3,
            link,
        };
        let start = figures::weights(&head.shapes());
        head.top(start, &y, check);
    }
}

#[test]
fn gradients_of_the_contrastive_losses_agree_with_differences() {
    let net = Contrast {
        inputs: 4,
        models: 4,
        ends: 2,
        samples: 1.0,
        deviation: 0.78,
    };
    let score = figures::wave(5, 4, 1.3, 0.2).mapv(|v| f64::from(v.abs()));
    let start = figures::weights(&net.shapes());
    net.top(start, (&net.ends(&score), &[0, 1, 0, 1, 1]), check);
}

/// Queries whose label is the order of two words, which the mean of a tiny encoder's
/// states hardly tells.
fn ordered() -> (Vec<String>, Array2<f32>) {
    let words = ["a", "b", "c"];
    let mut all = Vec::new();
    let mut y = Vec::new();
    for i in 0..60 {
        let (first, second) = (words[i % 3], words[(i % 3 + 1 + i / 3 % 2) % 3]);
        all.push(format!("{first} {second}"));
        y.push(f32::from(u8::from(first < second)));
    }
    (all, Array2::from_shape_vec((60, 1), y).unwrap())
}

const HEAD: Head = Head {
    inputs: 4,
    outputs: 1,
    link: Link::Sigmoid,
};

fn tuned(keeper: &Keeper, epochs: usize) -> Result<(Encoder, Vec<f32>), String> {
    let (all, y) = ordered();
    let mut encoder = lively();
    let rows = Rows {
        train: (0..48).collect(),
        held: (48..60).collect(),
    };
    let plan = Plan { epochs, ..PLAN };
    let start = vec![0.0; 5];
    let head = HEAD.tune((&mut encoder, start), &all, &y, &rows, plan, keeper)?;
    Ok((encoder, head))
}

#[test]
fn tuning_learns_what_the_head_alone_cannot() {
    let (all, y) = ordered();
    let rows = Rows {
        train: (0..48).collect(),
        held: (48..60).collect(),
    };
    let plan = training::Plan {
        epochs: 200,
        rate: 0.05,
        batch: 64,
        patience: 20,
        seed: 1,
    };
    let share = |p: Array2<f64>| {
        let right = p.iter().zip(&y).filter(|(p, y)| (**p > 0.5) == (**y > 0.5));
        right.count() as f64 / y.len() as f64
    };
    let x = lively().embed(&all);
    let frozen = share(HEAD.predict(&HEAD.fit(&x, &y, &rows, plan), x.view()));
    let keeper = Keeper::new(None, 0);
    let (encoder, head) = tuned(&keeper, 40).unwrap();
    let found = share(HEAD.predict(&head, encoder.embed(&all).view()));
    assert!(frozen < 0.9 && found == 1.0, "{frozen} {found}");
}

#[test]
fn a_run_that_was_interrupted_ends_in_the_same_bytes() {
    let whole = Keeper::new(None, 0);
    let (encoder, head) = tuned(&whole, 3).unwrap();
    // Twelve steps a pass: within the first, at its end, within the second.
    for after in [5, 12, 17] {
        let first = Keeper::new(None, after);
        assert_eq!(tuned(&first, 3).err().as_deref(), Some("interrupted"));
        let kept = first.kept.into_inner().unwrap().pop();
        let second = Keeper::new(kept, 0);
        let (again, head_again) = tuned(&second, 3).unwrap();
        assert_eq!((again.file(), head_again), (encoder.file(), head.clone()));
        assert_eq!(
            second.kept.into_inner().unwrap().last(),
            whole.kept.lock().unwrap().last()
        );
    }
    let kept = whole.kept.into_inner().unwrap().pop().unwrap();
    let refused = checkpoint::read(&kept, "another run", encoder.at.len() + 5);
    assert!(refused.unwrap_err().contains("of another fit"));
    let refused = checkpoint::read(&kept[..kept.len() / 2], "a run", encoder.at.len() + 5);
    assert!(refused.unwrap_err().contains("damaged"));
}

#[test]
fn threads_change_nothing_and_a_file_is_read_back() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let tuned = pool.unwrap().install(|| tuned(&Keeper::new(None, 0), 2));
        tuned.unwrap().0.file()
    };
    let file = on(1);
    assert!(file == on(3));
    assert!(Encoder::read(&file).unwrap().file() == file);
}

#[test]
fn what_is_no_encoder_is_refused() {
    let weights = tiny().file();
    let with = |config: &str, tokenizer: &str, most: usize| {
        Encoder::new(config.into(), tokenizer.into(), &weights, most)
            .err()
            .unwrap()
    };
    let other = |from: &str, to: &str| CONFIG.replace(from, to);
    assert!(with(&other("\"bert\"", "\"gpt2\""), TOKENIZER, 5).contains("BERT-shaped"));
    assert!(
        with(&other("\"vocab_size\":8", "\"vocab_size\":7"), TOKENIZER, 5)
            .contains("not of one model")
    );
    assert!(with(
        &other("\"intermediate_size\":6", "\"intermediate_size\":5"),
        TOKENIZER,
        5
    )
    .contains("expected F32"));
    assert!(with(&other("layers\":2", "layers\":3"), TOKENIZER, 5).contains("lack encoder.layer.2"));
    assert!(with(CONFIG, "{}", 5).contains("tokenizer.json"));
    assert!(with(CONFIG, TOKENIZER, 7).contains("expected 3..6"));
}

/// Keeps every checkpoint, and fails after some.
struct Keeper {
    begin: Option<Vec<u8>>,
    kept: Mutex<Vec<Vec<u8>>>,
    fails_after: usize,
}

impl Keeper {
    fn new(begin: Option<Vec<u8>>, fails_after: usize) -> Keeper {
        Keeper {
            begin,
            kept: Mutex::default(),
            fails_after,
        }
    }
}

impl Watch for Keeper {
    fn digest(&self) -> &str {
        "a run"
    }
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, String> {
        Ok(self.begin.clone())
    }
    fn every(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }
    fn keep(&self, bytes: &[u8]) -> Result<(), String> {
        let mut kept = self.kept.lock().unwrap();
        kept.push(bytes.to_vec());
        if kept.len() == self.fails_after {
            Err("interrupted".into())
        } else {
            Ok(())
        }
    }
}
