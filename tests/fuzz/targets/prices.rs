//! Price sheets of rb-import `--prices`, applied to two queries.

use super::with_file;
use rb_import::import::import;
use rb_import::joining::adjust::Adjust;
use rb_import::joining::prices::{PriceColumns, Prices};
use rb_import::options::Options;
use rb_record::skips::{OnError, Skips};
use std::path::PathBuf;
use std::sync::OnceLock;

const QUERIES: &str = r#"{"id":"a","outcomes":{"gpt-4":{"score":1,"cost":0.1,"prompt_tokens":300001,"completion_tokens":1e15,"cache_read_tokens":300000,"cache_write_tokens":1,"reasoning_tokens":5},"m":{"score":0}}}
{"id":"b","outcomes":{"gpt-4":{"score":1,"prompt_tokens":0,"completion_tokens":2}},"references":{"m":{"score":1,"prompt_tokens":1,"completion_tokens":1}}}
"#;

fn queries() -> PathBuf {
    static FILE: OnceLock<tempfile::TempPath> = OnceLock::new();
    FILE.get_or_init(|| {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), QUERIES).expect("a written file");
        file.into_temp_path()
    })
    .to_path_buf()
}

pub(super) fn run(data: &[u8]) {
    let Ok(prices) = with_file(data, |path| Prices::read(path, &PriceColumns::default())) else {
        return;
    };
    let changes = Adjust {
        prices: Some(prices),
        ..Adjust::default()
    };
    let mut skips = Skips::new(OnError::Stop);
    let imported = match import(&[queries()], &Options::default(), &changes, &mut skips) {
        Ok(imported) => imported,
        // A price beyond all bounds, told where its query stands.
        Err(e) => {
            assert!(e.to_string().contains("--prices makes a cost of"), "{e}");
            assert!(e.place.is_some_and(|place| place.line <= 2));
            return;
        }
    };
    let written = imported.write(|line| {
        super::record::accepted(line);
        Ok(())
    });
    assert!(written.is_ok(), "{written:?}");
}
