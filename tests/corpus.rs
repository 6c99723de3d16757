//! Every file of the fuzzing corpora, through the function that is fuzzed
//! (docs/fuzzing.md). What once broke a reader stays in its corpus.

#[path = "fuzz/targets/mod.rs"]
mod targets;

use std::path::Path;
use targets::TARGETS;

#[test]
fn every_corpus_file_is_read_or_refused() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut bytes = 0;
    for target in &TARGETS {
        let folder = root.join(target.name);
        let mut files: Vec<_> = std::fs::read_dir(&folder)
            .expect("a corpus for every target")
            .map(|entry| entry.expect("a file").path())
            .collect();
        files.sort();
        assert!(!files.is_empty(), "{} is empty", folder.display());
        for file in files {
            let data = std::fs::read(&file).expect("a readable file");
            bytes += data.len();
            eprintln!("{}", file.display());
            (target.run)(&data);
        }
    }
    assert!(
        bytes < 300_000,
        "the corpora hold {bytes} bytes; minimise them"
    );
}
