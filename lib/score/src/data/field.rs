//! A field of a record that the user names: a top-level name, or a JSON pointer.

use rb_record::error::{excerpt, Result};
use rb_record::record::Record;

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

    /// The field's value in a record as a number; None: absent. Errors: it is
    /// something else.
    pub(crate) fn number(&self, record: &Record) -> Result<Option<f64>> {
        let text = self.value(record)?;
        if text == "null" {
            return Ok(None);
        }
        match text.parse().ok().filter(|v: &f64| v.is_finite()) {
            Some(number) => Ok(Some(number)),
            None => Err(record.error_at(
                record.raw(&self.path[0]).unwrap_or_default(),
                format!(
                    "{} is {}, expected a number, such as seconds",
                    self.text,
                    excerpt(&text)
                ),
            )),
        }
    }

    /// The field's value in a record as compact JSON; absent: `null`.
    pub(crate) fn value(&self, record: &Record) -> Result<String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use rb_record::stream::Line;

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
