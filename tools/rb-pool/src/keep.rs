//! `--keep`: the records without the outcomes of the other models.

use rayon::prelude::*;
use rb_cli as cli;
use rb_cli::Common;
use rb_record::error::Result;
use rb_record::record::Record;
use rb_record::stream::Line;
use rb_store::spool::Spool;

/// Lines worked on together.
const CHUNK: usize = 1024;
const CHUNK_BYTES: usize = 32 << 20;

/// Writes every line, with the outcomes of the models `pool` alone.
pub(crate) fn write(lines: Spool, pool: &[&str], common: &Common) -> Result<()> {
    let mut lines = lines.read()?;
    let mut output = cli::output(common, false)?;
    loop {
        let some = lines.next_lines(CHUNK, CHUNK_BYTES)?;
        if some.is_empty() {
            break;
        }
        let written: Vec<Result<Vec<u8>>> = some.par_iter().map(|l| kept(l, pool)).collect();
        for line in written {
            output.write_line(&line?)?;
        }
    }
    output.finish()
}

fn kept(line: &Line, pool: &[&str]) -> Result<Vec<u8>> {
    let record = Record::parse(line)?;
    let leaves = |key: &[u8]| !pool.iter().any(|name| name.as_bytes() == key);
    Ok(match record.nested_without("outcomes", leaves)? {
        Some(outcomes) => record.splice(&[("outcomes", &outcomes)]),
        None => line.bytes().to_vec(),
    })
}
