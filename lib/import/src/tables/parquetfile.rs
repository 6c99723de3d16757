//! Parquet as a [`Table`], through the crate's row reader. A place is the
//! row's number for the line (from 1) and the column's number for the column.
//!
//! Integers and decimals are taken as their decimal text, so that ids keep
//! every digit; a 32-bit float is the number its shortest decimal writes.

use crate::tables::cells::{full, Cell, Table};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::Field;
use parquet::schema::types::Type;
use rb_record::error::{Error, Place, Result};
use rb_record::json::quoted;
use std::borrow::Cow;
use std::fs::File;
use std::sync::Arc;

pub(crate) struct ParquetTable {
    source: Arc<str>,
    columns: Vec<String>,
    /// Which columns to read; empty: all.
    wanted: Vec<usize>,
    reader: Option<Box<dyn FileReader>>,
    rows: Option<RowIter<'static>>,
    row: Vec<(String, Field)>,
    /// Column → its place in `row`.
    slots: Vec<Option<usize>>,
    next: u64,
}

impl ParquetTable {
    pub(crate) fn open(file: File, source: Arc<str>) -> Result<ParquetTable> {
        let reader = SerializedFileReader::new(file).map_err(|e| damaged(&source, e))?;
        let schema = reader
            .metadata()
            .file_metadata()
            .schema_descr()
            .root_schema();
        let columns: Vec<String> = schema
            .get_fields()
            .iter()
            .map(|f| f.name().to_string())
            .collect();
        Ok(ParquetTable {
            source,
            slots: Vec::new(),
            columns,
            wanted: Vec::new(),
            reader: Some(Box::new(reader)),
            rows: None,
            row: Vec::new(),
            next: 0,
        })
    }

    /// Starts reading, the wanted columns only.
    fn start(&mut self, reader: Box<dyn FileReader>) -> Result<RowIter<'static>> {
        let schema = reader
            .metadata()
            .file_metadata()
            .schema_descr()
            .root_schema();
        let projection = if self.wanted.is_empty() {
            None
        } else {
            let fields = self.wanted.iter().map(|&i| schema.get_fields()[i].clone());
            let group = Type::group_type_builder(schema.name())
                .with_fields(fields.collect())
                .build();
            Some(group.map_err(|e| damaged(&self.source, e))?)
        };
        RowIter::from_file_into(reader)
            .project(projection)
            .map_err(|e| damaged(&self.source, e))
    }
}

fn damaged(source: &str, e: impl std::fmt::Display) -> Error {
    Error::input(format!(
        "{source} cannot be read as Parquet ({e}); write it anew, uncompressed or with snappy or zstd, or export CSV"
    ))
}

impl Table for ParquetTable {
    fn source(&self) -> &Arc<str> {
        &self.source
    }
    fn columns(&self) -> &[String] {
        &self.columns
    }
    fn row(&self) -> u64 {
        self.next.saturating_sub(1)
    }

    fn advance(&mut self) -> Result<bool> {
        if let Some(reader) = self.reader.take() {
            self.rows = Some(self.start(reader)?);
        }
        let Some(rows) = &mut self.rows else {
            return Ok(false);
        };
        match rows.next() {
            None => Ok(false),
            Some(Err(e)) => {
                // What follows in a damaged file cannot be trusted.
                self.rows = None;
                Err(damaged(&self.source, e))
            }
            Some(Ok(row)) => {
                self.row = row.into_columns();
                if self.slots.is_empty() {
                    let slot = |c: &String| self.row.iter().position(|(name, _)| name == c);
                    self.slots = self.columns.iter().map(slot).collect();
                }
                self.next += 1;
                Ok(true)
            }
        }
    }

    fn cell(&self, column: usize) -> Result<Cell<'_>> {
        let Some(slot) = self.slots.get(column).copied().flatten() else {
            return Ok(Cell::Missing);
        };
        let field = &self.row[slot].1;
        Ok(match field {
            Field::Null => Cell::Missing,
            Field::Bool(b) => Cell::Bool(*b),
            Field::Double(v) => Cell::Number(*v),
            Field::Float(v) => Cell::Number(shortest(v)),
            Field::Float16(v) => Cell::Number(v.to_f64()),
            Field::Str(text) if text.is_empty() => Cell::Missing,
            Field::Str(text) => Cell::Text(Cow::Borrowed(text)),
            Field::Bytes(bytes) => match std::str::from_utf8(bytes.data()) {
                Ok("") => Cell::Missing,
                Ok(text) => Cell::Text(Cow::Borrowed(text)),
                Err(_) => {
                    return Err(Error::input(
                        "the cell holds bytes that are not UTF-8, expected text; convert the column to strings",
                    )
                    .at(self.place(column)))
                }
            },
            Field::ListInternal(list) => {
                let texts = list.elements().iter().map(|e| match e {
                    Field::Str(text) => Some(text.as_str()),
                    _ => None,
                });
                match texts.collect::<Option<Vec<_>>>() {
                    Some(texts) => Cell::Texts(texts),
                    None => Cell::Text(Cow::Owned(json(field))),
                }
            }
            Field::Group(_) | Field::MapInternal(_) => Cell::Text(Cow::Owned(json(field))),
            other => Cell::Text(Cow::Owned(other.to_string())),
        })
    }

    fn place(&self, column: usize) -> Place {
        Place {
            source: self.source.clone(),
            line: self.next.max(1),
            column: column as u64 + 1,
        }
    }

    fn read_only(&mut self, columns: &[usize]) {
        self.wanted = columns.to_vec();
        self.wanted.sort_unstable();
        self.wanted.dedup();
    }
}

/// A list or struct as JSON, as it would stand in a JSON file.
fn json(field: &Field) -> String {
    let list = |all: Vec<String>| all.join(",");
    match field {
        Field::Null => "null".into(),
        Field::Bool(_)
        | Field::Byte(_)
        | Field::Short(_)
        | Field::Int(_)
        | Field::Long(_)
        | Field::UByte(_)
        | Field::UShort(_)
        | Field::UInt(_)
        | Field::ULong(_) => field.to_string(),
        Field::Float(v) => full(shortest(v)),
        Field::Double(v) => full(*v),
        Field::Str(text) => quoted(text),
        Field::ListInternal(all) => {
            format!("[{}]", list(all.elements().iter().map(json).collect()))
        }
        Field::Group(row) => {
            let members = row.get_column_iter();
            let member =
                |(name, value): (&String, &Field)| format!("{}:{}", quoted(name), json(value));
            format!("{{{}}}", list(members.map(member).collect()))
        }
        Field::MapInternal(map) => {
            let entries = map.entries().iter();
            let entry = |(key, value): &(Field, Field)| {
                let key = match key {
                    Field::Str(text) => quoted(text),
                    other => quoted(&other.to_string()),
                };
                format!("{key}:{}", json(value))
            };
            format!("{{{}}}", list(entries.map(entry).collect()))
        }
        other => quoted(&other.to_string()),
    }
}

fn shortest(value: &f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(*value))
}
