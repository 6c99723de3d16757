//! The table of the routers whose fit is a sum.

use crate::file::params::Params;
use crate::kinds::cluster::{avengers, kmeans};
use crate::kinds::single::{fixed, keyword, length};
use crate::router::Entry;
use crate::summed::summing::Summing;
use rb_record::error::{Error, Result};

/// One of them.
pub struct Row {
    /// Its row in the table of routers.
    pub entry: &'static Entry,
    /// Under what flags its fit is one, in words; "": always.
    pub when: &'static str,
    /// Whether these are such.
    pub is_sum: fn(&Params) -> bool,
    /// The router to be fitted, for vectors of a width.
    pub open: fn(&Params, usize) -> Result<Box<dyn Summing>>,
}

/// All of them.
pub const ROWS: [Row; 5] = [
    Row {
        entry: &fixed::ENTRY,
        when: "",
        is_sum: |_| true,
        open: fixed::summing,
    },
    Row {
        entry: &length::ENTRY,
        when: "",
        is_sum: |_| true,
        open: length::summing,
    },
    Row {
        entry: &keyword::ENTRY,
        when: "",
        is_sum: |_| true,
        open: keyword::summing,
    },
    Row {
        entry: &kmeans::ENTRY,
        when: " with --centroids and without --guard",
        is_sum: kmeans::is_sum,
        open: kmeans::summing,
    },
    Row {
        entry: &avengers::ENTRY,
        when: " with --centroids",
        is_sum: avengers::is_sum,
        open: avengers::summing,
    },
];

/// The row of a router, if its fit with these parameters is a sum. A usage error
/// says whose is.
pub fn row(entry: &Entry, params: &Params) -> Result<&'static Row> {
    let row = ROWS.iter().find(|r| r.entry.name == entry.name);
    row.filter(|r| (r.is_sum)(params)).ok_or_else(|| {
        let with = if row.is_some() { " with these flags" } else { "" };
        let can: Vec<String> = (ROWS.iter())
            .map(|r| format!("{}{}", r.entry.name, r.when))
            .collect();
        Error::usage(format!(
            "the fit of {}{with} is no sum over the queries, so it cannot be made of parts; that of {} is. Fit others on a sample (docs/scale.md)",
            entry.name,
            can.join(", ")
        ))
    })
}
