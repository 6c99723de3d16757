//! Records come in line by line from files or standard input, compressed or not.

use super::line::Line;
use super::progress::{Step, READING, RECORDS};
use crate::error::{Error, Kind, Result};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const BUFFER: usize = 1 << 17;
/// The first bytes of gzip and of zstd.
const MARKS: [&[u8]; 2] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd]];

/// Opens one file (`-`: standard input), decompressing gzip and zstd. Returns
/// its bytes and the name used in errors.
pub fn open(path: &Path) -> Result<(Box<dyn BufRead + Send>, Arc<str>)> {
    open_counted(path, &Step::none())
}

/// The same, with the bytes that are read of it counted by `step`, compressed as they
/// come.
pub fn open_counted(path: &Path, step: &Step) -> Result<(Box<dyn BufRead + Send>, Arc<str>)> {
    let name: Arc<str> = if path == Path::new("-") {
        "stdin".into()
    } else {
        path.display().to_string().into()
    };
    let raw: Box<dyn Read + Send> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let file =
            File::open(path).map_err(|e| Error::io(format_args!("cannot open {name}"), &e))?;
        if file.metadata().is_ok_and(|m| m.is_dir()) {
            return Err(Error::new(
                Kind::Io,
                format!("cannot read {name}: it is a folder; name the files in it"),
            ));
        }
        Box::new(file)
    };
    let mut reader = BufReader::with_capacity(BUFFER, step.counting(raw));
    // A pipe may deliver fewer than four bytes at first; then one byte decides
    // too little, so wait for as many as the longest mark needs.
    // But no longer: a program that writes an empty line waits for its answer.
    let mut head = Vec::new();
    while MARKS
        .iter()
        .any(|m| head.len() < m.len() && m.starts_with(&head))
    {
        let more = reader
            .fill_buf()
            .map_err(|e| Error::io(format_args!("cannot read {name}"), &e))?;
        if more.is_empty() {
            break;
        }
        let take = more.len().min(4 - head.len());
        head.extend_from_slice(&more[..take]);
        reader.consume(take);
    }
    let is_gzip = head.starts_with(MARKS[0]);
    let is_zstd = head.starts_with(MARKS[1]);
    let whole = io::Cursor::new(head).chain(reader);
    let plain: Box<dyn BufRead + Send> = if is_gzip {
        Box::new(BufReader::with_capacity(
            BUFFER,
            flate2::bufread::MultiGzDecoder::new(whole),
        ))
    } else if is_zstd {
        let decoder = zstd::stream::read::Decoder::with_buffer(whole)
            .map_err(|e| Error::io(format_args!("cannot read {name}"), &e))?;
        Box::new(BufReader::with_capacity(BUFFER, decoder))
    } else {
        Box::new(whole)
    };
    Ok((plain, name))
}

/// Several files read as one stream of lines.
pub struct Input {
    paths: std::vec::IntoIter<PathBuf>,
    now: Option<(Box<dyn BufRead + Send>, Arc<str>, u64)>,
    blanks: bool,
    step: Step,
    /// Whether a line that is read is a line that is done.
    is_done_when_read: bool,
    /// The length of the line before, which the next one's may be near.
    length: usize,
}

impl Input {
    /// No path means standard input.
    pub fn open(paths: &[PathBuf]) -> Input {
        let paths = if paths.is_empty() {
            vec![PathBuf::from("-")]
        } else {
            paths.to_vec()
        };
        Input {
            step: Step::of_files(READING, RECORDS, &paths),
            is_done_when_read: true,
            paths: paths.into_iter(),
            now: None,
            blanks: false,
            length: 0,
        }
    }

    /// One stream that is open already, and its name for errors.
    pub fn of(reader: Box<dyn BufRead + Send>, name: Arc<str>) -> Input {
        Input {
            paths: Vec::new().into_iter(),
            now: Some((reader, name, 0)),
            blanks: false,
            length: 0,
            step: Step::none(),
            is_done_when_read: true,
        }
    }

    /// Reading is a part of the work `name` on so many `unit`, whose own progress the
    /// step that comes back is told.
    pub fn for_work(&mut self, name: &str, unit: &'static str) -> Step {
        self.step = self.step.renamed(name, unit);
        self.is_done_when_read = false;
        self.step.clone()
    }

    fn count(&self, lines: usize) {
        self.step.took(lines);
        if self.is_done_when_read {
            self.step.add(lines);
        }
    }

    /// Blank lines are lines too, for who answers line for line.
    pub fn with_blanks(self) -> Input {
        Input {
            blanks: true,
            ..self
        }
    }

    /// The next line that is not blank (see [`Input::with_blanks`]).
    pub fn next_line(&mut self) -> Result<Option<Line>> {
        let line = self.read_line()?;
        self.count(usize::from(line.is_some()));
        Ok(line)
    }

    fn read_line(&mut self) -> Result<Option<Line>> {
        loop {
            if self.now.is_none() {
                let Some(path) = self.paths.next() else {
                    return Ok(None);
                };
                let (reader, name) = open_counted(&path, &self.step)?;
                self.now = Some((reader, name, 0));
            }
            let Some((reader, name, number)) = &mut self.now else {
                continue;
            };
            // Not copied from a small place to a larger one, over and over.
            let mut bytes = Vec::with_capacity(self.length.min(BUFFER) * 9 / 8);
            let read = reader.read_until(b'\n', &mut bytes).map_err(|e| {
                Error::io(format_args!("cannot read {name} after line {number}"), &e)
            })?;
            if read == 0 {
                self.now = None;
                continue;
            }
            self.length = read;
            *number += 1;
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
            }
            if *number == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
                bytes.drain(..3);
            }
            if !self.blanks && bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Ok(Some(Line::new(bytes, name.clone(), *number)));
        }
    }

    /// Up to `most` lines, or as many as hold about `bytes` bytes. Empty: the end.
    pub fn next_lines(&mut self, most: usize, bytes: usize) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        let mut held = 0;
        while lines.len() < most && held < bytes {
            match self.read_line()? {
                Some(line) => {
                    held += line.bytes().len();
                    lines.push(line);
                }
                None => break,
            }
        }
        self.count(lines.len());
        Ok(lines)
    }
}

/// The error of a stream without a record.
pub fn empty_stream() -> Error {
    Error::input("the stream holds no record; check the command before this one in the pipeline")
}
