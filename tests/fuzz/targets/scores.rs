//! Score records as rb-pareto reads, compares and draws them.

use super::input;
use rb_record::skips::{OnError, Skips};
use rb_show::output::Config;
use rb_show::outputs::OUTPUTS;
use rb_show::panel::Panel;
use rb_show::scores::{self, Collection};

pub(super) fn run(data: &[u8]) {
    let mut input = input(data);
    let mut skips = Skips::new(OnError::Skip);
    let mut collection = Collection::default();
    while let Ok(Some(line)) = input.next_line() {
        let Ok(Some(scored)) = skips.keep(scores::parse(&line)) else {
            continue;
        };
        let _ = skips.keep(collection.add(&line, scored));
    }
    let Ok(gathered) = collection.finish() else {
        return;
    };
    let groups = gathered.groups.into_iter().chain(gathered.pooled);
    let panels: Vec<Panel> = groups.map(Panel::new).collect();
    for panel in &panels {
        let group = &panel.group;
        let records = (panel.joint)
            .records(&group.json(), group.against(), group.routers.keys())
            .expect("records");
        for record in records {
            super::record::accepted(record.as_bytes());
        }
    }
    for output in OUTPUTS {
        assert!(
            !(output.render)(&panels, &Config::default()).is_empty(),
            "{}",
            output.name
        );
    }
}
