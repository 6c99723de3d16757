//! All files of a folder, to any depth.

use rb_record::error::{Error, Kind, Result};
use std::path::{Path, PathBuf};

/// How deep folders may lie in folders.
const DEPTH: usize = 32;

/// The files in a folder and the folders in it, by their paths. Errors: one
/// cannot be read, or lies too deep, as where a link leads in a circle.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(folder, &mut files, 0)?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>, depth: usize) -> Result<()> {
    let fault = |e: std::io::Error| Error::io(format_args!("cannot read {}", folder.display()), &e);
    if depth > DEPTH {
        return Err(Error::new(
            Kind::Io,
            format!(
                "{} lies more than {DEPTH} folders deep; is there a link in a circle?",
                folder.display()
            ),
        ));
    }
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.is_dir() {
            collect(&path, files, depth + 1)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
