//! What a log tells of a query: which model answered it, with what probability
//! it was chosen, and what the choice may have depended on. Read for off-policy
//! scoring alone.

use rb_record::error::{excerpt, Result};
use rb_record::record::field::Field;
use rb_record::record::{Outcome, Record};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What is read of a log besides its outcomes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFields {
    /// The field with the time of a query, a number.
    pub time: Option<Field>,
}

/// A query of a log.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged<'a> {
    /// Who answered; None: nobody, or several models and no word on who was chosen.
    pub model: Option<Cow<'a, str>>,
    /// What the choice may have depended on.
    pub about: About,
}

/// What the choice may have depended on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The probability, 0 < p ≤ 1, with which that model was chosen; None: unknown.
    pub propensity: Option<f64>,
    /// Characters of the prompt.
    pub length: f64,
    /// In the unit of the log; None: no such field.
    pub time: Option<f64>,
    /// Of the prompt; empty: not embedded.
    pub vector: Vec<f32>,
}

/// The member `logged` as an object.
#[derive(Deserialize)]
struct Wire {
    model: Option<String>,
    propensity: Option<f64>,
}

/// The member `logged`: an object, or a model's name alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Either {
    Name(String),
    Object(Wire),
}

impl<'a> Logged<'a> {
    /// Errors name the place of a `logged`, an embedding or a time that is none.
    pub(crate) fn read(
        record: &Record<'a>,
        outcomes: &[(Cow<'a, str>, Outcome)],
        fields: &LogFields,
    ) -> Result<Logged<'a>> {
        let (named, propensity) = logged(record)?;
        let scored = || outcomes.iter().filter(|(_, o)| o.score.is_some());
        let model = match named {
            Some(name) => Some(Cow::Owned(name)),
            None if scored().count() == 1 => scored().next().map(|(m, _)| m.clone()),
            None => None,
        };
        let time = match &fields.time {
            None => None,
            Some(field) => field.number(record)?,
        };
        let prompt = record.prompt()?;
        Ok(Logged {
            model,
            about: About {
                propensity,
                length: prompt.map_or(0, |p| p.chars().count()) as f64,
                time,
                vector: record.embedding()?.map_or(Vec::new(), |e| e.vector),
            },
        })
    }
}

fn logged(record: &Record) -> Result<(Option<String>, Option<f64>)> {
    let Some(raw) = record.raw("logged") else {
        return Ok((None, None));
    };
    let fault = |message: String| {
        record.error_at(
            raw,
            format!("{message}; write {{\"model\":M,\"propensity\":p}}, p the probability with which M was chosen, or leave p out"),
        )
    };
    let found = excerpt(raw);
    let wire = match serde_json::from_str(raw) {
        Ok(Either::Object(wire)) => wire,
        Ok(Either::Name(model)) => Wire {
            model: Some(model),
            propensity: None,
        },
        Err(_) => return Err(fault(format!("logged is {found}, expected an object"))),
    };
    let model = wire.model.filter(|m| !m.is_empty());
    if model.is_none() {
        return Err(fault(format!("logged is {found}, which names no model")));
    }
    match wire.propensity {
        Some(p) if !(p > 0.0 && p <= 1.0) => Err(fault(format!(
            "the propensity is {p}, expected a probability above 0, at most 1"
        ))),
        propensity => Ok((model, propensity)),
    }
}

/// The log of the scored queries, in their order.
#[derive(Debug, Default)]
pub struct Log {
    /// The place in the pool of the model that answered; None: see [`Logged`].
    pub model: Vec<Option<usize>>,
    /// By query: what the choice may have depended on.
    pub about: Vec<About>,
}

impl Log {
    pub(crate) fn push(&mut self, model: Option<usize>, about: About) {
        self.model.push(model);
        self.about.push(about);
    }

    /// The length of the vectors; 0 where some query has none, or another.
    pub fn dimension(&self) -> usize {
        let first = self.about.first().map_or(0, |a| a.vector.len());
        let alike = self.about.iter().all(|a| a.vector.len() == first);
        if alike {
            first
        } else {
            0
        }
    }
}
