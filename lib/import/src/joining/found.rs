//! What a row of a source says about one query, as a reader hands it over.

use crate::answers::{self, AnswerForm};
use crate::joining::runs::Run;
use crate::tables::fields::Parts;
use rb_record::error::Place;
use rb_record::json;
use rb_record::record::{Outcome, Split};
use rb_record::stream::Line;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What a format allows when two rows are about the same query.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Merge {
    /// An outcome without a score gives way, cost and all, to one with a score.
    pub scoreless_yields: bool,
    /// The prompts need not be equal; the first stays.
    pub prompts_may_differ: bool,
}

/// What one row of a source says about one query.
#[derive(Debug)]
pub struct Found<'a> {
    /// The query's id; readers make one where the source has none.
    pub id: Cow<'a, str>,
    /// The benchmark it comes from.
    pub dataset: Option<Cow<'a, str>>,
    /// Its place in the source, from 0.
    pub index: Option<u64>,
    /// The part it belongs to, where the source says so.
    pub split: Option<Split>,
    /// The query's text.
    pub prompt: Option<Cow<'a, str>>,
    /// What models did on it; a model stands once as an outcome and once as a reference at most.
    pub answers: Vec<Answer<'a>>,
    /// Where the row stands.
    pub place: Place,
    /// The line, if the source holds query records.
    pub original: Option<Original<'a>>,
}

/// What one row says about one model on one query.
#[derive(Debug, Default)]
pub struct Answer<'a> {
    /// The model's name.
    pub model: Cow<'a, str>,
    /// A reference, which no router sees, instead of an outcome.
    pub reference: bool,
    /// How many runs the numbers are the mean of; None: one.
    pub n: Option<f64>,
    /// The numbers, checked against their ranges; the answer stands beside them.
    pub outcome: Outcome,
    /// Tokens that are parts of others, in the order of
    /// [`PARTS`](crate::tables::fields::PARTS).
    pub parts: Parts,
    /// What the model said, where that is read.
    pub response: Option<Cow<'a, str>>,
    /// The answer that it comes to, which may be equal to other models'; not
    /// empty.
    pub answer: Option<Cow<'a, str>>,
}

impl Answer<'_> {
    /// The numbers as a run.
    pub(crate) fn run(&self) -> Run {
        Run {
            outcome: self.outcome,
            parts: self.parts,
            n: self.n,
        }
    }
}

impl Found<'_> {
    /// Settles the answers: made of the responses where `form` is given, else
    /// trimmed where they are no record's own. Tells how many had a response,
    /// which stays only where responses are kept; a record has its own.
    pub(crate) fn settle_answers(&mut self, form: Option<AnswerForm>, responses: bool) -> u64 {
        let of_record = self.original.is_some();
        let mut responded = 0;
        for answer in &mut self.answers {
            responded += answer.response.is_some() as u64;
            if let (Some(form), Some(response)) = (form, &answer.response) {
                answer.answer = form.of(response).map(Cow::Owned);
            } else if !of_record {
                answer.answer = answer.answer.take().and_then(answers::told);
            }
            if of_record || !responses {
                answer.response = None;
            }
        }
        responded
    }
}

/// What a record may hold that joins another record.
const JOINED: [&str; 6] = ["id", "dataset", "index", "prompt", "outcomes", "references"];

/// A record's line, and where the answers stand in it.
#[derive(Debug)]
pub struct Original<'a> {
    pub(crate) line: Cow<'a, Line>,
    /// The texts of outcomes and of references: from and to, in bytes.
    pub(crate) maps: [Option<(usize, usize)>; 2],
    /// The number of the argument, from 0, that holds it.
    pub(crate) argument: u32,
}

impl Original<'_> {
    /// Each answer's own JSON; the answers stand in the line's order, outcomes
    /// first.
    pub(crate) fn raws(&self, answers: &[Answer]) -> Vec<Option<&str>> {
        let text = std::str::from_utf8(self.line.bytes()).unwrap_or_default();
        let part = |map: &Option<(usize, usize)>| map.and_then(|(from, to)| text.get(from..to));
        let maps = self.maps.iter().map(part);
        let mut members = maps.map(|m| {
            json::members(m.unwrap_or("{}"))
                .unwrap_or_default()
                .into_iter()
        });
        let mut members = [members.next(), members.next()].map(Option::unwrap_or_default);
        let raw = |a: &Answer| {
            let rest = &mut members[a.reference as usize];
            rest.find(|m| *m.key == *a.model.as_bytes())
                .map(|m| m.value)
        };
        answers.iter().map(raw).collect()
    }
}

/// The members of a record that do not join another record.
pub(crate) fn left_out(line: &Line, names: &mut BTreeSet<String>) {
    let text = std::str::from_utf8(line.bytes()).unwrap_or_default();
    for member in json::members(text).unwrap_or_default() {
        let key = String::from_utf8_lossy(&member.key);
        if !JOINED.contains(&&*key) && !names.contains(&*key) {
            names.insert(key.into_owned());
        }
    }
}
