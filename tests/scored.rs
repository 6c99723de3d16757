//! What tests of rb-score share: streams to score, and score records found by
//! their members.

use crate::workdir::{demo, Workdir};
use serde_json::{json, Value};

/// The demo data with three routers: a fitted one, a constant one and a
/// cascade of the two cheapest models and the dearest.
pub(crate) fn routed(w: &Workdir) -> Vec<u8> {
    let fitted = w.pipe(demo(), &["rb-embed", "rb-fit kmeans --k 16"]);
    edit(&fitted, |r| {
        if r["split"] != "test" {
            return;
        }
        r["routes"]["cheap"] = json!("sim-small");
        r["routes"]["cascade"] = json!([
            {"alpha": 0, "model": "sim-small"},
            {"alpha": 0.25, "called": ["sim-small", "sim-chat"], "model": "sim-chat"},
            {"alpha": 0.75, "called": ["sim-small", "sim-frontier"], "model": "sim-frontier"},
        ]);
    })
}

/// The stream with every record changed.
pub(crate) fn edit(stream: &[u8], change: impl Fn(&mut Value)) -> Vec<u8> {
    let mut out = Vec::new();
    for line in stream.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        let mut record: Value = serde_json::from_slice(line).expect("a record");
        change(&mut record);
        out.extend(serde_json::to_vec(&record).expect("JSON"));
        out.push(b'\n');
    }
    out
}

/// The lines that have all of `members`.
pub(crate) fn of(lines: &[Value], members: Value) -> Vec<&Value> {
    let fits = |line: &&Value| {
        let mut wanted = members.as_object().expect("an object").iter();
        wanted.all(|(key, value)| line[key] == *value)
    };
    lines.iter().filter(fits).collect()
}

/// A member that must be a number.
pub(crate) fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| panic!("{v} is no number"))
}

/// The one line that has all of `members`.
pub(crate) fn one(lines: &[Value], members: Value) -> Value {
    let found = of(lines, members.clone());
    assert_eq!(found.len(), 1, "{members}");
    found[0].clone()
}
