//! Foreign benchmark files. The first byte says how they are read: its low four
//! bits the format (0: recognised from the content, n: the n-th of the table),
//! then whether answers are kept, whether scores are rescaled from 1..10, and
//! whether bad rows are skipped. What is written must be readable again.
//!
//! Parquet files are left out: their bytes are read by another project's crate.

use super::{skips, with_file};
use rb::cli::OnError;
use rb::import::{import, Options, FORMATS};

pub fn run(data: &[u8]) {
    let Some((&how, data)) = data.split_first() else {
        return;
    };
    if data.starts_with(b"PAR1") {
        return;
    }
    let options = Options {
        format: (how as usize & 15)
            .checked_sub(1)
            .and_then(|n| FORMATS.get(n)),
        responses: how & 16 != 0,
        score_range: (how & 32 != 0).then_some((1.0, 10.0)),
        ..Options::default()
    };
    let mut skips = skips(match how & 64 {
        0 => OnError::Stop,
        _ => OnError::Skip,
    });
    with_file(data, |path| {
        let Ok(bench) = import(&[path.to_path_buf()], &options, &mut skips) else {
            return;
        };
        let written = bench.write(None, options.responses, |line| {
            super::record::accepted(line);
            Ok(())
        });
        assert!(written.is_ok(), "{written:?}");
    });
}
