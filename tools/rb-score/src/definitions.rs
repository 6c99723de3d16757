//! What --help says of baselines, metrics and figures, from the tables that
//! compute them.

use rb_score::baseline::BASELINES;
use rb_score::metric::measure::Direction;
use rb_score::metric::{METRICS, REPORTS};
use rb_score::report::verdicts::FIGURES;

/// The end of --help.
pub(crate) fn definitions() -> String {
    let mut text = String::from("Baselines:\n");
    for row in BASELINES {
        text += &format!("  {}: {}\n", row.name, row.definition);
    }
    text += "\nMetrics of a summary (+ higher is better, - lower):\n";
    let numbers = METRICS
        .iter()
        .map(|m| (m.name, m.direction, m.definition, m.source));
    let reports = REPORTS
        .iter()
        .map(|r| (r.name, r.direction, r.definition, r.source));
    for (name, direction, definition, source) in numbers.chain(reports) {
        let sign = match direction {
            Direction::Higher => "+",
            Direction::Lower => "-",
            Direction::Neither => " ",
        };
        text += &format!("{sign} {name}: {definition} ({source})\n");
    }
    text += "\nDifferences, verdicts and chosen points of a summary:\n";
    for (name, definition) in FIGURES {
        text += &format!("  {name}: {definition}\n");
    }
    text += "\nNAME_ci is the 95 % interval of NAME: what chance in the queries does to it, with the fitted router and the datasets as they are.\n";
    text
}
