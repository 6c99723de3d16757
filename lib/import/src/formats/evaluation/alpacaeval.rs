//! AlpacaEval's annotations: a JSON array of `{"instruction","generator_1",
//! "output_1","generator_2","output_2","annotator","preference"}`, in which a
//! preference runs from 1 (the first answer) to 2 (the second).
//!
//! The score of the second model is preference − 1, the share in which it wins
//! against the first, the baseline. The baseline's is 0.5, what it would win
//! against itself, so that any number of models compared with one baseline have
//! scores on one scale.

use super::sample::{words, Sample, MERGE};
use crate::formats::objects::each;
use crate::joining::found::Answer;
use crate::joining::ids::of_text;
use crate::joining::intake::Intake;
use crate::tables::fields::Parts;
use crate::tables::source::{Content, Source};
use rb_record::error::{excerpt, Result};
use rb_record::record::Outcome;
use std::borrow::Cow;

pub(crate) fn is(content: &Content) -> bool {
    ["generator_1", "generator_2", "preference"]
        .iter()
        .all(|key| content.holds(key, b""))
}

pub(crate) fn read(source: &mut Source, intake: &mut Intake) -> Result<()> {
    const FORMAT: &str = "an annotation of AlpacaEval";
    let options = intake.options;
    each(source, intake, MERGE, |doc, entry, number| {
        let text = words(doc.need(entry, "instruction", FORMAT)?);
        let model = |key: &str| -> Result<String> {
            let raw = doc.need(entry, key, FORMAT)?;
            Ok(doc.words(raw, key)?.into_owned())
        };
        let (baseline, model) = (model("generator_1")?, model("generator_2")?);
        let score = match entry.get("preference") {
            None => None,
            Some(raw) => match words(raw).trim().parse::<f64>() {
                Ok(v) if v.is_nan() => None,
                Ok(v) if (1.0..=2.0).contains(&v) => Some(((v - 1.0) * 1e12).round() / 1e12),
                _ => {
                    return Err(doc.error(
                        raw,
                        format!(
                            "preference is {}, expected 1 (the first answer) to 2 (the second), or null",
                            excerpt(raw)
                        ),
                    ))
                }
            },
        };
        let dataset = entry.get("dataset").map(|raw| words(raw).into_owned());
        let of = |score| Outcome {
            score,
            ..Outcome::default()
        };
        let mut found = Sample {
            name: of_text(None, &text),
            prompt: Some(text),
            dataset,
            index: Some(number),
            response: entry.get("output_2").map(words),
            answer: None,
            parts: Parts::default(),
            outcome: of(score),
            place: doc.place(entry.text),
            model,
        }
        .found(options);
        if baseline != found.answers[0].model {
            found.answers.push(Answer {
                model: Cow::Owned(baseline),
                outcome: of(Some(0.5)),
                response: entry
                    .get("output_1")
                    .map(words)
                    .filter(|_| options.reads_responses()),
                ..Answer::default()
            });
        }
        Ok(Some(found))
    })?;
    intake.note(format!(
        "{}: a score is a model's preference over the baseline (generator_1), whose own is 0.5",
        source.name
    ));
    Ok(())
}
