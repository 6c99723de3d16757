//! Signals: what a model's own answer tells about itself, for routers that
//! call models in turn.
//!
//! Two are read: the confidence (0..1) and a reward model's reward (any real).
//! A score is no signal and never gets here. Nothing hands out a grid of
//! signals: [`Asking::call`] alone gives one model's signals, and writes down
//! that the model was called, so a router cannot know what it has not paid for.

use crate::error::{Error, Result};
use crate::record::{Outcome, Record};
use crate::table::Grid;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A signal that a router cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Confidence,
    Reward,
}

/// What one answer tells of itself; what it does not tell is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Told {
    /// 0..1.
    pub confidence: Option<f64>,
    /// Any real.
    pub reward: Option<f64>,
}

/// The signals that a record holds, by model.
pub type Recorded = Vec<(String, Told)>;

/// Confidences and rewards of several queries, a row each; a column a model.
#[derive(Debug, Clone)]
pub struct Grids {
    confidence: Grid,
    reward: Grid,
}

/// The signals of a batch's queries, unread. The empty one holds none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signals<'a> {
    confidence: Option<&'a Grid>,
    reward: Option<&'a Grid>,
    first: usize,
}

/// One query whose models can be called.
#[derive(Debug, Clone)]
pub struct Asking<'a> {
    signals: Signals<'a>,
    heard: Vec<Heard>,
}

/// A model that was called, and what its answer told where known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    pub model: usize,
    pub confidence: Option<f64>,
    pub reward: Option<f64>,
}

impl Signal {
    /// The field of an outcome that holds it.
    pub fn field(self) -> &'static str {
        match self {
            Signal::Confidence => "confidence",
            Signal::Reward => "reward",
        }
    }

    /// The field and what it may hold, for errors.
    pub fn described(self) -> &'static str {
        match self {
            Signal::Confidence => "a confidence (outcomes.MODEL.confidence, 0..1)",
            Signal::Reward => "a reward (outcomes.MODEL.reward, any number)",
        }
    }
}

impl Told {
    pub fn of(outcome: &Outcome) -> Told {
        Told {
            confidence: outcome.confidence,
            reward: outcome.reward,
        }
    }

    fn get(&self, signal: Signal) -> Option<f64> {
        match signal {
            Signal::Confidence => self.confidence,
            Signal::Reward => self.reward,
        }
    }
}

impl<'a> Signals<'a> {
    /// One row a query of the batch, one column a model.
    pub fn of(grids: &'a Grids) -> Signals<'a> {
        Signals::new(&grids.confidence, &grids.reward)
    }

    pub fn new(confidence: &'a Grid, reward: &'a Grid) -> Signals<'a> {
        Signals {
            confidence: Some(confidence),
            reward: Some(reward),
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
    /// Calls `model`: from now on it is paid for, and its signals are known.
    pub fn call(&mut self, model: usize) {
        let Signals {
            confidence,
            reward,
            first,
        } = self.signals;
        let told = |grid: Option<&Grid>| grid.and_then(|g| g.get(first, model));
        self.heard.push(Heard {
            model,
            confidence: told(confidence),
            reward: told(reward),
        });
    }

    /// The models called so far, in order.
    pub fn heard(&self) -> &[Heard] {
        &self.heard
    }
}

/// The signals of `rows` over `models`; other models are left out.
pub fn grids<'r>(rows: impl ExactSizeIterator<Item = &'r Recorded>, models: &[String]) -> Grids {
    let place: BTreeMap<&str, usize> = models.iter().map(String::as_str).zip(0..).collect();
    let unknown = Grid::unknown(rows.len(), models.len());
    let mut grids = Grids {
        confidence: unknown.clone(),
        reward: unknown,
    };
    for (i, row) in rows.enumerate() {
        for (name, told) in row {
            let Some(&m) = place.get(name.as_str()) else {
                continue;
            };
            if let Some(c) = told.confidence {
                grids.confidence.set(i, m, c);
            }
            if let Some(r) = told.reward {
                grids.reward.set(i, m, r);
            }
        }
    }
    grids
}

/// The signals of a record, which may hold none yet.
pub fn recorded(record: &Record) -> Result<Recorded> {
    let own = |(m, o): (Cow<str>, Outcome)| (m.into_owned(), Told::of(&o));
    Ok(record.signals()?.into_iter().map(own).collect())
}

/// The signals of a record to be routed at once: of each kind in `needed` at
/// least one must stand there.
pub fn required(record: &Record, needed: &[Signal]) -> Result<Recorded> {
    let found = recorded(record)?;
    let lacks = |s: &&Signal| found.iter().all(|(_, told)| told.get(**s).is_none());
    let Some(signal) = needed.iter().find(lacks) else {
        return Ok(found);
    };
    let fault = format!(
        "no outcome has {}, which this router reads of the models it calls; import it, or ask model by model with rb-route --converse",
        signal.described()
    );
    Err(match record.raw("outcomes") {
        Some(raw) => record.error_at(raw, fault),
        None => Error::input(fault).at(record.line().place(0)),
    })
}
