//! What scoring needs of one query, read from its record: who it is, how the
//! models did on it, and what each router would do with it. Embeddings and
//! texts are scanned, never decoded.

use rb_record::error::{excerpt, Error, Place, Result};
use rb_record::json;
use rb_record::record::unit::unit_of;
use rb_record::record::{Outcome, Record, Route, Split};
use rb_record::stream::Line;
use std::borrow::Cow;

/// A field to group by: a top-level name, or a JSON pointer (`/meta/lang`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    text: String,
    path: Vec<String>,
}

impl Field {
    /// Reads what the user typed.
    pub fn parse(text: &str) -> Field {
        let path = match text.strip_prefix('/') {
            None => vec![text.to_string()],
            Some(rest) => rest
                .split('/')
                .map(|part| part.replace("~1", "/").replace("~0", "~"))
                .collect(),
        };
        Field {
            text: text.to_string(),
            path,
        }
    }

    /// As typed; the key of a `group` object.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The field's value in a record as compact JSON; absent: `null`.
    fn value(&self, record: &Record) -> Result<String> {
        let (first, rest) = match self.path.split_first() {
            Some((first, rest)) => (first.as_str(), rest),
            None => ("", &[][..]),
        };
        let Some(raw) = record.raw(first) else {
            return Ok("null".into());
        };
        let value: serde_json::Value = serde_json::from_str(raw).map_err(|e| {
            record.error_at(
                raw,
                format!(
                    "{} is {} ({e}), which cannot name a group; choose another field for --by",
                    self.text,
                    excerpt(raw)
                ),
            )
        })?;
        let mut at = &value;
        for part in rest {
            let next = match at {
                serde_json::Value::Array(a) => part.parse().ok().and_then(|i: usize| a.get(i)),
                other => other.get(part),
            };
            match next {
                Some(next) => at = next,
                None => return Ok("null".into()),
            }
        }
        Ok(at.to_string())
    }
}

/// What is read of every record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The split to score. None: test, or everything where no record has a split.
    pub split: Option<Split>,
    /// One family of groups a field.
    pub by: Vec<Field>,
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
    /// Only of queries that may be scored, like groups.
    pub references: Vec<(Cow<'a, str>, Outcome)>,
    /// Only of queries that may be scored, and of val.
    pub routes: Vec<(Cow<'a, str>, Route<'a>)>,
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
            routes: Vec::new(),
            groups: Vec::new(),
            routes_at: None,
        };
        if wanted.routed(split) {
            fact.routes = record.routes()?;
            fact.routes_at = record.raw("routes").map(|raw| (raw, record.place_of(raw)));
        }
        if scored {
            fact.references = record.references()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn value(field: &str, text: &str) -> String {
        let line = Line::new(text.as_bytes().to_vec(), "t".into(), 1);
        let record = Record::parse(&line).unwrap();
        Field::parse(field).value(&record).unwrap()
    }

    #[test]
    fn a_group_is_named_by_a_field_or_by_a_pointer_into_one() {
        let text = r#"{"dataset":"a","meta":{"lang/x":"en","n":[1,2.50]},"z":null}"#;
        assert_eq!(value("dataset", text), "\"a\"");
        assert_eq!(value("/meta/lang~1x", text), "\"en\"");
        assert_eq!(value("/meta/n/1", text), "2.5");
        assert_eq!(value("z", text), "null");
        assert_eq!(value("/meta/none/x", text), "null");
    }
}
