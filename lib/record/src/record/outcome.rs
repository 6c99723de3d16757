//! Outcomes: what each model did on a query, read from a record and checked.

use crate::error::{excerpt, Error, Result};
use crate::json;
use crate::record::query::Record;
use crate::record::signal::{answer_code, Signal};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// What one model did on one query. Absent means unknown, never zero.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Outcome {
    /// 0..1, higher is better.
    pub score: Option<f64>,
    /// USD for this call, not negative.
    pub cost: Option<f64>,
    /// Seconds.
    pub latency: Option<f64>,
    /// A count.
    pub prompt_tokens: Option<f64>,
    /// A count.
    pub completion_tokens: Option<f64>,
    /// 0..1, the model's own certainty in its answer.
    pub confidence: Option<f64>,
    /// A reward model's score of the answer.
    pub reward: Option<f64>,
    /// [`answer_code`] of the answer itself, by which equal ones are known.
    pub answer: Option<f64>,
}

/// The largest amount: sums and products of a few of them stay finite.
pub const MOST: f64 = 1e100;

/// The numeric fields of an outcome: name, lower bound, upper bound, and the
/// words for the range in an error.
pub const OUTCOME_FIELDS: [(&str, f64, f64, &str); 7] = [
    ("score", 0.0, 1.0, "0..1"),
    ("cost", 0.0, MOST, "USD, not negative, at most 1e100"),
    ("latency", 0.0, MOST, "seconds, not negative, at most 1e100"),
    (
        "prompt_tokens",
        0.0,
        MOST,
        "a count, not negative, at most 1e100",
    ),
    (
        "completion_tokens",
        0.0,
        MOST,
        "a count, not negative, at most 1e100",
    ),
    ("confidence", 0.0, 1.0, "0..1"),
    (
        "reward",
        -MOST,
        MOST,
        "a number of at most 1e100 either way",
    ),
];

impl Outcome {
    /// The values in the order of [`OUTCOME_FIELDS`].
    pub fn values(&self) -> [Option<f64>; 7] {
        [
            self.score,
            self.cost,
            self.latency,
            self.prompt_tokens,
            self.completion_tokens,
            self.confidence,
            self.reward,
        ]
    }
    /// Sets the field named by its place in [`OUTCOME_FIELDS`].
    pub fn set(&mut self, field: usize, value: Option<f64>) {
        match field {
            0 => self.score = value,
            1 => self.cost = value,
            2 => self.latency = value,
            3 => self.prompt_tokens = value,
            4 => self.completion_tokens = value,
            5 => self.confidence = value,
            _ => self.reward = value,
        }
    }
    fn in_range(&self) -> bool {
        self.values()
            .iter()
            .zip(OUTCOME_FIELDS)
            .all(|(v, (_, low, high, _))| v.is_none_or(|v| v >= low && v <= high))
    }
    /// True where nothing at all is known.
    pub fn is_empty(&self) -> bool {
        self.values().iter().all(Option::is_none) && self.answer.is_none()
    }
}

/// The place of the answer, after those of [`OUTCOME_FIELDS`]: it is a text.
const ANSWER: usize = OUTCOME_FIELDS.len();
/// The places of completion_tokens, confidence, reward and answer.
const SIGNALS: [usize; 4] = [4, 5, 6, ANSWER];

impl<'a> Record<'a> {
    /// The models' outcomes, in the record's order.
    pub fn outcomes(&self) -> Result<Vec<(Cow<'a, str>, Outcome)>> {
        self.outcome_map("outcomes", Outcome::in_range)
    }

    /// The models' signals alone, in the record's order: scores, costs and all
    /// else are read past.
    pub fn signals(&self) -> Result<Vec<(Cow<'a, str>, Signal)>> {
        let found = self.outcome_map("outcomes", |s: &Told| s.0.in_range())?;
        let signal = |o: Outcome| Signal {
            confidence: o.confidence,
            reward: o.reward,
            length: o.completion_tokens,
            answer: o.answer,
        };
        Ok(found.into_iter().map(|(m, s)| (m, signal(s.0))).collect())
    }

    /// Recorded answers of other routers, in the record's order.
    pub fn references(&self) -> Result<Vec<(Cow<'a, str>, Outcome)>> {
        self.outcome_map("references", Outcome::in_range)
    }

    fn outcome_map<T: Deserialize<'a>>(
        &self,
        field: &str,
        in_range: impl Fn(&T) -> bool,
    ) -> Result<Vec<(Cow<'a, str>, T)>> {
        let Some(raw) = self.raw(field) else {
            return Ok(Vec::new());
        };
        // The fast way decodes and forgets places; only a fault is looked for again.
        let fine = serde_json::from_str::<OutcomeMap<T>>(raw)
            .ok()
            .and_then(|m| {
                let sound = m.0.iter().all(|(name, o)| !name.is_empty() && in_range(o))
                    && json::distinct(m.0.iter().map(|(name, _)| name.as_bytes()));
                sound.then_some(m.0)
            });
        match fine {
            Some(map) => Ok(map),
            None => Err(self.outcome_fault(field, raw)),
        }
    }

    /// Says precisely what is wrong in an outcome map that did not decode.
    fn outcome_fault(&self, field: &str, raw: &'a str) -> Error {
        let models = match json::members(raw) {
            Ok(models) => models,
            Err(_) => {
                return self.error_at(
                    raw,
                    format!(
                        "{field} is {}, expected an object of model → outcome",
                        excerpt(raw)
                    ),
                )
            }
        };
        if let Some(m) = json::duplicate_key(&models) {
            let name = String::from_utf8_lossy(&m.key).into_owned();
            return self.error_at(
                m.value,
                format!("the model {name:?} stands twice in {field}; remove one of them"),
            );
        }
        for m in &models {
            let name = String::from_utf8_lossy(&m.key).into_owned();
            if name.is_empty() {
                return self.error_at(m.value, format!("a model in {field} has an empty name"));
            }
            if m.value == "null" {
                continue;
            }
            let Ok(values) = json::members(m.value) else {
                return self.error_at(
                    m.value,
                    format!(
                        "the outcome is {}, expected an object with score, cost, … (model {name:?})",
                        excerpt(m.value)
                    ),
                );
            };
            if let Some(d) = json::duplicate_key(&values) {
                let key = String::from_utf8_lossy(&d.key).into_owned();
                return self.error_at(
                    d.value,
                    format!("the key {key:?} stands twice in one outcome (model {name:?}); remove one of them"),
                );
            }
            for v in &values {
                if let Some(fault) = value_fault(&v.key, v.value, &name) {
                    return self.error_at(v.value, fault);
                }
            }
        }
        self.error_at(raw, format!("{field} could not be read"))
    }
}

/// What is wrong with the value of one field of an outcome, if anything is.
fn value_fault(key: &[u8], value: &str, model: &str) -> Option<String> {
    if value == "null" {
        return None;
    }
    if key == b"answer" {
        return json::string(value).is_none().then(|| {
            format!(
                "answer is {}, expected a string (model {model:?}); quote it, or leave it out",
                excerpt(value)
            )
        });
    }
    let (key, low, high, range) = OUTCOME_FIELDS
        .into_iter()
        .find(|(k, ..)| k.as_bytes() == key)?;
    let sound =
        serde_json::from_str::<f64>(value).is_ok_and(|x| x.is_finite() && x >= low && x <= high);
    let remedy = match key {
        "score" => "; rb-import --score-range rescales",
        _ => "; leave out what is unknown",
    };
    (!sound).then(|| {
        format!(
            "{key} is {}, expected {range} (model {model:?}){remedy}",
            excerpt(value)
        )
    })
}

/// An answer as it is read: its number, its text forgotten.
struct AnswerText(Option<f64>);

impl<'de> Deserialize<'de> for AnswerText {
    fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = AnswerText;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an answer's text")
            }
            fn visit_str<E>(self, text: &str) -> std::result::Result<AnswerText, E> {
                Ok(AnswerText(answer_code(text)))
            }
        }
        d.deserialize_str(V)
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        d.deserialize_map(Reader(|_| true))
    }
}

/// An outcome of which only the signals were decoded.
struct Told(Outcome);

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        d.deserialize_map(Reader(|field| SIGNALS.contains(&field)))
            .map(Told)
    }
}

/// Reads the fields of an outcome, by their places, that it is told to. Only
/// an object will do (a derived reader would take an array too); all other
/// members are read past, whatever they hold, but none may stand twice.
struct Reader(fn(usize) -> bool);

impl<'de> Visitor<'de> for Reader {
    type Value = Outcome;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an outcome object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Outcome, A::Error> {
        let mut outcome = Outcome::default();
        let mut seen = [false; OUTCOME_FIELDS.len() + 1];
        let mut others = Vec::new();
        while let Some(key) = map.next_key::<json::Key>()? {
            let field = OUTCOME_FIELDS
                .iter()
                .position(|(name, ..)| *name.as_bytes() == *key.0)
                .or((*key.0 == *b"answer").then_some(ANSWER))
                .filter(|&field| (self.0)(field));
            match field {
                Some(i) if seen[i] => return Err(serde::de::Error::custom("a key stands twice")),
                Some(ANSWER) => {
                    seen[ANSWER] = true;
                    let text: Option<AnswerText> = map.next_value()?;
                    outcome.answer = text.and_then(|text| text.0);
                }
                Some(i) => {
                    seen[i] = true;
                    outcome.set(i, map.next_value()?);
                }
                None => {
                    others.push(key.0);
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if json::distinct(others.iter().map(|key| &**key)) {
            Ok(outcome)
        } else {
            Err(serde::de::Error::custom("a key stands twice"))
        }
    }
}

/// Model → outcome as it stands on the wire, order kept.
struct OutcomeMap<'a, T>(Vec<(Cow<'a, str>, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OutcomeMap<'de, T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        struct V<T>(PhantomData<T>);
        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for V<T> {
            type Value = OutcomeMap<'de, T>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of model → outcome")
            }
            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Self::Value, A::Error> {
                let mut all = Vec::with_capacity(16);
                while let Some(Name(name)) = map.next_key()? {
                    if let Some(outcome) = map.next_value::<Option<T>>()? {
                        all.push((name, outcome));
                    }
                }
                Ok(OutcomeMap(all))
            }
        }
        d.deserialize_map(V(PhantomData))
    }
}
