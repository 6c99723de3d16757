//! What happens to files when a tool is ended at any moment, when the disk is
//! full, or when a path cannot be written: the old file is whole, or the new
//! one is, and nothing is lost unsaid.

use crate::workdir::{demo, Workdir};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often a tool is ended: some times, or many for the proof.
fn times(some: u32) -> u32 {
    match std::env::var_os("RB_PROOF") {
        Some(_) => some * 20,
        None => some,
    }
}

/// Runs the command to its end `times + 1` times, all but the first ended by
/// SIGKILL at moments spread over the time that the first took.
fn end_anywhere(times: u32, mut command: impl FnMut() -> Command, mut check: impl FnMut()) -> u32 {
    let mut start = |wait: Option<Duration>| {
        let mut child = command()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starting the tool");
        if let Some(wait) = wait {
            std::thread::sleep(wait);
            // SIGKILL; it fails only where the tool has ended by itself.
            let _ = child.kill();
        }
        child.wait().expect("the tool's end").success()
    };
    let began = Instant::now();
    assert!(start(None), "the command fails by itself");
    let whole = began.elapsed();
    let mut ended = 0;
    for i in 0..times {
        let finished = start(Some(whole.mul_f64((i as f64 + 0.5) / times as f64 * 1.05)));
        ended += !finished as u32;
        check();
    }
    ended
}

#[test]
fn a_router_file_and_an_output_are_whole_whenever_the_tool_is_ended() {
    let w = Workdir::new();
    let stream = w.pipe(demo(), &["rb-embed", "rb-split"]);
    w.write("bench", &stream);
    // Two contents that take turns: each run would replace the other's.
    let fit = |seed: &'static str, name: &'static str| {
        let args = [
            "knn", "--seed", seed, "--name", name, "--save", "r.json", "-o", "out", "bench",
        ];
        w.command("rb-fit", &args)
    };
    let whole = |name: &'static str| {
        assert!(fit("1", name).status().expect("rb-fit").success());
        (w.read("r.json"), w.read("out"))
    };
    let (first, second) = (whole("one"), whole("two"));
    assert!(first != second);
    let mut turn = 0;
    let ended = end_anywhere(
        times(12),
        || {
            turn += 1;
            fit("1", if turn % 2 == 0 { "two" } else { "one" })
        },
        || {
            let (router, out) = (w.read("r.json"), w.read("out"));
            assert!(
                router == first.0 || router == second.0,
                "a router file in pieces"
            );
            assert!(out == first.1 || out == second.1, "an output in pieces");
        },
    );
    assert!(ended > 0, "the tool was always too fast to be ended");
    // What was left behind is in nobody's way.
    assert!(fit("1", "one").status().expect("rb-fit").success());
    assert!((w.read("r.json"), w.read("out")) == first);
}

/// An endpoint that embeds a text as [its length, 1, 0], slowly.
fn slow_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                let (mut line, mut length) = (String::new(), 0);
                while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                    if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap_or(0);
                    }
                    line.clear();
                }
                let mut body = vec![0; length];
                if reader.read_exact(&mut body).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(5));
                // A client that was ended may not have sent all of it.
                let Ok(request) = serde_json::from_slice::<serde_json::Value>(&body) else {
                    return;
                };
                let texts = request["input"].as_array().cloned().unwrap_or_default();
                let vector = |t: &serde_json::Value| {
                    let length = t.as_str().map_or(0, str::len);
                    serde_json::json!([length, 1, 0])
                };
                let data: Vec<serde_json::Value> = (texts.iter().enumerate())
                    .map(|(i, t)| serde_json::json!({"index": i, "embedding": vector(t)}))
                    .collect();
                let answer = serde_json::json!({"data": data, "model": "m"}).to_string();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    answer.len()
                );
                let _ = reader.get_mut().write_all((head + &answer).as_bytes());
            });
        }
    });
    url
}

#[test]
fn the_cache_of_embeddings_survives_whenever_the_tool_is_ended() {
    let url = slow_endpoint();
    let w = Workdir::new();
    let prompts = |from: usize| -> String {
        (from..from + 600)
            .map(|i| format!("{{\"prompt\":\"{} {i}\"}}\n", "x".repeat(i % 97)))
            .collect()
    };
    let args = ["--api", url.as_str(), "--model", "m", "in"];
    w.write("in", prompts(0));
    let mut round = 0;
    let ended = end_anywhere(
        times(8),
        || {
            // Others each time, so that there is always something to write.
            round += 1;
            w.write("in", prompts(round * 300));
            w.command("rb-embed", &args)
        },
        || {},
    );
    assert!(ended > 0, "the tool was always too fast to be ended");
    // What the cache gives after all that is what the endpoint would give.
    let all: String = (0..=round).map(|r| prompts(r * 300)).collect();
    let cached = w.run("rb-embed", &args[..4], &all).ok().stdout;
    let fresh = w
        .command("rb-embed", &[&args[..4], &["-o", "fresh"]].concat())
        .env("RB_CACHE", w.path("another.sqlite"))
        .stdin(std::fs::File::open(w.write("all", &all)).expect("a file"))
        .status();
    assert!(fresh.expect("rb-embed").success());
    assert!(
        cached == w.read("fresh"),
        "the cache is not what was put in"
    );
}

/// Runs a tool under a limit on the size of files, which fails writes as a
/// full disk does.
fn with_full_disk(w: &Workdir, kilobytes: u32, tool: &str, args: &[&str]) -> std::process::Output {
    let path = crate::workdir::tool(tool);
    // The limit counts blocks of 512 bytes (or 1,024, by the shell).
    let limit = format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &limit]).arg(path).args(args);
    command.current_dir(w.path(""));
    command.env("RB_CACHE", w.path("cache.sqlite"));
    command.output().expect("running a shell")
}

#[test]
fn a_full_disk_is_told_and_the_old_file_stays() {
    let w = Workdir::new();
    let stream = w.pipe(demo(), &["rb-embed", "rb-split"]);
    w.write("bench", &stream);
    w.write("old", "old");
    for (tool, args) in [
        ("rb-split", &["--resplit", "bench", "-o", "old"][..]),
        (
            "rb-fit",
            &["knn", "bench", "--save", "old", "-o", "whatever"],
        ),
        ("rb-fit", &["fixed", "bench", "-o", "old"]),
    ] {
        let ran = with_full_disk(&w, 100, tool, args);
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(4), "{tool} {args:?}: {said}");
        assert!(said.contains("old") || said.contains("whatever"), "{said}");
        assert_eq!(w.read("old"), b"old");
        assert!(!w.path("whatever").exists());
        let left = std::fs::read_dir(w.path("")).expect("the folder").count();
        assert_eq!(left, 2, "a partial file was left behind by {tool} {args:?}");
    }
}

#[test]
fn output_that_cannot_be_written_is_told() {
    let w = Workdir::new();
    let full = std::path::Path::new("/dev/full");
    if full.exists() {
        let stdout = std::fs::OpenOptions::new().write(true).open(full);
        let ran = w
            .command("rb-embed", &[])
            .stdin(std::fs::File::open(w.write("in", demo())).expect("a file"))
            .stdout(stdout.expect("/dev/full"))
            .stderr(Stdio::piped())
            .output()
            .expect("rb-embed");
        assert_eq!(ran.status.code(), Some(4));
        assert!(!ran.stderr.is_empty());
    }
    // No folder takes a file where a file stands.
    w.write("file", "x");
    let stream = w.pipe(demo(), &["rb-embed", "rb-split"]);
    let run = |tool: &str, args: &[&str]| w.run(tool, args, &stream);
    run("rb-split", &["--resplit", "-o", "file/out"]).fails(4, &["file/out"]);
    run("rb-fit", &["fixed", "--save", "file/r.json"]).fails(4, &["file/r.json"]);
    run("rb-fit", &["fixed", "--timing", "file/t"]).fails(4, &["file/t"]);
    let scores = w.pipe(&stream, &["rb-fit fixed", "rb-score --resamples 0"]);
    w.run("rb-pareto", &["--svg", "file/p.svg"], scores)
        .fails(4, &["file/p.svg"]);
    let mut command = w.command(
        "rb-embed",
        &["--api", "http://127.0.0.1:9/v1", "--model", "m"],
    );
    let ran = command
        .env("RB_CACHE", w.path("file/cache.sqlite"))
        .stdin(std::fs::File::open(w.write("one", "{\"prompt\":\"a\"}\n")).expect("a file"))
        .output()
        .expect("rb-embed");
    assert_eq!(ran.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("embedding cache"));
}
