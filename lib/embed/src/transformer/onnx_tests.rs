//! Names, batches, and what is told where ONNX Runtime is not. What it computes
//! is tested through rb-embed (tests/embed_onnx.rs).

use super::*;

fn tiny(config: Config) -> Onnx {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    open_folder(&config, &root.join("../../tests/data/tiny-onnx")).unwrap()
}

#[test]
fn a_library_that_is_missing_or_no_onnx_runtime_is_an_error_and_no_panic() {
    if std::env::var_os("RB_TEST_LIBRARY").is_none() {
        // The library is loaded once a process: a process of its own for each case.
        let no_library = std::env::current_exe().unwrap();
        for library in [Path::new("/nowhere/libonnxruntime.so"), &no_library] {
            let name = "transformer::onnx::tests::a_library_that_is_missing_or_no_onnx_runtime_is_an_error_and_no_panic";
            let run = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", name, "--nocapture"])
                .env("RB_TEST_LIBRARY", library)
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&run.stdout).into_owned();
            assert!(run.status.success() && text.contains("1 passed"), "{text}");
        }
        return;
    }
    let library = std::env::var_os("RB_TEST_LIBRARY").unwrap();
    let mut model = tiny(Config {
        ort_dylib: Some(library.into()),
        ..Config::default()
    });
    let error = model.embed(&["red"]).unwrap_err().to_string();
    assert!(
        error.contains("--ort-dylib") && error.contains("make minilm"),
        "{error}"
    );
}

#[test]
fn without_a_set_up_model_the_error_says_make_minilm() {
    if std::env::var_os("RB_TEST_EMPTY_HOME").is_none() {
        let name = "transformer::onnx::tests::without_a_set_up_model_the_error_says_make_minilm";
        let empty = tempfile::tempdir().unwrap();
        let run = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env("RB_TEST_EMPTY_HOME", "1")
            .env("RB_HOME", empty.path())
            .env_remove("ORT_DYLIB_PATH")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(run.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let error = open_named(&Config::default(), MINILM)
        .err()
        .unwrap()
        .to_string();
    assert!(error.ends_with("run `make minilm`"), "{error}");
    let error = tiny(Config::default())
        .embed(&["red"])
        .unwrap_err()
        .to_string();
    assert!(error.contains("run `make minilm`"), "{error}");
}

#[test]
fn every_model_has_one_name_and_the_usual_ones_are_known() {
    let names = names();
    let mut distinct = names.clone();
    distinct.dedup();
    assert_eq!(names, distinct);
    assert_eq!(names.len(), TextEmbedding::list_supported_models().len());
    for name in &names {
        assert_eq!(find(name).unwrap().0, *name);
    }
    for (wanted, name) in [
        ("sentence-transformers/all-MiniLM-L6-v2", "all-MiniLM-L6-v2"),
        ("AllMiniLML6V2", "all-MiniLM-L6-v2"),
        ("all-minilm-l12-v2", "all-MiniLM-L12-v2"),
        ("AllMiniLML6V2Q", "all-MiniLM-L6-v2-q"),
        ("BAAI/bge-small-en-v1.5", "bge-small-en-v1.5"),
        ("Xenova/bge-small-en-v1.5", "bge-small-en-v1.5"),
        ("bge-base-en-v1.5-q", "bge-base-en-v1.5-q"),
        ("BAAI/bge-m3", "bge-m3"),
        ("intfloat/multilingual-e5-large", "multilingual-e5-large"),
        ("nomic-ai/nomic-embed-text-v1.5", "nomic-embed-text-v1.5"),
        ("google/embeddinggemma-300m", "embeddinggemma-300m"),
        ("embeddinggemma-300m-q4", "embeddinggemma-300m-q4"),
        ("Alibaba-NLP/gte-base-en-v1.5", "gte-base-en-v1.5"),
        (
            "snowflake/snowflake-arctic-embed-l",
            "snowflake-arctic-embed-l",
        ),
    ] {
        assert_eq!(find(wanted).expect(wanted).0, name);
    }
    assert!(find("someone/all-MiniLM-L6-v2").is_none());
    let error = open_named(&Config::default(), "gpt-4")
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("bge-small-en-v1.5") && error.contains("--model-dir"),
        "{error}"
    );
}

#[test]
fn batches_hold_every_text_once_and_about_as_many_tokens_as_wanted() {
    let texts: Vec<String> = (0..200).map(|n| "word ".repeat(n)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let cut = batches(&texts, 256, false);
    assert_eq!(cut.concat(), texts);
    assert!(cut[0].len() > 10 && cut.last().unwrap().len() == 1);
    for batch in &cut {
        let longest = batch
            .iter()
            .map(|t| (t.len() / 4 + 2).min(256))
            .max()
            .unwrap();
        assert!(batch.len() == 1 || batch.len() * longest <= TOKENS);
    }
    assert!(batches(&texts, 256, true)
        .iter()
        .all(|batch| batch.len() == 1));
}
