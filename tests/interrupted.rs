//! What a tool leaves when it is ended from outside in the middle of its work: the old
//! file, and nothing beside it.

#![cfg(target_os = "linux")]

use crate::workdir::{demo, Workdir};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::process::{Command, Stdio};

/// Whether the folder's file system makes files without names; else what is unfinished
/// has one (lib/record/src/stream/unfinished.rs).
fn knows_unnamed_files(w: &Workdir) -> bool {
    let file = tempfile::tempfile_in(w.path("")).expect("a file");
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    let named = std::fs::read_link(link).expect("its name");
    // As in "/tmp/#1234 (deleted)"; of others a name that was taken away.
    let name = named.file_name().expect("a name").to_string_lossy();
    name.starts_with('#')
}

fn names(w: &Workdir) -> Vec<String> {
    let entries = std::fs::read_dir(w.path("")).expect("the folder");
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
    let mut names: Vec<String> = entries
        .map(|entry| name(entry).to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_tool_that_is_ended_in_the_middle_leaves_the_folder_as_it_was() {
    let w = Workdir::new();
    if !knows_unnamed_files(&w) {
        println!(
            "left out: {} knows no files without names",
            w.path("").display()
        );
        return;
    }
    // More than a pipe holds: when it is written, the tool has read most of it.
    let records = demo();
    assert!(records.len() > 1 << 20);
    w.write("out", "old");
    w.run("rb-embed", &["-o", "first"], &records).ok();
    let before = names(&w);
    let tools: [(&str, &[&str]); 3] = [
        ("rb-embed", &["-o", "out"]),
        ("rb-embed", &["-o", "new"]),
        ("rb-split", &["-o", "out"]),
    ];
    for (tool, arguments) in tools {
        for signal in ["INT", "TERM", "KILL"] {
            let mut child = w
                .command(tool, arguments)
                .stdin(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("starting the tool");
            let mut pipe = child.stdin.take().expect("stdin");
            pipe.write_all(&records).expect("it reads");
            let kill = format!("kill -{signal} {}", child.id());
            let sent = Command::new("sh").args(["-c", &kill]).status();
            assert!(sent.expect("kill").success());
            let ended = child.wait().expect("its end");
            assert_eq!(ended.code(), None, "{tool} ended by itself");
            assert_eq!(names(&w), before, "{tool} after SIG{signal}");
            assert_eq!(w.read("out"), b"old", "{tool} after SIG{signal}");
        }
    }
    // Uninterrupted, the same file comes out whole in the place of the old one.
    w.run("rb-embed", &["-o", "out"], &records).ok();
    assert_eq!(names(&w), before);
    assert!(w.read("out") == w.read("first"));
}
