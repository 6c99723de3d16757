//! What a table gives up, one after another, until it fits a terminal.

use crate::table::columns::{Column, Row};

/// A step: a column by its heading, and what becomes of it.
pub(crate) struct Step {
    heading: [&'static str; 2],
    leave_out: bool,
    /// What is missed after it.
    words: &'static str,
}

const fn leave(heading: [&'static str; 2], words: &'static str) -> Step {
    Step {
        heading,
        leave_out: true,
        words,
    }
}

const fn shorten(heading: [&'static str; 2], words: &'static str) -> Step {
    Step {
        heading,
        leave_out: false,
        words,
    }
}

/// Of the table of points: quality, cost, what is missing, and the verdict stay.
pub(crate) const POINT_STEPS: [Step; 7] = [
    leave(["", "macro"], "macro"),
    shorten(["", "cost"], "intervals of cost"),
    shorten(["", "latency"], "intervals of latency"),
    shorten(["", "tokens"], "intervals of tokens"),
    shorten(["", "quality"], "intervals of quality"),
    shorten(["against", "best-single"], "intervals against best-single"),
    leave(["against", "best-single"], "against best-single"),
];

/// Of the table of curves: AIQ stays.
pub(crate) const CURVE_STEPS: [Step; 9] = [
    leave(["CostSave", "(hull)"], "CostSave (hull)"),
    leave(["CostSave", "(peak)"], "CostSave (peak)"),
    leave(["PerfGain", "(peak)"], "PerfGain (peak)"),
    leave(["Pareto", "Share"], "ParetoShare"),
    leave(["at quality", "diff."], "CostSave's quality"),
    shorten(["", "AIQ"], "intervals of AIQ"),
    leave(["Pareto", "Dist"], "ParetoDist"),
    leave(["", "PerfGain"], "PerfGain"),
    leave(["", "CostSave"], "CostSave"),
];

/// How a column is shown after some of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Whole,
    Short,
    Not,
}

/// How `column` is shown after `steps`.
pub(crate) fn shown(column: &Column, steps: &[Step]) -> Shown {
    let own = steps.iter().rfind(|s| s.heading == column.heading);
    own.map_or(Shown::Whole, |step| {
        if step.leave_out {
            Shown::Not
        } else {
            Shown::Short
        }
    })
}

/// A cell without its interval.
pub(crate) fn short(cell: String) -> String {
    match cell.find(['[', '±']) {
        Some(at) if at > 0 => cell[..at].trim_end().to_string(),
        _ => cell,
    }
}

/// What `steps` took from a table with these rows.
pub(crate) fn missed(steps: &[Step], columns: &[Column], rows: &[&Row]) -> Vec<&'static str> {
    let filled = |step: &&Step| {
        let own = columns.iter().find(|c| c.heading == step.heading);
        own.is_some_and(|c| {
            let cells = || rows.iter().filter_map(|r| (c.cell)(r));
            if step.leave_out {
                cells().next().is_some()
            } else {
                cells().any(|cell| short(cell.clone()) != cell)
            }
        })
    };
    steps.iter().filter(filled).map(|s| s.words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::columns::{CURVE_COLUMNS, POINT_COLUMNS};

    #[test]
    fn every_step_is_of_a_column_and_cells_lose_their_intervals() {
        for (steps, columns) in [
            (&POINT_STEPS[..], &POINT_COLUMNS[..]),
            (&CURVE_STEPS[..], &CURVE_COLUMNS[..]),
        ] {
            for step in steps {
                assert!(columns.iter().any(|c| c.heading == step.heading));
            }
        }
        assert_eq!(short("81.4 [78.4, 84.3]".into()), "81.4");
        assert_eq!(short("5.52 ±3 %".into()), "5.52");
        assert_eq!(short("[-0.6, 0.0]".into()), "[-0.6, 0.0]");
    }
}
