//! A query record seen as text: where its members stand, and what those hold
//! that every tool reads.

use crate::error::{excerpt, Error, Place, Result};
use crate::json::{self, Member};
use crate::record::prompt;
use crate::stream::Line;
use std::borrow::Cow;
use std::fmt;

/// Which part of an experiment a query belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Split {
    /// Routers are fitted on it.
    Train,
    /// Operating points are chosen on it.
    Val,
    /// Routers are scored on it.
    Test,
    /// In no part.
    None,
}

impl Split {
    /// As in a record.
    pub fn name(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Val => "val",
            Split::Test => "test",
            Split::None => "none",
        }
    }
    /// What the name of a record stands for.
    pub fn from_name(name: &str) -> Option<Split> {
        [Split::Train, Split::Val, Split::Test, Split::None]
            .into_iter()
            .find(|s| s.name() == name)
    }
}

/// A record seen as text: where its members stand. Fields are decoded only
/// when asked for.
pub struct Record<'a> {
    line: &'a Line,
    pub(crate) text: &'a str,
    pub(crate) members: Vec<Member<'a>>,
}

impl<'a> Record<'a> {
    /// Scans the line: valid UTF-8, one JSON object, no key twice.
    pub fn parse(line: &'a Line) -> Result<Record<'a>> {
        let text = std::str::from_utf8(line.bytes()).map_err(|e| {
            Error::input("the line is not UTF-8; convert the file, for example with iconv")
                .at(line.place(e.valid_up_to()))
        })?;
        let members = json::members(text).map_err(|e| {
            let start = text.len() - text.trim_start().len();
            // What is no object at all is told from its start.
            let at = if text[start..].starts_with('{') { json::floor_boundary(text, e.offset) } else { start };
            let found = match excerpt(&text[at..]) {
                found if found.is_empty() => "the end of the line".to_string(),
                found => format!("{found:?}"),
            };
            Error::input(format!(
                "not a JSON object ({}, at {found}); expected one record a line, as in FORMAT.md; rb-import turns tables into records",
                e.message
            ))
            .at(line.place(at))
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

    /// The line it was read from.
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
            Some(raw) => json::string(raw).map(Some).ok_or_else(|| {
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

    /// The prompt's text: the string, or of content parts and of a list of
    /// messages what [`prompt::read`] takes, the last turn of the user.
    pub fn prompt(&self) -> Result<Option<Cow<'a, str>>> {
        let Some(raw) = self.raw("prompt") else {
            return Ok(None);
        };
        match prompt::read(raw, prompt::Turns::Last) {
            Ok(prompt) => Ok(Some(prompt.text)),
            Err(why) => Err(self.error_at(
                raw,
                format!(
                    "prompt is {} ({why}), expected a string, content parts with text or a list of messages",
                    excerpt(raw)
                ),
            )),
        }
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

    /// Its part of the experiment; none: not yet assigned. Errors: it is no part.
    pub fn split(&self) -> Result<Option<Split>> {
        let Some(raw) = self.raw("split") else {
            return Ok(None);
        };
        json::string(raw)
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_stands_twice_is_found_however_many_there_are() {
        let read = |twice: Option<usize>| {
            let names = (0..40).chain(twice);
            let outcomes: Vec<String> = names.map(|i| format!("\"m{i}\":{{}}")).collect();
            let text = format!("{{\"outcomes\":{{{}}}}}", outcomes.join(","));
            let line = Line::new(text.into_bytes(), "test".into(), 1);
            let record = Record::parse(&line).unwrap();
            record.outcomes().map(|o| o.len())
        };
        assert_eq!(read(None).unwrap(), 40);
        for twice in [0, 15, 16, 39] {
            assert!(read(Some(twice)).is_err(), "{twice}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_in_an_outcome_is_an_error_whether_it_is_read_or_not() {
        let read = |members: &str| {
            let text = format!("{{\"id\":\"q\",\"outcomes\":{{\"m\":{{{members}}}}}}}");
            let line = Line::new(text.into_bytes(), "test".into(), 7);
            let record = Record::parse(&line).unwrap();
            let outcomes = record.outcomes().map(drop);
            let signals = record.signals().map(drop);
            assert_eq!(outcomes.is_ok(), signals.is_ok(), "{members}");
            outcomes.map_err(|e| e.to_string())
        };
        assert_eq!(
            read("\"x\":1,\"y\":2,\"score\":1,\"response\":\"\""),
            Ok(())
        );
        for twice in [
            "\"x\":1,\"x\":2",
            "\"response\":\"a\",\"resp\\u006fnse\":\"b\"",
        ] {
            let error = read(twice).unwrap_err();
            assert!(
                error.starts_with("test:7:") && error.contains("stands twice in one outcome"),
                "{error}"
            );
        }
    }
}
