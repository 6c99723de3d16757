//! Foreign benchmark files. The first byte says how they are read: its low five
//! bits the format (0: recognised from the content, n: the n-th of the table,
//! with a model named by hand), then whether scores are rescaled from 1..10,
//! whether bad rows are skipped, and whether responses are kept and runs averaged;
//! the length says whether answers are made of responses, and how. What is
//! written must be readable again, and must be the same whether it is joined in
//! memory or, for lack of it, on disk.
//!
//! Parquet files are among them: their bytes are read by another project's crate,
//! whose panics are errors here (`caught.rs`).

use super::with_file;
use rb_import::answers::AnswerForm;
use rb_import::formats::FORMATS;
use rb_import::import::import;
use rb_import::joining::adjust::Adjust;
use rb_import::joining::runs::Repeats;
use rb_import::options::Options;
use rb_import::tables::scores::Scores;
use rb_record::error::Result;
use rb_record::skips::{OnError, Skips};
use std::path::Path;

pub(super) fn run(data: &[u8]) {
    let Some((&how, data)) = data.split_first() else {
        return;
    };
    let mut options = Options {
        format: (how as usize & 31)
            .checked_sub(1)
            .and_then(|n| FORMATS.get(n))
            .map(|f| f.name),
        responses: how & 128 != 0,
        answer_from: AnswerForm::ALL.get(data.len() % 8).copied(),
        repeats: if how & 128 != 0 {
            Repeats::Mean
        } else {
            Repeats::Error
        },
        model: (how & 31 != 0).then(|| "m".to_string()),
        scores: Scores {
            range: (how & 32 != 0).then_some((1.0, 10.0)),
            ..Scores::default()
        },
        ..Options::default()
    };
    let on_error = match how & 64 {
        0 => OnError::Stop,
        _ => OnError::Skip,
    };
    with_file(data, |path| {
        let in_memory = all(path, &options, on_error);
        options.memory = Some(1);
        let on_disk = all(path, &options, on_error);
        match (in_memory, on_disk) {
            (Ok(a), Ok(b)) => {
                assert_eq!(a, b);
                let lines = a.0.split_inclusive(|b| *b == b'\n');
                lines.for_each(|line| super::record::accepted(&line[..line.len() - 1]));
            }
            (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
            (a, b) => panic!("in memory {a:?}, on disk {b:?}"),
        }
    });
}

/// What is written, what is told, and what was skipped.
fn all(
    path: &Path,
    options: &Options,
    on_error: OnError,
) -> Result<(Vec<u8>, Vec<String>, Option<String>)> {
    let mut skips = Skips::new(on_error);
    let mut imported = import(
        &[path.to_path_buf()],
        options,
        &Adjust::default(),
        &mut skips,
    )?;
    let mut told = std::mem::take(&mut imported.notes);
    told.push(format!(
        "{} {} {} {}",
        imported.queries, imported.models, imported.scored, imported.rows
    ));
    let mut bytes = Vec::new();
    let written = imported.write(|line| {
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
        Ok(())
    });
    assert!(written.is_ok(), "{written:?}");
    Ok((bytes, told, skips.finish().err().map(|e| e.to_string())))
}
