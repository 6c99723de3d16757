//! Parquet as a [`Table`], through the crate's row reader. A place is the
//! row's number for the line (from 1) and the column's number for the column.
//! The members of a struct are columns too, by their JSON pointers.
//!
//! Integers and decimals are taken as their decimal text, so that ids keep
//! every digit; a 32-bit float is the number its shortest decimal writes.

use crate::tables::cells::{full, Cell, Head, Table};
use crate::tables::parquet::arrowschema;
use crate::tables::parquet::bounded::Bounded;
use crate::tables::parquet::caught::caught;
use crate::tables::shape::pointer;
use parquet::basic::ConvertedType;
use parquet::file::metadata::FileMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::Field;
use parquet::schema::types::Type;
use rb_record::error::{Error, Place, Result};
use rb_record::json::quoted;
use std::borrow::Cow;
use std::fs::File;
use std::sync::Arc;

/// How deep structs are looked into, and how many members are columns.
const DEPTH: usize = 4;
const MOST: usize = 1000;

/// The rows of a file. Errors: it is damaged, or of a kind that is not read.
pub(crate) fn open(file: File, source: Arc<str>) -> Result<Box<dyn Table>> {
    Ok(Box::new(ParquetTable::open(file, source)?))
}

struct ParquetTable {
    head: Head,
    /// By column, the names that lead to it, and the file's own column it is in.
    paths: Vec<(Vec<String>, usize)>,
    /// By column, what one of it is in seconds.
    seconds: Vec<Option<f64>>,
    reader: Option<Box<dyn FileReader>>,
    rows: Option<RowIter<'static>>,
    row: Vec<(String, Field)>,
    /// By the file's own column, its place in `row`.
    slots: Vec<Option<usize>>,
}

/// The paths of all columns: the file's own, then the members of structs.
fn paths(root: &Type) -> Vec<(Vec<String>, usize)> {
    let fields = root.get_fields().iter().enumerate();
    let mut all: Vec<(Vec<String>, usize, &Type)> = fields
        .map(|(own, f)| (vec![f.name().to_string()], own, &**f))
        .collect();
    let own = all.len();
    let mut at = 0;
    while at < all.len() && all.len() < own + MOST {
        let (path, own, kind) = all[at].clone();
        at += 1;
        // A list or a map is a group with a meaning of its own.
        let is_struct = kind.is_group()
            && kind.get_basic_info().converted_type() == ConvertedType::NONE
            && kind.get_basic_info().logical_type_ref().is_none();
        if is_struct && path.len() < DEPTH {
            all.extend(kind.get_fields().iter().map(|f| {
                let path = path.iter().cloned().chain([f.name().to_string()]);
                (path.collect(), own, &**f)
            }));
        }
    }
    all.into_iter().map(|(path, own, _)| (path, own)).collect()
}

/// By column, what one of it is in seconds.
fn seconds(file: &FileMetaData, paths: &[(Vec<String>, usize)]) -> Vec<Option<f64>> {
    let told = file.key_value_metadata().into_iter().flatten();
    let schema = told
        .filter(|pair| pair.key == arrowschema::KEY)
        .find_map(|pair| pair.value.as_deref());
    let durations = schema.map(arrowschema::durations).unwrap_or_default();
    let of = |path: &Vec<String>| durations.iter().find(|(p, _)| p == path);
    paths.iter().map(|(path, _)| Some(of(path)?.1)).collect()
}

impl ParquetTable {
    fn open(file: File, source: Arc<str>) -> Result<ParquetTable> {
        let reader = read(&source, || SerializedFileReader::new(Bounded(file)))?;
        let file = reader.metadata().file_metadata();
        let paths = paths(file.schema_descr().root_schema());
        let columns = paths.iter().map(|(path, _)| match &path[..] {
            [one] => one.clone(),
            names => names.iter().fold(String::new(), |p, key| pointer(&p, key)),
        });
        Ok(ParquetTable {
            head: Head::new(source, columns.collect()),
            seconds: seconds(file, &paths),
            paths,
            reader: Some(Box::new(reader)),
            rows: None,
            row: Vec::new(),
            slots: Vec::new(),
        })
    }

    /// Starts reading, the wanted columns only.
    fn start(&mut self, reader: Box<dyn FileReader>) -> Result<RowIter<'static>> {
        let schema = reader
            .metadata()
            .file_metadata()
            .schema_descr()
            .root_schema();
        let mut own: Vec<usize> = self.head.wanted.iter().map(|&c| self.paths[c].1).collect();
        own.sort_unstable();
        own.dedup();
        let all = schema.get_fields();
        self.slots = vec![None; all.len()];
        for (slot, &own) in own.iter().enumerate() {
            self.slots[own] = Some(slot);
        }
        let fields: Vec<_> = own.iter().map(|&own| all[own].clone()).collect();
        let projection = Type::group_type_builder(schema.name())
            .with_fields(fields)
            .build()
            .map_err(|e| damaged(&self.head.source, e))?;
        read(&self.head.source, || {
            RowIter::from_file_into(reader).project(Some(projection))
        })
    }

    /// The present row's value. None: the row, or a struct around it, lacks it.
    fn field(&self, column: usize) -> Option<&Field> {
        let (path, own) = self.paths.get(column)?;
        let (_, field) = self.row.get((*self.slots.get(*own)?)?)?;
        path[1..].iter().try_fold(field, |field, key| {
            let Field::Group(row) = field else {
                return None;
            };
            let mut members = row.get_column_iter();
            members.find(|(name, _)| *name == key).map(|(_, f)| f)
        })
    }
}

/// What the crate reads; a panic of it is an error like those it tells.
fn read<T>(source: &str, run: impl FnOnce() -> parquet::errors::Result<T>) -> Result<T> {
    match caught(run) {
        Some(read) => read.map_err(|e| damaged(source, e)),
        None => Err(damaged(source, "its bytes contradict each other")),
    }
}

fn damaged(source: &str, e: impl std::fmt::Display) -> Error {
    Error::input(format!(
        "{source} cannot be read as Parquet ({e}); write it anew, uncompressed or with snappy or zstd, or export CSV"
    ))
}

impl Table for ParquetTable {
    fn head(&self) -> &Head {
        &self.head
    }
    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }
    fn seconds(&self, column: usize) -> Option<f64> {
        self.seconds.get(column).copied().flatten()
    }

    fn advance(&mut self) -> Result<bool> {
        if let Some(reader) = self.reader.take() {
            self.rows = Some(self.start(reader)?);
        }
        let Some(rows) = &mut self.rows else {
            return Ok(false);
        };
        match read(&self.head.source, || rows.next().transpose()) {
            Ok(None) => Ok(false),
            Err(e) => {
                // What follows in a damaged file cannot be trusted.
                self.rows = None;
                Err(e)
            }
            Ok(Some(row)) => {
                self.row = row.into_columns();
                self.head.rows += 1;
                Ok(true)
            }
        }
    }

    fn own_cell(&self, column: usize) -> Result<Cell<'_>> {
        let Some(field) = self.field(column) else {
            return Ok(Cell::Missing);
        };
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
                    .at(self.own_place(column)))
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

    fn own_place(&self, column: usize) -> Place {
        Place {
            source: self.head.source.clone(),
            line: self.head.rows.max(1),
            column: self.paths.get(column).map_or(0, |(_, own)| *own) as u64 + 1,
        }
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
