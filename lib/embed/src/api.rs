//! An OpenAI-compatible embeddings endpoint: `POST {url}/embeddings`.
//!
//! Sent: `{"model": NAME, "input": [text, …]}`, at most [`BATCH_TEXTS`] texts and
//! about [`BATCH_BYTES`] bytes a request. Expected: `{"data": [{"index": i,
//! "embedding": V}, …]}`, V an array of numbers or base64 of little-endian f32;
//! one entry a text, each index once, all of one length. Vectors are scaled to
//! length 1.
//!
//! The key comes from `RB_API_KEY`, else `OPENAI_API_KEY`; without one the
//! request has no Authorization header, which local servers accept. It is never
//! sent unencrypted to another machine, never follows a redirect, and is cut
//! out of whatever a server says before that becomes an error.
//!
//! Answers 408, 429 and 5xx, timeouts and broken connections are tried again, at
//! most [`RETRIES`] times (`--retries`), after 1, 2, 4, … seconds or what Retry-After says, if
//! that is longer, up to [`LONGEST_WAIT`]. Everything else is an error at once.
//! With the default timeout of [`TIMEOUT`] a dead server costs at most
//! 6 × 60 + 31 seconds.

use std::time::Duration;

use base64::Engine;
use serde::Deserialize;

use crate::embedder::{normalised, Config, EmbedError, Embedder};

const BATCH_TEXTS: usize = 64;
const BATCH_BYTES: usize = 256 << 10;
const RETRIES: u32 = 5;
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// For one request, from connecting to the last byte, unless the caller says otherwise.
const TIMEOUT: Duration = Duration::from_secs(60);
/// 64 vectors of 4,096 numbers take about 6 MB as text.
const LARGEST_ANSWER: u64 = 256 << 20;
/// How much of a server's complaint is shown.
const SHOWN: usize = 300;

/// An endpoint and a model on it.
pub struct Api {
    agent: ureq::Agent,
    url: String,
    model: String,
    key: Option<String>,
    /// The wait before the first repetition; doubles with each.
    first_wait: Duration,
    retries: u32,
    dim: Option<usize>,
}

impl Api {
    /// Takes `config.api`, `.model`, `.timeout` and `.retries`, and the key from the environment.
    pub fn open(config: &Config) -> Result<Api, EmbedError> {
        let variable = |name: &str| {
            std::env::var(name)
                .ok()
                .filter(|key| !key.trim().is_empty())
        };
        let key = variable("RB_API_KEY").or_else(|| variable("OPENAI_API_KEY"));
        Api::with_key(config, key.map(|key| key.trim().to_owned()))
    }

    fn with_key(config: &Config, key: Option<String>) -> Result<Api, EmbedError> {
        let base = config
            .api
            .as_deref()
            .unwrap_or_default()
            .trim_end_matches('/');
        let Some(model) = config.model.clone() else {
            return Err(EmbedError::Usage(
                "--api needs the model's name on that server: give --model NAME".into(),
            ));
        };
        let (encrypted, rest) = match (base.strip_prefix("https://"), base.strip_prefix("http://"))
        {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => {
                return Err(EmbedError::Usage(format!(
                    "--api {base:?} is no URL, expected one like https://api.openai.com/v1"
                )))
            }
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.is_empty() || authority.contains('@') {
            return Err(EmbedError::Usage(
                "--api needs a URL with a host and without a name or password in it; a key goes into RB_API_KEY".into(),
            ));
        }
        let local = is_loopback(authority);
        if key.is_some() && !encrypted && !local {
            return Err(EmbedError::Usage(format!(
                "--api http://{authority} would send the key of RB_API_KEY or OPENAI_API_KEY unencrypted: use https, or unset them if the server needs none"
            )));
        }
        let mut agent = ureq::Agent::config_builder()
            .timeout_global(Some(config.timeout.unwrap_or(TIMEOUT)))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("rb-embed/", env!("CARGO_PKG_VERSION")));
        if local {
            agent = agent.proxy(None);
        }
        Ok(Api {
            agent: agent.build().into(),
            url: format!("{base}/embeddings"),
            model,
            key,
            first_wait: Duration::from_secs(1),
            retries: config.retries.unwrap_or(RETRIES),
            dim: None,
        })
    }

    /// One request with its repetitions.
    fn request(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut wait = self.first_wait;
        let mut tries = 1;
        loop {
            let (what, after) = match self.once(texts) {
                Ok(answer) => return self.vectors(&answer, texts.len()),
                Err(Trouble::Final(what)) => return Err(self.error(&what)),
                Err(Trouble::Passing(what, after)) => (what, after),
            };
            if tries > self.retries {
                let repeated = match self.retries {
                    0 => String::new(),
                    n => format!(", also after {n} repetitions"),
                };
                return Err(self.error(&format!("{what}{repeated}")));
            }
            std::thread::sleep(after.unwrap_or_default().max(wait).min(LONGEST_WAIT));
            wait *= 2;
            tries += 1;
        }
    }

    fn once(&self, texts: &[&str]) -> Result<Vec<u8>, Trouble> {
        let mut request = self.agent.post(&self.url);
        if let Some(key) = &self.key {
            request = request.header("Authorization", &format!("Bearer {key}"));
        }
        let body = serde_json::json!({"model": self.model, "input": texts});
        let mut response = request.send_json(&body).map_err(sort_out)?;
        let status = response.status().as_u16();
        let after = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok());
        let after = after
            .and_then(|value| value.trim().parse().ok())
            .map(Duration::from_secs);
        let read = response
            .body_mut()
            .with_config()
            .limit(LARGEST_ANSWER)
            .read_to_vec();
        match status {
            200..=299 => read.map_err(sort_out),
            408 | 429 | 500..=599 => Err(Trouble::Passing(complaint(status, read), after)),
            _ => Err(Trouble::Final(complaint(status, read))),
        }
    }

    /// Reads and checks an answer for `expected` texts.
    fn vectors(&self, answer: &[u8], expected: usize) -> Result<Vec<Vec<f32>>, EmbedError> {
        let answer: Answer = serde_json::from_slice(answer).map_err(|error| {
            self.error(&format!(
                "the answer is not that of an embeddings endpoint: {error}"
            ))
        })?;
        if answer.data.len() != expected {
            let found = answer.data.len();
            return Err(self.error(&format!("{found} vectors came for {expected} texts")));
        }
        let mut vectors: Vec<Option<Vec<f32>>> = vec![None; expected];
        for entry in answer.data {
            let vector = entry.embedding.numbers().ok_or_else(|| {
                self.error(
                    "a vector is neither an array of numbers nor base64 of little-endian f32",
                )
            })?;
            match vectors.get_mut(entry.index) {
                Some(place @ None) => {
                    let vector =
                        normalised(vector, "it").map_err(|e| self.error(&e.to_string()))?;
                    *place = Some(vector);
                }
                _ => {
                    return Err(self.error(&format!(
                        "index {} came twice or is not below {expected}",
                        entry.index
                    )))
                }
            }
        }
        Ok(vectors.into_iter().flatten().collect())
    }

    fn error(&self, what: &str) -> EmbedError {
        let what = match &self.key {
            Some(key) => what.replace(key.as_str(), "[key]"),
            None => what.to_owned(),
        };
        EmbedError::Failed(format!("{} (model {}): {what}", self.url, self.model))
    }
}

impl Embedder for Api {
    fn name(&self) -> &str {
        &self.model
    }

    fn dim(&self) -> Option<usize> {
        self.dim
    }

    fn cache_identity(&self) -> Option<String> {
        Some(format!("api {} {}", self.url, self.model))
    }

    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut rest = texts;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |text: &&&str| {
                bytes += text.len();
                bytes <= BATCH_BYTES
            };
            let n = rest
                .iter()
                .take(BATCH_TEXTS)
                .take_while(fits)
                .count()
                .max(1);
            for vector in self.request(&rest[..n])? {
                let dim = *self.dim.get_or_insert(vector.len());
                if vector.len() != dim {
                    return Err(self.error(&format!(
                        "vectors of {dim} and of {} numbers came",
                        vector.len()
                    )));
                }
                vectors.push(vector);
            }
            rest = &rest[n..];
        }
        Ok(vectors)
    }
}

enum Trouble {
    /// May pass; perhaps not before this long.
    Passing(String, Option<Duration>),
    Final(String),
}

/// Whether to try again after a request that got no answer.
fn sort_out(error: ureq::Error) -> Trouble {
    use ureq::Error::*;
    let what = error.to_string();
    match error {
        // A certificate that is refused will be refused again.
        Io(e) if e.kind() == std::io::ErrorKind::InvalidData => Trouble::Final(what),
        Timeout(_) | Io(_) | ConnectionFailed | HostNotFound | Protocol(_) => {
            Trouble::Passing(what, None)
        }
        _ => Trouble::Final(what),
    }
}

/// A status and the beginning of what the server says about it, on one line.
fn complaint(status: u16, body: Result<Vec<u8>, ureq::Error>) -> String {
    let text = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
    let words: Vec<&str> = text.split_whitespace().collect();
    let text: String = words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .take(SHOWN)
        .collect();
    if text.is_empty() {
        format!("the server answered {status}")
    } else {
        format!("the server answered {status}: {text}")
    }
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    index: usize,
    embedding: Encoded,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Encoded {
    Numbers(Vec<f32>),
    Base64(String),
}

impl Encoded {
    fn numbers(self) -> Option<Vec<f32>> {
        match self {
            Encoded::Numbers(numbers) => Some(numbers),
            Encoded::Base64(text) => {
                let bytes = base64::engine::general_purpose::STANDARD
                    .decode(text)
                    .ok()?;
                let whole = bytes.len() % 4 == 0;
                let numbers = bytes.chunks_exact(4);
                whole.then(|| {
                    numbers
                        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                        .collect()
                })
            }
        }
    }
}

#[cfg(test)]
#[path = "api_tests.rs"]
mod tests;
