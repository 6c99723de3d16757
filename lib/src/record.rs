//! The query record: one JSON object a line, one query. Typed reading of the
//! fields a tool asks for, checks with the place of what is wrong, and
//! splicing of a field into the original bytes. FORMAT.md is its contract.

use crate::error::{excerpt, Error, Kind, Place, Result};
use crate::json::{self, Member};
use crate::policy::Step;
use crate::stream::Line;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

/// What one model did on one query. Absent means unknown, never zero.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Outcome {
    /// 0..1, higher is better.
    pub score: Option<f64>,
    /// USD for this call, not negative.
    pub cost: Option<f64>,
    /// Seconds.
    pub latency: Option<f64>,
    pub prompt_tokens: Option<f64>,
    pub completion_tokens: Option<f64>,
    /// 0..1, the model's own certainty in its answer.
    pub confidence: Option<f64>,
    /// Any real: a reward model's score of the answer.
    pub reward: Option<f64>,
}

/// The numeric fields of an outcome: name, lower bound, upper bound, and the
/// words for the range in an error.
pub const OUTCOME_FIELDS: [(&str, f64, f64, &str); 7] = [
    ("score", 0.0, 1.0, "0..1"),
    ("cost", 0.0, f64::MAX, "USD, not negative"),
    ("latency", 0.0, f64::MAX, "seconds, not negative"),
    ("prompt_tokens", 0.0, f64::MAX, "a count, not negative"),
    ("completion_tokens", 0.0, f64::MAX, "a count, not negative"),
    ("confidence", 0.0, 1.0, "0..1"),
    ("reward", f64::MIN, f64::MAX, "a finite number"),
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
        self.values().iter().all(Option::is_none)
    }
}

/// An embedder's name and its vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding<'a> {
    pub model: Cow<'a, str>,
    pub vector: Vec<f32>,
}

/// Which part of an experiment a query belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Split {
    Train,
    Val,
    Test,
    /// In no part.
    None,
}

impl Split {
    pub fn name(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Val => "val",
            Split::Test => "test",
            Split::None => "none",
        }
    }
    pub fn from_name(name: &str) -> Option<Split> {
        [Split::Train, Split::Val, Split::Test, Split::None]
            .into_iter()
            .find(|s| s.name() == name)
    }
}

/// What a router answers for one query: steps over alpha.
pub type Route<'a> = Vec<Step<Cow<'a, str>>>;

/// A record seen as text: where its members stand. Fields are decoded only
/// when asked for.
pub struct Record<'a> {
    line: &'a Line,
    text: &'a str,
    members: Vec<Member<'a>>,
}

impl<'a> Record<'a> {
    /// Scans the line: valid UTF-8, one JSON object, no key twice.
    pub fn parse(line: &'a Line) -> Result<Record<'a>> {
        let text = std::str::from_utf8(line.bytes()).map_err(|e| {
            Error::input("the line is not UTF-8; convert the file, for example with iconv")
                .at(line.place(e.valid_up_to()))
        })?;
        let members = json::members(text).map_err(|e| {
            let found = excerpt(&text[floor_boundary(text, e.offset)..]);
            let found = if found.is_empty() {
                "the end of the line".to_string()
            } else {
                format!("{found:?}")
            };
            Error::input(format!(
                "not a JSON object ({}, at {found}); expected one query record a line, as in FORMAT.md",
                e.message
            ))
            .at(line.place(e.offset))
        })?;
        if let Some(member) = json::duplicate_key(&members) {
            let key = String::from_utf8_lossy(&member.key).into_owned();
            return Err(Error::input(format!(
                "the key {key:?} stands twice in one record; remove one of them"
            ))
            .at(line.place(json::offset_in(text, member.value))));
        }
        Ok(Record {
            line,
            text,
            members,
        })
    }

    pub fn line(&self) -> &'a Line {
        self.line
    }

    /// The raw JSON of a top-level field; null counts as absent.
    pub fn raw(&self, field: &str) -> Option<&'a str> {
        self.members
            .iter()
            .find(|m| *m.key == *field.as_bytes())
            .map(|m| m.value)
            .filter(|v| *v != "null")
    }

    /// The place of `part`, a slice of this record's text.
    pub fn place_of(&self, part: &str) -> Place {
        self.line.place(json::offset_in(self.text, part))
    }

    /// An input error at `part`, with the record's id where it has one.
    pub fn error_at(&self, part: &str, message: impl fmt::Display) -> Error {
        let id = match self.raw("id").map(serde_json::from_str::<String>) {
            Some(Ok(id)) => format!(" (id {:?})", excerpt(&id)),
            _ => String::new(),
        };
        Error::input(format!("{message}{id}")).at(self.place_of(part))
    }

    fn string(&self, field: &str, remedy: &str) -> Result<Option<Cow<'a, str>>> {
        match self.raw(field) {
            None => Ok(None),
            Some(raw) => decode_string(raw).map(Some).ok_or_else(|| {
                self.error_at(
                    raw,
                    format!("{field} is {}, expected a string; {remedy}", excerpt(raw)),
                )
            }),
        }
    }

    /// The id, checked: a non-empty string without control characters.
    pub fn id(&self) -> Result<Option<Cow<'a, str>>> {
        let id = self.string("id", "quote it")?;
        if let (Some(id), Some(raw)) = (&id, self.raw("id")) {
            if id.is_empty() || id.chars().any(char::is_control) {
                return Err(Error::input(format!(
                    "id is {}, expected a non-empty string without control characters; give every query an id of its own",
                    excerpt(raw)
                ))
                .at(self.place_of(raw)));
            }
        }
        Ok(id)
    }

    /// The id, for the tools that cannot do without.
    pub fn required_id(&self) -> Result<Cow<'a, str>> {
        self.id()?.ok_or_else(|| {
            Error::input("the record has no id; rb-import gives one, or add it with jq: .id = (input_line_number|tostring)")
                .at(self.line.place(0))
        })
    }

    /// The dataset; a record without one belongs to the unnamed dataset "".
    pub fn dataset(&self) -> Result<Cow<'a, str>> {
        Ok(self.string("dataset", "quote it")?.unwrap_or_default())
    }

    pub fn prompt(&self) -> Result<Option<Cow<'a, str>>> {
        self.string("prompt", "the prompt is the query's text")
    }

    /// The prompt, for the tools that cannot do without.
    pub fn required_prompt(&self) -> Result<Cow<'a, str>> {
        self.prompt()?.ok_or_else(|| {
            self.error_at(
                self.text,
                "the record has no prompt, which is the text to read; import the benchmark with its prompts",
            )
        })
    }

    pub fn split(&self) -> Result<Option<Split>> {
        let Some(raw) = self.raw("split") else {
            return Ok(None);
        };
        decode_string(raw)
            .and_then(|s| Split::from_name(&s))
            .map(Some)
            .ok_or_else(|| {
                self.error_at(
                    raw,
                    format!(
                        "split is {}, expected \"train\", \"val\", \"test\" or \"none\"; rb-split --resplit writes it anew",
                        excerpt(raw)
                    ),
                )
            })
    }

    /// The record's place in its source file.
    pub fn index(&self) -> Result<Option<u64>> {
        let Some(raw) = self.raw("index") else {
            return Ok(None);
        };
        serde_json::from_str::<u64>(raw).map(Some).map_err(|_| {
            self.error_at(
                raw,
                format!(
                    "index is {}, expected a whole number, not negative; it is the record's place in its source file",
                    excerpt(raw)
                ),
            )
        })
    }

    /// Only the embedder's name, so that rb-embed need not decode the vector.
    pub fn embedding_model(&self) -> Result<Option<Cow<'a, str>>> {
        let Some(raw) = self.raw("embedding") else {
            return Ok(None);
        };
        #[derive(Deserialize)]
        struct Name<'a> {
            #[serde(borrow)]
            model: Cow<'a, str>,
        }
        serde_json::from_str::<Name>(raw)
            .map(|n| Some(n.model))
            .map_err(|e| self.embedding_error(raw, &e))
    }

    fn embedding_error(&self, raw: &str, e: &serde_json::Error) -> Error {
        let e = json::syntax_error(raw, e);
        let from = &raw[floor_boundary(raw, e.offset)..];
        self.error_at(
            from,
            format!(
                "embedding is not {{\"model\":…,\"vector\":…}} ({}); remove it and run rb-embed",
                e.message
            ),
        )
    }

    /// The embedding: finite f32 values, as an array or as base64.
    pub fn embedding(&self) -> Result<Option<Embedding<'a>>> {
        let Some(raw) = self.raw("embedding") else {
            return Ok(None);
        };
        #[derive(Deserialize)]
        struct Wire<'a> {
            #[serde(borrow)]
            model: Cow<'a, str>,
            vector: Vector,
        }
        if !raw.starts_with('{') {
            return Err(self.error_at(
                raw,
                format!("embedding is {}, expected {{\"model\":…,\"vector\":…}}; remove it and run rb-embed", excerpt(raw)),
            ));
        }
        let wire: Wire = serde_json::from_str(raw).map_err(|e| self.embedding_error(raw, &e))?;
        let vector = wire.vector.0;
        if vector.is_empty() {
            return Err(self.error_at(
                raw,
                "embedding.vector is empty, expected at least one number; run rb-embed",
            ));
        }
        if let Some(i) = vector.iter().position(|v| !v.is_finite()) {
            return Err(self.error_at(
                raw,
                format!("embedding.vector[{i}] is not a finite f32; run rb-embed again"),
            ));
        }
        Ok(Some(Embedding {
            model: wire.model,
            vector,
        }))
    }

    /// The models' outcomes, in the record's order.
    pub fn outcomes(&self) -> Result<Vec<(Cow<'a, str>, Outcome)>> {
        self.outcome_map("outcomes")
    }

    /// Recorded answers of other routers, in the record's order.
    pub fn references(&self) -> Result<Vec<(Cow<'a, str>, Outcome)>> {
        self.outcome_map("references")
    }

    fn outcome_map(&self, field: &str) -> Result<Vec<(Cow<'a, str>, Outcome)>> {
        let Some(raw) = self.raw(field) else {
            return Ok(Vec::new());
        };
        // The fast way decodes and forgets places; only a fault is looked for again.
        let fine = serde_json::from_str::<OutcomeMap>(raw).ok().and_then(|m| {
            let sound = m.0.iter().all(|(name, o)| !name.is_empty() && o.in_range())
                && distinct(m.0.iter().map(|(name, _)| &**name));
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
                let Some((key, low, high, range)) = OUTCOME_FIELDS
                    .into_iter()
                    .find(|(k, ..)| *k.as_bytes() == *v.key)
                else {
                    continue;
                };
                if v.value == "null" {
                    continue;
                }
                let sound = serde_json::from_str::<f64>(v.value)
                    .is_ok_and(|x| x.is_finite() && x >= low && x <= high);
                if !sound {
                    let remedy = match key {
                        "score" => "; rb-import --score-range rescales",
                        _ => "; leave out what is unknown",
                    };
                    return self.error_at(
                        v.value,
                        format!(
                            "{key} is {}, expected {range} (model {name:?}){remedy}",
                            excerpt(v.value)
                        ),
                    );
                }
            }
        }
        self.error_at(raw, format!("{field} could not be read"))
    }

    /// The routes, in the record's order, each as steps over alpha.
    pub fn routes(&self) -> Result<Vec<(Cow<'a, str>, Route<'a>)>> {
        let Some(raw) = self.raw("routes") else {
            return Ok(Vec::new());
        };
        let routes = json::members(raw).map_err(|_| {
            self.error_at(
                raw,
                format!(
                    "routes is {}, expected an object of router → model or steps",
                    excerpt(raw)
                ),
            )
        })?;
        if let Some(m) = json::duplicate_key(&routes) {
            let name = String::from_utf8_lossy(&m.key).into_owned();
            return Err(self.error_at(
                m.value,
                format!("the router {name:?} stands twice in routes; remove one of them"),
            ));
        }
        let mut all = Vec::with_capacity(routes.len());
        for m in routes {
            if m.value == "null" {
                continue;
            }
            let name = match m.key {
                Cow::Borrowed(b) => std::str::from_utf8(b).map(Cow::Borrowed).ok(),
                Cow::Owned(b) => String::from_utf8(b).map(Cow::Owned).ok(),
            };
            let Some(name) = name.filter(|n| !n.is_empty()) else {
                return Err(self.error_at(
                    m.value,
                    "a router's name in routes is empty or not valid text",
                ));
            };
            let route = self.route(&name, m.value)?;
            all.push((name, route));
        }
        Ok(all)
    }

    fn route(&self, name: &str, raw: &'a str) -> Result<Route<'a>> {
        if raw.starts_with('"') {
            let model = decode_string(raw).ok_or_else(|| {
                self.error_at(
                    raw,
                    format!("the model of route {name:?} is not valid text"),
                )
            })?;
            return Ok(vec![Step::of(0.0, model)]);
        }
        let fault = |part: &str, what: String| {
            Err(self.error_at(part, format!("{what} (router {name:?})")))
        };
        #[derive(Deserialize)]
        struct WireStep<'a> {
            alpha: f64,
            #[serde(borrow)]
            model: Cow<'a, str>,
            #[serde(borrow, default)]
            called: Option<Vec<Cow<'a, str>>>,
        }
        let Ok(parts) = json::elements(raw) else {
            return fault(
                raw,
                format!("a route is {}, expected a model's name or an array of steps {{\"alpha\":0,\"model\":…}}", excerpt(raw)),
            );
        };
        if parts.is_empty() {
            return fault(
                raw,
                "a route has no steps, expected at least one at alpha 0".into(),
            );
        }
        let mut route: Route<'a> = Vec::with_capacity(parts.len());
        for part in parts {
            let step: WireStep = match serde_json::from_str(part) {
                Ok(step) => step,
                Err(e) => {
                    let e = json::syntax_error(part, &e);
                    return fault(
                        part,
                        format!(
                            "a step is {} ({}), expected {{\"alpha\":…,\"model\":…}}",
                            excerpt(part),
                            e.message
                        ),
                    );
                }
            };
            match route.last() {
                None if step.alpha != 0.0 => {
                    return fault(
                        part,
                        format!("the first step is at alpha {}, expected 0", step.alpha),
                    )
                }
                Some(last) if step.alpha <= last.alpha => {
                    return fault(
                        part,
                        format!(
                            "alpha {} follows alpha {}, expected strictly increasing",
                            step.alpha, last.alpha
                        ),
                    )
                }
                _ => {}
            }
            if !(0.0..=1.0).contains(&step.alpha) {
                return fault(part, format!("alpha is {}, expected 0..1", step.alpha));
            }
            let called = step.called.unwrap_or_else(|| vec![step.model.clone()]);
            if !part.starts_with('{') {
                return fault(
                    part,
                    format!("a step is {}, expected an object", excerpt(part)),
                );
            }
            if !called.contains(&step.model) {
                return fault(
                    part,
                    format!(
                        "the model kept, {:?}, is not among those called",
                        step.model
                    ),
                );
            }
            if !distinct(called.iter().map(|c| &**c)) {
                return fault(part, "a model stands twice among those called".into());
            }
            route.push(Step::after_calling(step.alpha, step.model, called));
        }
        Ok(route)
    }

    /// The line with `field` set to the JSON text `value`: in place of the old
    /// value, else after the last field. Every other byte stays. Several
    /// fields may be set at once; a field inside an object is set by
    /// [`nested`](Record::nested).
    pub fn splice(&self, fields: &[(&str, &str)]) -> Vec<u8> {
        let added: usize = fields.iter().map(|(k, v)| k.len() + v.len() + 8).sum();
        let mut out = Vec::with_capacity(self.text.len() + added);
        splice_object(self.text, &self.members, fields, &mut out);
        out
    }

    /// The line without the members named in `fields`.
    pub fn without(&self, fields: &[&str]) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len());
        let gone = |m: &Member| fields.iter().any(|f| *f.as_bytes() == *m.key);
        if !self.members.iter().any(gone) {
            return self.text.as_bytes().to_vec();
        }
        let open = self.text.find('{').map_or(0, |i| i + 1);
        out.extend_from_slice(&self.text.as_bytes()[..open]);
        let mut first = true;
        for (i, m) in self.members.iter().enumerate() {
            if gone(m) {
                continue;
            }
            // A member goes with the comma before it.
            let from = match i {
                0 => open,
                _ => after_comma(self.text, end_of(self.text, &self.members[i - 1])),
            };
            if !first {
                out.push(b',');
            }
            first = false;
            out.extend_from_slice(&self.text.as_bytes()[from..end_of(self.text, m)]);
        }
        let end = self.members.last().map_or(open, |m| end_of(self.text, m));
        out.extend_from_slice(&self.text.as_bytes()[end..]);
        out
    }

    /// The JSON text of the object `field` with the member `key` set to
    /// `value`, its other bytes unchanged; absent or null: a new object.
    pub fn nested(&self, field: &str, sets: &[(&str, &str)]) -> Result<String> {
        let raw = self.raw(field).unwrap_or("{}");
        let members = json::members(raw).map_err(|_| {
            self.error_at(
                raw,
                format!("{field} is {}, expected an object", excerpt(raw)),
            )
        })?;
        let mut out = Vec::with_capacity(raw.len() + 64);
        splice_object(raw, &members, sets, &mut out);
        String::from_utf8(out).map_err(|_| Error::new(Kind::Input, "not UTF-8"))
    }

    /// Whether the object `field` has the member `key` (null counts as absent).
    pub fn has_member(&self, field: &str, key: &str) -> bool {
        self.raw(field).is_some_and(|raw| {
            json::members(raw).is_ok_and(|members| {
                members
                    .iter()
                    .any(|m| *m.key == *key.as_bytes() && m.value != "null")
            })
        })
    }
}

/// A route as JSON: an array of steps. `names[m]` is the JSON string of model m.
pub fn route_json(steps: &[Step<usize>], names: &[String]) -> String {
    let mut out = String::with_capacity(steps.len() * 48);
    out.push('[');
    for (i, step) in steps.iter().enumerate() {
        out.push_str(if i == 0 {
            "{\"alpha\":"
        } else {
            ",{\"alpha\":"
        });
        out.push_str(&json::number(step.alpha));
        if !step.called.is_empty() {
            out.push_str(",\"called\":[");
            for (j, &m) in step.called.iter().enumerate() {
                if j > 0 {
                    out.push(',');
                }
                out.push_str(&names[m]);
            }
            out.push(']');
        }
        out.push_str(",\"model\":");
        out.push_str(&names[step.model]);
        out.push('}');
    }
    out.push(']');
    out
}

fn end_of(text: &str, member: &Member) -> usize {
    json::offset_in(text, member.value) + member.value.len()
}

fn after_comma(text: &str, from: usize) -> usize {
    text[from..].find(',').map_or(from, |i| from + i + 1)
}

fn splice_object(text: &str, members: &[Member], sets: &[(&str, &str)], out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for m in members {
        if let Some((_, value)) = sets.iter().find(|(k, _)| *k.as_bytes() == *m.key) {
            let start = json::offset_in(text, m.value);
            out.extend_from_slice(&bytes[done..start]);
            out.extend_from_slice(value.as_bytes());
            done = start + m.value.len();
        }
    }
    let end = match members.last() {
        Some(m) => end_of(text, m),
        None => text.find('{').map_or(0, |i| i + 1),
    };
    if end > done {
        out.extend_from_slice(&bytes[done..end]);
        done = end;
    }
    let mut first = members.is_empty();
    for (key, value) in sets {
        if members.iter().any(|m| *m.key == *key.as_bytes()) {
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        out.extend_from_slice(json::quoted(key).as_bytes());
        out.push(b':');
        out.extend_from_slice(value.as_bytes());
    }
    out.extend_from_slice(&bytes[done..]);
}

fn decode_string(raw: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text>(raw).ok().map(|t| t.0)
}

fn distinct<'s>(mut names: impl Iterator<Item = &'s str>) -> bool {
    let mut seen: Vec<&str> = Vec::with_capacity(names.size_hint().0);
    names.all(|name| {
        let new = !seen.contains(&name);
        seen.push(name);
        new
    })
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl<'de> Deserialize<'de> for Outcome {
    /// Only an object will do (a derived reader would take an array too);
    /// unknown members are read past, whatever they hold.
    fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Outcome;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an outcome object")
            }
            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Outcome, A::Error> {
                let mut outcome = Outcome::default();
                let mut seen = [false; OUTCOME_FIELDS.len()];
                while let Some(key) = map.next_key::<json::Key>()? {
                    let field = OUTCOME_FIELDS
                        .iter()
                        .position(|(name, ..)| *name.as_bytes() == *key.0);
                    match field {
                        Some(i) if seen[i] => {
                            return Err(serde::de::Error::duplicate_field(OUTCOME_FIELDS[i].0))
                        }
                        Some(i) => {
                            seen[i] = true;
                            outcome.set(i, map.next_value()?);
                        }
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(outcome)
            }
        }
        d.deserialize_map(V)
    }
}

/// Model → outcome as it stands on the wire, order kept.
struct OutcomeMap<'a>(Vec<(Cow<'a, str>, Outcome)>);

impl<'de> Deserialize<'de> for OutcomeMap<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        struct V;
        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
        impl<'de> Visitor<'de> for V {
            type Value = OutcomeMap<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of model → outcome")
            }
            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Self::Value, A::Error> {
                let mut all = Vec::with_capacity(16);
                while let Some(Name(name)) = map.next_key()? {
                    if let Some(outcome) = map.next_value::<Option<Outcome>>()? {
                        all.push((name, outcome));
                    }
                }
                Ok(OutcomeMap(all))
            }
        }
        d.deserialize_map(V)
    }
}

/// A vector on the wire: an array of numbers, or base64 of little-endian f32.
struct Vector(Vec<f32>);

impl<'de> Deserialize<'de> for Vector {
    fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Vector;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an array of numbers or base64 of little-endian f32")
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> std::result::Result<Vector, A::Error> {
                let mut all = Vec::with_capacity(384);
                while let Some(v) = seq.next_element::<f32>()? {
                    all.push(v);
                }
                Ok(Vector(all))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Vector, E> {
                use base64::Engine;
                let bytes = base64::engine::general_purpose::STANDARD
                    .decode(text)
                    .map_err(|e| E::custom(format!("the vector is not base64: {e}")))?;
                if bytes.len() % 4 != 0 {
                    return Err(E::custom(format!(
                        "the vector has {} bytes, not a multiple of 4",
                        bytes.len()
                    )));
                }
                Ok(Vector(
                    bytes
                        .chunks_exact(4)
                        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                        .collect(),
                ))
            }
        }
        d.deserialize_any(V)
    }
}
