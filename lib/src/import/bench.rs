//! The benchmark as it comes together: queries by id, each model's outcome on
//! each of them, and the rule by which two rows about one query become one.
//!
//! **Merging.** Two rows with the same id are one query. Their datasets and
//! prompts must agree where both are known; the first prompt stays. Outcomes
//! are joined one by one: a model that only one row knows is added; where both
//! know it, each number that both know must be the same, and what only one
//! knows is kept. Anything else is a conflict: an error that names both lines.
//! A format may soften this by [`Merge`]. A row joins whole or not at all.
//!
//! **Memory.** Per query its id and prompt; per outcome 20 bytes and 8 for
//! each known number. Response texts only if asked for.

use super::cells::full;
use crate::error::{Error, Place, Result};
use crate::record::{Outcome, OUTCOME_FIELDS};
use crate::stream::Line;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// What a format allows when two rows are about the same query.
#[derive(Debug, Clone, Copy, Default)]
pub struct Merge {
    /// An outcome without a score gives way, cost and all, to one with a score.
    pub scoreless_yields: bool,
    /// The prompts need not be equal; the first stays.
    pub prompts_may_differ: bool,
}

/// What one row of a source says about one query.
#[derive(Debug)]
pub struct Found<'a> {
    pub id: Cow<'a, str>,
    pub dataset: Option<Cow<'a, str>>,
    pub index: Option<u64>,
    pub prompt: Option<Cow<'a, str>>,
    pub answers: Vec<Answer<'a>>,
    /// Where the row stands.
    pub place: Place,
    /// The line, if the source holds query records.
    pub original: Option<Line>,
}

/// What one row says about one model on one query.
#[derive(Debug, Default)]
pub struct Answer<'a> {
    pub model: Cow<'a, str>,
    /// A reference, which no router sees, instead of an outcome.
    pub reference: bool,
    pub outcome: Outcome,
    pub response: Option<Cow<'a, str>>,
    /// The outcome's own JSON, if the source holds query records.
    pub raw: Option<&'a str>,
}

/// A file and a line of it.
#[derive(Debug, Clone, Copy)]
struct Origin {
    file: u32,
    line: u32,
}

/// One outcome: which numbers are known, and where they stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    pub model: u32,
    pub reference: bool,
    known: u8,
    at: u32,
    origin: Origin,
}

#[derive(Debug)]
pub(super) struct Texts {
    pub model: u32,
    pub reference: bool,
    pub response: Option<Box<str>>,
    pub raw: Option<Box<str>>,
}

#[derive(Debug)]
pub(super) struct Query {
    pub id: Arc<str>,
    pub dataset: Option<Arc<str>>,
    pub index: Option<u64>,
    pub prompt: Option<Box<str>>,
    origin: Origin,
    pub answers: Vec<Stored>,
    values: Vec<f64>,
    pub texts: Vec<Texts>,
    pub original: Option<Line>,
    /// The original line no longer says it all.
    pub touched: bool,
}

impl Query {
    pub fn outcome(&self, stored: &Stored) -> Outcome {
        let mut outcome = Outcome::default();
        let mut at = stored.at as usize;
        for field in 0..OUTCOME_FIELDS.len() {
            if stored.known & (1 << field) != 0 {
                outcome.set(field, Some(self.values[at]));
                at += 1;
            }
        }
        outcome
    }

    /// Puts `outcome` in the place of the answer numbered `slot`.
    pub fn put(&mut self, slot: usize, outcome: &Outcome) {
        let values = outcome.values();
        let known = (0..values.len()).fold(0u8, |k, i| k | (values[i].is_some() as u8) << i);
        let stored = &mut self.answers[slot];
        if known != stored.known {
            (stored.known, stored.at) = (known, self.values.len() as u32);
            self.values.extend(values.iter().flatten());
        } else {
            let from = stored.at as usize;
            for (old, new) in self.values[from..].iter_mut().zip(values.iter().flatten()) {
                *old = *new;
            }
        }
    }

    pub fn texts_of(&self, model: u32, reference: bool) -> Option<&Texts> {
        self.texts
            .iter()
            .find(|t| t.model == model && t.reference == reference)
    }
}

/// The queries read so far.
#[derive(Debug, Default)]
pub struct Bench {
    pub(super) models: Vec<Arc<str>>,
    model_ids: HashMap<Arc<str>, u32>,
    sources: Vec<Arc<str>>,
    datasets: HashMap<Box<str>, Arc<str>>,
    pub(super) queries: Vec<Query>,
    by_id: HashMap<Arc<str>, u32>,
    rows: u64,
    other_prompts: u64,
    /// The formats of the sources.
    pub formats: Vec<&'static str>,
    /// What a person should know about the import, a sentence each.
    pub notes: Vec<String>,
}

impl Bench {
    /// How many queries there are.
    pub fn len(&self) -> usize {
        self.queries.len()
    }
    pub fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }
    /// How many models (references among them) there are.
    pub fn model_count(&self) -> usize {
        self.models.len()
    }
    /// How many rows of sources went in.
    pub fn rows(&self) -> u64 {
        self.rows
    }
    /// How many rows had another prompt than the first row of their query.
    pub fn other_prompts(&self) -> u64 {
        self.other_prompts
    }
    /// How many outcomes have a score.
    pub fn scored(&self) -> u64 {
        let scores = |q: &Query| {
            let known = |s: &&Stored| !s.reference && s.known & 1 != 0;
            q.answers.iter().filter(known).count() as u64
        };
        self.queries.iter().map(scores).sum()
    }
    pub fn has(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }
    /// Whether the query is there and came as a record.
    pub fn has_line(&self, id: &str) -> bool {
        let query = self.by_id.get(id).map(|&at| &self.queries[at as usize]);
        query.is_some_and(|q| q.original.is_some())
    }
    pub fn has_model(&self, name: &str) -> bool {
        self.model_ids.contains_key(name)
    }

    /// Adds what a row says, or nothing if it is refused.
    pub fn add(&mut self, found: Found, merge: Merge) -> Result<()> {
        if found.id.is_empty() || found.id.chars().any(char::is_control) {
            return Err(Error::input(format!(
                "the query's id is {:?}, expected a non-empty text without control characters; correct it in the source",
                crate::error::excerpt(&found.id)
            ))
            .at(found.place));
        }
        if let Some(a) = found
            .answers
            .iter()
            .find(|a| a.model.is_empty() || a.model.chars().any(char::is_control))
        {
            return Err(Error::input(format!(
                "the model's name is {:?}, expected a non-empty text without control characters; correct it in the source",
                crate::error::excerpt(&a.model)
            ))
            .at(found.place));
        }
        let origin = self.origin(&found.place);
        let known = self.by_id.get(&*found.id).map(|&at| at as usize);
        if let Some(at) = known {
            let query = &self.queries[at];
            self.check(query, &found, merge)?;
            if let (Some(old), Some(new)) = (&query.prompt, &found.prompt) {
                self.other_prompts += (**old != **new) as u64;
            }
        }
        let at = known.unwrap_or_else(|| self.start(&found, origin));
        self.rows += 1;
        let dataset = found.dataset.as_deref().map(|d| self.dataset(d));
        let models: Vec<u32> = found.answers.iter().map(|a| self.model(&a.model)).collect();
        let query = &mut self.queries[at];
        query.touched |= known.is_some();
        query.original = query.original.take().or(found.original);
        query.dataset = query.dataset.take().or(dataset);
        query.index = query.index.or(found.index);
        if query.prompt.is_none() {
            query.prompt = found.prompt.map(|p| Box::from(&*p));
        }
        for (answer, model) in found.answers.into_iter().zip(models) {
            join(query, answer, model, origin, merge);
        }
        Ok(())
    }

    fn start(&mut self, found: &Found, origin: Origin) -> usize {
        let id: Arc<str> = Arc::from(&*found.id);
        self.by_id.insert(id.clone(), self.queries.len() as u32);
        self.queries.push(Query {
            id,
            dataset: None,
            index: None,
            prompt: None,
            origin,
            answers: Vec::with_capacity(found.answers.len()),
            values: Vec::new(),
            texts: Vec::new(),
            original: None,
            touched: false,
        });
        self.queries.len() - 1
    }

    /// Refuses a row that contradicts what is known of its query.
    fn check(&self, query: &Query, found: &Found, merge: Merge) -> Result<()> {
        let conflict = |what: String, origin: Origin, remedy: &str| {
            let other = format!("{}:{}", self.sources[origin.file as usize], origin.line);
            Err(Error::input(format!(
                "{what} at {other} (id {:?}); {remedy}",
                crate::error::excerpt(&query.id)
            ))
            .at(found.place.clone()))
        };
        if let (Some(old), Some(new)) = (&query.dataset, &found.dataset) {
            if **old != **new {
                return conflict(
                    format!("the dataset is {new:?}, but {old:?}"),
                    query.origin,
                    "give every query an id of its own (a table: --col-id DATASET,ID joins two columns)",
                );
            }
        }
        if let (Some(old), Some(new), false) =
            (&query.prompt, &found.prompt, merge.prompts_may_differ)
        {
            if **old != **new {
                return conflict(
                    "the prompt is another one than".to_string(),
                    query.origin,
                    "give every query an id of its own (a table: --col-id names the column, or several)",
                );
            }
        }
        for answer in &found.answers {
            let Some(&model) = self.model_ids.get(&*answer.model) else {
                continue;
            };
            let Some(stored) = find(query, model, answer.reference) else {
                continue;
            };
            let old = query.outcome(&query.answers[stored]);
            if merge.scoreless_yields && old.score.is_some() != answer.outcome.score.is_some() {
                continue;
            }
            let values = old.values().into_iter().zip(answer.outcome.values());
            for ((a, b), (field, ..)) in values.zip(OUTCOME_FIELDS) {
                if let (Some(a), Some(b)) = (a, b) {
                    if a != b {
                        return conflict(
                            format!(
                                "{field} of model {:?} is {}, but {}",
                                answer.model,
                                full(b),
                                full(a)
                            ),
                            query.answers[stored].origin,
                            "remove one of the two, or give the queries different ids",
                        );
                    }
                }
            }
        }
        Ok(())
    }

    fn origin(&mut self, place: &Place) -> Origin {
        // A source's rows come together, so it is the last one nearly always.
        let file = match self.sources.iter().rposition(|s| *s == place.source) {
            Some(file) => file,
            None => {
                self.sources.push(place.source.clone());
                self.sources.len() - 1
            }
        };
        Origin {
            file: file as u32,
            line: u32::try_from(place.line).unwrap_or(u32::MAX),
        }
    }

    fn model(&mut self, name: &str) -> u32 {
        if let Some(&id) = self.model_ids.get(name) {
            return id;
        }
        let name: Arc<str> = Arc::from(name);
        self.models.push(name.clone());
        let id = self.models.len() as u32 - 1;
        self.model_ids.insert(name, id);
        id
    }

    fn dataset(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.datasets.get(name) {
            return known.clone();
        }
        let shared: Arc<str> = Arc::from(name);
        self.datasets.insert(Box::from(name), shared.clone());
        shared
    }
}

fn find(query: &Query, model: u32, reference: bool) -> Option<usize> {
    query
        .answers
        .iter()
        .position(|s| s.model == model && s.reference == reference)
}

/// Joins one answer to a query that was checked against it.
fn join(query: &mut Query, answer: Answer, model: u32, origin: Origin, merge: Merge) {
    let reference = answer.reference;
    let slot = match find(query, model, reference) {
        None => {
            query.answers.push(Stored {
                model,
                reference,
                known: 0,
                at: 0,
                origin,
            });
            let slot = query.answers.len() - 1;
            query.put(slot, &answer.outcome);
            slot
        }
        Some(slot) => {
            let old = query.outcome(&query.answers[slot]);
            let new = answer.outcome;
            if merge.scoreless_yields && old.score.is_some() != new.score.is_some() {
                if old.score.is_some() {
                    return;
                }
                query.answers[slot].origin = origin;
                query
                    .texts
                    .retain(|t| t.model != model || t.reference != reference);
                query.put(slot, &new);
            } else {
                let mut both = old;
                for (i, value) in new.values().into_iter().enumerate() {
                    both.set(i, old.values()[i].or(value));
                }
                query.put(slot, &both);
            }
            slot
        }
    };
    if (answer.response.is_some() || answer.raw.is_some())
        && query.texts_of(model, reference).is_none()
    {
        debug_assert_eq!(query.answers[slot].model, model);
        query.texts.push(Texts {
            model,
            reference,
            response: answer.response.map(|r| Box::from(&*r)),
            raw: answer.raw.map(Box::from),
        });
    }
}
