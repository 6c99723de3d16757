//! A file that gets its name when it is whole.
//!
//! On Linux it has no name until then (O_TMPFILE), so that nothing is left of it,
//! however the tool is ended. On other systems, and on file systems that know no such
//! files, it is `.rb-XXXXXX.partial` beside its target; a tool that is ended from
//! outside leaves that behind.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What is written, without its name.
pub(super) enum Unfinished {
    #[cfg(target_os = "linux")]
    Unnamed(File, PathBuf),
    Named(NamedTempFile),
}

impl Unfinished {
    /// A new file that will stand in this folder. Errors: it cannot be made.
    pub(super) fn in_folder(folder: &Path) -> io::Result<Unfinished> {
        #[cfg(target_os = "linux")]
        if let Some(file) = linux::unnamed(folder) {
            return Ok(Unfinished::Unnamed(file, folder.into()));
        }
        builder().tempfile_in(folder).map(Unfinished::Named)
    }

    /// Synced, and named `target`, in the place of what stands there.
    pub(super) fn persist(self, target: &Path) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Unfinished::Unnamed(file, folder) => {
                file.sync_all()?;
                // A link replaces nothing, so it goes by another name for an instant.
                let named = builder().make_in(&folder, |path| linux::link(&file, path));
                match named {
                    Ok(named) => named.persist(target).map_err(|e| e.error),
                    Err(_) => copied(file, &folder)?.persist(target),
                }
            }
            Unfinished::Named(file) => {
                file.as_file().sync_all()?;
                file.persist(target).map(drop).map_err(|e| e.error)
            }
        }
    }

    fn file(&mut self) -> &mut File {
        match self {
            #[cfg(target_os = "linux")]
            Unfinished::Unnamed(file, _) => file,
            Unfinished::Named(file) => file.as_file_mut(),
        }
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".rb-").suffix(".partial");
    #[cfg(unix)]
    {
        // As any new file; the default of temporary files is for their owner alone.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder
}

/// For a file system that makes files without names and does not name them later.
#[cfg(target_os = "linux")]
fn copied(mut file: File, folder: &Path) -> io::Result<Unfinished> {
    let mut named = builder().tempfile_in(folder)?;
    std::io::Seek::rewind(&mut file)?;
    io::copy(&mut file, &mut named)?;
    Ok(Unfinished::Named(named))
}

#[cfg(target_os = "linux")]
mod linux {
    use rustix::fs::{linkat, openat, AtFlags, Mode, OFlags, CWD};
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::{Path, PathBuf};

    /// None: there are no such files here, or nothing can be written.
    pub(super) fn unnamed(folder: &Path) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = File::from(openat(CWD, folder, flags, Mode::from_raw_mode(0o666)).ok()?);
        // Without /proc it could not be named.
        link_to(&file).exists().then_some(file)
    }

    pub(super) fn link(file: &File, path: &Path) -> io::Result<()> {
        linkat(CWD, link_to(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?;
        Ok(())
    }

    fn link_to(file: &File) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_seen_when_it_is_whole_and_replaces_another() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let names = || std::fs::read_dir(folder.path()).unwrap().count();
        for text in ["first", "second"] {
            let before = names();
            let mut file = Unfinished::in_folder(folder.path()).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let is_unnamed = !matches!(file, Unfinished::Named(_));
            assert_eq!(names(), before + !is_unnamed as usize);
            file.persist(&target).unwrap();
            assert_eq!(std::fs::read_to_string(&target).unwrap(), text);
            assert_eq!(names(), 1);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_cannot_be_linked_is_copied_whole() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"whole").unwrap();
        let copy = copied(file, folder.path()).unwrap();
        copy.persist(&target).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"whole");
    }
}
