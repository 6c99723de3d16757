//! The file beside a router file that holds its encoder: named in the router file
//! with the SHA-256 of its bytes.

use rb_record::error::{Error, Result};
use rb_record::stream;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What the router file says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Beside {
    /// Its name in the folder of the router file.
    file: String,
    /// Of its bytes, in hexadecimal.
    sha256: String,
}

impl Beside {
    /// Writes `bytes` beside the router file `router`, under its name with the ending
    /// ".weights.safetensors".
    pub(super) fn write(router: &Path, bytes: &[u8]) -> Result<Beside> {
        let path = router.with_extension("weights.safetensors");
        let name = path.file_name().and_then(|name| name.to_str());
        let file = name.map(String::from).ok_or_else(|| {
            Error::usage(format!(
                "--save {}: the name is no text, and that of the weights beside it would not be; choose another",
                router.display()
            ))
        })?;
        stream::write_file(&path, bytes)?;
        Ok(Beside {
            file,
            sha256: sha256(bytes),
        })
    }

    /// Reads it from the `folder` of the router file; a file that changed is refused.
    pub(super) fn read(&self, folder: &Path) -> Result<Vec<u8>> {
        let is_name = Path::new(&self.file).file_name() == Some(self.file.as_ref());
        if !is_name {
            return Err(Error::router_file(format!(
                "the weights are {:?}, expected the name of a file beside the router file",
                rb_record::error::excerpt(&self.file)
            )));
        }
        let path = folder.join(&self.file);
        let bytes = std::fs::read(&path).map_err(|e| {
            Error::router_file(format!(
                "its weights {} cannot be read ({e}); they belong beside the router file, copy both",
                path.display()
            ))
        })?;
        let found = sha256(&bytes);
        if found == self.sha256 {
            Ok(bytes)
        } else {
            Err(Error::router_file(format!(
                "its weights {} have the sha256 {found}, expected {}: they are of another fit, or damaged; copy both files again, or fit and save the router again",
                path.display(),
                self.sha256
            )))
        }
    }
}

/// In hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
