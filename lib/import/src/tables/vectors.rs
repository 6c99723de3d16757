//! Rows of an id and a vector in Parquet: embeddings that were made elsewhere, for
//! rb-embed. A vector is a list of numbers, or a text that holds the JSON of one.

use crate::tables::cells::{Cell, Table};
use crate::tables::parquet;
use rb_record::error::{excerpt, Error, Result};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// How a Parquet file begins.
const MARK: &[u8; 4] = b"PAR1";

/// Whether a file begins as Parquet does; one that cannot be read does not.
pub fn is_parquet(path: &Path) -> bool {
    let mut start = [0; MARK.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *MARK
}

/// The rows of one file.
pub struct Vectors {
    table: Box<dyn Table>,
    id: usize,
    vector: usize,
}

impl Vectors {
    /// Opens the file; the columns of ids and of vectors are named. Errors: it is no
    /// Parquet, or lacks a column.
    pub fn open(path: &Path, id: &str, vector: &str) -> Result<Vectors> {
        let shown = path.display().to_string();
        let file =
            File::open(path).map_err(|e| Error::io(format_args!("cannot read {shown}"), &e))?;
        let mut table = parquet::open(file, Arc::from(shown.as_str()))?;
        let find = |name: &str, flag: &str| {
            table.find(name).ok_or_else(|| {
                Error::usage(format!(
                    "{shown} has no column {name:?}; name it with --{flag}, one of {}",
                    table.columns().join(", ")
                ))
            })
        };
        let (id, vector) = (find(id, "col-id")?, find(vector, "col-vector")?);
        table.read_only(vec![id, vector]);
        Ok(Vectors { table, id, vector })
    }

    /// The next row; None: there is no more. Errors name the row and what it holds.
    pub fn read(&mut self) -> Result<Option<(String, Vec<f32>)>> {
        if !self.table.advance()? {
            return Ok(None);
        }
        let table = &*self.table;
        let id = table
            .text(self.id)?
            .ok_or_else(|| table.error(self.id, "the row has no id, expected that of a record"))?;
        let fault = |found: &str| {
            table.error(
                self.vector,
                format!("the vector of {id:?} is {found}, expected a list of numbers"),
            )
        };
        match table.cell(self.vector)? {
            Cell::Text(text) => match serde_json::from_str::<Vec<f32>>(&text) {
                Ok(vector) => Ok(Some((id.into_owned(), vector))),
                Err(_) => Err(fault(&excerpt(&text))),
            },
            Cell::Missing => Err(fault("missing")),
            Cell::Number(_) | Cell::Bool(_) => Err(fault("one value")),
            Cell::Texts(_) => Err(fault("a list of texts")),
        }
    }
}
