//! What is fuzzed: one function a reader of foreign bytes. It must come back for
//! any bytes: no panic, no hang, no memory out of proportion, and what it
//! accepts must hold what the tools after it rely on. `main.rs` feeds them from
//! libFuzzer, `tests/corpus.rs` replays every file of `corpus/NAME/`.

mod choose;
mod claim;
mod import;
mod prices;
mod record;
mod router;
mod scores;

use rb_record::stream::Input;
use std::cell::RefCell;
use std::io::{Cursor, Seek, Write};
use std::path::Path;

pub(super) struct Target {
    /// Also the name of its folder in `corpus/`.
    pub name: &'static str,
    pub run: fn(&[u8]),
}

pub(super) const TARGETS: [Target; 7] = [
    Target {
        name: "record",
        run: record::run,
    },
    Target {
        name: "router",
        run: router::run,
    },
    Target {
        name: "import",
        run: import::run,
    },
    Target {
        name: "prices",
        run: prices::run,
    },
    Target {
        name: "choose",
        run: choose::run,
    },
    Target {
        name: "claim",
        run: claim::run,
    },
    Target {
        name: "scores",
        run: scores::run,
    },
];

/// The bytes as a stream of lines.
fn input(data: &[u8]) -> Input {
    Input::of(Box::new(Cursor::new(data.to_vec())), "fuzz".into())
}

/// Hands over the path of a file that holds `data`, one file a thread.
fn with_file<T>(data: &[u8], then: impl FnOnce(&Path) -> T) -> T {
    thread_local! {
        static FILE: RefCell<tempfile::NamedTempFile> =
            RefCell::new(tempfile::NamedTempFile::new().expect("a temporary file"));
    }
    FILE.with_borrow_mut(|file| {
        file.as_file().set_len(0).expect("an empty file");
        file.rewind().expect("the start of the file");
        file.write_all(data).expect("a written file");
        then(file.path())
    })
}
