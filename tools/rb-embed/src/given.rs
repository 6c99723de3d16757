//! `--vectors`: embeddings that were made elsewhere, put into the records.

use crate::arguments::Arguments;
use crate::member::{embedding, fault};
use rb_cli as cli;
use rb_embed::Given;
use rb_import::tables::vectors::{is_parquet, Vectors};
use rb_record::error::{Error, Result};
use rb_record::json;
use rb_record::record::Record;
use rb_record::stream;
use std::path::Path;

/// The vectors, whatever the file is.
fn open(path: &Path, arguments: &Arguments) -> Result<Given> {
    if !is_parquet(path) {
        return Given::open(path, arguments.ids.as_deref()).map_err(fault);
    }
    if arguments.ids.is_some() {
        return Err(Error::usage(
            "--ids names the rows of a NumPy file; in Parquet the column of --col-id does, so leave it out",
        ));
    }
    let mut vectors = Vectors::open(path, &arguments.col_id, &arguments.col_vector)?;
    let mut rows = Vec::new();
    while let Some(row) = vectors.read()? {
        rows.push(row);
    }
    Given::named(path.display().to_string(), rows).map_err(fault)
}

/// Reads the records, writes them with the vectors of the file.
pub(crate) fn run(vectors: &Path, arguments: &Arguments) -> Result<()> {
    let mut given = open(vectors, arguments)?;
    let name = match (&arguments.model, vectors.file_stem()) {
        (Some(name), _) => name.clone(),
        (None, Some(stem)) => stem.to_string_lossy().into_owned(),
        (None, None) => return Err(Error::usage("--vectors names no file; name one")),
    };
    let model = json::quoted(&name);
    let mut input = cli::input(&arguments.files)?;
    let mut output = cli::output(&arguments.common, false)?;
    let mut skips = arguments.common.skips();
    let mut records = 0;
    loop {
        let lines = input.next_lines(1024, 64 << 20)?;
        if lines.is_empty() {
            break;
        }
        for line in &lines {
            records += 1;
            let read = Record::parse(line).and_then(|record| Ok((record.id()?, record)));
            // A row belongs to its record, also to one that is skipped.
            let id = read.as_ref().ok().and_then(|(id, _)| id.as_deref());
            let vector = given.next(id);
            let Some((_, record)) = skips.keep(read)? else {
                continue;
            };
            let vector = vector.map_err(|e| {
                record.error_at(record.raw("id").unwrap_or_default(), e.to_string())
            })?;
            let value = embedding(&model, &vector, arguments.encoding);
            output.write_line(&record.splice(&[("embedding", &value)]))?;
        }
    }
    if records == 0 {
        return Err(stream::empty_stream());
    }
    given.end(records).map_err(fault)?;
    output.finish()?;
    skips.finish()
}
