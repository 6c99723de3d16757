//! The columns of an exported table of pairs, one row for each two routers of a group
//! (rb-score --pairs), in their order.

use crate::export::cell::{Cell, Unit};
use crate::export::columns::{head, Head, BOTH, PLAIN, SHOWN};
use crate::scores::Pair;

/// A column, and where its figure is from.
pub(crate) struct Column {
    pub(crate) head: Head,
    pub(crate) read: fn(&Pair) -> Option<Cell>,
}

fn text(words: &str) -> Option<Cell> {
    Some(Cell::Text(words.into()))
}

/// A row of the table of columns.
const fn column(head: Head, read: fn(&Pair) -> Option<Cell>) -> Column {
    Column { head, read }
}

/// All of them; fields of groups stand before.
pub(crate) const COLUMNS: [Column; 8] = [
    column(head("router", "router", Unit::Text, SHOWN), |p| {
        text(&p.router)
    }),
    column(head("versus", "less", Unit::Text, SHOWN), |p| {
        text(&p.versus)
    }),
    column(head("at", "at", Unit::Text, SHOWN), |p| {
        text(p.at.as_deref()?)
    }),
    column(head("n", "n", Unit::Count, PLAIN), |p| {
        Some(Cell::Number(p.n?, None))
    }),
    column(head("diff", "difference", Unit::Difference, BOTH), |p| {
        Some(Cell::Number(p.diff?, p.diff_ci))
    }),
    column(head("p", "p", Unit::P, SHOWN), |p| {
        Some(Cell::Number(p.p?, None))
    }),
    column(head("p_holm", "p (Holm)", Unit::P, SHOWN), |p| {
        Some(Cell::Number(p.p_holm?, None))
    }),
    column(head("better", "better", Unit::Text, SHOWN), |p| {
        text(p.better.as_deref()?)
    }),
];

/// Their names, as `--columns` takes them with `--pairs`.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    COLUMNS.iter().map(|c| c.head.name)
}
