//! One graded sample of one model, and the choice among several grades.

use crate::joining::found::{Answer, Found, Merge};
use crate::joining::ids::under;
use crate::options::Options;
use crate::tables::cells::listed;
use crate::tables::doc::{Doc, Object};
use crate::tables::fields::Parts;
use crate::tables::prompts::Prompts;
use rb_record::error::{Place, Result};
use rb_record::record::Outcome;
use std::borrow::Cow;

/// Models are often prompted through templates of their own; the first stays.
pub(super) const MERGE: Merge = Merge {
    scoreless_yields: false,
    prompts_may_differ: true,
};

/// One graded sample.
pub(super) struct Sample<'a> {
    pub dataset: Option<String>,
    /// The sample's name within its dataset.
    pub name: String,
    pub index: Option<u64>,
    pub prompt: Option<Cow<'a, str>>,
    pub model: String,
    pub outcome: Outcome,
    pub parts: Parts,
    pub response: Option<Cow<'a, str>>,
    pub answer: Option<Cow<'a, str>>,
    pub place: Place,
}

impl<'a> Sample<'a> {
    pub(super) fn found(self, options: &Options) -> Found<'a> {
        let dataset = options.dataset.clone().or(self.dataset);
        Found {
            id: Cow::Owned(under(dataset.as_deref(), &self.name)),
            dataset: dataset.map(Cow::Owned),
            index: self.index,
            split: None,
            prompt: self.prompt,
            answers: vec![Answer {
                model: Cow::Owned(self.model),
                outcome: self.outcome,
                parts: self.parts,
                response: self.response.filter(|_| options.reads_responses()),
                answer: self.answer,
                ..Answer::default()
            }],
            place: self.place,
            original: None,
        }
    }
}

/// The prompt that `raw` stands for.
pub(super) fn prompt<'a>(
    doc: &Doc<'a>,
    raw: &'a str,
    prompts: &mut Prompts,
) -> Result<Cow<'a, str>> {
    prompts.of_json(raw).map_err(|why| {
        doc.error(
            raw,
            format!(
                "the prompt is {why}, expected a text or a list of messages with one of the user"
            ),
        )
    })
}

/// The text of a string, or the JSON of anything else.
pub(super) fn words<'a>(raw: &'a str) -> Cow<'a, str> {
    crate::tables::shape::decoded(raw).unwrap_or(Cow::Borrowed(raw))
}

/// The text of a string or a number; lists and objects are none.
pub(super) fn text(raw: &str) -> Option<Cow<'_, str>> {
    (!raw.starts_with(['[', '{'])).then(|| words(raw))
}

/// The grade that is the score: the one that `--metric` names, or the only one.
/// Errors: there are several, or not that one.
pub(super) fn grade<'a, T: Copy>(
    doc: &Doc<'a>,
    object: &Object<'a>,
    grades: &[(Cow<str>, T)],
    options: &Options,
) -> Result<T> {
    let names: Vec<&str> = grades.iter().map(|(name, _)| &**name).collect();
    let refuse = |what: String| doc.error(object.text, what);
    match (&options.metric, grades) {
        (Some(metric), _) => grades
            .iter()
            .find(|(name, _)| name == metric)
            .map(|(_, grade)| *grade)
            .ok_or_else(|| {
                refuse(format!(
                    "--metric {metric:?} is not among this sample's metrics: {}",
                    listed(&names)
                ))
            }),
        (None, [(_, one)]) => Ok(*one),
        (None, []) => Err(refuse(
            "this sample has no metric that could be the score; was it graded?".into(),
        )),
        (None, _) => Err(refuse(format!(
            "several metrics could be the score: {}; say which with --metric {}",
            listed(&names),
            names[0]
        ))),
    }
}
