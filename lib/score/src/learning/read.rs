//! Score records as far as learning curves need them: the summaries of routers
//! NAME@N, and the oracle's quality, which no curve passes.

use crate::learning::family::family;
use rb_record::error::{excerpt, Error, Result};
use rb_record::record::Record;
use rb_record::stream::Line;
use serde::Deserialize;

/// The figures that a curve can be of.
pub const METRICS: [&str; 4] = ["quality", "quality_macro", "aiq", "aiq_macro"];

/// One figure of a summary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// 0..1.
    pub value: f64,
    /// Its standard error, from the ends of its interval.
    pub se: Option<f64>,
}

/// The summary of a router NAME@N.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// NAME.
    pub router: String,
    /// N.
    pub size: u64,
    /// The JSON of its group.
    pub group: String,
    /// The digest of the run that scored it: a seed has a run of its own.
    pub run: String,
    /// In the order of [`METRICS`].
    pub figures: [Option<Figure>; 4],
}

/// What a line turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Scored {
    /// A point of a curve.
    Summary(Box<Summary>),
    /// The oracle's quality in a group.
    Oracle(String, f64),
    /// Nothing that a curve needs.
    Other,
}

/// Reads one score record. Errors: it is none, or a member is not as rb-score writes
/// it.
pub fn parse(line: &Line) -> Result<Scored> {
    let record = Record::parse(line)?;
    match member::<String>(&record, "type", "a string")?.as_deref() {
        None => Err(Error::input(
            "the record has no type, expected the score records that rb-score writes; run rb-score first: … | rb-score | rb-curve",
        )
        .at(line.place(0))),
        Some("summary") => summary(&record),
        Some("baseline") if record.raw("name") == Some("\"oracle\"") => {
            let quality = member(&record, "quality", "a number")?;
            Ok(quality.map_or(Scored::Other, |q| Scored::Oracle(group(&record), q)))
        }
        Some(_) => Ok(Scored::Other),
    }
}

fn summary(record: &Record) -> Result<Scored> {
    let name: String = required(record, "router", "a string")?;
    let Some((router, size)) = family(&name) else {
        return Ok(Scored::Other);
    };
    let mut figures = [None; 4];
    for (figure, name) in figures.iter_mut().zip(METRICS) {
        let ends: Option<(f64, f64)> = member(record, &format!("{name}_ci"), "two numbers")?;
        *figure = member(record, name, "a number")?.map(|value| Figure {
            value,
            se: ends.map(|(low, high)| (high - low) / (2.0 * 1.96)),
        });
    }
    Ok(Scored::Summary(Box::new(Summary {
        router: router.into(),
        size,
        group: group(record),
        run: required(record, "run", "a string")?,
        figures,
    })))
}

fn group(record: &Record) -> String {
    record.raw("group").unwrap_or("{}").to_string()
}

fn required<T: for<'a> Deserialize<'a>>(record: &Record, name: &str, words: &str) -> Result<T> {
    member(record, name, words)?.ok_or_else(|| {
        Error::input(format!(
            "the summary has no {name}; it is not as rb-score writes it (FORMAT.md)"
        ))
        .at(record.line().place(0))
    })
}

fn member<T: for<'a> Deserialize<'a>>(
    record: &Record,
    name: &str,
    words: &str,
) -> Result<Option<T>> {
    let Some(raw) = record.raw(name) else {
        return Ok(None);
    };
    serde_json::from_str(raw)
        .map(Some)
        .map_err(|_| record.error_at(raw, format!("{name} is {}, expected {words}", excerpt(raw))))
}
