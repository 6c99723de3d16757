//! The stream: records come in line by line from files or standard input,
//! compressed or not, and go out whole.
//!
//! Several files are one stream. `-` is standard input. gzip and zstd are known by
//! their first bytes, not by their names. A byte order mark at the start of a
//! file is dropped; blank lines are no records. An output file is written
//! beside its final name, synced and renamed, so that a file under the final
//! name is always whole.

use crate::error::{Error, Kind, Place, Result};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const BUFFER: usize = 1 << 17;
/// The first bytes of gzip and of zstd.
const MARKS: [&[u8]; 2] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd]];

/// One line of input and where it stood.
#[derive(Debug, Clone)]
pub struct Line {
    bytes: Vec<u8>,
    source: Arc<str>,
    number: u64,
}

impl Line {
    /// `bytes` without the line feed; `number` from 1.
    pub fn new(bytes: Vec<u8>, source: Arc<str>, number: u64) -> Line {
        Line {
            bytes,
            source,
            number,
        }
    }
    /// The line without its line feed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// From 1.
    pub fn number(&self) -> u64 {
        self.number
    }
    /// The name of its input.
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }
    /// The place of the byte at `offset`.
    pub fn place(&self, offset: usize) -> Place {
        Place {
            source: self.source.clone(),
            line: self.number,
            column: offset as u64 + 1,
        }
    }
}

/// Opens one file (`-`: standard input), decompressing gzip and zstd. Returns
/// its bytes and the name used in errors.
pub fn open(path: &Path) -> Result<(Box<dyn BufRead + Send>, Arc<str>)> {
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
    let mut reader = BufReader::with_capacity(BUFFER, raw);
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
        loop {
            if self.now.is_none() {
                let Some(path) = self.paths.next() else {
                    return Ok(None);
                };
                let (reader, name) = open(&path)?;
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
            match self.next_line()? {
                Some(line) => {
                    held += line.bytes.len();
                    lines.push(line);
                }
                None => break,
            }
        }
        Ok(lines)
    }
}

enum Sink {
    /// Standard output, or something that is no regular file (a device, a pipe).
    Open(BufWriter<Box<dyn Write + Send>>),
    File {
        writer: BufWriter<tempfile::NamedTempFile>,
        target: PathBuf,
    },
}

/// Where the data go: standard output, or a file that appears only when whole.
pub struct Output {
    sink: Option<Sink>,
    line_buffered: bool,
}

impl Output {
    /// `None` or `-`: standard output.
    pub fn open(path: Option<&Path>, line_buffered: bool) -> Result<Output> {
        let sink = match path {
            Some(path) if path != Path::new("-") => {
                let target = real_target(path);
                match std::fs::metadata(&target) {
                    Ok(m) if !m.is_file() && !m.is_dir() => {
                        let file = File::options().write(true).open(&target).map_err(|e| {
                            Error::io(format_args!("cannot write {}", path.display()), &e)
                        })?;
                        Sink::Open(BufWriter::with_capacity(BUFFER, Box::new(file)))
                    }
                    _ => Sink::File {
                        writer: BufWriter::with_capacity(BUFFER, temporary_beside(&target)?),
                        target,
                    },
                }
            }
            _ => Sink::Open(BufWriter::with_capacity(BUFFER, Box::new(io::stdout()))),
        };
        Ok(Output {
            sink: Some(sink),
            line_buffered,
        })
    }

    /// Writes one whole line; `line` has no line feed.
    pub fn write_line(&mut self, line: &[u8]) -> Result<()> {
        let flush = self.line_buffered;
        self.with(|w| {
            w.write_all(line)?;
            w.write_all(b"\n")?;
            if flush {
                w.flush()
            } else {
                Ok(())
            }
        })
    }

    /// Writes bytes that are not a record: a table, a picture.
    pub fn write_text(&mut self, text: &str) -> Result<()> {
        self.with(|w| w.write_all(text.as_bytes()))
    }

    fn with(&mut self, write: impl Fn(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        match &mut self.sink {
            Some(Sink::Open(w)) => write(w).map_err(|e| Error::io("cannot write the output", &e)),
            Some(Sink::File { writer, target }) => write(writer)
                .map_err(|e| Error::io(format_args!("cannot write {}", target.display()), &e)),
            None => Ok(()),
        }
    }

    /// Flushes; a file is synced and gets its final name.
    pub fn finish(mut self) -> Result<()> {
        match self.sink.take() {
            Some(Sink::Open(mut w)) => w
                .flush()
                .map_err(|e| Error::io("cannot write the output", &e)),
            Some(Sink::File { writer, target }) => {
                let temporary = writer.into_inner().map_err(|e| {
                    Error::io(format_args!("cannot write {}", target.display()), e.error())
                })?;
                persist(temporary, &target)
            }
            None => Ok(()),
        }
    }
}

impl Drop for Output {
    /// Without `finish` the work failed: whole records already written to
    /// standard output go out, an output file does not appear.
    fn drop(&mut self) {
        if let Some(Sink::Open(w)) = &mut self.sink {
            // The failure that brought us here is the one to report.
            let _ = w.flush();
        }
    }
}

/// The file itself where `path` is a link to one, so that the link stays.
fn real_target(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

fn temporary_beside(target: &Path) -> Result<tempfile::NamedTempFile> {
    let folder = match target.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    let fault = |e: io::Error| Error::io(format_args!("cannot write {}", target.display()), &e);
    if target.is_dir() {
        return Err(Error::new(
            Kind::Io,
            format!("cannot write {}: it is a folder", target.display()),
        ));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".rb-").suffix(".partial");
    #[cfg(unix)]
    {
        // As any new file; the default of temporary files is for their owner alone.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(fault)
}

fn persist(temporary: tempfile::NamedTempFile, target: &Path) -> Result<()> {
    let fault = |e: io::Error| Error::io(format_args!("cannot write {}", target.display()), &e);
    temporary.as_file().sync_all().map_err(fault)?;
    temporary.persist(target).map_err(|e| fault(e.error))?;
    Ok(())
}

/// Writes a whole file at once: temporary file, sync, rename.
pub fn write_file(target: &Path, bytes: &[u8]) -> Result<()> {
    let target = &real_target(target);
    let mut temporary = temporary_beside(target)?;
    temporary
        .write_all(bytes)
        .map_err(|e| Error::io(format_args!("cannot write {}", target.display()), &e))?;
    persist(temporary, target)
}

/// Whether a file can be written there, before work is done for it; `-` is
/// standard output. Nothing is left behind, and what stands there stays.
pub fn can_write(target: &Path) -> Result<()> {
    // Who opens a pipe and leaves has ended its stream.
    let is_special = std::fs::metadata(target).is_ok_and(|m| !m.is_file() && !m.is_dir());
    if target == Path::new("-") || is_special {
        return Ok(());
    }
    temporary_beside(&real_target(target)).map(drop)
}

/// The error of a stream without a record.
pub fn empty_stream() -> Error {
    Error::input("the stream holds no record; check the command before this one in the pipeline")
}
