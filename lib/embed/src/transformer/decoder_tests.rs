//! The tiny decoder of random weights against a forward pass in Python
//! (scripts/make-tiny-decoder.py, which wrote both).

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/tiny-decoder")
}

fn tiny(config: &Config) -> Result<Decoder, EmbedError> {
    open(config, &folder())
}

/// The texts of expected.json and their vectors.
fn expected() -> Vec<(String, Vec<f32>)> {
    let all = json(&folder().join("expected.json")).unwrap();
    let all = all.as_object().unwrap();
    all.iter()
        .map(|(text, vector)| {
            let vector = vector.as_array().unwrap().iter();
            let vector = vector.map(|v| v.as_f64().unwrap() as f32).collect();
            (text.clone(), vector)
        })
        .collect()
}

#[test]
fn vectors_are_those_of_a_forward_pass_by_hand() {
    let mut model = tiny(&Config::default()).unwrap();
    let expected = expected();
    assert!(expected.len() >= 4);
    let texts: Vec<&str> = expected.iter().map(|(text, _)| text.as_str()).collect();
    let found = model.embed(&texts).unwrap();
    for ((text, wanted), found) in expected.iter().zip(&found) {
        assert_eq!(found.len(), model.dim().unwrap());
        for (a, b) in found.iter().zip(wanted) {
            assert!((a - b).abs() < 1e-5, "{text:?}: {found:?} {wanted:?}");
        }
    }
    // Alone and among others a text has the same vector, bit for bit.
    for (text, all) in texts.iter().zip(&found) {
        assert_eq!(&model.embed(&[text]).unwrap()[0], all, "{text:?}");
    }
}

#[test]
fn the_last_token_has_read_all_before_it_and_nothing_is_read_past_the_limit() {
    let short = |max_length| {
        let config = Config {
            max_length,
            ..Config::default()
        };
        tiny(&config).unwrap()
    };
    let vectors = short(None).embed(&["red green", "green green"]).unwrap();
    assert_ne!(vectors[0], vectors[1]);
    let cut = short(Some(1)).embed(&["red green", "red"]).unwrap();
    assert_eq!(cut[0], cut[1]);
    assert_ne!(
        short(Some(1)).cache_identity(),
        short(Some(2)).cache_identity()
    );
}

#[test]
fn what_does_not_fit_is_refused_with_the_reason() {
    let mean = Config {
        pooling: Some(Pooling::Mean),
        ..Config::default()
    };
    let error = tiny(&mean).err().unwrap().to_string();
    assert!(error.contains("last token"), "{error}");
    let library = Config {
        ort_dylib: Some("x.so".into()),
        ..Config::default()
    };
    let error = tiny(&library).err().unwrap().to_string();
    assert!(error.contains("--ort-dylib"), "{error}");
    let copy = |files: &[&str]| {
        let to = tempfile::tempdir().unwrap();
        for file in files {
            std::fs::copy(folder().join(file), to.path().join(file)).unwrap();
        }
        to
    };
    let without = copy(&["config.json", "tokenizer.json"]);
    let opened = |folder: &Path| open(&Config::default(), folder);
    let error = opened(without.path()).err().unwrap().to_string();
    assert!(error.contains(SINGLE) && error.contains(INDEX), "{error}");
    // Parts by an index are the same model; one that points elsewhere is none.
    std::fs::copy(folder().join(SINGLE), without.path().join("part-1")).unwrap();
    let index = |file: &str| {
        let text = format!("{{\"weight_map\":{{\"norm.weight\":\"{file}\"}}}}");
        std::fs::write(without.path().join(INDEX), text).unwrap();
        opened(without.path())
    };
    let error = index("../part-1").err().unwrap().to_string();
    assert!(error.contains("the same folder"), "{error}");
    let mut parts = index("part-1").unwrap();
    assert_eq!(
        parts.embed(&["red blue"]).unwrap(),
        tiny(&Config::default())
            .unwrap()
            .embed(&["red blue"])
            .unwrap()
    );
}
