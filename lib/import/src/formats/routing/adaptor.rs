//! LLMRouterBench's adaptor JSON lines, a line a query:
//! `{"query","dataset","index","records":{MODEL:score},"usages":{MODEL:{"cost",
//! "prompt_tokens","completion_tokens"}}}`. The id is dataset `/` index.
//!
//! The adaptor fills a model that has no record with score 0, cost 0 and no
//! tokens. No call uses no tokens: such an entry is unknown here, and their
//! number is told.

use crate::formats::routing::llmrouterbench::index;
use crate::joining::found::{Answer, Found, Merge};
use crate::joining::ids::under;
use crate::joining::intake::Intake;
use crate::options::Options;
use crate::tables::doc::Doc;
use crate::tables::source::{Content, Source};
use rb_record::error::Result;
use rb_record::record::Outcome;
use rb_record::stream::Line;
use std::borrow::Cow;
use std::collections::HashMap;

pub(crate) fn is(content: &Content) -> bool {
    content.has("query", b"") && content.has("records", b"{")
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    let mut lines = source.lines()?;
    let mut filled = 0;
    while let Some(line) = lines.next_line()? {
        let found = query(&line, intake.options, &mut filled);
        intake.take(found, Merge::default())?;
    }
    if filled > 0 {
        intake.note(format!(
            "{}: {filled} outcomes with score 0, cost 0 and no tokens are the adaptor's filling and stay unknown",
            source.name
        ));
    }
    Ok(())
}

fn query<'a>(line: &'a Line, options: &'a Options, filled: &mut u64) -> Result<Found<'a>> {
    const FORMAT: &str = "an adaptor file of LLMRouterBench";
    let doc = Doc::of_line(line)?;
    let query = doc.object(doc.text(), "one query a line")?;
    let dataset = match &options.dataset {
        Some(name) => Cow::Borrowed(name.as_str()),
        None => doc.words(doc.need(&query, "dataset", FORMAT)?, "dataset")?,
    };
    let place = index(&doc, doc.need(&query, "index", FORMAT)?)?;
    let prompt = doc.words(doc.need(&query, "query", FORMAT)?, "query")?;
    let scores = doc.object(
        doc.need(&query, "records", FORMAT)?,
        "an object of model → score",
    )?;
    let usages: HashMap<Cow<str>, &str> = match query.get("usages") {
        Some(raw) => {
            let usages = doc.object(raw, "an object of model → usage")?;
            let told = usages.entries(&doc)?.into_iter();
            told.filter(|(_, raw)| *raw != "null").collect()
        }
        None => HashMap::new(),
    };
    let mut answers = Vec::new();
    for (model, raw) in scores.entries(&doc)? {
        let mut outcome = Outcome::default();
        if raw != "null" {
            outcome.score = doc.number(raw, 0, &model, &options.scores)?;
        }
        if let Some(raw) = usages.get(&model) {
            let usage = doc.object(raw, "a model's usage")?;
            for (field, key) in [(1, "cost"), (3, "prompt_tokens"), (4, "completion_tokens")] {
                outcome.set(
                    field,
                    doc.member(&usage, key, field, &model, &options.scores)?,
                );
            }
        }
        let zero = [Some(0.0); 4];
        let said = [
            outcome.score,
            outcome.cost,
            outcome.prompt_tokens,
            outcome.completion_tokens,
        ];
        if said == zero {
            *filled += 1;
        } else if !outcome.is_empty() {
            answers.push(Answer {
                model,
                outcome,
                ..Answer::default()
            });
        }
    }
    Ok(Found {
        id: Cow::Owned(under(Some(&dataset), &place)),
        index: place.parse().ok(),
        dataset: Some(dataset),
        prompt: Some(prompt),
        answers,
        place: line.place(0),
        split: None,
        original: None,
    })
}
