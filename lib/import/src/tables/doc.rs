//! Foreign JSON with places: objects, texts and outcome numbers out of a text,
//! and the file:line:column of whatever is wrong in it. null is unknown.

use crate::tables::cells::refusal;
use crate::tables::fields::SCORE;
use crate::tables::scores::{Reading, Scores};
use crate::tables::shape::decoded;
use rb_record::error::{excerpt, Error, Place, Result};
use rb_record::json::{self, Member};
use rb_record::stream::Line;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

/// A JSON text and where it stands.
pub(crate) struct Doc<'a> {
    text: &'a str,
    source: &'a Arc<str>,
    line: u64,
    /// Where the lines end, once a place was asked for.
    ends: OnceCell<Vec<usize>>,
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
            ends: OnceCell::new(),
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
            ends: OnceCell::new(),
        })
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    fn place_at(&self, offset: usize) -> Place {
        let ends = self
            .ends
            .get_or_init(|| memchr::memchr_iter(b'\n', self.text.as_bytes()).collect());
        let lines = ends.partition_point(|end| *end < offset);
        let start = lines.checked_sub(1).map_or(0, |last| ends[last] + 1);
        Place {
            source: self.source.clone(),
            line: self.line + lines as u64,
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
            "not the JSON that is expected here, {expected} ({}, at {found}){}; correct it, or write the file anew",
            e.message,
            not_a_number(&self.text[at..])
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
        decoded(raw).ok_or_else(|| {
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

    /// The value `raw` as the field numbered `field` of `FIELDS` of `model`; None:
    /// it is unknown.
    pub(crate) fn number(
        &self,
        raw: &str,
        field: usize,
        model: &str,
        scores: &Scores,
    ) -> Result<Option<f64>> {
        let is_score = field == SCORE;
        let read = match raw {
            "null" => Reading::Unknown,
            "true" | "false" if is_score => Reading::Value(scores.end(raw == "true")),
            _ => match (decoded(raw), serde_json::from_str::<f64>(raw)) {
                (Some(text), _) => scores.read(field, text.trim()),
                (_, Ok(value)) => Reading::Value(value),
                _ => Reading::Other,
            },
        };
        match read {
            Reading::Unknown => return Ok(None),
            Reading::Value(value) => scores.in_range(field, value),
            Reading::Other => None,
        }
        .map(Some)
        .ok_or_else(|| self.error(raw, refusal(field, raw.trim_matches('"'), model, scores)))
    }

    /// The member `key` of `object` as such a number, if it is there.
    pub(crate) fn member(
        &self,
        object: &Object<'a>,
        key: &str,
        field: usize,
        model: &str,
        scores: &Scores,
    ) -> Result<Option<f64>> {
        match object.get(key) {
            Some(raw) => self.number(raw, field, model, scores),
            None => Ok(None),
        }
    }
}

/// The remedy where JSON breaks at a word that Python writes for a number.
pub(crate) fn not_a_number(rest: &str) -> &'static str {
    let rest = rest.trim_start_matches('-');
    if rest.starts_with("NaN") || rest.starts_with("Infinity") {
        "; NaN and Infinity are not JSON: sed -E 's/\\b(NaN|-?Infinity)\\b/null/g' makes them null"
    } else {
        ""
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
            .member(&object, "s", 0, "m", &Scores::default())
            .unwrap_err()
            .to_string();
        assert!(
            e.starts_with("x.json:2:8: score is 1.5, expected 0..1"),
            "{e}"
        );
    }
}
