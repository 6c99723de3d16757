//! Where data go: out whole, or not at all.

use super::unfinished::Unfinished;
use crate::error::{Error, Kind, Result};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

const BUFFER: usize = 1 << 17;

enum Sink {
    /// Standard output, or something that is no regular file (a device, a pipe).
    Open(BufWriter<Box<dyn Write + Send>>),
    File {
        writer: BufWriter<Unfinished>,
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
                        writer: BufWriter::with_capacity(BUFFER, unfinished(&target)?),
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
            Some(Sink::File { writer, target }) => write(writer).map_err(|e| fault(target, &e)),
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
                let whole = writer.into_inner().map_err(|e| fault(&target, e.error()))?;
                whole.persist(&target).map_err(|e| fault(&target, &e))
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

fn unfinished(target: &Path) -> Result<Unfinished> {
    let folder = match target.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    if target.is_dir() {
        return Err(Error::new(
            Kind::Io,
            format!("cannot write {}: it is a folder", target.display()),
        ));
    }
    Unfinished::in_folder(folder).map_err(|e| fault(target, &e))
}

fn fault(target: &Path, e: &io::Error) -> Error {
    Error::io(format_args!("cannot write {}", target.display()), e)
}

/// Writes a whole file at once, synced before it has its name.
pub fn write_file(target: &Path, bytes: &[u8]) -> Result<()> {
    let target = &real_target(target);
    let mut file = unfinished(target)?;
    let written = file.write_all(bytes).and_then(|()| file.persist(target));
    written.map_err(|e| fault(target, &e))
}

/// Whether a file can be written there, before work is done for it; `-` is
/// standard output. Nothing is left behind, and what stands there stays.
pub fn can_write(target: &Path) -> Result<()> {
    // Who opens a pipe and leaves has ended its stream.
    let is_special = std::fs::metadata(target).is_ok_and(|m| !m.is_file() && !m.is_dir());
    if target == Path::new("-") || is_special {
        return Ok(());
    }
    unfinished(&real_target(target)).map(drop)
}
