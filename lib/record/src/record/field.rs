//! A field that the user names: a top-level name, or a JSON pointer into a
//! member (`/meta/user`, RFC 6901).

use crate::error::{excerpt, Result};
use crate::json;
use crate::record::query::Record;

/// Where in a record something stands.
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

    /// As typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The JSON text there, a slice of the record's; absent or null: None.
    pub fn raw<'a>(&self, record: &Record<'a>) -> Option<&'a str> {
        let (first, rest) = self.path.split_first()?;
        let mut at = record.raw(first)?;
        for part in rest {
            at = match at.as_bytes().first() {
                Some(b'{') => {
                    let members = json::members(at).ok()?;
                    members.iter().find(|m| *m.key == *part.as_bytes())?.value
                }
                Some(b'[') => *json::elements(at).ok()?.get(part.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        (at != "null").then_some(at)
    }

    /// The value as compact JSON; absent: `null`. Errors: it is none, or a number
    /// that a double can't hold.
    pub fn value(&self, record: &Record) -> Result<String> {
        let Some(raw) = self.raw(record) else {
            return Ok("null".into());
        };
        match serde_json::from_str::<serde_json::Value>(raw) {
            Ok(value) => Ok(value.to_string()),
            Err(e) => Err(record.error_at(
                raw,
                format!(
                    "{} is {} ({e}), which cannot name a group; choose another field for --by",
                    self.text,
                    excerpt(raw)
                ),
            )),
        }
    }

    /// The value as a number; None: absent. Errors: it is something else.
    pub fn number(&self, record: &Record) -> Result<Option<f64>> {
        let Some(raw) = self.raw(record) else {
            return Ok(None);
        };
        match serde_json::from_str(raw)
            .ok()
            .filter(|v: &f64| v.is_finite())
        {
            Some(number) => Ok(Some(number)),
            None => Err(record.error_at(
                raw,
                format!(
                    "{} is {}, expected a number, such as seconds",
                    self.text,
                    excerpt(raw)
                ),
            )),
        }
    }

    /// The name that the value is: a string, a number or a boolean. Errors: it
    /// is something else.
    pub fn name(&self, record: &Record) -> Result<Option<String>> {
        let Some(raw) = self.raw(record) else {
            return Ok(None);
        };
        match serde_json::from_str::<serde_json::Value>(raw) {
            Ok(value) if !value.is_array() && !value.is_object() => Ok(Some(value.to_string())),
            _ => Err(record.error_at(
                raw,
                format!(
                    "{} is {}, expected a string or a number, which names one thing",
                    self.text,
                    excerpt(raw)
                ),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Line;

    #[test]
    fn a_field_is_named_or_pointed_at() {
        let text = r#"{"a":"x","meta":{"lang/x":"en","n":[1,2.50]},"z":null}"#;
        let line = Line::new(text.into(), "t".into(), 1);
        let record = Record::parse(&line).unwrap();
        for (field, raw) in [
            ("a", Some("\"x\"")),
            ("/meta/lang~1x", Some("\"en\"")),
            ("/meta/n/1", Some("2.50")),
            ("z", None),
            ("/meta/none/x", None),
            ("/a/b", None),
        ] {
            assert_eq!(Field::parse(field).raw(&record), raw, "{field}");
        }
        let value = |field| Field::parse(field).value(&record).unwrap();
        assert_eq!(
            ["a", "/meta/n", "z"].map(value),
            ["\"x\"", "[1,2.5]", "null"]
        );
        let number = |field| Field::parse(field).number(&record);
        assert_eq!(number("/meta/n/1").unwrap(), Some(2.5));
        assert_eq!(number("z").unwrap(), None);
        assert!(number("a").is_err());
        let name = |field| Field::parse(field).name(&record);
        assert_eq!(name("/meta/n/1").unwrap().unwrap(), "2.5");
        assert!(name("meta").is_err());
    }
}
