//! A small dataset of facts for tests.

use super::*;
use rb_record::stream::Line;

/// The facts of records given as text, one a line.
pub(crate) fn facts(text: &str, wanted: &Wanted) -> Result<Facts> {
    facts_in(&Pager::new(usize::MAX), text, wanted)
}

pub(crate) fn facts_in(pager: &Pager, text: &str, wanted: &Wanted) -> Result<Facts> {
    let mut collector = Collector::new(pager);
    for (i, text) in text.lines().enumerate() {
        let line = Line::new(text.as_bytes().to_vec(), "t".into(), i as u64 + 1);
        collector.push(Fact::parse(&line, wanted)?)?;
    }
    collector.finish(wanted)
}
