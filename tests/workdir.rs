//! A folder of its own for each test, and the real binaries run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A temporary folder, removed at the end.
pub(crate) struct Workdir {
    folder: tempfile::TempDir,
}

/// What a tool said and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ran {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("stdout is UTF-8")
    }
    /// The lines of stdout as JSON.
    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        self.text()
            .lines()
            .map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}")))
            .collect()
    }
    /// Panics unless the exit code is 0.
    pub(crate) fn ok(self) -> Ran {
        assert_eq!(self.code, 0, "stderr: {}", self.stderr);
        self
    }
    /// Panics unless the tool failed with `code` and said each of `words`.
    pub(crate) fn fails(self, code: i32, words: &[&str]) -> Ran {
        assert_eq!(self.code, code, "stderr: {}", self.stderr);
        for word in words {
            assert!(
                self.stderr.contains(word),
                "{word:?} is not in the message: {}",
                self.stderr
            );
        }
        self
    }
}

/// All tools, sorted.
pub(crate) const TOOLS: [&str; 9] = [
    "rb-curve",
    "rb-embed",
    "rb-fit",
    "rb-import",
    "rb-pareto",
    "rb-pool",
    "rb-route",
    "rb-score",
    "rb-split",
];

/// The path of a tool's binary: cargo builds all of them beside each other, above
/// the tests' own folder.
pub(crate) fn tool(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of the tests");
    let tool = test.ancestors().nth(2).expect("a target folder").join(name);
    assert!(
        tool.exists(),
        "{} is not built: run the tests of the whole workspace (cargo test --release --workspace)",
        tool.display()
    );
    tool
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the workspace")
        .to_path_buf()
}

/// A real benchmark file, for tests that are ignored where there are none
/// (`has_shared_data`). Panics where just this one is missing.
pub(crate) fn shared(name: &str) -> PathBuf {
    let path = crate::needs::shared_data(&root()).join(name);
    assert!(
        path.exists(),
        "{} is not there: put the real benchmark files there, or name their folder in RB_SHARED_DATA",
        path.display()
    );
    path
}

/// Real records with costs and confidences; the demo data where there are no
/// real files.
pub(crate) fn records() -> Vec<u8> {
    if cfg!(has_shared_data) {
        open(&shared("cascades.ndjson.zst"))
    } else {
        demo()
    }
}

impl Workdir {
    pub(crate) fn new() -> Workdir {
        Workdir {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and returns its path.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("writing a test file");
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("reading a test file")
    }

    /// Runs a tool in the folder with `stdin` as its input.
    pub(crate) fn run(&self, name: &str, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Ran {
        let mut child = self
            .command(name, arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starting the tool");
        let mut pipe = child.stdin.take().expect("the tool's stdin");
        let bytes = stdin.as_ref().to_vec();
        let feeder = std::thread::spawn(move || {
            use std::io::Write;
            // The tool may stop reading early, which is its right.
            let _ = pipe.write_all(&bytes);
        });
        let output = child.wait_with_output().expect("the tool's output");
        feeder.join().expect("feeding the tool");
        ran(output)
    }

    /// The command for a tool in this folder, to be run by hand.
    pub(crate) fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(tool(name));
        command.args(arguments).current_dir(self.folder.path());
        // A user's own settings must not reach the tests.
        command
            .env("RB_CACHE", self.path("cache.sqlite"))
            .env("RB_HOME", self.path("home"))
            .env_remove("OPENAI_API_KEY")
            .env_remove("RB_API_KEY");
        command
    }

    /// Runs a pipeline of tools, each given as words separated by spaces; every
    /// one must succeed. Returns the last one's stdout.
    pub(crate) fn pipe(&self, stdin: impl AsRef<[u8]>, tools: &[&str]) -> Vec<u8> {
        let mut data = stdin.as_ref().to_vec();
        for words in tools {
            let words: Vec<&str> = words.split_whitespace().collect();
            data = self.run(words[0], &words[1..], &data).ok().stdout;
        }
        data
    }
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The bytes of a file that may be compressed with gzip or zstd.
pub(crate) fn open(path: &Path) -> Vec<u8> {
    use std::io::Read;
    let bytes = std::fs::read(path).expect("reading a test file");
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(&bytes[..])
            .read_to_end(&mut plain)
            .expect("gzip");
        return plain;
    }
    if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return zstd::decode_all(&bytes[..]).expect("zstd");
    }
    bytes
}

/// The arguments for `rb-fit` of a router: some that train long with few passes, which
/// show as much of what is asked of every router.
pub(crate) fn few_passes(router: &str) -> Vec<&str> {
    let flags: &[&str] = match router {
        "graphrouter" => &["--epochs", "20"],
        "routerdc" => &["--steps", "40"],
        "model-sat" => &["--epochs", "2"],
        _ => &[],
    };
    [&[router], flags].concat()
}

/// The committed demo data: simulated, six datasets, six models.
pub(crate) fn demo() -> Vec<u8> {
    open(&root().join("tests/data/demo.ndjson.gz"))
}

/// The lines of a stream, sorted.
pub(crate) fn sorted(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').collect();
    lines.sort_unstable();
    lines
}

/// The lines of a stream in another order, the same for the same `salt`.
pub(crate) fn shuffled(bytes: &[u8], salt: u64) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .collect();
    let mut state = salt.wrapping_mul(2).wrapping_add(1);
    for i in (1..lines.len()).rev() {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        lines.swap(i, (state >> 33) as usize % (i + 1));
    }
    let mut all = lines.join(&b'\n');
    all.push(b'\n');
    all
}
