//! What a router may see of a query that it routes, and no more: its vector, its
//! text, the signals of the answers, and for an oracle the truth.

use crate::table::oracle_outcomes::{self, Known, OracleGrids};
use crate::table::signals::{self, Reads, Recorded, SignalGrids};
use crate::table::{no_embedding, Batch, Needs};
use ndarray::Array2;
use rb_record::error::Result;
use rb_record::record::resource::Resource;
use rb_record::record::unit::unit_of;
use rb_record::record::{Embedding, Record};

/// What one router asks of a query.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// What it reads beside outcomes.
    pub needs: Needs,
    /// It is an oracle, which reads the scores too.
    pub oracle: bool,
}

/// What routers may see of one query.
pub struct Seen {
    /// d numbers; none where no router reads them.
    vector: Vec<f32>,
    text: String,
    unit: u64,
    /// The models that have answered, with their signals.
    signals: Recorded,
    /// Empty unless a router is an oracle.
    truth: Known,
}

impl Seen {
    /// Reads what some routers ask for, together. A record that lacks it is
    /// refused with its place. In a conversation no signal need be there yet,
    /// and all that are there are read.
    pub fn read(record: &Record, asked: &[Asked], conversing: bool) -> Result<Seen> {
        let any = |f: fn(&Asked) -> bool| asked.iter().any(f);
        let reads_text = any(|a| a.needs.text);
        let prompt = if reads_text {
            Some(record.required_prompt()?)
        } else {
            record.prompt()?
        };
        let unit = unit_of(prompt.as_deref(), record.id()?.as_deref());
        let vector = vector(record, any(|a| a.needs.embedding))?;
        let signals = if conversing || any(|a| a.needs.signals != Reads::Nothing) {
            signals::recorded(record)?
        } else {
            Recorded::new()
        };
        for asked in asked.iter().filter(|_| !conversing) {
            asked.needs.signals.check(record, &signals)?;
        }
        let truth = truth(record, any(|a| a.oracle))?;
        let text = prompt.filter(|_| reads_text).unwrap_or_default();
        Ok(Seen {
            vector: vector.map_or(Vec::new(), |e| e.vector),
            text: text.into_owned(),
            unit,
            signals,
            truth,
        })
    }

    /// The width of the vector, 0 where none was read.
    pub fn width(&self) -> usize {
        self.vector.len()
    }
}

/// The vector, where it is read.
pub(super) fn vector<'a>(record: &Record<'a>, read: bool) -> Result<Option<Embedding<'a>>> {
    if !read {
        return Ok(None);
    }
    match record.embedding()? {
        Some(embedding) => Ok(Some(embedding)),
        None => Err(no_embedding(record.line())),
    }
}

fn truth(record: &Record, oracle: bool) -> Result<Known> {
    if oracle {
        oracle_outcomes::required(record)
    } else {
        Ok(Known::new())
    }
}

/// Checks that a record which is routed later holds the signals and scores asked for.
pub(super) fn check(record: &Record, asked: Asked) -> Result<()> {
    let signals = match asked.needs.signals {
        Reads::Nothing => Recorded::new(),
        _ => signals::recorded(record)?,
    };
    asked.needs.signals.check(record, &signals)?;
    truth(record, asked.oracle).map(|_| ())
}

/// Queries that are routed together, by one router after the other.
pub struct Window {
    /// n×d; n×0 where no router reads vectors.
    x: Array2<f32>,
    text: Vec<String>,
    unit: Vec<u64>,
    signals: Vec<Recorded>,
    truth: Vec<Known>,
}

impl Window {
    /// `width`: of every vector that was read.
    pub fn new(seen: Vec<Seen>, width: usize) -> Window {
        let mut x = Vec::new();
        let (mut text, mut unit) = (Vec::new(), Vec::new());
        let (mut signals, mut truth) = (Vec::new(), Vec::new());
        for mut one in seen {
            x.append(&mut one.vector);
            text.push(one.text);
            unit.push(one.unit);
            signals.push(one.signals);
            truth.push(one.truth);
        }
        let none_read = x.is_empty() && !unit.is_empty();
        let width = if none_read { 0 } else { width };
        Window {
            x: Array2::from_shape_vec((unit.len(), width), x)
                .unwrap_or_else(|_| Array2::zeros((0, width))),
            text,
            unit,
            signals,
            truth,
        }
    }

    /// The signals of each query, by name of model.
    pub fn signals(&self) -> &[Recorded] {
        &self.signals
    }

    /// As a router over `models` sees them; `truth`: it is an oracle, and this
    /// is its cost.
    pub fn over(&self, models: &[String], truth: Option<Resource>) -> Routed<'_> {
        Routed {
            window: self,
            signals: SignalGrids::new(self.signals.iter(), models),
            truth: truth.map(|against| OracleGrids::new(self.truth.iter(), models, against)),
        }
    }
}

/// A window over the models of one router.
pub struct Routed<'a> {
    window: &'a Window,
    signals: SignalGrids,
    truth: Option<OracleGrids>,
}

impl Routed<'_> {
    /// The queries as they are routed.
    pub fn batch(&self) -> Batch<'_> {
        Batch {
            x: self.window.x.view(),
            text: &self.window.text,
            unit: &self.window.unit,
            signals: self.signals.view(),
            truth: self.truth.as_ref().map(OracleGrids::view),
        }
    }
}
