//! What some tests need beyond Rust, and whether it is here. The build script
//! (build.rs) makes a cfg of each row that is met, and a test that needs
//! it says so in the harness's own words:
//!
//! ```text
//! #[test]
//! #[cfg_attr(not(has_jq), ignore = "needs jq")]
//! ```
//!
//! With CI set, what is missing fails: every cfg is on. A machine of CI that
//! cannot have something names it, as in `RB_WITHOUT=shared_data,jq`.

use crate::places;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Something that a test may need.
pub(crate) struct Need {
    /// The cfg is `has_NAME`.
    pub name: &'static str,
    /// Whether it is here; given the workspace's root.
    is_here: fn(&Path) -> bool,
}

pub(crate) const NEEDS: [Need; 8] = [
    Need {
        name: "shared_data",
        is_here: |root| shared_data(root).is_dir(),
    },
    Need {
        name: "jq",
        is_here: |_| runs("jq"),
    },
    Need {
        name: "python3",
        is_here: |_| runs("python3"),
    },
    Need {
        name: "node",
        is_here: |_| runs("node"),
    },
    // For a recipe of docs/cookbook.md.
    Need {
        name: "r",
        is_here: |_| runs("Rscript"),
    },
    Need {
        name: "pandas",
        is_here: |root| root.join(".setup/pandas/bin/python").exists(),
    },
    Need {
        name: "minilm",
        is_here: |_| {
            let parts = ["onnxruntime", "models/all-MiniLM-L6-v2/model.onnx"];
            places::setup_folder().is_some_and(|f| parts.iter().all(|part| f.join(part).exists()))
        },
    },
    // A folder of before the encoder could be tuned lacks them.
    Need {
        name: "minilm_weights",
        is_here: |_| {
            let part = "models/all-MiniLM-L6-v2/model.safetensors";
            places::setup_folder().is_some_and(|f| f.join(part).exists())
        },
    },
];

/// The folder of real benchmark files, which are never part of the project.
pub(crate) fn shared_data(root: &Path) -> PathBuf {
    match std::env::var_os("RB_SHARED_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => root.join("../shared/data"),
    }
}

fn runs(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").output();
    asked.is_ok_and(|output| output.status.success())
}

/// The names of what is here, with commas between them.
pub(crate) fn found(root: &Path) -> String {
    let here = NEEDS.iter().filter(|need| (need.is_here)(root));
    here.map(|need| need.name).collect::<Vec<_>>().join(",")
}

#[test]
fn what_is_here_is_what_was_here_when_the_tests_were_compiled() {
    let (now, then) = (found(&crate::workdir::root()), env!("RB_FOUND"));
    assert_eq!(
        now, then,
        "what the tests need has changed since they were compiled (left: now, right: then), so \
         that the wrong ones were ignored: `touch tests/needs.rs` and run them again"
    );
}
