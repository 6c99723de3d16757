//! What stands in one place of a sheet, and how a reader sees it.

use crate::{text, unit};
use rb_record::record::resource::Resource;

/// A value with its 95 % interval, where it has one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// A name, a verdict.
    Text(String),
    /// A figure in the units of the records.
    Number(f64, Option<(f64, f64)>),
}

/// What the numbers of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Not a number.
    Text,
    /// Whole.
    Count,
    /// 0..1, shown as points of 100.
    Points,
    /// A difference of such.
    Difference,
    /// What quality is traded against.
    Spent,
    /// A part, shown in percent.
    Share,
    /// A relative change, shown in percent.
    Change,
    /// A probability.
    P,
    /// 0..√2.
    Distance,
}

impl Unit {
    /// The cell as `--table` shows it.
    pub(crate) fn show(self, cell: &Cell, against: Resource) -> String {
        let (value, interval) = match cell {
            Cell::Text(words) => return text::clean(words),
            Cell::Number(value, interval) => (*value, *interval),
        };
        let one = |v: f64| match self {
            Unit::Text | Unit::Count => text::count(v),
            Unit::Points => text::points(v),
            Unit::Difference => text::signed_points(v),
            Unit::Spent => text::amount(v * unit::times(against)),
            Unit::Share => text::percent(v),
            Unit::Change => text::signed_percent(v),
            Unit::P if v < 0.001 => "<0.001".into(),
            Unit::P => format!("{v:.3}"),
            Unit::Distance => text::distance(v),
        };
        match interval {
            Some((low, high)) => format!("{} [{}, {}]", one(value), one(low), one(high)),
            None => one(value),
        }
    }

    /// A number of this unit at full precision. Whole numbers have no point,
    /// others always do, so that a column is of one type.
    pub(crate) fn exact(self, value: f64) -> String {
        match self {
            Unit::Count => format!("{value:.0}"),
            _ => serde_json::to_string(&value).unwrap_or_default(),
        }
    }
}
