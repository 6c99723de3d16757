//! rb-embed: every source of vectors through the binary, and the cache.

use crate::workdir::Workdir;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

/// An OpenAI-compatible endpoint on this machine that embeds a text as
/// [its length, 1, 0] and counts the texts it was asked for. It ends with the test.
fn endpoint() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten().take(50) {
            let mut reader = BufReader::new(stream);
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            if reader.read_exact(&mut body).is_err() {
                continue;
            }
            let request: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let texts = request["input"].as_array().unwrap();
            count.fetch_add(texts.len(), Ordering::SeqCst);
            let data: Vec<serde_json::Value> = texts
                .iter()
                .enumerate()
                .map(|(i, t)| {
                    let length = t.as_str().unwrap().len();
                    serde_json::json!({"index": i, "embedding": [length, 1, 0]})
                })
                .collect();
            let answer = serde_json::json!({"data": data, "model": request["model"]}).to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                answer.len()
            );
            let _ = reader.get_mut().write_all((head + &answer).as_bytes());
        }
    });
    (url, asked)
}

#[test]
fn an_endpoint_is_asked_once_for_each_distinct_prompt_and_the_cache_answers_after_that() {
    let (url, asked) = endpoint();
    let w = Workdir::new();
    let input = "{\"prompt\":\"abc\"}\n{\"prompt\":\"de\"}\n{\"prompt\":\"abc\"}\n";
    let args = ["--api", &url, "--model", "some-model"];
    let first = w.run("rb-embed", &args, input).ok();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    let records = first.json();
    assert_eq!(records[0]["embedding"], records[2]["embedding"]);
    let vector = records[0]["embedding"]["vector"].as_array().unwrap();
    let norm: f64 = vector.iter().map(|v| v.as_f64().unwrap().powi(2)).sum();
    assert!((norm - 1.0).abs() < 1e-6, "{vector:?}");
    let second = w.run("rb-embed", &args, input).ok();
    assert_eq!(asked.load(Ordering::SeqCst), 2, "the cache was not used");
    assert!(first.stdout == second.stdout);
    w.run("rb-embed", &[&args[..], &["--no-cache"]].concat(), input)
        .ok();
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}

#[test]
fn two_processes_share_one_cache() {
    let (url, _) = endpoint();
    let w = Workdir::new();
    let input: String = (0..500)
        .map(|i| format!("{{\"prompt\":\"{}\"}}\n", "x".repeat(i % 300)))
        .collect();
    let args = ["--api", &url, "--model", "some-model"];
    let (a, b) = std::thread::scope(|s| {
        let one = || w.run("rb-embed", &args, &input).ok().stdout;
        let (a, b) = (s.spawn(one), s.spawn(one));
        (a.join().unwrap(), b.join().unwrap())
    });
    assert!(a == b && !a.is_empty());
}

#[test]
fn a_model_that_is_not_set_up_names_the_command_that_sets_it_up() {
    let w = Workdir::new();
    w.run(
        "rb-embed",
        &["--model", "all-MiniLM-L6-v2"],
        "{\"prompt\":\"a\"}",
    )
    .fails(4, &["make minilm"]);
    w.run(
        "rb-embed",
        &["--model", "no-such-model"],
        "{\"prompt\":\"a\"}",
    )
    .fails(2, &["no-such-model", "all-MiniLM-L6-v2"]);
    w.run("rb-embed", &["--pooling", "mean"], "{\"prompt\":\"a\"}")
        .fails(2, &["--pooling"]);
    w.run(
        "rb-embed",
        &["--model-dir", "nowhere"],
        "{\"prompt\":\"a\"}",
    )
    .fails(4, &["nowhere"]);
}

#[test]
fn a_key_is_never_printed_and_an_endpoint_that_is_gone_is_told() {
    let w = Workdir::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", free.local_addr().unwrap());
    drop(free);
    let output = w
        .command(
            "rb-embed",
            &["--api", &url, "--model", "m", "--retries", "1"],
        )
        .arg("--no-cache")
        .arg(w.write("in", "{\"prompt\":\"a\"}\n"))
        .env("RB_API_KEY", "secret-0123456789")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(
        !said.contains("secret") && said.contains("127.0.0.1"),
        "{said}"
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn a_text_that_holds_a_conversation_is_embedded_by_its_last_turn() {
    let talk = |asked: &str| {
        let turns = serde_json::json!([
            {"role": "system", "content": "You are helpful."},
            {"role": "user", "content": asked},
        ]);
        serde_json::json!({ "prompt": turns.to_string() }).to_string()
    };
    let asked = ["Integrate x squared", "Draft a lease"];
    let plain = asked.map(|text| serde_json::json!({ "prompt": text }).to_string());
    let code = r#"{"prompt":"[1, 2] is a list; sort [{\"a\": 1}]"}"#;
    let dir = Workdir::new();
    let [one, two] = asked.map(talk);
    let lines = [&one, &two, &plain[0], &plain[1], code];
    let ran = dir.run("rb-embed", &[], lines.join("\n")).ok();
    let got = ran.json();
    assert_eq!(got[0]["embedding"], got[2]["embedding"]);
    assert_eq!(got[1]["embedding"], got[3]["embedding"]);
    assert_ne!(got[0]["embedding"], got[1]["embedding"]);
    assert!(
        ran.stderr
            .contains("2 prompts are texts that hold a list of messages"),
        "{}",
        ran.stderr
    );
}
