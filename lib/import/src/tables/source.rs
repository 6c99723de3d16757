//! Opens one argument and says what kind of thing it is, from its content: a
//! folder, a Parquet or CSV table, a JSON array, or JSON objects. Names and
//! endings decide nothing; gzip and zstd are opened as they are.

use crate::tables::cells::Table;
use crate::tables::csvfile::{self, CsvTable};
use crate::tables::doc::Doc;
use crate::tables::folder;
use crate::tables::jsontable::JsonTable;
use crate::tables::parquet;
use crate::tables::shape::{self, Keys};
use rb_record::error::{excerpt, Error, Place, Result};
use rb_record::stream::progress::Step;
use rb_record::stream::{self, Input};
use std::fs::File;
use std::io::{BufRead, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much of a table's beginning is looked at to know it.
const HEAD: u64 = 1 << 16;
/// How much of JSON lines.
const SAMPLE: usize = 1 << 20;

/// One argument, opened.
pub struct Source {
    /// Its name for errors.
    pub name: Arc<str>,
    /// The file's name without folders and endings; None for standard input.
    pub stem: Option<String>,
    /// What it holds.
    pub content: Content,
}

/// What kind of thing a source is.
pub enum Content {
    /// A folder: its files to any depth, by their paths.
    Folder(Vec<PathBuf>),
    /// A CSV or Parquet table.
    Table(Box<dyn Table>),
    /// A JSON array: the members of its first objects, and the whole text.
    Array {
        /// Names and first bytes of values.
        keys: Keys,
        /// The whole text.
        text: String,
    },
    /// JSON objects: the members of the first ones, and everything from the
    /// start.
    Objects {
        /// Names and first bytes of values.
        keys: Keys,
        /// The whole text.
        reader: Box<dyn BufRead + Send>,
    },
}

impl Content {
    /// In words, for an error.
    pub fn words(&self) -> &'static str {
        match self {
            Content::Folder(_) => "a folder",
            Content::Table(_) => "a table",
            Content::Array { .. } => "a JSON array",
            Content::Objects { .. } => "JSON objects",
        }
    }

    /// The members of the first JSON objects, or none.
    pub(crate) fn keys(&self) -> &[(String, u8)] {
        match self {
            Content::Objects { keys, .. } | Content::Array { keys, .. } => keys,
            _ => &[],
        }
    }

    /// Whether one of the first objects (not of an array) has `key` with a
    /// value that begins so; `key` may be a JSON pointer.
    pub(crate) fn has(&self, key: &str, begins: &[u8]) -> bool {
        matches!(self, Content::Objects { .. }) && self.holds(key, begins)
    }

    /// The same, of the objects of an array too.
    pub(crate) fn holds(&self, key: &str, begins: &[u8]) -> bool {
        self.keys()
            .iter()
            .any(|(k, b)| k == key && (begins.is_empty() || begins.contains(b)))
    }

    /// The table's columns, or the members of the first JSON objects.
    pub(crate) fn columns(&self) -> Vec<String> {
        let mut columns = self.all_columns();
        columns.retain(|c| !c.starts_with('/'));
        columns
    }

    /// The same, and the members of objects within by their JSON pointers.
    pub(crate) fn all_columns(&self) -> Vec<String> {
        if let Content::Table(table) = self {
            return table.columns().to_vec();
        }
        let mut columns: Vec<String> = Vec::new();
        for (key, _) in self.keys() {
            if !columns.contains(key) {
                columns.push(key.clone());
            }
        }
        columns
    }
}

impl Source {
    /// Opens a path (`-`: standard input). Errors: it cannot be read, is empty, or is of a kind that is never read (a pickle, a zip file).
    /// What is read of it `step` counts.
    pub fn open(path: &Path, step: &Step) -> Result<Source> {
        let stem = stem(path);
        if path.is_dir() {
            return Ok(Source {
                name: path.display().to_string().into(),
                stem,
                content: Content::Folder(folder::files(path)?),
            });
        }
        let (mut reader, name) = stream::open_counted(path, step)?;
        let mut head = Vec::new();
        fill(&mut reader, &mut head, HEAD, &name)?;
        refuse_foreign(&head, path, &name)?;
        let content = match first_byte(&head) {
            None => {
                return Err(Error::input(format!(
                    "{name} is empty; is it the right file, and was it written to its end?"
                )))
            }
            _ if head.starts_with(b"PAR1") => {
                step.is_of_unknown_length();
                let file = whole_file(path, &head, reader, &name)?;
                Content::Table(parquet::open(file, name.clone())?)
            }
            Some(b'[') => {
                let text = read_text(Cursor::new(head).chain(reader), &name)?;
                Content::Array {
                    keys: shape::of_array(&text),
                    text,
                }
            }
            Some(b'{') => objects(head, reader, &name)?,
            Some(_) => {
                refuse_stray(&head, &name)?;
                let delimiter = csvfile::delimiter(&head);
                let all = Box::new(Cursor::new(head).chain(reader));
                Content::Table(Box::new(CsvTable::open(all, name.clone(), delimiter)?))
            }
        };
        Ok(Source {
            name,
            stem,
            content,
        })
    }

    /// The records of a file with one JSON object a line.
    pub fn lines(&mut self) -> Result<Input> {
        let name = self.name.clone();
        match &mut self.content {
            Content::Objects { reader, .. } => {
                let reader = std::mem::replace(reader, Box::new(std::io::empty()));
                Ok(Input::of(reader, name))
            }
            other => Err(unfit(&name, other, "one JSON object a line")),
        }
    }

    /// The table; JSON objects are one too. Errors: the source is a folder, or
    /// its JSON is broken.
    pub fn table(&mut self) -> Result<&mut dyn Table> {
        let name = self.name.clone();
        let table: Option<Box<dyn Table>> = match &mut self.content {
            Content::Table(_) => None,
            Content::Array { keys, text } => {
                let text = std::mem::take(text);
                Some(Box::new(JsonTable::of_array(name.clone(), keys, text)?))
            }
            Content::Objects { keys, reader } => {
                let reader = std::mem::replace(reader, Box::new(std::io::empty()));
                let lines = Input::of(reader, name.clone());
                Some(Box::new(JsonTable::of_lines(name.clone(), keys, lines)))
            }
            Content::Folder(_) => None,
        };
        if let Some(table) = table {
            self.content = Content::Table(table);
        }
        match &mut self.content {
            Content::Table(table) => Ok(&mut **table),
            other => Err(unfit(&name, other, "a table or rows of JSON")),
        }
    }

    /// The whole text of a JSON file.
    pub fn text(&mut self) -> Result<String> {
        let name = self.name.clone();
        match &mut self.content {
            Content::Array { text, .. } => Ok(std::mem::take(text)),
            Content::Objects { reader, .. } => read_text(reader, &name),
            other => Err(unfit(&name, other, "JSON")),
        }
    }
}

fn unfit(name: &str, content: &Content, expected: &str) -> Error {
    Error::input(format!(
        "{name} is {}, this format expects {expected}; leave out --format and let the content decide",
        content.words()
    ))
}

fn stem(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    if name == "-" {
        return None;
    }
    const ENDINGS: [&str; 9] = [
        ".gz", ".zst", ".csv", ".tsv", ".parquet", ".json", ".jsonl", ".ndjson", ".txt",
    ];
    let mut stem = name;
    while let Some(shorter) = ENDINGS.iter().find_map(|e| stem.strip_suffix(e)) {
        stem = shorter;
    }
    Some(stem.to_string()).filter(|s| !s.is_empty())
}

fn first_byte(head: &[u8]) -> Option<u8> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.iter().copied().find(|b| !b.is_ascii_whitespace())
}

fn fill(reader: &mut dyn BufRead, head: &mut Vec<u8>, most: u64, name: &str) -> Result<()> {
    reader
        .take(most)
        .read_to_end(head)
        .map(drop)
        .map_err(|e| Error::io(format_args!("cannot read {name}"), &e))
}

/// Files that people have and that are none of the formats.
fn refuse_foreign(head: &[u8], path: &Path, name: &str) -> Result<()> {
    if head.len() > 1 && head[0] == 0x80 && (2..=5).contains(&head[1]) {
        let (from, to) = match stem(path) {
            Some(_) => (
                path.display().to_string(),
                path.with_extension("csv").display().to_string(),
            ),
            None => ("FILE.pkl".to_string(), "FILE.csv".to_string()),
        };
        return Err(Error::input(format!(
            "{name} is a Python pickle, which is a program and is never run here; if you trust it, convert it once:\n  python3 -c 'import pandas; pandas.DataFrame(pandas.read_pickle({from:?})).to_csv({to:?})'\nand import {to}"
        )));
    }
    let what = if head.starts_with(b"PK\x03\x04") {
        "a zip or Excel file; unpack it, or save the sheet as CSV (UTF-8)"
    } else if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        "UTF-16 text; convert it: iconv -f UTF-16 -t UTF-8"
    } else if head.contains(&0) && !head.starts_with(b"PAR1") {
        "no text and no Parquet file; export it as CSV, Parquet or JSON"
    } else {
        return Ok(());
    };
    Err(Error::input(format!("{name} is {what}")))
}

/// JSON with something before it is no table.
fn refuse_stray(head: &[u8], name: &Arc<str>) -> Result<()> {
    /// Behind how many bytes of the first line JSON may begin.
    const MOST: usize = 8;
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let begins = |at: usize| head[at..].starts_with(b"{\"") || head[at..].starts_with(b"[{");
    let line = head.iter().position(|b| *b == b'\n').unwrap_or(head.len());
    let behind = (1..line.min(MOST + 1)).find(|&at| begins(at));
    // Whatever it is, a header of one column has no rows of several members.
    let alone = !head[..line].iter().any(|b| b",;\t\"".contains(b));
    let below = (line + 1 < head.len() && alone && begins(line + 1)).then_some(line);
    match behind.filter(|_| head[0] != b'"').or(below) {
        None => Ok(()),
        Some(end) => Err(Error::input(format!(
            "{:?} stands before the JSON; remove it, or write the file anew",
            excerpt(&String::from_utf8_lossy(&head[..end]))
        ))
        .at(Place {
            source: name.clone(),
            line: 1,
            column: 1,
        })),
    }
}

/// Parquet is read from its end, so it needs a real, plain file.
fn whole_file(
    path: &Path,
    head: &[u8],
    mut rest: Box<dyn BufRead + Send>,
    name: &str,
) -> Result<File> {
    let fault = |e: std::io::Error| Error::io(format_args!("cannot read {name}"), &e);
    if path != Path::new("-") {
        let mut mark = [0; 4];
        let mut file = File::open(path).map_err(fault)?;
        if file.metadata().map_err(fault)?.is_file()
            && file.read_exact(&mut mark).is_ok()
            && &mark == b"PAR1"
        {
            return File::open(path).map_err(fault);
        }
    }
    let mut copy = tempfile::tempfile().map_err(fault)?;
    copy.write_all(head).map_err(fault)?;
    std::io::copy(&mut rest, &mut copy).map_err(fault)?;
    Ok(copy)
}

fn read_text(mut reader: impl Read, name: &str) -> Result<String> {
    let mut bytes = Vec::new();
    reader
        .read_to_end(&mut bytes)
        .map_err(|e| Error::io(format_args!("cannot read {name}"), &e))?;
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_err(|e| {
        Error::input(format!(
            "{name} is not UTF-8 (byte {}); convert it, for example with iconv -t UTF-8",
            e.utf8_error().valid_up_to() + 1
        ))
    })
}

/// Looks at the first object: on the first line, or else over the whole file,
/// unless the next line begins with an object too and the first is broken.
fn objects(head: Vec<u8>, rest: Box<dyn BufRead + Send>, name: &Arc<str>) -> Result<Content> {
    let fault = |e: std::io::Error| Error::io(format_args!("cannot read {name}"), &e);
    let mut all = Cursor::new(head).chain(rest);
    let mut start = Vec::new();
    let next = |start: &mut Vec<u8>, all: &mut dyn BufRead| -> Result<usize> {
        loop {
            let before = start.len();
            all.read_until(b'\n', start).map_err(fault)?;
            if start.len() == before || !start[before..].trim_ascii().is_empty() {
                return Ok(before);
            }
        }
    };
    next(&mut start, &mut all)?;
    let mut keys = Keys::new();
    let mut known = add(&mut keys, &start);
    if known.is_some() {
        for _ in 1..shape::OBJECTS {
            let from = next(&mut start, &mut all)?;
            if from == start.len() || start.len() > SAMPLE {
                break;
            }
            // What is broken its reading will tell.
            let _ = add(&mut keys, &start[from..]);
        }
    } else if !start.trim_ascii().ends_with(b"}") {
        let second = next(&mut start, &mut all)?;
        // A line that is an object by itself follows a broken one; anything else
        // is the middle of one object.
        if add(&mut Keys::new(), &start[second..]).is_none() {
            all.read_to_end(&mut start).map_err(fault)?;
            known = add(&mut keys, &start);
            if known.is_none() {
                let text = String::from_utf8_lossy(&start);
                let text = text.trim_start_matches('\u{feff}');
                Doc::whole(text, name).object(text, "one object, or one a line")?;
            }
        }
    }
    let reader = Box::new(Cursor::new(start).chain(all));
    Ok(Content::Objects { keys, reader })
}

fn add(keys: &mut Keys, text: &[u8]) -> Option<()> {
    shape::add(keys, &String::from_utf8_lossy(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_loses_folders_and_known_endings_only() {
        for (path, want) in [
            ("a/gsm8k.v2.csv.gz", Some("gsm8k.v2")),
            ("mmlu_test.json", Some("mmlu_test")),
            ("-", None),
            (".csv", None),
        ] {
            assert_eq!(stem(Path::new(path)).as_deref(), want, "{path}");
        }
    }
}
