//! Signals: what a model's own answer tells about itself, for routers that
//! call models in turn.
//!
//! Four are read: the confidence (0..1), a reward model's reward (any real), the
//! length (completion tokens, ≥ 0) and which answers are the same
//! (`answer_code`). A score is no signal and never gets here. Nothing hands out a
//! grid of signals: [`Asking::call`] alone gives one model's, and writes down
//! that the model was called, so a router cannot know what it has not paid for.

use crate::table::grid::Grid;
use rb_record::error::{Error, Result};
use rb_record::record::signal::Signal;
use rb_record::record::Record;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The signals that a record holds: each model that answered.
pub type Recorded = Vec<(String, Signal)>;

/// Which signals a router reads of the models it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reads {
    #[default]
    /// None: it calls one model, or never asks.
    Nothing,
    /// How sure the model says it is, 0..1.
    Confidence,
    /// What a reward model gave the answer.
    Reward,
    /// Completion tokens.
    Length,
    /// Confidence and length, each where it stands.
    Either,
    /// The answer itself, and with it the confidence where that stands.
    Answer,
    /// Whatever stands there of answer, confidence and length; without any of
    /// them it routes all the same.
    Whatever,
}

/// The signals of a batch's queries, unread. The empty one holds none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signals<'a> {
    confidence: Option<&'a Grid>,
    reward: Option<&'a Grid>,
    length: Option<&'a Grid>,
    answer: Option<&'a Grid>,
    first: usize,
}

/// One query whose models can be called.
#[derive(Debug, Clone)]
pub struct Asking<'a> {
    signals: Signals<'a>,
    heard: Vec<Heard>,
}

/// A model that was called, and what its answer told of itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// Its place in the pool.
    pub model: usize,
    /// Unknown where the answer told nothing.
    pub signal: Signal,
}

impl<'a> Signals<'a> {
    /// Each grid: one row a query of the batch, one column a model.
    pub fn of(
        confidence: &'a Grid,
        reward: &'a Grid,
        length: &'a Grid,
        answer: &'a Grid,
    ) -> Signals<'a> {
        Signals {
            confidence: Some(confidence),
            reward: Some(reward),
            length: Some(length),
            answer: Some(answer),
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
            length,
            answer,
            first,
        } = self.signals;
        let known = |grid: Option<&Grid>| grid.and_then(|g| g.get(first, model));
        self.heard.push(Heard {
            model,
            signal: Signal {
                confidence: known(confidence),
                reward: known(reward),
                length: known(length),
                answer: known(answer),
            },
        });
    }

    /// The models called so far, in order.
    pub fn heard(&self) -> &[Heard] {
        &self.heard
    }
}

/// The signals of some queries, held together; [`Signals`] is their view.
pub struct SignalGrids {
    confidence: Grid,
    reward: Grid,
    length: Grid,
    answer: Grid,
}

impl SignalGrids {
    /// Those of `rows` over `models`; other models are left out.
    pub fn new<'r>(
        rows: impl ExactSizeIterator<Item = &'r Recorded>,
        models: &[String],
    ) -> SignalGrids {
        let place: BTreeMap<&str, usize> = models.iter().map(String::as_str).zip(0..).collect();
        let unknown = Grid::unknown(rows.len(), models.len());
        let mut grids = SignalGrids {
            confidence: unknown.clone(),
            reward: unknown.clone(),
            length: unknown.clone(),
            answer: unknown,
        };
        for (i, row) in rows.enumerate() {
            for (name, signal) in row {
                let Some(&m) = place.get(name.as_str()) else {
                    continue;
                };
                if let Some(c) = signal.confidence {
                    grids.confidence.set(i, m, c);
                }
                if let Some(r) = signal.reward {
                    grids.reward.set(i, m, r);
                }
                if let Some(l) = signal.length {
                    grids.length.set(i, m, l);
                }
                if let Some(a) = signal.answer {
                    grids.answer.set(i, m, a);
                }
            }
        }
        grids
    }

    /// What a batch holds.
    pub fn view(&self) -> Signals<'_> {
        Signals::of(&self.confidence, &self.reward, &self.length, &self.answer)
    }
}

/// The signals of a record, which may hold none yet.
pub fn recorded(record: &Record) -> Result<Recorded> {
    let own = |(m, s): (Cow<str>, Signal)| (m.into_owned(), s);
    Ok(record.signals()?.into_iter().map(own).collect())
}

impl Reads {
    /// Refuses a record that is to be routed at once and holds none of the
    /// signals that are read.
    pub fn check(self, record: &Record, found: &Recorded) -> Result<()> {
        const CONFIDENCE: &str = "a confidence (outcomes.MODEL.confidence, 0..1)";
        const REWARD: &str = "a reward (outcomes.MODEL.reward, any number)";
        const LENGTH: &str = "a length (outcomes.MODEL.completion_tokens)";
        const ANSWER: &str = "an answer (outcomes.MODEL.answer, a text)";
        let any = |known: fn(&Signal) -> bool| found.iter().any(|(_, s)| known(s));
        let (holds, missing) = match self {
            Reads::Nothing | Reads::Whatever => return Ok(()),
            Reads::Confidence => (any(|s| s.confidence.is_some()), CONFIDENCE.to_string()),
            Reads::Reward => (any(|s| s.reward.is_some()), REWARD.to_string()),
            // An outcome without an answer is one in which none was found: it agrees with nobody.
            Reads::Answer => (!found.is_empty(), ANSWER.to_string()),
            Reads::Length => (any(|s| s.length.is_some()), LENGTH.to_string()),
            Reads::Either => (
                any(|s| s.confidence.is_some() || s.length.is_some()),
                format!("{CONFIDENCE} or {LENGTH}"),
            ),
        };
        if holds {
            return Ok(());
        }
        let fault = format!("no outcome has {missing}, which this router reads of the models it calls; import it, or ask model by model with rb-route --converse");
        Err(match record.raw("outcomes") {
            Some(raw) => record.error_at(raw, fault),
            None => Error::input(fault).at(record.line().place(0)),
        })
    }
}
