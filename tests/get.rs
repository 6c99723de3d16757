//! scripts/get.py: published benchmarks, from a server on this machine with small files
//! of the same layouts.

use crate::workdir::{root, tool, Workdir};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

/// A file server over a folder; it ends with the test.
struct Server(Child, String);

impl Server {
    fn over(w: &Workdir) -> Server {
        let mut child = Command::new("python3")
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
            .current_dir(w.path("."))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starting a server");
        let mut line = String::new();
        let said = child.stdout.take().expect("its output");
        BufReader::new(said).read_line(&mut line).expect("its port");
        let mut words = line.split(' ').skip_while(|w| *w != "port");
        let port = words.nth(1).expect("a port").to_string();
        Server(child, format!("http://127.0.0.1:{port}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0
            .kill()
            .and_then(|()| self.0.wait())
            .expect("ending the server");
    }
}

fn python(w: &Workdir, program: &str, code: &str) {
    let ran = Command::new(program)
        .args(["-c", code])
        .current_dir(w.path("."))
        .status();
    assert!(ran.expect("running Python").success(), "{code}");
}

fn sha256(w: &Workdir, path: &str) -> String {
    let code = "import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest(), end='')";
    let ran = Command::new("python3")
        .args(["-c", code, path])
        .current_dir(w.path("."))
        .output();
    String::from_utf8(ran.expect("running Python").stdout).expect("hexadecimal")
}

fn get(w: &Workdir, base: &str, flags: &[&str]) -> Output {
    Command::new("python3")
        .arg(root().join("scripts/get.py"))
        .args(flags)
        .args(["--base", base, "--bin"])
        .arg(tool("rb-import").parent().expect("a folder"))
        .current_dir(w.path("."))
        .output()
        .expect("running get.py")
}

/// What came of it: the records, or what was said.
fn records(w: &Workdir, ran: &Output, name: &str) -> Vec<Value> {
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    let text = String::from_utf8(w.read(&format!("benchmarks/{name}.ndjson"))).expect("text");
    text.lines()
        .map(|l| serde_json::from_str(l).expect("a record"))
        .collect()
}

fn fails(ran: &Output, code: i32, words: &[&str]) {
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(code), "{said}");
    words
        .iter()
        .for_each(|word| assert!(said.contains(word), "{said}"));
}

/// The folders of a path of the hub, made; the path below the server's folder.
fn place(w: &Workdir, path: &str) -> String {
    let target = w.path(path);
    std::fs::create_dir_all(target.parent().expect("a folder")).expect("making it");
    path.into()
}

const TREE: &str = "datasets/NPULH/LLMRouterBench/resolve/0e5af1b84bf73437a01a1849c0f1d2468baa93fc/bench-release.tar.gz";

#[test]
#[cfg_attr(not(has_python3), ignore = "needs python3")]
fn a_tree_is_fetched_checked_unpacked_and_kept() {
    let w = Workdir::new();
    let path = place(&w, TREE);
    python(
        &w,
        "python3",
        &format!(
            r#"
import io, json, tarfile
with tarfile.open("{path}", "w:gz") as archive:
    for model, score in [("a", 1), ("b", 0.5)]:
        rows = [dict(index=i, origin_query=f"What is {{i}}?", prompt=f"Q: {{i}}", prediction=str(i), ground_truth="1",
                     score=score, prompt_tokens=5, completion_tokens=7, cost=0.01) for i in (1, 2)]
        text = json.dumps(dict(performance=1, records=rows)).encode()
        entry = tarfile.TarInfo(f"bench/aime/test/{{model}}/20250101.json")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
"#
        ),
    );
    let server = Server::over(&w);
    let name = "llmrouterbench";
    fails(
        &get(&w, &server.1, &[name]),
        3,
        &[
            "has the sha256",
            "expected b79f8c",
            "nothing of it was read",
        ],
    );
    assert!(!w
        .path("benchmarks/llmrouterbench/bench-release.tar.gz")
        .exists());
    let digest = sha256(&w, &path);
    let got = records(&w, &get(&w, &server.1, &[name, "--sha256", &digest]), name);
    assert_eq!(got.len(), 2);
    assert_eq!(got[0]["outcomes"]["b"]["score"], 0.5);
    // What is here needs no server.
    drop(server);
    let again = get(&w, "http://127.0.0.1:9", &[name, "--sha256", &digest]);
    assert_eq!(records(&w, &again, name), got);
}

#[test]
#[cfg_attr(not(has_python3), ignore = "needs python3")]
fn cached_results_are_taken_out_of_the_code_and_parquet_out_of_a_listing() {
    let w = Workdir::new();
    let code = place(
        &w,
        "RouteWorks/RouterArena/tar.gz/2fd498fe1ab511fd683d8dd4b948b082cee3f331",
    );
    let fixture = root().join("tests/data/import/routerarena-cached.jsonl");
    python(
        &w,
        "python3",
        &format!(
            r#"
import tarfile
with tarfile.open("{code}", "w:gz") as archive:
    archive.add(r"{}", "RouterArena-2fd/cached_results/one.jsonl")
    archive.add(__import__("json").__file__, "RouterArena-2fd/main.py")
"#,
            fixture.display()
        ),
    );
    let revision = "ea4b6e1b29d9a734f55f0a637baf326bad6aa681";
    let long = std::fs::read(root().join("tests/data/import/long.parquet")).expect("the fixture");
    let listing = place(
        &w,
        &format!("api/datasets/ulab-ai/xRouteBench/tree/{revision}/llmrouter_generic"),
    );
    w.write(&listing, r#"[{"type":"directory","path":"llmrouter_generic/x"},{"type":"file","path":"llmrouter_generic/train.parquet","lfs":{}}]"#);
    let parquet = place(
        &w,
        &format!("datasets/ulab-ai/xRouteBench/resolve/{revision}/llmrouter_generic/train.parquet"),
    );
    w.write(&parquet, long);
    let server = Server::over(&w);
    let arena = get(&w, &server.1, &["routerarena"]);
    assert!(String::from_utf8_lossy(&arena.stderr).contains("not known before"));
    assert!(!records(&w, &arena, "routerarena").is_empty());
    assert!(!records(&w, &get(&w, &server.1, &["xroutebench"]), "xroutebench").is_empty());
}

#[test]
#[cfg_attr(not(has_pandas), ignore = "needs make pandas")]
fn a_pickled_frame_is_read_where_its_digest_is_known() {
    let w = Workdir::new();
    let path = place(&w, "datasets/withmartian/routerbench/resolve/784021482c3f320c6619ed4b3bb3b41a21424fcb/routerbench_0shot.pkl");
    let pandas = root().join(".setup/pandas/bin/python");
    python(
        &w,
        &pandas.display().to_string(),
        &format!(
            r#"
import pandas
columns = dict(sample_id=["mmlu-a.0", "mmlu-a.1"], prompt=["['Two?']", "['Three?']"], eval_name=["mmlu-a"] * 2)
columns |= dict(zephyr=[0.0, 1.0], zephyr_response=["x", "y"])
columns = {{k.replace("zephyr_response", "zephyr|model_response"): v for k, v in columns.items()}}
columns |= {{"zephyr|total_cost": [1e-5, 2e-5], "oracle_model_to_route_to": ["zephyr", "zephyr"]}}
pandas.DataFrame(columns).to_pickle("{path}")
"#
        ),
    );
    let server = Server::over(&w);
    fails(
        &get(&w, &server.1, &["routerbench"]),
        3,
        &["expected ba4f77"],
    );
    let digest = sha256(&w, &path);
    let ran = get(&w, &server.1, &["routerbench", "--sha256", &digest]);
    let got = records(&w, &ran, "routerbench");
    assert_eq!(got.len(), 2);
    assert_eq!(got[1]["outcomes"]["zephyr"]["cost"], 2e-5);
}

#[test]
#[cfg_attr(not(has_python3), ignore = "needs python3")]
fn without_a_network_it_says_what_to_do() {
    let w = Workdir::new();
    let offline = get(&w, "http://127.0.0.1:9", &["routerarena"]);
    fails(
        &offline,
        4,
        &["cannot be reached", "needs the network", "save it as"],
    );
    let server = Server::over(&w);
    let moved = get(&w, &server.1, &["routerarena"]);
    fails(&moved, 4, &["answers 404", "may have moved"]);
}
