//! Splicing: a field goes into the original bytes of a line, or out of them;
//! every other byte stays as it was.

use crate::error::{excerpt, Error, Kind, Result};
use crate::json::{self, Member};
use crate::record::query::Record;
use std::collections::{HashMap, HashSet};

impl Record<'_> {
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

    /// The line without the members named in `fields`; every other byte stays.
    pub fn without(&self, fields: &[&str]) -> Vec<u8> {
        let leaves = |key: &[u8]| fields.iter().any(|f| *f.as_bytes() == *key);
        leave_out(self.text, &self.members, leaves)
    }

    /// The JSON text of the object `field` without the members whose keys `leaves`
    /// names, its other bytes unchanged. None: it is absent, or loses none.
    pub fn nested_without(
        &self,
        field: &str,
        leaves: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<String>> {
        let Some(raw) = self.raw(field) else {
            return Ok(None);
        };
        let members = self.object(field, raw)?;
        if !members.iter().any(|m| leaves(&m.key)) {
            return Ok(None);
        }
        let left = String::from_utf8(leave_out(raw, &members, leaves));
        left.map(Some)
            .map_err(|_| Error::new(Kind::Input, "not UTF-8"))
    }

    fn object<'t>(&self, field: &str, raw: &'t str) -> Result<Vec<Member<'t>>> {
        json::members(raw).map_err(|_| {
            self.error_at(
                raw,
                format!("{field} is {}, expected an object", excerpt(raw)),
            )
        })
    }

    /// The JSON text of the object `field` with the member `key` set to
    /// `value`, its other bytes unchanged; absent or null: a new object.
    pub fn nested(&self, field: &str, sets: &[(&str, &str)]) -> Result<String> {
        let raw = self.raw(field).unwrap_or("{}");
        let members = self.object(field, raw)?;
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

/// The object `text`, whose members are `members`, without those whose keys
/// `leaves` names; every other byte stays.
fn leave_out(text: &str, members: &[Member], leaves: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    // A member goes with the comma before it; where none is kept before
    // it, with the comma after it.
    let mut done = 0;
    let mut kept_before = false;
    for (i, m) in members.iter().enumerate() {
        let end = end_of(text, m);
        if !leaves(&m.key) {
            kept_before = true;
            continue;
        }
        let from = match (kept_before, i) {
            (true, _) => end_of(text, &members[i - 1]),
            (false, 0) => text.find('{').map_or(0, |i| i + 1),
            (false, _) => done,
        };
        let to = match (kept_before, i + 1 < members.len()) {
            (false, true) => after_comma(text, end),
            _ => end,
        };
        if from > done {
            out.extend_from_slice(&text.as_bytes()[done..from]);
        }
        done = to;
    }
    out.extend_from_slice(&text.as_bytes()[done..]);
    out
}

fn end_of(text: &str, member: &Member) -> usize {
    json::offset_in(text, member.value) + member.value.len()
}

fn after_comma(text: &str, from: usize) -> usize {
    text[from..].find(',').map_or(from, |i| from + i + 1)
}

/// The object `text`, whose members are `members`, with the members `sets` set
/// to JSON texts, added to `out`; every other byte stays.
pub(crate) fn splice_object(
    text: &str,
    members: &[Member],
    sets: &[(&str, &str)],
    out: &mut Vec<u8>,
) {
    let bytes = text.as_bytes();
    let mut done = 0;
    // A few keys are compared faster than hashed.
    const FEW: usize = 16;
    let many = sets.len() > FEW;
    let by_key: HashMap<&[u8], &str> = if many {
        sets.iter()
            .map(|(k, value)| (k.as_bytes(), *value))
            .collect()
    } else {
        HashMap::new()
    };
    let set = |key: &[u8]| {
        if many {
            by_key.get(key).copied()
        } else {
            (sets.iter().find(|(k, _)| k.as_bytes() == key)).map(|(_, value)| *value)
        }
    };
    for m in members {
        if let Some(value) = set(&m.key) {
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
    let held: HashSet<&[u8]> = if many {
        members.iter().map(|m| &*m.key).collect()
    } else {
        HashSet::new()
    };
    let is_there = |key: &[u8]| {
        if many {
            held.contains(key)
        } else {
            members.iter().any(|m| *m.key == *key)
        }
    };
    for (key, value) in sets {
        if is_there(key.as_bytes()) {
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

#[cfg(test)]
mod tests {
    use crate::record::query::Record;
    use crate::stream::Line;

    fn line(text: &str) -> Line {
        Line::new(text.into(), "test".into(), 1)
    }

    #[test]
    fn many_members_are_set_as_few_are() {
        let text: Vec<String> = (0..40).map(|i| format!("\"m{i}\":{i}")).collect();
        let l = line(&format!("{{{}}}", text.join(",")));
        let record = Record::parse(&l).unwrap();
        let sets: Vec<(String, String)> = (30..60)
            .map(|i| (format!("m{i}"), format!("{}", i * 2)))
            .collect();
        let sets: Vec<(&str, &str)> = sets.iter().map(|(k, v)| (&**k, &**v)).collect();
        let one_by_one = sets.iter().fold(l.bytes().to_vec(), |bytes, set| {
            let l = Line::new(bytes, "test".into(), 1);
            Record::parse(&l).unwrap().splice(&[*set])
        });
        assert_eq!(record.splice(&sets), one_by_one);
        assert!(one_by_one.ends_with(br#""m59":118}"#));
    }

    #[test]
    fn a_member_leaves_without_a_trace_and_an_added_one_leaves_as_it_came() {
        let cases = [
            (r#"{"x":1}"#, "{}"),
            (r#"{ "x" : 1 }"#, "{ }"),
            (r#"{"x":1, "b":2}"#, r#"{ "b":2}"#),
            (r#"{"a":1 , "x":2 , "b":3}"#, r#"{"a":1 , "b":3}"#),
            (r#"{"a":1,"x":[1,2] }"#, r#"{"a":1 }"#),
            (r#"{"x":1,"y":2,"a":3}"#, r#"{"a":3}"#),
            (r#"{"x":1,"a":3,"y":4}"#, r#"{"a":3}"#),
            (r#"{"a":1}"#, r#"{"a":1}"#),
        ];
        for (before, after) in cases {
            let l = line(before);
            let out = Record::parse(&l).unwrap().without(&["x", "y"]);
            assert_eq!(String::from_utf8(out).unwrap(), after, "{before}");
        }
        let l = line(r#"{"o": {"a":1, "b":{"c":2}, "d" : 3} }"#);
        let record = Record::parse(&l).unwrap();
        let without = |key: &'static [u8]| record.nested_without("o", |k| k == key).unwrap();
        assert_eq!(without(b"b").unwrap(), r#"{"a":1, "d" : 3}"#);
        assert_eq!(without(b"a").unwrap(), r#"{ "b":{"c":2}, "d" : 3}"#);
        assert_eq!(without(b"x"), None);
        for before in ["{ }", r#"{"a": 1 }"#] {
            let l = line(before);
            let added = Record::parse(&l).unwrap().splice(&[("x", "7")]);
            let l = line(std::str::from_utf8(&added).unwrap());
            let out = Record::parse(&l).unwrap().without(&["x"]);
            assert_eq!(String::from_utf8(out).unwrap(), before);
        }
    }
}
