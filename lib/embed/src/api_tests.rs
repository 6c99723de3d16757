//! The API client against a small server on the loopback interface.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{channel, Receiver};
use std::sync::Arc;
use std::time::Instant;

use super::*;

/// What the server does with one request.
enum Reply {
    /// Status, further header lines, body.
    Say(u16, &'static str, String),
    /// Holds the connection open and says nothing.
    Hang,
    /// Closes it.
    Drop,
}

struct Request {
    head: String,
    body: serde_json::Value,
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(
            reader.read_line(&mut head).unwrap() > 0,
            "request ended early"
        );
    }
    let lower = head.to_lowercase();
    let body = if lower.contains("chunked") {
        let mut all = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let size = usize::from_str_radix(line.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).unwrap();
            if size == 0 {
                break all;
            }
            all.extend(&chunk[..size]);
        }
    } else {
        let at = lower.find("content-length:").unwrap() + "content-length:".len();
        let size = lower[at..].lines().next().unwrap().trim().parse().unwrap();
        let mut body = vec![0; size];
        reader.read_exact(&mut body).unwrap();
        body
    };
    Request {
        head,
        body: serde_json::from_slice(&body).unwrap(),
    }
}

/// Serves the replies in order, each on a connection of its own, and hands the
/// requests over.
fn serve(replies: Vec<Reply>) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut hung = Vec::new();
        for reply in replies {
            let (mut stream, _) = listener.accept().unwrap();
            let request = read(&stream);
            match reply {
                Reply::Say(status, headers, body) => {
                    let size = body.len();
                    let text = format!("HTTP/1.1 {status} X\r\nContent-Length: {size}\r\n{headers}Connection: close\r\n\r\n{body}");
                    stream.write_all(text.as_bytes()).unwrap();
                }
                Reply::Hang => hung.push(stream),
                Reply::Drop => drop(stream),
            }
            if sender.send(request).is_err() {
                return;
            }
        }
    });
    (url, receiver)
}

fn ok(data: &str) -> Reply {
    Reply::Say(
        200,
        "Content-Type: application/json\r\n",
        format!(r#"{{"object":"list","data":[{data}]}}"#),
    )
}

fn api(url: &str, key: Option<&str>) -> Api {
    let config = Config {
        api: Some(url.to_owned()),
        model: Some("embedder-1".into()),
        timeout: Some(Duration::from_millis(300)),
        ..Config::default()
    };
    let mut api = Api::with_key(&config, key.map(str::to_owned)).unwrap();
    api.first_wait = Duration::from_millis(10);
    api
}

fn error(replies: Vec<Reply>) -> String {
    let (url, _requests) = serve(replies);
    let texts = ["one", "two"];
    let error = api(&url, Some("sk-secret-17"))
        .embed(&texts)
        .unwrap_err()
        .to_string();
    assert!(!error.contains("sk-secret-17"), "the key is in: {error}");
    assert!(
        error.contains("/v1/embeddings") && error.contains("embedder-1"),
        "{error}"
    );
    error
}

#[test]
fn vectors_are_put_in_the_order_of_the_index_and_scaled_to_length_one() {
    let (url, requests) = serve(vec![ok(
        r#"{"index":1,"embedding":[0,-2]},{"index":0,"embedding":[3,4]}"#,
    )]);
    let mut api = api(&url, Some("sk-secret-17"));
    assert_eq!(api.dim(), None);
    assert_eq!(
        api.embed(&["one", "two"]).unwrap(),
        [[0.6, 0.8], [0.0, -1.0]]
    );
    assert_eq!(api.dim(), Some(2));
    let request = requests.recv().unwrap();
    assert!(
        request.head.starts_with("POST /v1/embeddings HTTP/1.1\r\n"),
        "{}",
        request.head
    );
    assert!(request
        .head
        .to_lowercase()
        .contains("authorization: bearer sk-secret-17\r\n"));
    assert_eq!(
        request.body,
        serde_json::json!({"model": "embedder-1", "input": ["one", "two"]})
    );
}

#[test]
fn base64_is_understood_and_no_key_means_no_authorization() {
    let bytes: Vec<u8> = [3.0f32, 4.0].iter().flat_map(|v| v.to_le_bytes()).collect();
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    let (url, requests) = serve(vec![ok(&format!(r#"{{"index":0,"embedding":"{text}"}}"#))]);
    assert_eq!(api(&url, None).embed(&["x"]).unwrap(), [[0.6, 0.8]]);
    assert!(!requests
        .recv()
        .unwrap()
        .head
        .to_lowercase()
        .contains("authorization"));
}

#[test]
fn many_texts_go_in_several_requests() {
    let entries = |n: usize| {
        let all: Vec<String> = (0..n)
            .map(|i| format!(r#"{{"index":{i},"embedding":[1,{i}]}}"#))
            .collect();
        all.join(",")
    };
    let (url, requests) = serve(vec![ok(&entries(64)), ok(&entries(6))]);
    let texts: Vec<String> = (0..70).map(|i| i.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = api(&url, None).embed(&texts).unwrap();
    assert_eq!(vectors.len(), 70);
    assert_eq!(vectors[64], [1.0, 0.0]);
    assert_eq!(
        requests.recv().unwrap().body["input"]
            .as_array()
            .unwrap()
            .len(),
        64
    );
    assert_eq!(requests.recv().unwrap().body["input"][0], "64");

    let (url, requests) = serve(vec![ok(&entries(1)), ok(&entries(1))]);
    let long = "x".repeat(BATCH_BYTES + 1);
    api(&url, None).embed(&[&long, &long]).unwrap();
    assert_eq!(requests.iter().take(2).count(), 2);
}

#[test]
fn a_busy_server_is_asked_again_after_the_time_it_asks_for() {
    let busy = Reply::Say(429, "Retry-After: 1\r\n", "slow down".into());
    let (url, requests) = serve(vec![
        busy,
        Reply::Say(503, "", String::new()),
        Reply::Drop,
        ok(r#"{"index":0,"embedding":[1]}"#),
    ]);
    let start = Instant::now();
    assert_eq!(api(&url, None).embed(&["x"]).unwrap(), [[1.0]]);
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(requests.iter().take(4).count(), 4);
}

#[test]
fn a_server_that_stays_broken_is_given_up_after_five_repetitions() {
    let broken = || Reply::Say(500, "", r#"{"error": "out of memory"}"#.into());
    let error = error((0..7).map(|_| broken()).collect());
    assert!(
        error.contains("500") && error.contains("out of memory") && error.contains("5 repetitions"),
        "{error}"
    );
}

#[test]
fn a_hanging_server_is_a_timeout() {
    let start = Instant::now();
    let error = error((0..8).map(|_| Reply::Hang).collect());
    assert!(
        error.contains("timeout") && error.contains("5 repetitions"),
        "{error}"
    );
    assert!(start.elapsed() >= Duration::from_millis(6 * 300));
}

#[test]
fn a_refusal_is_not_repeated_and_the_key_is_cut_out_of_it() {
    let error = error(vec![Reply::Say(
        401,
        "",
        "Incorrect API key:\n sk-secret-17".into(),
    )]);
    assert!(error.contains("401: Incorrect API key: [key]"), "{error}");
    let moved = Reply::Say(302, "Location: http://127.0.0.1:9/\r\n", String::new());
    assert!(self::error(vec![moved]).contains("302"));
}

#[test]
fn answers_that_do_not_fit_the_question_are_errors() {
    let say = |body: &str| Reply::Say(200, "", body.to_owned());
    let cases = [
        (say("<html>"), "not that of an embeddings endpoint"),
        (say(r#"{"data":{}}"#), "not that of an embeddings endpoint"),
        (
            ok(r#"{"index":0,"embedding":[1]}"#),
            "1 vectors came for 2 texts",
        ),
        (
            ok(r#"{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}"#),
            "index 0",
        ),
        (
            ok(r#"{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}"#),
            "index 2",
        ),
        (
            ok(r#"{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}"#),
            "of 1 and of 2 numbers",
        ),
        (
            ok(r#"{"index":0,"embedding":[1]},{"index":1,"embedding":"AAAA"}"#),
            "base64",
        ),
        (
            ok(r#"{"index":0,"embedding":[1]},{"index":1,"embedding":"*"}"#),
            "base64",
        ),
        (
            ok(r#"{"index":0,"embedding":[1]},{"index":1,"embedding":[0]}"#),
            "zero or not finite",
        ),
        (
            ok(r#"{"index":0,"embedding":[1]},{"index":1,"embedding":[1e999]}"#),
            "embeddings endpoint",
        ),
        (
            ok(r#"{"index":0,"embedding":[1]},{"index":1,"embedding":[]}"#),
            "zero or not finite",
        ),
    ];
    for (reply, expected) in cases {
        let error = error(vec![reply]);
        assert!(
            error.contains(expected),
            "{error} should contain {expected}"
        );
    }
}

#[test]
fn urls_that_would_give_the_key_away_are_refused() {
    let open = |url: &str, key: Option<&str>| {
        let config = Config {
            api: Some(url.into()),
            model: Some("m".into()),
            ..Config::default()
        };
        Api::with_key(&config, key.map(str::to_owned)).map(|_| ())
    };
    let refused = open("http://example.org/v1", Some("sk-secret-17"))
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("unencrypted") && !refused.contains("secret"),
        "{refused}"
    );
    assert!(open("http://127.0.0.1.example.org/v1", Some("k")).is_err());
    assert!(open("https://user:word@example.org/v1", None).is_err());
    assert!(open("example.org/v1", None).is_err());
    assert!(open("https://", None).is_err());
    for (url, key) in [
        ("https://example.org/v1", Some("k")),
        ("http://example.org:8000/v1", None),
        ("http://localhost:8000", Some("k")),
        ("http://[::1]:8000/", Some("k")),
    ] {
        assert!(open(url, key).is_ok(), "{url}");
    }
    let nameless = Config {
        api: Some("https://example.org".into()),
        ..Config::default()
    };
    let error = Api::with_key(&nameless, None).err().unwrap().to_string();
    assert!(error.contains("--model"), "{error}");
}

/// A TLS server whose certificate nobody vouches for. Hands over how often it
/// was asked, and all that it was told once a connection stood.
fn serve_unvouched() -> (String, Receiver<Vec<u8>>) {
    let own = rcgen::generate_simple_self_signed(vec!["localhost".to_string()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}/v1",
        listener.local_addr().unwrap().port()
    );
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut server = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut told = Vec::new();
            // Ends at the client's refusal, or with what it says.
            let _ = rustls::Stream::new(&mut server, &mut stream).read_to_end(&mut told);
            if sender.send(told).is_err() {
                return;
            }
        }
    });
    (url, receiver)
}

#[test]
fn a_server_whose_certificate_nobody_vouches_for_is_told_nothing_and_asked_once() {
    let (url, told) = serve_unvouched();
    let error = api(&url, Some("sk-secret-17")).embed(&["one"]).unwrap_err();
    let error = error.to_string();
    assert!(error.to_lowercase().contains("certificate"), "{error}");
    assert!(!error.contains("secret"), "{error}");
    assert_eq!(told.recv_timeout(Duration::from_secs(10)), Ok(Vec::new()));
    assert!(told.recv_timeout(Duration::from_millis(200)).is_err());
}
