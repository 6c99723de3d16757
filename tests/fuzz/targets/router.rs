//! Router files. One that is accepted must route: every step names a model of
//! the pool, alphas rise from 0, and the file written anew is the same router.

use rb_record::skips::{OnError, Skips};
use rb_record::stream::Line;
use rb_route::file::apply::{self, Config, Ready};
use rb_route::file::{self, Saved};
use serde_json::{json, Map, Value};

/// Wider vectors are not tried: the stream must bring them, and then memory is
/// in proportion to the stream.
const WIDEST: usize = 4096;

pub(super) fn run(data: &[u8]) {
    let Ok(saved) = file::from_bytes(data) else {
        return;
    };
    let written = file::to_bytes(&saved.header, &*saved.router).expect("a router as a file");
    let again = file::from_bytes(&written).expect("the same router");
    let twice = file::to_bytes(&again.header, &*again.router).expect("a router as a file");
    assert!(written == twice, "saved again, the router is another one");
    let curve = &saved.header.calibration;
    let _ = curve.within_budget(0.001, saved.header.against);
    let _ = curve.reaching(0.5);
    let lines = queries(&saved);
    if lines.is_empty() {
        return;
    }
    route(saved, &lines, None, false);
    // Nobody knows the scores in a conversation.
    let converse = !again.entry.oracle;
    route(again, &lines, Some(0.5), converse);
}

/// What routers hear of an answer of model `m`, and what an oracle knows of it.
fn outcome(m: usize) -> Value {
    json!({
        "score": 0.5, "cost": m, "latency": 1, "prompt_tokens": 3, "completion_tokens": m,
        "confidence": m as f64 / 1e6, "reward": m as f64 - 2.0,
    })
}

/// Three queries that have all that any router reads.
fn queries(saved: &Saved) -> Vec<Line> {
    let header = &saved.header;
    let (embedder, dim) = match &header.embedder {
        Some(tag) => (tag.model.as_str(), tag.dim),
        None => ("none", 1),
    };
    if dim == 0 || dim > WIDEST {
        return Vec::new();
    }
    let answers: Map<String, Value> = (header.models.iter().enumerate())
        .map(|(m, name)| (name.clone(), outcome(m)))
        .collect();
    let prompts = [
        "",
        "Prove that x is 7?",
        "```python\ndef f(): pass\n``` é 漢字",
    ];
    (prompts.iter().zip([0.0, 1.0, -0.5]))
        .map(|(prompt, at)| {
            let vector: Vec<f64> = (0..dim).map(|j| at + at * j as f64 / 8.0).collect();
            let record = json!({
                "prompt": prompt,
                "embedding": {"model": embedder, "vector": vector},
                "outcomes": answers,
            });
            Line::new(record.to_string().into_bytes(), "query".into(), 1)
        })
        .collect()
}

fn route(saved: Saved, lines: &[Line], alpha: Option<f64>, converse: bool) {
    let models = saved.header.models.clone();
    let routers = [Ready::new(saved, alpha, "router.json".into())];
    let mut embedder = apply::wanted_embedder(&routers);
    let mut route = |explain| {
        let config = Config {
            explain,
            replace: false,
            converse,
            ..Config::default()
        };
        let mut skips = Skips::new(OnError::Stop);
        apply::window(lines, &routers, &mut embedder, config, &mut skips)
    };
    // Some routers have no expected scores to explain themselves with.
    let (written, fault) = route(true).or_else(|_| route(false)).expect("routes");
    assert!(fault.is_none(), "{fault:?}");
    assert_eq!(written.len(), lines.len());
    for line in written {
        super::record::accepted(&line);
        let line = Line::new(line, "routed".into(), 1);
        let record = rb_record::record::Record::parse(&line).expect("a record");
        let routes = record.routes().expect("routes");
        assert_eq!(routes.len(), usize::from(!converse));
        for (_, route) in routes {
            let known = |m: &str| models.iter().any(|k| k == m);
            assert!(route.steps.iter().flat_map(|s| s.calls()).all(|m| known(m)));
        }
    }
}
