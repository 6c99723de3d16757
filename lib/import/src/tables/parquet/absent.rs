//! The answer of a build that cannot read Parquet.

use crate::tables::cells::Table;
use rb_record::error::{Error, Result};
use std::fs::File;
use std::sync::Arc;

/// Errors: always.
pub(crate) fn open(_: File, name: Arc<str>) -> Result<Box<dyn Table>> {
    Err(Error::input(format!(
        "{name} is Parquet, which this build cannot read: it was made without the feature parquet, as make demo does; make build adds it"
    )))
}
