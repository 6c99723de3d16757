//! A JSON object as text: its members with their places, found without
//! decoding their values, so that a field can be read, located or replaced
//! while every other byte stays as it was.
//!
//! What is plain is found by [`scan`]; `serde_json` scans the rest. A value that nobody
//! asks for is checked for syntax only, so numbers of any size, lone surrogates and
//! deep nesting pass.

mod number;
mod scan;

pub use scan::Member;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The syntax error of a text: what `serde_json` says, and the byte offset.
#[derive(Debug, Clone)]
pub struct SyntaxError {
    /// In bytes, from 0.
    pub offset: usize,
    /// Without the place.
    pub message: String,
}

struct Members<'a>(Vec<Member<'a>>);
/// A key as bytes, so that even one that is not valid Unicode can be compared.
pub struct Key<'a>(pub Cow<'a, [u8]>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_bytes<E>(self, v: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(v)))
            }
            fn visit_bytes<E>(self, v: &[u8]) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(v.to_vec())))
            }
            fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(v.as_bytes())))
            }
            fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(v.as_bytes().to_vec())))
            }
        }
        d.deserialize_bytes(V)
    }
}

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some((Key(key), raw)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    let value = raw.get();
                    members.push(Member { key, value });
                }
                Ok(Members(members))
            }
        }
        d.deserialize_map(V)
    }
}

/// The members of the object `text`, in their order. Not an object, or broken
/// syntax anywhere in it, is an error with the byte offset.
pub fn members(text: &str) -> Result<Vec<Member<'_>>, SyntaxError> {
    if let Some(members) = scan::members(text) {
        return Ok(members);
    }
    // Keys are read as bytes, in which serde_json lets control characters pass.
    let control = |b: &u8| *b < b' ' && !b.is_ascii_whitespace();
    if let Some(offset) = text.as_bytes().iter().position(control) {
        return Err(SyntaxError {
            offset,
            message: "a control character".into(),
        });
    }
    match serde_json::from_str::<Members>(text) {
        Ok(Members(members)) => Ok(members),
        Err(e) => Err(syntax_error(text, &e)),
    }
}

/// The elements of the array `text`, in their order.
pub fn elements(text: &str) -> Result<Vec<&str>, SyntaxError> {
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(raws) => Ok(raws.into_iter().map(RawValue::get).collect()),
        Err(e) => Err(syntax_error(text, &e)),
    }
}

/// The first key that stands twice among `members`.
pub fn duplicate_key<'m, 'a>(members: &'m [Member<'a>]) -> Option<&'m Member<'a>> {
    if members.len() <= 16 {
        // Few keys: comparing them all beats hashing them.
        return (1..members.len())
            .find(|&i| members[..i].iter().any(|m| m.key == members[i].key))
            .map(|i| &members[i]);
    }
    let mut seen = std::collections::HashSet::with_capacity(members.len());
    members.iter().find(|m| !seen.insert(&*m.key))
}

/// The byte offset of `part`, which must be a slice of `whole`.
pub fn offset_in(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize)
        .saturating_sub(whole.as_ptr() as usize)
        .min(whole.len())
}

/// Translates serde_json's line and column into a byte offset of `text`.
pub fn syntax_error(text: &str, e: &serde_json::Error) -> SyntaxError {
    let start: usize = text
        .split_inclusive('\n')
        .take(e.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let message = e.to_string();
    // The place is told by the caller in the file's own terms.
    let message = match message.rfind(" at line ") {
        Some(cut) => message[..cut].to_string(),
        None => message,
    };
    SyntaxError {
        offset: (start + e.column().saturating_sub(1)).min(text.len()),
        message,
    }
}

/// The text that the JSON string `raw` stands for; None: it is none, or not valid
/// Unicode.
pub fn string(raw: &str) -> Option<Cow<'_, str>> {
    #[derive(serde::Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text>(raw).ok().map(|t| t.0)
}

/// Whether no two of `names` are equal.
pub(crate) fn distinct<'s>(mut names: impl Iterator<Item = &'s [u8]>) -> bool {
    // Few names: comparing them all beats hashing them.
    const FEW: usize = 16;
    let mut few: Vec<&[u8]> = Vec::new();
    let mut many = std::collections::HashSet::new();
    names.all(|name| {
        let new = !few.contains(&name);
        if few.len() < FEW {
            few.push(name);
            new
        } else {
            new && many.insert(name)
        }
    })
}

/// The last place up to `at` between two characters of `text`.
pub(crate) fn floor_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A finite number as JSON, exactly; whole numbers without a point.
pub fn number(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e15 {
        return format!("{}", value as i64);
    }
    serde_json::Number::from_f64(value).map_or_else(|| "null".into(), |n| n.to_string())
}

/// The numbers of the array `raw`, each to the nearest f32. None: it is no array
/// of finite numbers, or not a plain one, which serde_json may know better.
pub(crate) fn numbers(raw: &str) -> Option<Vec<f32>> {
    scan::numbers(raw)
}

/// A vector of finite numbers as a JSON array, each as short as is exact.
pub fn vector(values: &[f32]) -> String {
    // Numbers always serialise.
    serde_json::to_string(values).unwrap_or_default()
}

/// A vector as a JSON string: base64 of little-endian f32.
pub fn vector_base64(values: &[f32]) -> String {
    use base64::Engine;
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    format!("\"{text}\"")
}

/// `text` as a JSON string literal.
pub fn quoted(text: &str) -> String {
    // A string always serialises.
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_nobody_reads_may_be_unusual() {
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        let text =
            format!(r#"{{"a":1e999,"b":1234567890123456789012345,"\ud800":"\udfff","d":{deep}}}"#);
        let m = members(&text).unwrap();
        assert_eq!(m.len(), 4);
        assert_eq!(m[0].value, "1e999");
        assert_eq!(m[3].value.len(), 10000);
        assert_eq!(offset_in(&text, m[0].value), 5);
    }

    #[test]
    fn a_syntax_error_knows_its_offset() {
        let e = members(r#"{"a":1,"b":NaN}"#).unwrap_err();
        assert_eq!(e.offset, 11);
        assert!(members("[1]").is_err());
        let e = members("{\"a\u{0}b\":1}").unwrap_err();
        assert_eq!((e.offset, &*e.message), (3, "a control character"));
        assert!(members(r#"{"a":1} x"#).is_err());
    }

    #[test]
    fn duplicate_keys_are_found_after_decoding() {
        let m = members(r#"{"id":1,"x":2,"\u0069d":3}"#).unwrap();
        assert_eq!(duplicate_key(&m).unwrap().value, "3");
        let many: Vec<String> = (0..40).map(|i| format!("\"k{}\":1", i % 39)).collect();
        let text = format!("{{{}}}", many.join(","));
        assert!(duplicate_key(&members(&text).unwrap()).is_some());
    }
}
