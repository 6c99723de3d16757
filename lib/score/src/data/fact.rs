//! What scoring needs of one query, read from its record: who it is, how the
//! models did on it, and what each router would do with it. Embeddings and
//! texts are scanned, never decoded.

use crate::data::expected::expected;
use crate::data::logged::{LogFields, Logged};
use rb_record::error::{Error, Place, Result};
use rb_record::json;
use rb_record::record::field::Field;
use rb_record::record::unit::unit_of;
use rb_record::record::{Outcome, Record, Route, Split};
use rb_record::stream::Line;
use std::borrow::Cow;

/// What is read of every record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The split to score. None: test, or everything where no record has a split.
    pub split: Option<Split>,
    /// One family of groups a field.
    pub by: Vec<Field>,
    /// Of a log, for off-policy scoring; None: a replay.
    pub log: Option<LogFields>,
}

impl Wanted {
    /// The split that is scored where the stream has splits.
    pub fn scored(&self) -> Split {
        self.split.unwrap_or(Split::Test)
    }

    /// Whether routes of this split are read: of what is scored, and of val,
    /// on which operating points are chosen.
    fn routed(&self, split: Option<Split>) -> bool {
        split.is_none_or(|s| s == self.scored() || s == Split::Val)
    }
}

/// One query as its record tells it; names are not yet numbered.
#[derive(Debug)]
pub struct Fact<'a> {
    /// Where the id stands.
    pub place: Place,
    /// Hash of the prompt, else of the id: equal prompts are one unit.
    pub unit: u64,
    /// Unique in the stream.
    pub id: Cow<'a, str>,
    /// The benchmark; empty: unnamed.
    pub dataset: Cow<'a, str>,
    /// None: the record has no split.
    pub split: Option<Split>,
    /// By model.
    pub outcomes: Vec<(Cow<'a, str>, Outcome)>,
    /// The embedder named in a query that may be scored; None: no embedding.
    pub embedder: Option<String>,
    /// Only of queries that may be scored, like groups.
    pub references: Vec<(Cow<'a, str>, Outcome)>,
    /// Only of queries that may be scored, and of val.
    pub routes: Vec<(Cow<'a, str>, Route<'a>)>,
    /// Only of queries that are scored: router → the score that it expects of the
    /// answer kept at alpha 1, where it was told.
    pub expected: Vec<(Cow<'a, str>, f64)>,
    /// Only of queries that are scored, where the stream is a log.
    pub logged: Option<Logged<'a>>,
    /// The group's value for each field of [`Wanted::by`], as JSON.
    pub groups: Vec<String>,
    /// The text of `routes` and its place, to point at a wrong name in it.
    pub(crate) routes_at: Option<(&'a str, Place)>,
}

impl<'a> Fact<'a> {
    /// Reads a line. Errors name the place, as every reader of records does.
    pub fn parse(line: &'a Line, wanted: &Wanted) -> Result<Fact<'a>> {
        let record = Record::parse(line)?;
        let id = record.required_id()?;
        let prompt = record.prompt()?;
        let split = record.split()?;
        let scored = split.is_none_or(|s| s == wanted.scored());
        let mut fact = Fact {
            place: record.place_of(record.raw("id").unwrap_or_default()),
            unit: unit_of(prompt.as_deref(), Some(&id)),
            id,
            dataset: record.dataset()?,
            split,
            outcomes: record.outcomes()?,
            references: Vec::new(),
            expected: Vec::new(),
            logged: None,
            embedder: None,
            routes: Vec::new(),
            groups: Vec::new(),
            routes_at: None,
        };
        if wanted.routed(split) {
            fact.routes = record.routes()?;
            fact.routes_at = record.raw("routes").map(|raw| (raw, record.place_of(raw)));
        }
        if let (Some(fields), true) = (&wanted.log, scored) {
            fact.logged = Some(Logged::read(&record, &fact.outcomes, fields)?);
        }
        if scored {
            fact.embedder = embedder(&record);
            fact.references = record.references()?;
            fact.expected = expected(&record, &fact.routes)?;
            for field in &wanted.by {
                fact.groups.push(field.value(&record)?);
            }
        }
        Ok(fact)
    }

    /// The place of a model's name in the routes.
    pub fn place_in_routes(&self, model: &str) -> Place {
        match &self.routes_at {
            None => self.place.clone(),
            Some((raw, place)) => {
                let offset = raw.find(&json::quoted(model)).unwrap_or(0);
                Place {
                    column: place.column + offset as u64,
                    ..place.clone()
                }
            }
        }
    }
}

/// The embedder of a record. rb-embed writes its name first, so the vector is
/// hardly ever looked at; what is no embedding is none here.
fn embedder(record: &Record) -> Option<String> {
    let rest = record.raw("embedding")?.strip_prefix("{\"model\":\"");
    let plain = rest.and_then(|rest| rest.split_once('"'));
    match plain {
        Some((name, _)) if !name.contains('\\') => Some(name.to_string()),
        _ => Some(record.embedding_model().ok()??.into_owned()),
    }
}

/// The error of a route that names a model nobody has an outcome of.
pub fn unknown_model(model: &str, router: &str, place: Place, models: &[String]) -> Error {
    const SHOWN: usize = 12;
    let mut known: Vec<&str> = models.iter().take(SHOWN).map(|m| m.as_str()).collect();
    if models.len() > SHOWN {
        known.push("…");
    }
    Error::input(format!(
        "router {router:?} names the model {model:?}, of which no record has a score; expected one of {}; correct the route, or import that model's outcomes",
        known.join(", ")
    ))
    .at(place)
}
