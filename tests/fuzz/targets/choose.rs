//! `--choose` expressions of rb-score. A rule that is accepted has a number in
//! its range.

use rb_score::replay::rule::Rule;

pub(super) fn run(data: &[u8]) {
    match Rule::parse(&String::from_utf8_lossy(data)) {
        Ok(Rule::Quality(v) | Rule::Strong(v)) => assert!((0.0..=1.0).contains(&v)),
        Ok(Rule::Cost(v) | Rule::Latency(v)) => assert!(v.is_finite() && v >= 0.0),
        Ok(Rule::BestSingle) => {}
        Err(e) => assert!(e.message.contains("column"), "{e}"),
    }
}
