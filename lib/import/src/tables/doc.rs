//! Foreign JSON with places: objects, texts and outcome numbers out of a text,
//! and the file:line:column of whatever is wrong in it. null is unknown.

use crate::tables::cells::{in_range, refusal, Range};
use rb_record::error::{excerpt, Error, Place, Result};
use rb_record::json::{self, Member};
use rb_record::record::OUTCOME_FIELDS;
use rb_record::stream::Line;
use std::borrow::Cow;
use std::sync::Arc;

/// A JSON text and where it stands.
pub(crate) struct Doc<'a> {
    text: &'a str,
    source: &'a Arc<str>,
    line: u64,
}

/// An object's members; a member that is null is absent.
pub(crate) struct Object<'a> {
    pub(crate) text: &'a str,
    members: Vec<Member<'a>>,
}

impl<'a> Object<'a> {
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        self.members
            .iter()
            .find(|m| *m.key == *key.as_bytes())
            .map(|m| m.value)
            .filter(|v| *v != "null")
    }

    /// Every member with its name; a name that is no text is an error.
    pub(crate) fn entries(&self, doc: &Doc<'a>) -> Result<Vec<(Cow<'a, str>, &'a str)>> {
        self.members
            .iter()
            .map(|m| {
                match &m.key {
                    Cow::Borrowed(b) => std::str::from_utf8(b).map(Cow::Borrowed).ok(),
                    Cow::Owned(b) => String::from_utf8(b.clone()).map(Cow::Owned).ok(),
                }
                .map(|key| (key, m.value))
                .ok_or_else(|| {
                    doc.error(
                        m.value,
                        "the member's name is not valid text; correct it in the source",
                    )
                })
            })
            .collect()
    }
}

impl<'a> Doc<'a> {
    pub(crate) fn whole(text: &'a str, source: &'a Arc<str>) -> Doc<'a> {
        Doc {
            text,
            source,
            line: 1,
        }
    }

    pub(crate) fn of_line(line: &'a Line) -> Result<Doc<'a>> {
        let text = std::str::from_utf8(line.bytes()).map_err(|e| {
            Error::input("the line is not UTF-8; convert the file, for example with iconv")
                .at(line.place(e.valid_up_to()))
        })?;
        Ok(Doc {
            text,
            source: line.source(),
            line: line.number(),
        })
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    fn place_at(&self, offset: usize) -> Place {
        let before = &self.text.as_bytes()[..offset];
        let start = memchr::memrchr(b'\n', before).map_or(0, |i| i + 1);
        Place {
            source: self.source.clone(),
            line: self.line + memchr::memchr_iter(b'\n', before).count() as u64,
            column: (offset - start) as u64 + 1,
        }
    }

    /// The place of `part`, a slice of this text.
    pub(crate) fn place(&self, part: &str) -> Place {
        self.place_at(json::offset_in(self.text, part))
    }

    pub(crate) fn error(&self, part: &str, message: impl std::fmt::Display) -> Error {
        Error::input(message.to_string()).at(self.place(part))
    }

    fn broken(&self, part: &str, e: json::SyntaxError, expected: &str) -> Error {
        let at = json::offset_in(self.text, part) + e.offset;
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let found = match excerpt(&self.text[at..]) {
            end if end.is_empty() => "the end of the text".to_string(),
            found => format!("{found:?}"),
        };
        Error::input(format!(
            "not the JSON that is expected here, {expected} ({}, at {found}); correct it, or write the file anew",
            e.message
        ))
        .at(self.place_at(at))
    }

    /// The object `part`; `what` names it in an error.
    pub(crate) fn object(&self, part: &'a str, what: &str) -> Result<Object<'a>> {
        let members = json::members(part).map_err(|e| self.broken(part, e, what))?;
        if let Some(m) = json::duplicate_key(&members) {
            let key = String::from_utf8_lossy(&m.key).into_owned();
            return Err(self.error(
                m.value,
                format!(
                    "the key {:?} stands twice in one object; remove one of them",
                    excerpt(&key)
                ),
            ));
        }
        Ok(Object {
            text: part,
            members,
        })
    }

    /// The elements of the array `part`.
    pub(crate) fn elements(&self, part: &'a str, what: &str) -> Result<Vec<&'a str>> {
        json::elements(part).map_err(|e| self.broken(part, e, what))
    }

    /// The text of a string; an array or object (a conversation) is its JSON.
    pub(crate) fn words(&self, raw: &'a str, what: &str) -> Result<Cow<'a, str>> {
        if raw.starts_with(['[', '{']) {
            return Ok(Cow::Borrowed(raw));
        }
        #[derive(serde::Deserialize)]
        struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
        serde_json::from_str::<Text>(raw).map(|t| t.0).map_err(|_| {
            self.error(
                raw,
                format!("{what} is {}, expected a text (valid Unicode, in quotes); correct it in the source", excerpt(raw)),
            )
        })
    }

    /// A required member.
    pub(crate) fn need(&self, object: &Object<'a>, key: &str, format: &str) -> Result<&'a str> {
        object.get(key).ok_or_else(|| {
            self.error(
                object.text,
                format!(
                    "no {key:?} here, which {format} has in every record; is it the right file?"
                ),
            )
        })
    }

    /// The number `raw` as the outcome field numbered `field` of `model`.
    pub(crate) fn number(&self, raw: &str, field: usize, model: &str, range: Range) -> Result<f64> {
        let value = match (raw, OUTCOME_FIELDS[field].0) {
            ("true", "score") => Some(1.0),
            ("false", "score") => Some(0.0),
            _ => serde_json::from_str::<f64>(raw).ok(),
        };
        value
            .and_then(|v| in_range(field, v, range))
            .ok_or_else(|| self.error(raw, refusal(field, raw, model, range)))
    }

    /// The member `key` of `object` as such a number, if it is there.
    pub(crate) fn member(
        &self,
        object: &Object<'a>,
        key: &str,
        field: usize,
        model: &str,
        range: Range,
    ) -> Result<Option<f64>> {
        object
            .get(key)
            .map(|raw| self.number(raw, field, model, range))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_bytes() {
        let source: Arc<str> = "x.json".into();
        let text = "[\n {\"s\": 1.5},\n\n  {\"s\": NaN}]";
        let doc = Doc::whole(text, &source);
        let e = doc.elements(text, "an array").unwrap_err().to_string();
        assert!(e.starts_with("x.json:4:9: "), "{e}");
        let doc = Doc::whole(&text[..14], &source);
        let object = doc.object(&text[3..13], "an object").unwrap();
        let e = doc
            .member(&object, "s", 0, "m", None)
            .unwrap_err()
            .to_string();
        assert!(
            e.starts_with("x.json:2:8: score is 1.5, expected 0..1"),
            "{e}"
        );
    }
}
