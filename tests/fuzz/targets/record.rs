//! Query records: every accessor, splicing, the facts that scoring reads, and
//! parts of `rb-score --partial`.

use super::input;
use rb_record::record::field::Field;
use rb_record::record::Record;
use rb_record::stream::Line;
use rb_route::table::signals;
use rb_score::data::collect::Collector;
use rb_score::data::fact::{Fact, Wanted};
use rb_score::data::partial;

pub(super) fn run(data: &[u8]) {
    let wanted = Wanted {
        split: None,
        by: vec![Field::parse("dataset"), Field::parse("/meta/0")],
        log: None,
    };
    let mut collector = Collector::default();
    let mut parts = Collector::default();
    let mut merge = partial::Merge::default();
    let mut input = input(data);
    while let Ok(Some(line)) = input.next_line() {
        accessors(&line);
        if let Ok(fact) = Fact::parse(&line, &wanted) {
            round_trip(&fact);
            collector.push(fact).expect("no file is needed");
        }
        let entry = partial::parse(&line).and_then(|entry| merge.admit(&line, entry));
        if let Ok(Some(fact)) = entry {
            parts.push(fact).expect("no file is needed");
        }
    }
    // A stream that does not hang together is refused.
    let _ = collector.finish(&wanted);
    if let Some(wanted) = merge.wanted() {
        let _ = parts.finish(&wanted);
    }
}

/// Checks that a line which a tool wrote is a record whose outcomes and routes
/// can be read.
pub(super) fn accepted(line: &[u8]) {
    let line = Line::new(line.to_vec(), "written".into(), 1);
    let read = Record::parse(&line).and_then(|record| {
        record.outcomes()?;
        record.references()?;
        record.routes()?;
        Ok(())
    });
    assert!(
        read.is_ok(),
        "{read:?}: {}",
        String::from_utf8_lossy(line.bytes())
    );
}

fn accessors(line: &Line) {
    let Ok(record) = Record::parse(line) else {
        return;
    };
    let _ = record.id();
    let _ = record.required_id();
    let _ = record.dataset();
    let _ = record.prompt();
    let _ = record.required_prompt();
    let _ = record.split();
    let _ = record.index();
    let _ = record.outcomes();
    let _ = record.signals();
    let _ = record.references();
    let _ = record.embedding_model();
    let _ = record.has_member("routes", "r");
    let _ = signals::recorded(&record);
    for (_, route) in record.routes().unwrap_or_default() {
        let steps = &route.steps;
        assert!(steps[0].alpha == 0.0, "{route:?}");
        assert!(steps.windows(2).all(|w| w[0].alpha < w[1].alpha));
        assert!(steps.iter().all(|s| s.calls().contains(&s.model)));
    }
    if let Ok(Some(embedding)) = record.embedding() {
        assert!(embedding.vector.iter().all(|v| v.is_finite()));
    }
    let value = match record.nested("routes", &[("r", "\"m\"")]) {
        Ok(nested) => nested,
        Err(_) => "{\"r\":\"m\"}".into(),
    };
    spliced(&record, &value);
}

/// What is spliced in stands there; what else stood there still does.
fn spliced(record: &Record, value: &str) {
    let line = |bytes| Line::new(bytes, "spliced".into(), 1);
    let with = line(record.splice(&[("routes", value), ("fuzz-added", "[1]")]));
    let with = Record::parse(&with).expect("a spliced record");
    assert_eq!(with.raw("routes"), Some(value));
    assert_eq!(with.raw("fuzz-added"), Some("[1]"));
    assert_eq!(with.raw("id"), record.raw("id"));
    assert_eq!(with.raw("outcomes"), record.raw("outcomes"));
    let without = line(with.without(&["fuzz-added", "routes"]));
    let without = Record::parse(&without).expect("a record without a member");
    assert_eq!(without.raw("routes"), None);
    assert_eq!(without.raw("outcomes"), record.raw("outcomes"));
}

/// A fact written as part of a benchmark comes back as it was.
fn round_trip(fact: &Fact) {
    let text = partial::fact_line(fact);
    let line = Line::new(text.trim_end().as_bytes().to_vec(), "part".into(), 1);
    match partial::parse(&line) {
        Ok(partial::Entry::Query(read)) => assert_eq!(partial::fact_line(&read), text),
        other => panic!("{text} came back as {other:?}"),
    }
}
