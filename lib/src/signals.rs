//! Signals: what a model's own answer tells about itself, for routers that
//! call models in turn.
//!
//! The one signal read so far is the confidence (0..1). A score is no signal
//! and never gets here. Nothing hands out a grid of signals: [`Asking::call`]
//! alone gives one model's signal, and writes down that the model was called,
//! so a router cannot know what it has not paid for.

use crate::error::{Error, Result};
use crate::record::Record;
use crate::table::Grid;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The signals that a record holds: model and confidence, where it has one.
pub type Recorded = Vec<(String, Option<f64>)>;

/// The confidences of a batch's queries, unread. The empty one holds none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signals<'a> {
    grid: Option<&'a Grid>,
    first: usize,
}

/// One query whose models can be called.
#[derive(Debug, Clone)]
pub struct Asking<'a> {
    signals: Signals<'a>,
    heard: Vec<Heard>,
}

/// A model that was called, and the confidence of its answer where known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    pub model: usize,
    pub confidence: Option<f64>,
}

impl<'a> Signals<'a> {
    /// `grid`: one row a query of the batch, one column a model.
    pub fn of(grid: &'a Grid) -> Signals<'a> {
        Signals {
            grid: Some(grid),
            first: 0,
        }
    }

    /// Those of the queries from `i` on.
    pub fn from(self, i: usize) -> Signals<'a> {
        Signals {
            first: self.first + i,
            ..self
        }
    }

    /// Query `i`, with no model called yet.
    pub fn asking(self, i: usize) -> Asking<'a> {
        Asking {
            signals: self.from(i),
            heard: Vec::new(),
        }
    }
}

impl Asking<'_> {
    /// Calls `model`: from now on it is paid for, and its signal is known.
    pub fn call(&mut self, model: usize) {
        let grid = self.signals.grid;
        self.heard.push(Heard {
            model,
            confidence: grid.and_then(|g| g.get(self.signals.first, model)),
        });
    }

    /// The models called so far, in order.
    pub fn heard(&self) -> &[Heard] {
        &self.heard
    }
}

/// The confidences of `rows` as a grid over `models`; other models are left out.
pub fn grid<'r>(rows: impl ExactSizeIterator<Item = &'r Recorded>, models: &[String]) -> Grid {
    let place: BTreeMap<&str, usize> = models.iter().map(String::as_str).zip(0..).collect();
    let mut grid = Grid::unknown(rows.len(), models.len());
    for (i, row) in rows.enumerate() {
        for (name, confidence) in row {
            if let (Some(&m), Some(c)) = (place.get(name.as_str()), confidence) {
                grid.set(i, m, *c);
            }
        }
    }
    grid
}

/// The signals of a record, which may hold none yet.
pub fn recorded(record: &Record) -> Result<Recorded> {
    let own = |(m, c): (Cow<str>, Option<f64>)| (m.into_owned(), c);
    Ok(record.confidences()?.into_iter().map(own).collect())
}

/// The signals of a record to be routed at once: at least one must stand there.
pub fn required(record: &Record) -> Result<Recorded> {
    let found = recorded(record)?;
    if found.iter().any(|(_, c)| c.is_some()) {
        return Ok(found);
    }
    let fault = "no outcome has a confidence (outcomes.MODEL.confidence, 0..1), which this router reads of the models it calls; import it, or ask model by model with rb-route --converse";
    Err(match record.raw("outcomes") {
        Some(raw) => record.error_at(raw, fault),
        None => Error::input(fault).at(record.line().place(0)),
    })
}
