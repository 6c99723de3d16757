//! The short table that stands in the place of score records where those would go to
//! a terminal.

use crate::output::Config;
use crate::panel::{self, Panel};
use crate::scores::{self, Collection, Scored};
use crate::table;
use rb_record::error::Result;
use rb_record::stream::Line;

/// The table of `panels`, in their order, for a terminal of so many columns; none: as
/// wide as it needs.
pub fn of_panels(panels: &[Panel], columns: Option<usize>) -> String {
    let config = Config {
        columns: columns.unwrap_or(80),
        fit: columns,
        brief: true,
        is_unasked: true,
        ..Config::default()
    };
    (table::OUTPUT.render)(panels, &config)
}

/// The table of score records as rb-score writes them, a line each.
pub fn of_records(records: &str, columns: Option<usize>) -> Result<String> {
    let mut collection = Collection::default();
    for (i, record) in records.lines().enumerate() {
        let line = Line::new(record.into(), "the scores".into(), i as u64 + 1);
        match scores::parse(&line)? {
            Scored::Superseded => {}
            scored => collection.add(&line, scored)?,
        }
    }
    let gathered = collection.finish()?;
    let groups = gathered.groups.into_iter().chain(gathered.pooled);
    let mut panels: Vec<Panel> = groups.map(Panel::new).collect();
    panel::sort(&mut panels);
    Ok(of_panels(&panels, columns))
}
